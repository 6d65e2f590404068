"""Actions and strips of a take: what playback shows, what is replaced, what stays."""
import bpy
import numpy as np
import pytest

from detailed3dmm_addon.blender import compat, mesh, speech_action
from tests.blender.spoken import COUNT, FPS, START, TOLERANCE, at, bake, keyed, own, played, take, takes


def test_playback_shows_the_take(face, scene):
    bake(face)
    assert np.abs(played(face) - take().curves.values).max() <= TOLERANCE
    assert max(np.abs(at(face, frame)).max() for frame in (START - 10, START + COUNT + FPS)) < 1e-6


def test_fewer_keys_than_frames_and_only_of_what_moves(face, scene):
    baked = bake(face)
    curves = keyed(face.data.shape_keys.animation_data.action)
    assert set(curves) == {"jawOpen", "mouthPucker", "browInnerUp_L", "eyeBlink_L", "eyeBlink_R"}
    assert all(len(curve.keyframe_points) < COUNT / 2 for curve in curves.values())
    assert baked.keys >= sum(len(curve.keyframe_points) for curve in curves.values())


def test_what_holds_still_does_so_to_the_end(face, scene):
    performance = take(scale=0.0, head=0.0)
    performance.curves.values[:, mesh.expression_names().index("cheekSquint_L")] = 0.3
    bake(face, performance)
    assert played(face)[:, mesh.expression_names().index("cheekSquint_L")] == pytest.approx(0.3, abs=1e-5)


def test_channels_are_grouped(face, scene):
    bake(face)
    groups = {name: curve.group.name for name, curve in keyed(face.data.shape_keys.animation_data.action).items()}
    assert groups["jawOpen"] == "Jaw" and groups["mouthPucker"] == "Mouth"
    assert groups["eyeBlink_L"] == "Eyes" and groups["browInnerUp_L"] == "Brows"
    rig = face.find_armature()
    assert [curve.group.name for curve in compat.channels(rig.animation_data.action).fcurves] == ["Head"] * 3


def test_first_bake_is_a_plain_action(face, scene):
    bake(face)
    animation = face.data.shape_keys.animation_data
    assert animation.action.name == "Face speech" and not animation.nla_tracks


def test_own_animation_stays_and_adds_up(face, scene):
    action = own(face, 0.1)
    before = [tuple(point.co) for point in keyed(action)["jawOpen"].keyframe_points]
    bake(face)
    animation = face.data.shape_keys.animation_data
    assert animation.action == action and len(takes(face.data.shape_keys)) == 1
    assert [tuple(point.co) for point in keyed(action)["jawOpen"].keyframe_points] == before
    expected = take().curves.values.copy()
    expected[:, mesh.expression_names().index("jawOpen")] += 0.1
    assert np.abs(played(face) - expected).max() <= TOLERANCE
    assert at(face, 240)[mesh.expression_names().index("jawOpen")] == pytest.approx(0.1)


def test_own_animation_elsewhere_is_left_as_it_is(face, scene):
    own(face, 0.4, name="mouthSmile_L")
    bake(face)
    animation = face.data.shape_keys.animation_data
    assert animation.action_blend_type == "REPLACE" and len(takes(face.data.shape_keys)) == 1
    assert played(face)[:, mesh.expression_names().index("mouthSmile_L")] == pytest.approx(0.4)


def test_again_replaces_the_earlier_bake_alone(face, scene):
    action = own(face, 0.1)
    bake(face)
    bake(face, take(scale=0.5))
    animation = face.data.shape_keys.animation_data
    assert animation.action == action and len(takes(face.data.shape_keys)) == 1
    assert len([each for each in bpy.data.actions if speech_action.made_by(each)]) == 2  # the face's and the head's
    expected = 0.5 * take().curves.values
    expected[:, mesh.expression_names().index("jawOpen")] += 0.1
    assert np.abs(played(face) - expected).max() <= TOLERANCE


def test_what_the_new_take_does_not_move_comes_to_rest(face, scene):
    bake(face)
    scene.frame_set(START + FPS)  # the brow is up
    bake(face, take(scale=0.0))
    assert np.abs(at(face, START + FPS)).max() < 1e-6


def test_outside_its_strips_a_take_leaves_the_face_at_rest(face, scene):
    bake(face, layered=True)
    assert max(np.abs(at(face, frame)).max() for frame in (1, START + COUNT + FPS)) < 1e-6
    bake(face, take(scale=0.0, head=0.0))
    assert not face.data.shape_keys.animation_data.nla_tracks


def test_bake_that_was_edited_is_kept(face, scene):
    bake(face)
    keyed(face.data.shape_keys.animation_data.action)["jawOpen"].keyframe_points[1].co.y = 0.9
    baked = bake(face)
    kept = [bpy.data.actions[name] for name in baked.kept]
    assert len(kept) == 1 and kept[0].use_fake_user
    assert keyed(kept[0])["jawOpen"].keyframe_points[1].co.y == pytest.approx(0.9)
    assert face.data.shape_keys.animation_data.action not in kept


def test_without_replace_an_overlapping_bake_is_muted(face, scene):
    bake(face)
    bake(face, take(scale=0.5), replace=False)
    assert len(speech_action.bakes([face.data.shape_keys])) == 2
    assert np.abs(played(face) - 0.5 * take().curves.values).max() <= TOLERANCE


def test_another_recording_later_stays_beside_it(face, scene):
    bake(face)
    bake(face, take(scale=0.5), start=120, sound="b.wav")
    assert len(speech_action.bakes([face.data.shape_keys])) == 2
    assert np.abs(played(face) - take().curves.values).max() <= TOLERANCE
    assert np.abs(played(face, range(120, 120 + COUNT)) - 0.5 * take().curves.values).max() <= TOLERANCE


def test_layers_are_strips_of_their_own(face, scene):
    bake(face, layered=True)
    animation = face.data.shape_keys.animation_data
    assert [track.name for track in takes(face.data.shape_keys)] == [
        "Face speech mouth", "Face speech eyes", "Face speech brows"] and animation.action is None
    assert face.find_armature().animation_data.nla_tracks[0].name == "Face speech head"
    assert np.abs(played(face) - take().curves.values).max() <= TOLERANCE
    takes(face.data.shape_keys)[1].mute = True
    assert not played(face)[:, mesh.expression_names().index("eyeBlink_L")].any()
