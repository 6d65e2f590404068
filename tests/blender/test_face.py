"""The face as an object: geometry, keys, drivers, and that all of it works where the add-on does not."""
import json
import subprocess
import sys

import bpy
import numpy as np
import pytest

from detailed3dmm_addon.blender import mesh, parameters
from detailed3dmm_addon.core.base_model import BaseModel

TOLERANCE = 2e-7  # metres: float32 on coordinates below 0.25 m, added in another order
WITHOUT_ADDON = """
import bpy, json, os, sys
import numpy as np
bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
face = bpy.data.objects["Face"]
for name, value in json.loads(sys.argv[2]).items():
    face.data.shape_keys.key_blocks[name].value = value
bpy.context.view_layer.update()
points = face.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.vertices
np.save(sys.argv[3], np.array([v.co for v in points], np.float32))
sys.stdout.flush()
os._exit(0)
"""


@pytest.fixture
def model():
    return BaseModel.load()


def random_identity(seed=0):
    return np.random.default_rng(seed).normal(size=100).astype(np.float32)


def test_new_face_is_the_average_face(face, model, shape):
    assert np.abs(shape(face) - model.neutral(np.zeros(100))).max() < TOLERANCE
    assert len(face.data.polygons) == len(model.topology.faces)
    assert face.data.uv_layers.active and len(face.data.materials) == len(model.topology.materials)
    assert bpy.context.selected_objects == [face]


def test_faces_and_uvs_are_those_of_the_topology(face, model):
    topology = model.topology
    polygon = face.data.polygons[9000]
    corners = topology.faces[9000][topology.faces[9000] >= 0]
    assert list(polygon.vertices) == corners.tolist()
    uvs = [tuple(face.data.uv_layers.active.uv[loop].vector) for loop in polygon.loop_indices]
    expected = topology.uv[topology.faces_uv[9000][:len(corners)]]
    assert np.abs(np.array(uvs) - expected).max() < 1e-6
    assert not face.data.validate()


def test_keys_carry_the_arkit_names(face, model):
    assert face.data.shape_keys.key_blocks.keys() == ["Basis", *model.key_names]
    assert len(model.expression_names) == 53 and "jawOpen" in model.expression_names


@pytest.mark.parametrize("expression", [
    {"jawOpen": 0.5, "mouthSmile_L": 0.7}, {"eyeBlink_L": 1.0, "eyeSquint_L": 0.6, "eyeBlink_R": 0.4},
    {"mouthClose": 0.9, "jawOpen": 0.4, "mouthPucker": 0.5}, {"browInnerUp_R": 1.0, "noseSneer_R": 1.0}])
def test_posed_face_is_the_models(face, model, shape, expression):
    identity = random_identity()
    parameters.set_identity(face.detailed3dmm, identity)
    mesh.update_identity(face)
    parameters.set_expression(face, expression)
    assert np.abs(shape(face) - model.vertices(identity, model.expression(expression))).max() < TOLERANCE


def test_correctives_are_driven_by_simple_expressions(face, model):
    drivers = face.data.shape_keys.animation_data.drivers if model.correctives else []
    assert {curve.data_path for curve in drivers} == {f'key_blocks["{name}"].value' for name in model.corrective_names}
    assert all(curve.driver.is_simple_expression and curve.driver.is_valid for curve in drivers)


def test_saved_face_moves_without_the_addon(face, model, tmp_path):
    identity, expression = random_identity(1), {"mouthClose": 0.9, "jawOpen": 0.5, "eyeBlink_L": 0.8, "eyeWide_L": 0.3}
    parameters.set_identity(face.detailed3dmm, identity)
    mesh.update_identity(face)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "face.blend"))
    subprocess.run([sys.executable, "-c", WITHOUT_ADDON, str(tmp_path / "face.blend"), json.dumps(expression),
                    str(tmp_path / "points.npy")], check=True, timeout=120, cwd=tmp_path, capture_output=True)
    moved = np.load(tmp_path / "points.npy")
    assert np.abs(moved - model.vertices(identity, model.expression(expression))).max() < TOLERANCE


def test_moving_the_identity_while_dragging_keeps_what_shows(face, model, shape):
    """Between two looks at the resting hand, keys that show are carried along with the Basis."""
    parameters.set_expression(face, {"jawOpen": 0.5})
    before = shape(face) - model.neutral(np.zeros(100))
    identity = random_identity(2)
    parameters.set_identity(face.detailed3dmm, identity)
    mesh.move_identity(face)
    assert np.abs(shape(face) - model.neutral(identity) - before).max() < 1e-6
    assert mesh.is_moved(face) and not mesh.is_adapted(face)
    mesh.update_identity(face)
    assert mesh.is_adapted(face)


def test_artists_own_key_keeps_its_offset(face, model):
    own = face.shape_key_add(name="scar", from_mix=False)
    own.data[100].co.z += 0.01
    parameters.set_identity(face.detailed3dmm, random_identity(3))
    mesh.update_identity(face)
    offset = own.data[100].co - face.data.shape_keys.reference_key.data[100].co
    assert offset.z == pytest.approx(0.01, abs=1e-6) and offset.xy.length < 1e-6


def test_character_round_trip(face):
    from detailed3dmm_addon.core.character import Character
    character = Character.random(5)
    mesh.apply_character(face, character)
    parameters.set_expression(face, {"jawOpen": 0.25})
    read = mesh.character_of(face)
    assert np.allclose(read.identity, character.identity) and np.allclose(read.detail, character.detail)
    assert read.age == character.age and read.expression == {"jawOpen": 0.25}
    mesh.apply_character(face, Character())
    mesh.apply_character(face, read)
    assert mesh.character_of(face) == read
