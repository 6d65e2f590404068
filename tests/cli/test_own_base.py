"""The verb own-base: another model's head with our expressions and wrinkles."""
import numpy as np

from detailed3dmm_addon.core import displacement_file
from detailed3dmm_addon.core.own_base import Correspondence
from tests import own_base_files as files


def test_mesh_displacement_and_correspondence(cli, tmp_path):
    path, _ = files.write_facescape(tmp_path)
    done = cli("own-base", path, "--expression", "jawOpen=0.5", "--resolution", 256, "--out", tmp_path / "out")
    assert {file.name for file in done.written()} == {"mesh.obj", "mesh.npz", "displacement.exr", "correspondence.npz"}
    with np.load(tmp_path / "out" / "mesh.npz") as mesh:
        moved = np.linalg.norm(mesh["vertices"] - mesh["vertices_neutral"], axis=1)
        assert 0.015 < moved.max() < 0.03
        found = Correspondence.load(tmp_path / "out" / "correspondence.npz")
        found.check(len(moved))
    heights = displacement_file.read(tmp_path / "out" / "displacement.exr")
    assert heights.shape == (256, 256)
    assert 0.01 < np.abs(heights).max() < 5
    assert "95 % within" in done.stdout


def test_what_it_cannot_do_takes_one_line(cli, tmp_path):
    assert cli("own-base", tmp_path / "none.pkl", "--out", tmp_path / "out").refused("none.pkl", "cannot be read")
    path, _ = files.write_flame(tmp_path, with_uv=False)
    assert cli("own-base", path, "--out", tmp_path / "out").refused("--uv")
    assert not (tmp_path / "out").exists()
