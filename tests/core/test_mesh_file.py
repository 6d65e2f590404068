"""Mesh files, on a small topology of one quad and one triangle."""
from types import SimpleNamespace

import numpy as np
import pytest

from detailed3dmm_addon.core import mesh_file
from detailed3dmm_addon.core.errors import ParameterError

TOPOLOGY = SimpleNamespace(
    faces=np.int32([[0, 1, 2, 3], [0, 3, 4, -1]]), faces_uv=np.int32([[0, 1, 2, 3], [5, 4, 3, -1]]),
    uv=np.float32([[0, 0], [1, 0], [1, 1], [0, 1], [0.5, 1], [0.25, 0]]), materials=("M_Face", "M_Teeth"),
    face_material=np.int16([0, 1]))
VERTICES = np.float32([[0, 0, 0], [0.1, 0, 0], [0.1, 0, 0.123456], [0, 0, 0.1], [-0.1, 0, 0.05]])


def test_npz_holds_what_the_contract_says(tmp_path):
    mesh_file.write_npz(tmp_path / "mesh.npz", VERTICES.astype(np.float64), TOPOLOGY, vertices_neutral=VERTICES + 1)
    with np.load(tmp_path / "mesh.npz", allow_pickle=False) as mesh:
        assert {key: (mesh[key].shape, str(mesh[key].dtype)) for key in mesh.files} == {
            "vertices": ((5, 3), "float32"), "vertices_neutral": ((5, 3), "float32"), "faces": ((2, 4), "int32"),
            "faces_uv": ((2, 4), "int32"), "uv": ((6, 2), "float32")}
        np.testing.assert_array_equal(mesh["vertices"], VERTICES)
        np.testing.assert_array_equal(mesh["faces"], TOPOLOGY.faces)


def test_npz_without_a_neutral_mesh(tmp_path):
    mesh_file.write_npz(tmp_path / "mesh.npz", VERTICES, TOPOLOGY)
    with np.load(tmp_path / "mesh.npz") as mesh:
        assert "vertices_neutral" not in mesh.files


def test_obj_reads_back(tmp_path):
    mesh_file.write_obj(tmp_path / "mesh.obj", VERTICES, TOPOLOGY)
    rows = [line.split() for line in (tmp_path / "mesh.obj").read_text().splitlines()]
    vertices = np.array([row[1:] for row in rows if row[0] == "v"], float)
    np.testing.assert_allclose(vertices, VERTICES, atol=1e-6)
    assert len([row for row in rows if row[0] == "vt"]) == 6
    assert [row[1:] for row in rows if row[0] == "f"] == [["1/1", "2/2", "3/3", "4/4"], ["1/6", "4/5", "5/4"]]
    assert [row[1] for row in rows if row[0] == "usemtl"] == ["M_Face", "M_Teeth"]


@pytest.mark.parametrize("bad", [np.zeros((5, 2)), np.zeros(5), np.full((5, 3), np.inf)])
def test_broken_meshes_are_not_written(tmp_path, bad):
    with pytest.raises(ParameterError):
        mesh_file.write_npz(tmp_path / "mesh.npz", bad, TOPOLOGY)
    with pytest.raises(ParameterError):
        mesh_file.write_obj(tmp_path / "mesh.obj", bad, TOPOLOGY)
