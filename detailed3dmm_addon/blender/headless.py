"""What the command line asks of Blender: build a face in an empty file, save it, render it, play an animated one."""
import sys
from pathlib import Path

import bpy

from ..core.errors import Detailed3DMMError, FileFormatError
from . import bake, images, live, mesh, speech, speech_sound, studio
from . import reconstruct as reconstruction

RENDER_SIZE = (600, 750)
RENDER_SAMPLES = 16  # enough for a denoised picture


def build(character, displacement):
    """Replace the open file by one with this face, lit and in front of a camera; gives the object.

    character : core.character.Character; displacement : (R, R) float32, millimetres
    """
    _enable()
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    obj = mesh.add_face(bpy.context, character)
    images.write_image(obj, displacement)
    studio.set_up(bpy.context.scene, obj)
    return obj


def reconstruct(made, displacement):
    """Replace the open file by one with a person from a photo, camera, texture and light with it; gives the object.

    made : photo.reconstruction.Reconstruction; displacement : (R, R) float32, millimetres
    """
    _enable()
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    obj = reconstruction.build(bpy.context, made, "Face", lights=True, pack=True)
    images.write_image(obj, displacement)
    studio.set_engine(bpy.context.scene, "CYCLES")
    bpy.context.scene.view_settings.view_transform = "Standard"  # as photographs are shown
    return obj


def save(path):
    """Save the open file, its images inside."""
    images.pack_images()
    try:
        bpy.ops.wm.save_as_mainfile(filepath=str(path.resolve()), check_existing=False, compress=True)
    except RuntimeError as error:
        raise Detailed3DMMError(f"{path} could not be written: {_reason(error)}") from error


def speak(obj, performance, audio):
    """Bake a take onto a face of the open file, its recording beside it, at the take's frame rate.

    obj : face object; performance : speech.take.Performance; audio : path of the recording
    """
    scene = bpy.context.scene
    speech_sound.set_frame_rate(scene, performance.curves.fps)
    scene.frame_end = scene.frame_start
    speech.bake_speech(bpy.context, obj, performance, speech.Bake(scene.frame_start, sound=str(Path(audio).resolve())))


def render(path, resolution=RENDER_SIZE):
    """Render the open file's camera into a PNG, in a resolution of its own or, with None, the scene's."""
    studio.render(bpy.context.scene, path.resolve(), resolution=resolution, samples=RENDER_SAMPLES)


def animated_face(path, name, frames, resolution):
    """Open a file and play its face.

    Parameters
    ----------
    path : str, a .blend file; name : str, the face object's name, or None for the only face
    frames : range, or None for the scene's; resolution : int

    Returns
    -------
    frames : range; generator of (frame, (R, R) float32 displacement in millimetres)

    Raises
    ------
    Detailed3DMMError
        If the file cannot be opened, or holds no such face.
    """
    _enable()
    try:
        bpy.ops.wm.open_mainfile(filepath=str(path), load_ui=False)
    except RuntimeError as error:
        raise FileFormatError(f"{path} cannot be opened as a .blend file: {_reason(error)}") from error
    scene = bpy.context.scene
    obj = _face_in(scene, path, name)
    frames = frames or range(scene.frame_start, scene.frame_end + 1)

    def displacements():
        with live.paused():
            for frame in frames:
                scene.frame_set(frame)
                yield frame, bake.displacement(obj, resolution)
    return frames, displacements()


def _face_in(scene, path, name):
    found = {obj.name: obj for obj in scene.objects if mesh.is_face(obj)}
    if name is None and len(found) == 1:
        return next(iter(found.values()))
    if name in found:
        return found[name]
    if not found:
        raise Detailed3DMMError(f"{path} holds no face of Detailed3DMM.")
    asked = "holds several faces" if name is None else f"holds no face called {name!r}"
    raise Detailed3DMMError(f"{path} {asked}: choose one with --object, {', '.join(found)}.")


def _enable():
    """Register the add-on where Blender runs as a module; inside Blender it is enabled already."""
    if not hasattr(bpy.types.Object, "detailed3dmm"):
        sys.modules[__package__.rpartition(".")[0]].register()


def _reason(error):
    return " ".join(str(error).removeprefix("Error: ").split())
