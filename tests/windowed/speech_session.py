"""Runs inside a windowed Blender, which test_speech.py starts through the rig: a face that speaks, under a real mouse.

What hears the recording is a stand-in that takes its time: ESC, progress, undo, drops and playback are looked at here.
Screenshots are left beside Blender's log, for people to look at.
"""
import sys
import time
import wave
from types import SimpleNamespace

import bpy
import numpy as np
import rig
from mathutils import Euler

sys.path.append("/tmp/out")
from shared_session import SETTLED, face, part, until  # noqa: E402

RECORDING = "/tmp/out/recording.wav"
SECONDS, FPS, STEPS = 4, 24, 10
ROW = 14  # pixels: less than a slider is high
started, closed = [], []  # of the stand-in's generators: that they began, how they ended


def animation():
    return face().data.shape_keys.animation_data


def speaks():
    return animation() is not None and animation().action is not None


def sounds():
    return list(part("blender.compat").sequencer_strips(bpy.context.scene))


def header(index):
    """Window coordinates of the header of a closed panel, counted from the top, where all above are closed too."""
    region = rig.region("UI")
    return region.x + 60, region.y + region.height - 14 - 28 * index


def write_recording():
    loudness = np.abs(np.sin(np.arange(16000 * SECONDS) / 2000)) * np.sin(np.arange(16000 * SECONDS) / 20)
    with wave.open(RECORDING, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes((8000 * loudness).astype(np.int16).tobytes())


def listening(_path, _transcript, _automatic):
    started.append(True)
    try:
        for step in range(STEPS):
            time.sleep(0.1)
            yield step / STEPS
    except GeneratorExit:
        closed.append("cancelled")
        raise
    closed.append("done")
    return "speech"


def performed(_speech, obj, fps):
    model, count = part("core.base_model").BaseModel.load(), int(SECONDS * fps)
    at, values = np.arange(count) / fps, np.zeros((count, 53), np.float32)
    for name, curve in (("jawOpen", 0.35 * np.sin(7 * at) ** 2), ("mouthFunnel", 0.4 * np.sin(2 * at) ** 4),
                        ("browInnerUp_L", 0.9 * np.sin(1.5 * at) ** 2), ("browInnerUp_R", 0.9 * np.sin(1.5 * at) ** 2),
                        ("browOuterUp_L", 0.9 * np.sin(1.5 * at) ** 2), ("browOuterUp_R", 0.9 * np.sin(1.5 * at) ** 2),
                        ("eyeBlink_L", np.exp(-(9 * (at - 1.5)) ** 2)), ("eyeBlink_R", np.exp(-(9 * (at - 1.5)) ** 2)),
                        ("mouthSmile_L", 0.3 * np.sin(at) ** 2)):
        values[:, model.expression_names.index(name)] = curve * obj.detailed3dmm.speech.intensity
    head = 0.12 * np.stack([np.sin(3 * at), np.sin(2 * at), np.sin(1.3 * at)], 1)
    groups = {"mouth": ("jaw", "mouth", "nose"), "eyes": ("eyes",), "brows": ("brows",)}
    layers = {layer: tuple(key for group in names for key in part("blender.expressions").group_keys(group))
              for layer, names in groups.items()}
    phones = part("speech.phones").from_frames(np.repeat([21, 1, 16, 9, 0], 20 * SECONDS))
    return SimpleNamespace(curves=part("core.curves_file").Curves(fps, model.expression_names, values, head),
                           layers=layers, notes=(), phones=phones)


def frame_face():
    space = rig.area().spaces.active
    space.overlay.show_overlays = False
    view = space.region_3d
    view.view_perspective, view.view_distance, view.view_location = "ORTHO", 0.55, (0, 0, 0)
    view.view_rotation = Euler((1.5707, 0, 0.35)).to_quaternion()


def shows():
    """What the displacement image of the face says that it shows."""
    return tuple(face().detailed3dmm.image.get("detailed3dmm_stamp", ()))


def steps():
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    write_recording()
    speech = part("blender.speech")
    speech.listening, speech.performed, speech.missing_module = listening, performed, lambda: None
    bpy.context.scene.render.fps = FPS
    rig.open_sidebar("Detailed3DMM")
    yield 1.0
    with rig.override():
        bpy.ops.detailed3dmm.add_face()
    frame_face()
    bpy.ops.ed.undo_push(message="Face")
    yield 1.0
    yield from rig.click(*header(0))  # closes Face
    yield from rig.click(*header(3))  # closes Expression
    yield from rig.click(*header(4))  # opens Speak
    yield SETTLED
    rig.shot("1_panel.png")
    x, y = yield from rig.find_prop("filepath", step=ROW)
    yield from nothing_chosen(x, y)
    face().detailed3dmm.speech.filepath = RECORDING
    face().detailed3dmm.speech.markers = True
    bpy.ops.ed.undo_push(message="Recording")
    yield from cancelled(x, y)
    yield from spoken_and_undone(x, y)
    yield from dropped()
    yield from played()
    yield from editors()


def press_speak(x, y):
    rig.move(500, 300)  # away from what a message may cover
    yield SETTLED
    count = len(started)
    yield from rig.click(x - 30, y - 30)
    return count


def nothing_chosen(x, y):
    yield from press_speak(x, y)
    yield SETTLED
    rig.shot("2_nothing_chosen.png")
    assert not speaks() and not started
    yield from rig.key("Escape")  # closes the sentence


def cancelled(x, y):
    count = yield from press_speak(x, y)
    yield from until(lambda: len(started) > count, "a click on Speak starts nothing")
    rig.shot("3_progress.png")
    yield from rig.key("Escape")
    yield from until(lambda: closed, "ESC does not cancel")
    assert closed == ["cancelled"], closed
    assert not speaks() and not face().modifiers and not sounds(), "something was left by a cancelled bake"


def spoken_and_undone(x, y):
    closed.clear()
    yield from press_speak(x, y)
    yield from until(speaks, "a click on Speak bakes nothing")
    rig.shot("4_spoken.png")
    rig.move(500, 300)
    yield 0.3
    yield from rig.key("ctrl+z")
    yield from until(lambda: not speaks(), "undo leaves the bake")
    assert not face().modifiers and not bpy.data.armatures, "one undo step does not take all back"
    assert not bpy.context.scene.timeline_markers
    yield from rig.key("ctrl+shift+z")
    yield from until(speaks, "redo does not bring the bake back")
    assert face().find_armature() and len(bpy.context.scene.timeline_markers) > 3 and len(sounds()) == 1


def dropped():
    count = len(closed)
    face().detailed3dmm.speech.filepath = ""
    with rig.override():
        bpy.ops.wm.drop_import_file("INVOKE_DEFAULT", directory="/tmp/out/", files=[{"name": "recording.wav"}])
    yield from until(lambda: len(closed) > count and face().detailed3dmm.speech.filepath, "a dropped file does nothing")
    assert speaks() and len(sounds()) == 1


def played():
    scene = bpy.context.scene
    scene.frame_set(1)
    yield 2 * SETTLED
    seen, mouths = set(), set()
    with rig.override():
        bpy.ops.screen.animation_play()
    for moment in range(12):
        yield 0.5
        seen.add(shows())
        mouths.add(round(face().data.shape_keys.key_blocks["jawOpen"].value, 3))
        if moment == 6:
            rig.shot("5_playing.png")
    with rig.override():
        bpy.ops.screen.animation_cancel(restore_frame=False)
    print("wrinkles:", part("blender.live").problem() or len(seen), "mouths:", len(mouths))
    assert len(mouths) > 3, "the face does not move in playback"
    assert part("blender.live").problem() or len(seen) > 3, "the wrinkles do not follow in playback"
    scene.frame_set(26)
    yield 2
    rig.shot("6_frame_26.png")


def editors():
    """Dope sheet of the shape keys, sequencer."""
    timeline = next(area for area in rig.window().screen.areas if area.type in {"DOPESHEET_EDITOR", "TIMELINE"})
    view = rig.area()
    timeline.type = "SEQUENCE_EDITOR"
    view.type = "DOPESHEET_EDITOR"
    view.spaces.active.mode = "SHAPEKEY"
    yield 1
    for area in (view, timeline):
        with rig.override(area):
            (bpy.ops.action if area == view else bpy.ops.sequencer).view_all()
    yield 1
    rig.shot("7_dopesheet.png")
    view.type = "NLA_EDITOR"
    face().detailed3dmm.speech.layered = True
    with bpy.context.temp_override(window=rig.window(), object=face(), active_object=face()):
        bpy.ops.detailed3dmm.speak()
    yield 1
    with rig.override(view):
        bpy.ops.nla.view_all()
    yield 1
    rig.shot("8_nla.png")
