"""`bake` of a character with curves: the frames asked for, each the map that `sculpt` writes for that expression."""
import numpy as np
import pytest

from detailed3dmm_addon.core import displacement_file
from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.character import Character
from detailed3dmm_addon.core.curves_file import Curves


@pytest.fixture
def animation(tmp_path):
    """Paths of a character and of curves in which the brows rise over three frames."""
    Character.random(2).save(tmp_path / "character.json")
    names = BaseModel.load().expression_names
    values = np.zeros((3, len(names)), np.float32)
    values[:, [names.index("browInnerUp_L"), names.index("browInnerUp_R")]] = [[0], [0.5], [1]]
    Curves(fps=30, names=names, values=values).save(tmp_path / "curves.npz")
    return "--character", tmp_path / "character.json", "--curves", tmp_path / "curves.npz"


def test_all_frames(cli, tmp_path, animation):
    written = cli("bake", *animation, "--resolution", 256, "--out", tmp_path / "o").written()
    assert [path.name for path in written] == [f"displacement_{frame:04d}.exr" for frame in (1, 2, 3)]
    maps = [displacement_file.read(path) for path in written]
    cli("sculpt", *animation[:2], "--expression", "browInnerUp_L=1", "--expression", "browInnerUp_R=1",
        "--resolution", 256, "--out", tmp_path / "s").written()
    np.testing.assert_allclose(maps[2], displacement_file.read(tmp_path / "s" / "displacement.exr"), atol=1e-6)
    assert np.abs(maps[2] - maps[0]).max() > np.abs(maps[1] - maps[0]).max() > 0.02


@pytest.mark.parametrize(("frames", "expected"), [("2:3", (2, 3)), ("2", (2,))])
def test_only_the_frames_asked_for(cli, tmp_path, animation, frames, expected):
    cli("bake", *animation, "--frames", frames, "--resolution", 256, "--out", tmp_path / "o").written()
    assert sorted(path.name for path in (tmp_path / "o").iterdir()) == [f"displacement_{n:04d}.exr" for n in expected]


def test_frames_that_are_not_there(cli, tmp_path, animation):
    assert cli("bake", *animation, "--frames", "2:9", "--out", tmp_path / "o").refused("1 to 3")
    assert not (tmp_path / "o").exists()


def test_existing_frames_stay(cli, tmp_path, animation):
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / "displacement_0002.exr").write_text("precious")
    assert cli("bake", *animation, "--resolution", 256, "--out", tmp_path / "o").refused("--force")
    assert [path.read_text() for path in (tmp_path / "o").iterdir()] == ["precious"]


def test_curves_that_are_something_else(cli, tmp_path, animation):
    animation[3].write_bytes(animation[3].read_bytes()[:200])
    assert cli("bake", *animation, "--out", tmp_path / "o").refused("curves.npz")
    Curves(fps=30, names=("jawOpne",), values=np.zeros((2, 1))).save(animation[3])
    assert cli("bake", *animation, "--out", tmp_path / "o").refused("jawOpne", "jawOpen")
