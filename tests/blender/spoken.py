"""What the tests of speech share: a take that is known to the last frame, its bake, and what is to be seen of it."""
from types import SimpleNamespace

import bpy
import numpy as np
import pytest

from detailed3dmm_addon.blender import compat, expressions, mesh, speech
from detailed3dmm_addon.blender.speech import Bake
from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.curves_file import Curves
from detailed3dmm_addon.speech.phones import TimedPhone

FPS, COUNT, START = 24, 60, 11
needs_audio = pytest.mark.skipif(not bpy.app.build_options.audaspace, reason="this Blender was built without audio")
TOLERANCE = 0.01 + 1e-5  # what key reduction promises, and float32
LAYERS = {"mouth": ("jaw", "mouth", "nose"), "eyes": ("eyes",), "brows": ("brows",)}


def take(scale=1.0, head=0.05, count=COUNT, fps=FPS):
    """A performance: the jaw swings, the lips round, brows rise once, lids close once, the head turns."""
    names = BaseModel.load().expression_names
    time = np.arange(count) / fps
    values = np.zeros((count, len(names)), np.float32)
    for name, curve in (("jawOpen", 0.3 * np.sin(7 * time) ** 2), ("mouthPucker", 0.5 * np.sin(3 * time) ** 2),
                        ("browInnerUp_L", 0.4 * np.exp(-(8 * (time - 1)) ** 2)),
                        ("eyeBlink_L", np.exp(-(20 * (time - 0.8)) ** 2)),
                        ("eyeBlink_R", np.exp(-(20 * (time - 0.8)) ** 2))):
        values[:, names.index(name)] = scale * curve
    turns = head * np.stack([np.sin(2 * time), np.sin(3 * time), np.sin(time)], 1)
    layers = {layer: tuple(key for group in groups for key in expressions.group_keys(group))
              for layer, groups in LAYERS.items()}
    return SimpleNamespace(curves=Curves(fps, names, values, turns), layers=layers, notes=(),
                           phones=[TimedPhone("SIL", 0, 0.5), TimedPhone("M", 0.5, 0.75), TimedPhone("AA", 0.75, 2)])


def bake(face, performance=None, **how):
    """`speech.bake_speech` of a take, at START and without sound where `how` says nothing else."""
    return speech.bake_speech(bpy.context, face, performance or take(), Bake(**{"start": START, "sound": "a.wav",
                                                                               "add_sound": False, **how}))


def played(face, frames=range(START, START + COUNT)):
    """(T, 53) what the shape keys show in playback."""
    return np.array([at(face, frame) for frame in frames])


def at(face, frame):
    """(53,) what the shape keys show at a frame."""
    bpy.context.scene.frame_set(frame)
    return mesh.expression_of(face)


def keyed(action):
    """{name of the key: F-curve}."""
    return {curve.data_path.split('"')[1]: curve for curve in compat.channels(action).fcurves}


def takes(datablock):
    """NLA tracks, but for the one that says 0 where Blender would not."""
    return [track for track in datablock.animation_data.nla_tracks if not track.name.endswith("at rest")]


def own(owner, value, frames=(1, 200), name="jawOpen"):
    """An artist's own keyframes on a shape key."""
    key = owner.data.shape_keys.key_blocks[name]
    for frame in frames:
        key.value = value
        key.keyframe_insert("value", frame=frame)
    return owner.data.shape_keys.animation_data.action


def untouched(face, scene):
    """All that a bake would change."""
    animation = face.data.shape_keys.animation_data
    return (len(bpy.data.actions), animation.action, len(animation.nla_tracks), len(scene.timeline_markers),
            scene.frame_end, scene.sync_mode, len(face.modifiers), face.detailed3dmm.speech.filepath)
