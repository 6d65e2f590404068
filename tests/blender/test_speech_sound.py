"""Recording, markers and length of the scene beside a take."""
import bpy
import numpy as np
import pytest

from detailed3dmm_addon.blender import compat, speech_sound
from tests.blender.spoken import COUNT, START, TOLERANCE, bake, needs_audio, played, take


@needs_audio
def test_sound_lies_at_the_frame_once(face, scene, recording):
    for _again in range(2):
        bake(face, sound=str(recording), add_sound=True, markers=True)
    strips = list(compat.sequencer_strips(scene))
    assert [round(strip.frame_start) for strip in strips] == [START] and strips[0].type == "SOUND"
    assert strips[0].frame_final_duration == COUNT and scene.sync_mode == "AUDIO_SYNC"
    assert len(bpy.data.sounds) == 1, "sounds of earlier bakes are left over"
    assert [(marker.name, marker.frame) for marker in scene.timeline_markers] == [("M", START + 12), ("AA", START + 18)]


@needs_audio
def test_own_strips_markers_and_range_stay(face, scene, recording):
    compat.sequencer_strips(scene).new_sound("mine", str(recording), 1, 5)
    scene.timeline_markers.new("mine", frame=3)
    scene.frame_end = 500
    bake(face, sound=str(recording), add_sound=True, markers=True)
    bake(face, take(), sound=str(recording), add_sound=True, start=30)
    names = {(strip.name, round(strip.frame_start)) for strip in compat.sequencer_strips(scene)}
    assert ("mine", 5) in names and len(names) == 2
    assert [marker.name for marker in scene.timeline_markers] == ["mine"] and scene.frame_end == 500


def test_scene_is_extended_where_asked(face, scene):
    scene.frame_end = 20
    bake(face, extend=False)
    assert scene.frame_end == 20
    bake(face)
    assert scene.frame_end == START + COUNT - 1


def test_frame_rates_that_are_no_whole_numbers(face, scene):
    speech_sound.set_frame_rate(scene, 29.97)
    assert speech_sound.frame_rate(scene) == pytest.approx(29.97)
    bake(face, take(fps=29.97))
    assert np.abs(played(face) - take(fps=29.97).curves.values).max() <= TOLERANCE


@needs_audio
def test_headless_scene_lasts_as_long_as_the_take(face, scene, recording):
    from detailed3dmm_addon.blender import headless
    headless.speak(face, take(fps=30), recording)
    assert (scene.render.fps, scene.frame_start, scene.frame_end) == (30, 1, COUNT)
    assert np.abs(played(face, range(1, COUNT + 1)) - take(fps=30).curves.values).max() <= TOLERANCE
    assert len(compat.sequencer_strips(scene)) == 1
