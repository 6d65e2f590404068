"""Sliders that are views of the identity and of the shape keys."""
import bpy
import numpy as np
import pytest

from detailed3dmm_addon.blender import expressions, mesh, parameters
from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.semantic import SLIDERS, SemanticSliders


def identity(face):
    return parameters.identity(face.detailed3dmm)


@pytest.mark.parametrize("slider", SLIDERS, ids=lambda slider: slider.name)
def test_shape_slider_shows_and_sets_its_measure(face, slider):
    settings, name = face.detailed3dmm, "shape_" + slider.name
    assert getattr(settings, name) == pytest.approx(0, abs=1e-4)
    value = 0.5 * slider.maximum
    setattr(settings, name, value)
    assert getattr(settings, name) == pytest.approx(value, abs=1e-3)
    assert SemanticSliders.load().value(identity(face), slider.name) == pytest.approx(value, abs=1e-3)
    assert mesh.is_adapted(face)


def test_shape_slider_stops_at_its_limit(face):
    slider = SLIDERS[0]
    setattr(face.detailed3dmm, "shape_" + slider.name, 1000.0)
    assert getattr(face.detailed3dmm, "shape_" + slider.name) == pytest.approx(slider.maximum, abs=1e-3)


def test_raw_coefficient_moves_the_mesh(face, shape):
    before = shape(face)
    face.detailed3dmm.identity_0[3] = 2.0
    assert identity(face)[3] == 2.0
    expected = BaseModel.load().neutral(identity(face))
    assert np.abs(shape(face) - expected).max() < 2e-7 < np.abs(before - expected).max()


def test_linked_slider_moves_both_sides(face):
    keys = face.data.shape_keys.key_blocks
    face.detailed3dmm.both_mouthSmile = 0.75
    assert keys["mouthSmile_L"].value == keys["mouthSmile_R"].value == 0.75
    keys["mouthSmile_L"].value = 0.25
    assert face.detailed3dmm.both_mouthSmile == 0.5


def test_gaze_turns_both_eyes_the_same_way(face):
    keys = face.data.shape_keys.key_blocks
    face.detailed3dmm.gaze_horizontal = 0.5
    assert (keys["eyeLookOut_L"].value, keys["eyeLookIn_R"].value) == (0.5, 0.5)
    face.detailed3dmm.gaze_horizontal = -0.25
    assert (keys["eyeLookOut_L"].value, keys["eyeLookIn_L"].value, keys["eyeLookOut_R"].value) == (0, 0.25, 0.25)
    assert face.detailed3dmm.gaze_horizontal == -0.25
    face.detailed3dmm.gaze_vertical = 1.0
    assert keys["eyeLookUp_L"].value == keys["eyeLookUp_R"].value == 1


def test_every_expression_has_one_place_in_the_panel():
    assert sorted(expressions.group_keys("all")) == sorted(BaseModel.load().expression_names)


def test_mirror_expression(face):
    keys = face.data.shape_keys.key_blocks
    parameters.set_expression(face, {"mouthSmile_L": 0.8, "jawLeft": 0.5, "jawOpen": 0.2})
    assert bpy.ops.detailed3dmm.mirror_expression() == {"FINISHED"}
    assert {key.name: round(key.value, 3) for key in keys[1:54] if key.value} == {
        "mouthSmile_R": 0.8, "jawRight": 0.5, "jawOpen": 0.2}


def test_reset_expression_by_group(face):
    keys = face.data.shape_keys.key_blocks
    parameters.set_expression(face, {"mouthSmile_L": 0.8, "jawOpen": 0.2})
    bpy.ops.detailed3dmm.reset_expression(group="jaw")
    assert (keys["mouthSmile_L"].value, keys["jawOpen"].value) == (pytest.approx(0.8), 0)
    bpy.ops.detailed3dmm.reset_expression()
    assert not mesh.expression_of(face).any()


def test_randomise_is_repeatable_and_by_group(face):
    bpy.ops.detailed3dmm.randomise(seed=7)
    first = identity(face)
    bpy.ops.detailed3dmm.randomise(seed=8)
    assert not np.allclose(identity(face), first)
    bpy.ops.detailed3dmm.randomise(seed=7)
    assert np.array_equal(identity(face), first)

    sliders = SemanticSliders.load()
    group = SLIDERS[0].group
    before = sliders.values(identity(face))
    bpy.ops.detailed3dmm.randomise(seed=1, group=group)
    change = np.abs(sliders.values(identity(face)) - before)
    inside = np.array([slider.group == group for slider in SLIDERS])
    assert change[inside].max() > 0.3 and change[~inside].max() < 0.1 * change[inside].max()


def test_symmetrise(face, shape):
    bpy.ops.detailed3dmm.randomise(seed=3)
    bpy.ops.detailed3dmm.symmetrise()
    points = shape(face)
    assert np.abs(points - BaseModel.load().mirror_vertices(points)).max() < 1e-4


def test_reset_shape(face):
    bpy.ops.detailed3dmm.randomise(seed=3)
    bpy.ops.detailed3dmm.reset_shape(group=SLIDERS[0].group)
    assert abs(getattr(face.detailed3dmm, "shape_" + SLIDERS[0].name)) < 1e-3
    assert identity(face).any()
    bpy.ops.detailed3dmm.reset_shape()
    assert not identity(face).any()


def test_presets(face):
    settings = face.detailed3dmm
    parameters.set_expression(face, {"jawOpen": 0.2})
    settings.character_preset = _choices(settings, "character_preset")[-1]
    assert identity(face).any() and mesh.is_adapted(face)
    # A character leaves what the face does alone.
    assert face.data.shape_keys.key_blocks["jawOpen"].value == pytest.approx(0.2)
    settings.expression_preset = _choices(settings, "expression_preset")[-1]
    assert mesh.expression_of(face).any()


def _choices(settings, name):
    from detailed3dmm_addon.blender import presets
    items = {"character_preset": presets.character_items, "expression_preset": presets.expression_items}[name]
    return [item[0] for item in items(settings, bpy.context)]


def test_keyframes_and_auto_keying(face, curves):
    bpy.ops.detailed3dmm.key_expression()
    keyed = curves(face.data.shape_keys)
    assert len(keyed) == 53
    bpy.context.scene.tool_settings.use_keyframe_insert_auto = True
    bpy.context.scene.frame_set(10)
    parameters.set_expression(face, {"jawOpen": 0.5})
    bpy.ops.detailed3dmm.mirror_expression()
    assert {len(curve.keyframe_points) for curve in keyed} == {2}
    bpy.context.scene.frame_set(1)
    assert face.data.shape_keys.key_blocks["jawOpen"].value == 0
