"""Grey buttons and errors: one sentence that says what to do."""
import bpy
import pytest

from detailed3dmm_addon.blender import mesh


def test_no_face_selected(empty):
    with pytest.raises(RuntimeError, match="Select a face"):
        bpy.ops.detailed3dmm.randomise()


def test_any_other_mesh_is_not_a_face(empty):
    bpy.ops.mesh.primitive_cube_add()
    with pytest.raises(RuntimeError, match="Select a face"):
        bpy.ops.detailed3dmm.randomise()


def test_edit_mode(face):
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(RuntimeError, match="Leave Edit Mode"):
        bpy.ops.detailed3dmm.randomise()
    face.detailed3dmm.identity_0[0] = 1.0  # a script may: the mesh follows when the mode is left
    bpy.ops.object.mode_set(mode="OBJECT")
    assert not mesh.is_moved(face)
    bpy.context.scene.frame_set(2)
    assert mesh.is_adapted(face)


def test_changed_topology(face):
    face.data.shape_keys.key_blocks["jawOpen"].name = "something else"
    with pytest.raises(RuntimeError, match="shape keys were changed"):
        bpy.ops.detailed3dmm.randomise()
    face.detailed3dmm.identity_0[0] = 1.0
    bpy.context.scene.frame_set(2)  # handlers leave such an object alone


@pytest.mark.parametrize(("text", "expected"), [
    ("not json", "is not JSON"), ('{"format": 99, "identity": []}', "newer"),
    ('{"format": 1, "identity": [1, 2]}', "100 numbers"),
    ('{"format": 1, "identity": %s, "expression": {"jawOpne": 1}}' % ([0] * 100), "jawOpen")])
def test_bad_character_files_leave_the_face_alone(face, tmp_path, text, expected):
    path = tmp_path / "bad.json"
    path.write_text(text)
    face.detailed3dmm.identity_0[0] = 1.0
    before = mesh.character_of(face)
    with pytest.raises(RuntimeError, match=expected):
        bpy.ops.detailed3dmm.load_character(filepath=str(path))
    assert mesh.character_of(face) == before


def test_character_file_round_trip(face, tmp_path):
    bpy.ops.detailed3dmm.randomise(seed=2)
    said = mesh.character_of(face)
    bpy.ops.detailed3dmm.save_character(filepath=str(tmp_path / "me.json"))
    bpy.ops.detailed3dmm.reset_shape()
    bpy.ops.detailed3dmm.load_character(filepath=str(tmp_path / "me.json"))
    assert mesh.character_of(face) == said


def test_unwritable_place(face, tmp_path):
    with pytest.raises(RuntimeError, match="Cannot write"):
        bpy.ops.detailed3dmm.save_character(filepath=str(tmp_path / "none" / "me.json"))


def test_missing_base_weights(face, monkeypatch):
    from detailed3dmm_addon.core.base_model import BaseModel
    from detailed3dmm_addon.core.errors import WeightsError

    def missing():
        raise WeightsError("The weights are missing. Install Detailed3DMM again.")
    monkeypatch.setattr(BaseModel, "load", missing)
    with pytest.raises(RuntimeError, match="Install Detailed3DMM again"):
        bpy.ops.detailed3dmm.add_face()
    with pytest.raises(RuntimeError, match="Install Detailed3DMM again"):
        bpy.ops.detailed3dmm.randomise()
