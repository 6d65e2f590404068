"""`sculpt`: the files of the contract, and one clear line for everything that it cannot do."""
import json
import os
import shutil

import numpy as np
import pytest

from detailed3dmm_addon.core import displacement_file
from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.character import Character
from detailed3dmm_addon.core.semantic import SLIDERS, SemanticSliders

FILES = {"character.json", "mesh.npz", "mesh.obj", "displacement.exr", "displacement.png"}


@pytest.fixture
def character_file(tmp_path):
    """Write a character file with changed content; its path."""
    def write(content=None, **changes):
        path = tmp_path / "given.json"
        path.write_text(content if content is not None else json.dumps({**Character().to_dict(), **changes}))
        return path
    return write


def test_files_hold_what_was_asked_for(cli, tmp_path):
    slider = SLIDERS[0]
    wanted = round(0.5 * slider.maximum, 3)
    out = tmp_path / "deep" / "folder"
    done = cli("sculpt", "--seed", 3, "--set", f"{slider.name}={wanted}", "--set", "age=61",
               "--expression", "jawOpen=0.4", "--expression", "browInnerUp_L=0.8", "--resolution", 256, "--out", out)
    assert {path.name for path in done.written()} == FILES == {path.name for path in out.iterdir()}

    character = Character.load(out / "character.json")
    assert (character.age, character.expression) == (61, {"jawOpen": 0.4, "browInnerUp_L": 0.8})
    assert SemanticSliders.load().value(character.identity, slider.name) == pytest.approx(wanted, abs=0.01)

    model = BaseModel.load()
    with np.load(out / "mesh.npz") as mesh:
        assert mesh["vertices"].shape == (26719, 3)
        assert mesh["faces"].shape == mesh["faces_uv"].shape == (26384, 4)
        assert mesh["vertices"].dtype == np.float32
        expected = model.vertices(character.identity, character.expression_vector(model.expression_names))
        np.testing.assert_allclose(mesh["vertices"], expected, atol=1e-6)
    rows = (out / "mesh.obj").read_text().splitlines()
    assert sum(row.startswith("v ") for row in rows) == 26719
    assert sum(row.startswith("f ") for row in rows) == 26384

    displacement = displacement_file.read(out / "displacement.exr")
    assert displacement.shape == (256, 256)
    assert np.abs(displacement).max() > 0.05
    edge = np.concatenate([displacement[[0, -1]].ravel(), displacement[:, [0, -1]].ravel()])
    assert np.abs(edge).max() < 1e-3
    step = 2 * np.abs(displacement).max() / 32768
    np.testing.assert_allclose(displacement_file.read(out / "displacement.png"), displacement, atol=step)


def test_same_seed_and_its_character_file_give_the_same_face(cli, tmp_path):
    a, b = tmp_path / "a", tmp_path / "b"
    cli("sculpt", "--seed", 5, "--expression", "noseSneer_L=1", "--resolution", 256, "--out", a).written()
    cli("sculpt", "--character", a / "character.json", "--resolution", 256, "--out", b).written()
    for name in ("character.json", "mesh.obj", "displacement.png"):
        assert (a / name).read_bytes() == (b / name).read_bytes()
    np.testing.assert_array_equal(*(displacement_file.read(folder / "displacement.exr") for folder in (a, b)))


def test_unknown_keys_of_the_character_are_kept(cli, tmp_path, character_file):
    done = cli("sculpt", "--character", character_file(notes="keep me"), "--resolution", 256, "--out", tmp_path / "o")
    done.written()
    assert json.loads((tmp_path / "o" / "character.json").read_text())["notes"] == "keep me"


def test_nothing_is_overwritten_without_force(cli, tmp_path):
    out = tmp_path / "o"
    out.mkdir()
    (out / "mesh.npz").write_text("precious")
    (out / "other.txt").write_text("stays")
    assert cli("sculpt", "--resolution", 256, "--out", out).refused("mesh.npz", "--force")
    assert {path.name: path.read_text() for path in out.iterdir()} == {"mesh.npz": "precious", "other.txt": "stays"}
    cli("sculpt", "--resolution", 256, "--out", out, "--force").written()
    assert {path.name for path in out.iterdir()} == FILES | {"other.txt"}


