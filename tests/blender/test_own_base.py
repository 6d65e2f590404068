"""Another model's head in Blender: topology, keys that follow a face, wrinkles in both UV layouts."""
import numpy as np
import pytest

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.own_base import finished, read_model, register
from tests import own_base_files


@pytest.fixture(scope="module")
def facescape(tmp_path_factory):
    """(path of a FaceScape file, its correspondence): registering takes seconds, once is enough."""
    path, _ = own_base_files.write_facescape(tmp_path_factory.mktemp("facescape"))
    return path, finished(register(read_model(path)))


@pytest.fixture
def registered(facescape, monkeypatch):
    """A FaceScape file whose registration is known already; the steps that it asks for are counted."""
    from detailed3dmm_addon.blender import own_base
    path, found = facescape

    def steps(_model):
        yield 0.5
        return found
    monkeypatch.setattr(own_base, "registration", steps)
    return path


@pytest.fixture
def imported(face, wrinkles, registered):
    """(bpy, the face, the other model's mesh that it drives)."""
    import bpy
    assert bpy.ops.detailed3dmm.import_own_base(filepath=str(registered)) == {"FINISHED"}
    return bpy, face, bpy.context.object


def evaluated(bpy, obj):
    bpy.context.view_layer.update()
    shown = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    points = np.empty(3 * len(shown.vertices), np.float32)
    shown.vertices.foreach_get("co", points)
    return points.reshape(-1, 3)


def test_the_mesh_has_the_models_topology_and_uvs(imported, registered):
    _, _, obj = imported
    model = read_model(registered)
    assert obj.name == "FaceScape"
    assert (len(obj.data.vertices), len(obj.data.polygons)) == (len(model.mean), len(model.faces))
    assert [layer.name for layer in obj.data.uv_layers] == ["UVMap", "Detailed3DMM"]
    assert set(BaseModel.load().key_names) <= set(obj.data.shape_keys.key_blocks.keys())


def test_keys_follow_the_face(imported):
    bpy, face, obj = imported
    rest = evaluated(bpy, obj)
    face.data.shape_keys.key_blocks["jawOpen"].value = 0.5
    moved = np.linalg.norm(evaluated(bpy, obj) - rest, axis=1)
    assert 0.015 < moved.max() < 0.03  # our jaw opens by 42 mm
    assert obj.data.shape_keys.key_blocks["jawOpen"].value == pytest.approx(0.5)


def test_the_material_shows_the_faces_own_wrinkles(imported):
    _, face, obj = imported
    node = obj.data.materials[0].node_tree.nodes["displacement"]
    assert node.image == face.detailed3dmm.image


def test_another_face_can_drive_it_and_none(imported):
    bpy, first, obj = imported
    bpy.ops.detailed3dmm.add_face()
    second = bpy.context.object
    obj.detailed3dmm_own_base.face = second
    first.data.shape_keys.key_blocks["jawOpen"].value = 1.0
    second.data.shape_keys.key_blocks["mouthPucker"].value = 0.25
    bpy.context.view_layer.update()
    blocks = obj.data.shape_keys.key_blocks
    assert (blocks["jawOpen"].value, blocks["mouthPucker"].value) == pytest.approx((0.0, 0.25))
    assert obj.data.materials[0].node_tree.nodes["displacement"].image == second.detailed3dmm.image
    obj.detailed3dmm_own_base.face = None
    blocks["jawOpen"].value = 0.75
    bpy.context.view_layer.update()
    assert blocks["jawOpen"].value == pytest.approx(0.75)
    assert obj.data.materials[0].node_tree.nodes["displacement"].image is None


def test_bake_draws_the_wrinkles_in_the_models_layout(imported):
    bpy, face, obj = imported
    face.data.shape_keys.key_blocks["browInnerUp_L"].value = 1.0
    assert bpy.ops.detailed3dmm.bake_own_base(resolution=256) == {"FINISHED"}
    image = bpy.data.images["FaceScape_displacement"]
    pixels = np.array(image.pixels[:]).reshape(256, 256, 4)[..., 0]
    # The stand-in for wrinkles is as high as the expression's values add up to, and what is larger has deeper ones.
    assert np.median(pixels[pixels > 0.5]) == pytest.approx(own_base_files.median_growth(), rel=0.03)
    assert (pixels[:8] == 0).all()
    assert (pixels > 0.5).mean() > 0.5
    assert image.packed_file


def test_the_shape_of_the_active_face(face, wrinkles, registered):
    import bpy
    bpy.ops.detailed3dmm.randomise(seed=5)
    assert bpy.ops.detailed3dmm.import_own_base(filepath=str(registered), shape="FACE") == {"FINISHED"}
    neutral = evaluated(bpy, face)
    expected = own_base_files.moved(neutral[:len(bpy.context.object.data.vertices)].astype(np.float64))
    error = 1000 * np.linalg.norm(evaluated(bpy, bpy.context.object) - expected, axis=1)
    assert np.median(error) < 2.5


def test_without_a_face_the_keys_are_the_artists(empty, registered):
    bpy = empty
    assert bpy.ops.detailed3dmm.import_own_base(filepath=str(registered), own_expressions=True) == {"FINISHED"}
    blocks = bpy.context.object.data.shape_keys.key_blocks
    blocks["jawOpen"].value = 1.0
    moved = np.linalg.norm(evaluated(bpy, bpy.context.object)
                           - np.array([point.co for point in blocks["Basis"].points]), axis=1)
    assert moved.max() > 0.03
    assert not bpy.ops.detailed3dmm.bake_own_base.poll()


def test_a_file_that_is_none_leaves_nothing_behind(empty, tmp_path):
    (tmp_path / "model.pkl").write_bytes(b"not a model")
    with pytest.raises(RuntimeError, match="neither a pickle nor a numpy file"):
        empty.ops.detailed3dmm.import_own_base(filepath=str(tmp_path / "model.pkl"))
    assert not empty.data.meshes


def test_undo_takes_the_import_away(face, wrinkles, registered):
    import bpy
    bpy.ops.ed.undo_push(message="Face")
    bpy.ops.detailed3dmm.import_own_base("EXEC_DEFAULT", True, filepath=str(registered))  # pushes its own step
    assert "FaceScape" in bpy.data.objects
    bpy.ops.ed.undo()
    assert set(bpy.data.objects.keys()) == {"Face"}
