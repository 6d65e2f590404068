"""Runs inside a windowed Blender, which test_speech.py starts through the rig: ESC while words are searched.

Nothing is replaced: minutes of speech are heard by the network and searched for words. How long ESC takes is printed,
and how long the longest step kept the window waiting.
"""
import sys
import time

import bpy
import rig

sys.path[:0] = ["/tmp/out", "/tmp/out/packages"]  # what this Blender's Python lacks
from shared_session import SETTLED, face, part, steps_seen, until, watch_jobs  # noqa: E402

MINUTES, SENTENCE = "/tmp/out/minutes.wav", "/tmp/out/sentence.wav"
NETWORK_DONE, SEARCHING = 0.38, 0.5  # shares of the whole
shares, ended = [], []  # shown by the job; when it was cancelled


def watch_progress():
    stepped = part("blender.jobs").Stepped
    show, cancel = stepped._show, stepped.cancel

    def shown(self, context, share):
        shares.append(share)
        show(self, context, share)

    def cancelled(self, context):
        cancel(self, context)
        ended.append(time.monotonic())
    stepped._show, stepped.cancel = shown, cancelled


def speak(path):
    face().detailed3dmm.speech.filepath = path
    steps_seen.clear()
    shares.clear()
    with bpy.context.temp_override(window=rig.window(), area=rig.area(), region=rig.region("WINDOW"), object=face(),
                                   active_object=face()):
        assert bpy.ops.detailed3dmm.speak("INVOKE_DEFAULT") == {"RUNNING_MODAL"}


def scene_state():
    """All that a bake leaves in a file."""
    scene, keys = bpy.context.scene, face().data.shape_keys
    return (len(bpy.data.actions), len(bpy.data.sounds), len(bpy.data.armatures), len(bpy.data.objects),
            len(face().modifiers), keys.animation_data and keys.animation_data.action,
            len(keys.animation_data.nla_tracks) if keys.animation_data else 0,
            len(part("blender.compat").sequencer_strips(scene)), len(scene.timeline_markers), scene.frame_end,
            scene.sync_mode, face().detailed3dmm.speech.bake)


def steps():
    missing = part("blender.speech").missing_module() or part("speech.english").what_is_missing()
    if missing:
        print("not here:", missing)
        return
    import torch
    torch.set_num_threads(1)  # two wait for each other where others are at work
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    with rig.override():
        bpy.ops.detailed3dmm.add_face()
    face().detailed3dmm.live = False
    face().detailed3dmm.speech.markers = True
    watch_jobs()
    watch_progress()
    yield 1.0
    yield from spoken()
    yield from cancelled()


def spoken():
    """A sentence first: it compiles the search, and shows that words are found here."""
    speak(SENTENCE)
    yield from until(lambda: any(result for _name, _seconds, result in steps_seen), "speaking does not end")
    assert steps_seen[-1][2] == {"FINISHED"} and face().data.shape_keys.animation_data.action
    assert "people" in part("blender.speech").words_heard(SENTENCE), "no words were searched"
    rig.shot("1_spoken.png")


def cancelled():
    before = scene_state()
    speak(MINUTES)
    yield from until(lambda: shares[-1] > SEARCHING, "the search for words does not get far")
    rig.shot("2_progress.png")
    assert shares == sorted(shares) and len([share for share in shares if share > NETWORK_DONE]) >= 2
    pressed = time.monotonic()
    rig.xdo("key", "Escape")
    yield from until(lambda: ended, "ESC does not cancel")
    count = len(steps_seen)
    yield 3 * SETTLED
    assert len(steps_seen) == count and not any(result for _name, _seconds, result in steps_seen)
    face().detailed3dmm.speech.filepath = SENTENCE
    assert scene_state() == before, "something was left by a cancelled bake"
    rig.shot("3_cancelled.png")
    print(f"cancelled: {ended[0] - pressed:.2f} s after ESC, {len(steps_seen)} steps, the longest "
          f"{max(seconds for _name, seconds, _result in steps_seen):.2f} s")
