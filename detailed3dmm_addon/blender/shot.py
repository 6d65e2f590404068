"""The wrinkles of a whole shot as an image sequence: one displacement map a frame, drawn only where something changed.

A list beside the files says what each frame shows. So a second bake draws only the frames that move otherwise than
before, a cancelled one goes on where it stopped, and a face that holds still is copied instead of drawn.
"""
import json
import shutil
from pathlib import Path

import bpy
from bpy.props import IntProperty
from bpy.types import Operator, Panel

from ..core import displacement_file
from ..core.errors import Detailed3DMMError
from . import bake, live, material, paths, strings
from .jobs import Stepped
from .operators import FaceOperator
from .panels import FacePanel


class Sequence:
    """The files of one face's shot in a folder, and the list of what they show."""

    def __init__(self, folder, name):
        self.folder, self.name = Path(folder), bpy.path.clean_name(name)
        self._list = self.folder / f"{self.name}_displacement.json"
        try:
            self._shown = {int(frame): tuple(shown) for frame, shown in json.loads(self._list.read_text()).items()}
        except (OSError, ValueError, AttributeError, TypeError):  # none yet, or not ours: then no file is
            self._shown = {}

    def path(self, frame):
        return self.folder / f"{self.name}_displacement_{frame:04d}.exr"

    def check(self, frames):
        """Raise Detailed3DMMError where a frame's file is somebody else's."""
        foreign = next((frame for frame in frames if self.path(frame).exists() and frame not in self._shown), None)
        if foreign is not None:
            raise Detailed3DMMError(strings.message(strings.ERROR_SHOT_FOREIGN, path=self.path(foreign)))

    def shows(self, frame, what):
        return self._shown.get(frame) == what and self.path(frame).exists()

    def like(self, what):
        """A frame whose file shows `what`; None where there is none."""
        return next((frame for frame, shown in self._shown.items() if shown == what and self.path(frame).exists()),
                    None)

    def write(self, frame, what, write):
        """Let `write(path)` make a frame's file, which shows `what` then."""
        self._shown.pop(frame, None)  # should it be interrupted
        write(self.path(frame))
        self._shown[frame] = what

    def save(self):
        """Write the list."""
        self._list.write_text(json.dumps(dict(sorted(self._shown.items()))), encoding="utf-8")


def drawing(scene, obj, folder, frames, resolution):
    """Write the sequence step by step: yields the share done; the value is the number of frames drawn, copied, kept.

    frames : range; resolution : pixels a side. The scene comes back to its frame, also when this is cancelled.
    """
    sequence = Sequence(folder, obj.name)
    sequence.check(frames)
    sequence.folder.mkdir(parents=True, exist_ok=True)
    counts, before = [0, 0, 0], scene.frame_current
    try:
        with live.paused(), material.bare(obj):
            for number, frame in enumerate(frames):
                scene.frame_set(frame)
                counts[_write(sequence, obj, frame, resolution)] += 1
                yield (number + 1) / len(frames)
    finally:
        sequence.save()
        scene.frame_set(before)
    return counts


class DETAILED3DMM_OT_bake_shot(Stepped, FaceOperator, Operator):
    """Write the displacement of every frame of the scene; frames that are up to date stay. ESC keeps what is done"""
    bl_idname = "detailed3dmm.bake_shot"
    bl_label = "Bake Wrinkles for the Shot"
    resolution: IntProperty(name="Resolution", description="Pixels a side; 0 is the face's final resolution",
                            default=0, min=0, max=4096)

    def steps(self, context, obj):
        scene, settings = context.scene, obj.detailed3dmm
        frames = range(scene.frame_preview_start, scene.frame_preview_end + 1) if scene.use_preview_range else \
            range(scene.frame_start, scene.frame_end + 1)
        folder, resolution = _folder(settings.shot.folder), self.resolution or int(settings.final_resolution)
        bake.detail_model()
        drawn, copied, kept = yield from drawing(scene, obj, folder, frames, resolution)
        settings.shot.first, settings.shot.last = frames[0], frames[-1]
        settings.shot.image = _image(obj, Sequence(folder, obj.name).path(frames[0]))
        settings.shot.show = True
        self.report({"INFO"}, strings.message(strings.REPORT_SHOT, first=frames[0], last=frames[-1], drawn=drawn,
                                              copied=copied, kept=kept))


class DETAILED3DMM_PT_shot(FacePanel, Panel):
    """The displacement of all frames."""
    bl_label = strings.PANEL_SHOT
    bl_parent_id = "DETAILED3DMM_PT_detail"

    def draw_face(self, layout, obj, settings):
        layout.prop(settings.shot, "folder", text="")
        layout.operator("detailed3dmm.bake_shot", icon="RENDER_ANIMATION")
        row = layout.row()
        row.enabled = settings.shot.image is not None
        row.prop(settings.shot, "show")


def _write(sequence, obj, frame, resolution):
    """Bring one frame's file up to date; gives 0 where it was drawn, 1 copied, 2 left alone."""
    what = live.fingerprint(obj), resolution
    if sequence.shows(frame, what):
        return 2
    like = sequence.like(what)
    if like is not None:
        sequence.write(frame, what, lambda path: shutil.copyfile(sequence.path(like), path))
        return 1
    heights = bake.displacement(obj, resolution)
    sequence.write(frame, what, lambda path: displacement_file.write_exr(path, heights))
    return 0


def _folder(path):
    if path.startswith("//") and not bpy.data.is_saved or not path:
        raise Detailed3DMMError(strings.message(strings.ERROR_SHOT_FOLDER))
    return Path(paths.absolute(path))


def _image(obj, path):
    """The sequence that begins with `path` as an image datablock."""
    image = obj.detailed3dmm.shot.image or bpy.data.images.load(str(path))
    image.name = f"{obj.name}_displacement_shot"
    image.filepath = paths.stored(path)
    image.source, image.colorspace_settings.name = "SEQUENCE", "Non-Color"
    image.reload()
    return image


CLASSES = (DETAILED3DMM_OT_bake_shot, DETAILED3DMM_PT_shot)
register, unregister = bpy.utils.register_classes_factory(CLASSES)