def test_output_that_is_a_file(cli, tmp_path):
    (tmp_path / "o").write_text("a file")
    assert cli("sculpt", "--resolution", 256, "--out", tmp_path / "o").refused(str(tmp_path / "o"))
    assert (tmp_path / "o").read_text() == "a file"


@pytest.mark.parametrize("inside", [False, True])
def test_read_only_folder(cli, tmp_path, inside):
    out = tmp_path / "closed"
    out.mkdir(mode=0o555)
    prefix = ()
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("root may write anywhere, and setpriv is not installed to give that up")
        prefix = ("setpriv", "--inh-caps=-dac_override", "--bounding-set=-dac_override")
    target = out / "new" if inside else out
    assert cli("sculpt", "--resolution", 256, "--out", target, prefix=prefix).refused("closed", "cannot be written")
    assert not list(out.iterdir())


@pytest.mark.parametrize(("content", "words"), [
    ("not json", ["not JSON"]), ("[1, 2]", ["format"]), (json.dumps({"identity": []}), ["format"]), ("", ["not JSON"]),
])
def test_character_that_is_something_else(cli, tmp_path, character_file, content, words):
    path = character_file(content)
    assert cli("sculpt", "--character", path, "--out", tmp_path / "o").refused("given.json", *words)
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(("changes", "words"), [
    ({"identity": [0.0] * 99}, ["identity", "99"]), ({"identity": [0.0] * 99 + [float("nan")]}, ["identity[99]"]),
    ({"format": 2}, ["newer"]), ({"expression": {"jawOpne": 0.5}}, ["jawOpne", "jawOpen"]),
    ({"detail": [0.0] * 3}, ["detail"]), ({"age": 7}, ["age"]), ({"age": None}, ["age"]),
], ids=str)
def test_character_with_wrong_content(cli, tmp_path, character_file, changes, words):
    path = character_file(**changes)
    assert cli("sculpt", "--character", path, "--out", tmp_path / "o").refused(*words)
    assert not (tmp_path / "o").exists()


def test_missing_character(cli, tmp_path):
    assert cli("sculpt", "--character", tmp_path / "none.json", "--out", tmp_path / "o").refused("none.json")


@pytest.mark.parametrize(("arguments", "words"), [
    (["--set", "nose_widht=1"], ["nose_widht"]), (["--set", "age=7"], ["age"]),
    (["--set", "nose_width=500"], ["nose_width"]),
    (["--expression", "jawOpne=0.5"], ["jawOpne", "jawOpen"]), (["--expression", "jawOpen=50"], ["jawOpen"]),
], ids=str)
def test_wrong_names_and_values(cli, tmp_path, arguments, words):
    assert cli("sculpt", *arguments, "--out", tmp_path / "o").refused(*words)


@pytest.mark.parametrize("name", ["base_model", "detailed3dmm"])
@pytest.mark.parametrize(("damage", "word"), [
    (lambda content: None, "missing"), (lambda content: content[:len(content) // 2], "truncated"),
    (lambda content: content[:-4] + b"\0\1\2\3", "checksum"), (lambda content: b"", "truncated"),
], ids=["missing", "half", "altered", "empty"])
def test_damaged_weights(cli, tmp_path, weights_copy, name, damage, word):
    path = weights_copy / f"{name}.safetensors"
    content = damage(path.read_bytes())
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    assert cli("sculpt", "--out", tmp_path / "o", weights=weights_copy).refused(path.name, word, "Install")


def test_no_weights_at_all(cli, tmp_path):
    (tmp_path / "empty").mkdir()
    assert cli("sculpt", "--out", tmp_path / "o", weights=tmp_path / "empty").refused("weights.json")
