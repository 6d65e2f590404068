"""Undo, saving, appending, linking, several faces in a file, the add-on switched off and on."""
import bpy
import numpy as np
import pytest

import detailed3dmm_addon
from detailed3dmm_addon.blender import live, mesh, parameters
from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.character import Character


def neutral(face):
    return BaseModel.load().neutral(parameters.identity(face.detailed3dmm))


def basis(face):
    points = np.empty(len(face.data.vertices) * 3, np.float32)
    face.data.shape_keys.reference_key.points.foreach_get("co", points)
    return points.reshape(-1, 3)


def step(name):
    bpy.ops.ed.undo_push(message=name)


def test_undo_and_redo_bring_sliders_and_mesh_back_together(face):
    step("Add Face")
    name = face.name
    face.detailed3dmm.identity_0[0] = 2.0
    step("Slider")
    face.data.shape_keys.key_blocks["jawOpen"].value = 0.5
    step("Expression")

    bpy.ops.ed.undo()
    face = bpy.data.objects[name]
    assert face.data.shape_keys.key_blocks["jawOpen"].value == 0
    assert face.detailed3dmm.identity_0[0] == 2 and np.abs(basis(face) - neutral(face)).max() < 1e-7
    bpy.ops.ed.undo()
    face = bpy.data.objects[name]
    assert face.detailed3dmm.identity_0[0] == 0 and np.abs(basis(face) - neutral(face)).max() < 1e-7
    assert mesh.is_adapted(face)
    bpy.ops.ed.redo()
    bpy.ops.ed.redo()
    face = bpy.data.objects[name]
    assert face.detailed3dmm.identity_0[0] == 2 and face.data.shape_keys.key_blocks["jawOpen"].value == 0.5
    assert np.abs(basis(face) - neutral(face)).max() < 1e-7


def test_undo_of_adding_leaves_no_face_and_the_next_is_sound(face):
    step("Add Face")
    bpy.ops.ed.undo()
    assert not [obj for obj in bpy.data.objects if mesh.is_face(obj)]
    bpy.ops.detailed3dmm.add_face()
    assert mesh.problem(bpy.context.object) is None


def test_wrinkles_after_undo_are_those_of_the_sliders(face, wrinkles, level):
    step("Add Face")
    name = face.name
    face.data.shape_keys.key_blocks["jawOpen"].value = 0.5
    live.update_now(bpy.context.scene)
    assert level(face) == (pytest.approx(0.5), 1024)
    step("Expression")
    bpy.ops.ed.undo()
    live.update_now(bpy.context.scene)
    assert level(bpy.data.objects[name])[0] == 0


def test_save_and_reload(face, wrinkles, level, shape, tmp_path):
    mesh.apply_character(face, Character.random(3))
    parameters.set_expression(face, {"jawOpen": 0.5, "mouthClose": 0.25})
    live.update_now(bpy.context.scene)
    said, shown, points = mesh.character_of(face), level(face), shape(face)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "face.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "face.blend"))
    face = bpy.data.objects["Face"]
    assert mesh.character_of(face) == said and level(face) == shown
    assert np.array_equal(shape(face), points)
    asked = len(wrinkles.asked)
    live.update_now(bpy.context.scene)
    assert len(wrinkles.asked) == asked  # the packed image says what it shows: opening a file draws nothing anew
    face.data.shape_keys.key_blocks["jawOpen"].value = 0.25
    live.update_now(bpy.context.scene)
    assert level(face)[0] == pytest.approx(shown[0] - 0.25)


def test_saving_adapts_what_dragging_left_behind(face, tmp_path):
    parameters.set_identity(face.detailed3dmm, np.random.default_rng(0).normal(size=100))
    mesh.move_identity(face)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "face.blend"))
    assert mesh.is_adapted(face)


@pytest.mark.parametrize("link", [False, True], ids=["append", "link"])
def test_append_and_link(face, wrinkles, level, shape, tmp_path, link):
    mesh.apply_character(face, Character.random(4))
    parameters.set_expression(face, {"jawOpen": 0.5, "mouthClose": 0.5})
    live.update_now(bpy.context.scene)
    points, shown = shape(face), level(face)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "face.blend"))

    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.detailed3dmm.add_face()
    with bpy.data.libraries.load(str(tmp_path / "face.blend"), link=link) as (_there, here):
        here.objects = ["Face"]
    brought = here.objects[0]
    bpy.context.collection.objects.link(brought)
    assert np.array_equal(shape(brought), points) and level(brought) == shown
    live.update_now(bpy.context.scene)
    if link:
        assert "linked" in mesh.problem(brought)
        return
    brought.detailed3dmm.identity_0[0] += 1.0
    brought.data.shape_keys.key_blocks["jawOpen"].value = 0.25
    live.update_now(bpy.context.scene)
    assert np.abs(basis(brought) - neutral(brought)).max() < 1e-7
    assert level(brought)[0] == pytest.approx(shown[0] - 0.25 + 0.01, abs=1e-5)


def test_two_faces_know_nothing_of_each_other(face, wrinkles, level, shape):
    bpy.ops.detailed3dmm.add_face()
    other = bpy.context.object
    other.detailed3dmm.identity_1[2] = 2.0
    other.data.shape_keys.key_blocks["jawOpen"].value = 0.5
    live.update_now(bpy.context.scene)
    assert np.abs(shape(face) - neutral(face)).max() < 2e-7
    assert (level(face)[0], level(other)[0]) == (0, pytest.approx(0.52))
    assert not set(face.data.materials) & set(other.data.materials)


def test_duplicate_becomes_a_face_of_its_own(face, wrinkles, level):
    face.data.shape_keys.key_blocks["jawOpen"].value = 0.5
    live.update_now(bpy.context.scene)
    bpy.ops.object.duplicate()
    copy = bpy.context.object
    copy.data.shape_keys.key_blocks["jawOpen"].value = 0.25
    copy.detailed3dmm.skin.melanin = 0.9
    live.update_now(bpy.context.scene)
    assert (level(face)[0], level(copy)[0]) == (0.5, 0.25)
    assert not set(face.data.materials) & set(copy.data.materials)


def test_linked_duplicate_shows_the_same_sliders(face):
    bpy.ops.object.duplicate(linked=True)
    copy = bpy.context.object
    copy.detailed3dmm.identity_0[1] = 1.5
    assert face.detailed3dmm.identity_0[1] == 1.5


def test_addon_disabled_and_enabled_again(face, shape):
    mesh.apply_character(face, Character.random(6))
    said = mesh.character_of(face)
    name, points = face.name, shape(face)
    detailed3dmm_addon.unregister()
    try:
        assert not hasattr(bpy.types.Object, "detailed3dmm")
        face = bpy.data.objects[name]
        assert np.array_equal(shape(face), points)
        face.data.shape_keys.key_blocks["jawOpen"].value = 0.5
        assert np.abs(shape(face) - points).max() > 0.005
        bpy.context.scene.frame_set(3)  # no handler was left behind
    finally:
        detailed3dmm_addon.register()
    face = bpy.data.objects[name]
    assert mesh.character_of(face).identity.tolist() == said.identity.tolist()
    face.detailed3dmm.identity_0[0] += 1.0
    assert np.abs(basis(face) - neutral(face)).max() < 1e-7
