"""A range of a take baked again: new in it, as it was outside."""
import json

import numpy as np
import pytest
from mathutils import Euler

from detailed3dmm_addon.blender import mesh, speech, speech_action
from detailed3dmm_addon.core.errors import Detailed3DMMError
from tests.blender.spoken import COUNT, FPS, START, TOLERANCE, bake, keyed, own, played, take, takes


def test_range_again_keeps_hand_keys_outside(face, scene):
    bake(face)
    action = face.data.shape_keys.animation_data.action
    jaw = keyed(action)["jawOpen"]
    jaw.keyframe_points.insert(60, 0.8)
    jaw.update()
    before = played(face)
    speech.rebake(face, take(scale=2.0), 25, 40)
    after, first, last = played(face), 25 - START, 40 - START
    assert np.abs(after[:first] - before[:first]).max() < 1e-4
    assert np.abs(after[last + 1:] - before[last + 1:]).max() < 1e-4
    again = np.minimum(take(scale=2.0).curves.values, 1)[first:last + 1]
    assert np.abs(after[first:last + 1] - again).max() <= TOLERANCE
    assert face.data.shape_keys.animation_data.action == action and speech_action.is_edited(action)


def test_range_again_at_another_frame_rate_changes_nothing(face, scene):
    bake(face)
    before = played(face)
    with pytest.raises(Detailed3DMMError, match="baked at 24 frames a second and plays at 25 now"):
        speech.rebake(face, take(scale=2.0, fps=25), 25, 40)
    np.testing.assert_array_equal(played(face), before)


def test_range_again_in_a_strip_that_was_moved(face, scene):
    own(face, 0.0, name="mouthSmile_L")
    bake(face)
    strip = takes(face.data.shape_keys)[0].strips[0]
    strip.frame_start += 30
    speech.rebake(face, take(scale=2.0), 25 + 30, 40 + 30)
    again = np.minimum(take(scale=2.0).curves.values, 1)[25 - START:40 - START + 1]
    assert np.abs(played(face, range(55, 71)) - again).max() <= TOLERANCE
    assert not speech_action.is_edited(strip.action)


def test_range_again_where_one_layer_was_moved(face, scene):
    bake(face, layered=True)
    brows = next(track for track in takes(face.data.shape_keys) if track.name.endswith("brows"))
    brows.strips[0].frame_start += 5
    brows.strips[0].frame_end += 5
    assert speech.rebake(face, take(scale=2.0), 25, 40) == (25, 40)
    again, after = np.minimum(take(scale=2.0).curves.values, 1), played(face, range(25, 41))
    for name, moved in (("jawOpen", 0), ("browInnerUp_L", 5)):
        column = mesh.expression_names().index(name)
        expected = again[25 - START - moved:41 - START - moved, column]
        assert np.abs(after[:, column] - expected).max() <= TOLERANCE, name


def test_range_again_after_the_frame_rate_was_changed(face, scene):
    own(face, 0.0, name="mouthSmile_L")
    bake(face)
    scene.render.fps = 2 * FPS
    with pytest.raises(Detailed3DMMError, match="baked at 24 frames a second and plays at 48 now"):
        speech.bake_to_correct(face, scene)
    pieces = speech.latest(face)
    for piece in pieces:
        if piece.strip is None:
            speech_action.place(piece.animation.id_data, piece.action, as_strip=True)
            piece.animation.action = None
    for piece in speech.latest(face):
        piece.strip.scale = 2.0
    assert speech.bake_to_correct(face, scene) == ("a.wav", FPS)
    before = played(face, range(START, START + 2 * COUNT))
    first, last = START + 2 * (25 - START), START + 2 * (40 - START)
    assert speech.rebake(face, take(scale=2.0), first, last) == (first, last)
    after = played(face, range(START, START + 2 * COUNT))
    again = np.minimum(take(scale=2.0).curves.values, 1)[25 - START:41 - START]
    assert np.abs(after[first - START:last - START + 1:2] - again).max() <= TOLERANCE
    assert np.abs(after[:first - START - 2] - before[:first - START - 2]).max() < 1e-4
    assert np.abs(after[last - START + 3:] - before[last - START + 3:]).max() < 1e-4


def test_range_again_of_layers_and_head(face, scene):
    bake(face, layered=True, head="OBJECT")
    scene.frame_set(START + 20)
    speech.rebake(face, take(scale=2.0, head=0.1), 25, 40)
    scene.frame_set(30)
    pitch, yaw, roll = take(head=0.1).curves.head[30 - START].tolist()
    error = Euler((pitch, roll, yaw)).to_matrix().inverted() @ face.matrix_world.to_3x3()
    assert error.to_quaternion().angle < 0.004
    again = np.minimum(take(scale=2.0).curves.values, 1)[25 - START:40 - START + 1]
    assert np.abs(played(face, range(25, 41)) - again).max() <= TOLERANCE


def test_curve_that_moves_in_the_range_alone(face, scene):
    bake(face, take(scale=0.0, head=0.05))
    bake(face, take(scale=1e-9))
    performance = take(scale=0.0)
    bake(face, take())
    action = face.data.shape_keys.animation_data.action
    performance.curves.values[:, mesh.expression_names().index("noseSneer_L")] = 0.5
    speech.rebake(face, performance, 25, 40)
    sneer = played(face, range(START, START + COUNT))[:, mesh.expression_names().index("noseSneer_L")]
    assert sneer[25 - START:41 - START] == pytest.approx(0.5) and not sneer[:24 - START].any()
    assert "noseSneer_L" in keyed(action)


def test_range_again_comes_out_of_what_was_there(face, scene):
    performance = take(scale=0.0, head=0.0)
    jaw = mesh.expression_names().index("jawOpen")
    performance.curves.values[:, jaw] = 0.1
    bake(face, performance)
    performance.curves.values[:, jaw] = 0.5
    speech.rebake(face, performance, 25, 44, blend=3)
    after = played(face)[:, jaw]
    first, last = 25 - START, 44 - START
    assert after[[first - 1, last + 1]] == pytest.approx(0.1, abs=TOLERANCE)
    assert after[first + 3:last - 2] == pytest.approx(0.5, abs=TOLERANCE)
    assert np.abs(np.diff(after)).max() < 0.2, "a jump of 0.4 at the border"


def test_whole_take_again_is_not_blended(face, scene):
    bake(face)
    speech.rebake(face, take(scale=0.5), -100, 900, blend=5)
    assert np.abs(played(face) - 0.5 * take().curves.values).max() <= TOLERANCE


def test_bake_of_a_later_version_is_known(face, scene):
    bake(face)
    action = face.data.shape_keys.animation_data.action
    noted = json.loads(action["detailed3dmm_made"])
    action["detailed3dmm_made"] = json.dumps({**noted, "not yet invented": 1})
    assert speech_action.made_by(action).start == START
