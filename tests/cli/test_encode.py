"""`encode`: a map that the model made comes back, and other images get a clear answer."""
import json

import numpy as np
import OpenImageIO
import pytest

from detailed3dmm_addon.core import displacement_file


@pytest.fixture
def made(cli, tmp_path):
    cli("sculpt", "--seed", 4, "--set", "age=60", "--expression", "browInnerUp_L=1", "--expression", "browInnerUp_R=1",
        "--out", tmp_path / "made").written()
    return tmp_path / "made"


def test_code_and_reconstruction(cli, tmp_path, made):
    out = tmp_path / "o"
    written = cli("encode", made / "displacement.png", "--out", out).written()
    assert [path.name for path in written] == ["code.npz", "reconstruction.exr"]
    original = displacement_file.read(made / "displacement.exr")
    again = displacement_file.read(out / "reconstruction.exr")
    assert again.shape == original.shape
    assert np.corrcoef(again.ravel(), original.ravel())[0, 1] > 0.5
    with np.load(out / "code.npz", allow_pickle=False) as code:
        assert code.files
        assert all(np.isfinite(code[name]).all() for name in code.files)


def vector_map(path):
    spec = OpenImageIO.ImageSpec(256, 256, 3, "float")
    output = OpenImageIO.ImageOutput.create(str(path))
    output.open(str(path), spec)
    output.write_image(np.random.default_rng(0).normal(size=(256, 256, 3)).astype(np.float32))
    output.close()


def truncated_exr(path):
    displacement_file.write_exr(path, np.eye(256))
    path.write_bytes(path.read_bytes()[:900])


def truncated_png(path):
    displacement_file.write_png(path, np.eye(256))
    path.write_bytes(path.read_bytes()[:300])


@pytest.mark.parametrize(("name", "make", "word"), [
    ("v.exr", vector_map, "vector"), ("t.exr", truncated_exr, "t.exr"), ("t.png", truncated_png, "t.png"),
    ("text.exr", lambda path: path.write_text("hello"), "EXR"),
    ("photo.jpg", lambda path: path.write_bytes(b"\xff\xd8"), "EXR"),
    ("none.exr", lambda path: None, "no file"),
], ids=["vector", "truncated exr", "truncated png", "text", "jpeg", "missing"])
def test_other_images(cli, tmp_path, name, make, word):
    make(tmp_path / name)
    assert cli("encode", tmp_path / name, "--out", tmp_path / "o").refused(name, word)
    assert not (tmp_path / "o").exists()


def test_a_map_in_metres_is_read(cli, tmp_path, made):
    height = displacement_file.read(made / "displacement.exr")[::8, ::8]
    picture(tmp_path / "m.exr", height / 1000, "float")
    cli("encode", tmp_path / "m.exr", "--unit", "m", "--out", tmp_path / "o").written()
    again = displacement_file.read(tmp_path / "o" / "reconstruction.exr")
    assert np.corrcoef(again.ravel(), height.ravel())[0, 1] > 0.5


def test_a_character_gets_the_creases(cli, tmp_path, made):
    posed = ("--expression", "browInnerUp_L=1", "--expression", "browInnerUp_R=1", "--resolution", 256)
    cli("sculpt", "--seed", 8, *posed, "--out", tmp_path / "other").written()
    out = tmp_path / "o"
    written = cli("encode", made / "displacement.exr", "--character", tmp_path / "other/character.json", "--out",
                  out).written()
    assert [path.name for path in written] == ["code.npz", "reconstruction.exr", "character.json"]
    worn = json.loads((out / "character.json").read_text())
    assert np.abs(worn["detail_controls"]["style"]["numbers"]).max() > 0.01
    cli("sculpt", "--character", out / "character.json", "--resolution", 256, "--out", tmp_path / "worn").written()
    target = displacement_file.read(made / "displacement.exr").reshape(256, 4, 256, 4).mean((1, 3))
    before, after = (np.corrcoef(displacement_file.read(tmp_path / name / "displacement.exr").ravel(),
                                 target.ravel())[0, 1] for name in ("other", "worn"))
    assert after > before + 0.1


def picture(path, pixels, kind):
    """Any image, written as another program would."""
    pixels = np.atleast_3d(pixels)
    spec = OpenImageIO.ImageSpec(pixels.shape[1], pixels.shape[0], pixels.shape[2], kind)
    output = OpenImageIO.ImageOutput.create(str(path))
    assert output.open(str(path), spec) and output.write_image(np.ascontiguousarray(pixels)) and output.close()


@pytest.mark.parametrize(("name", "pixels", "kind", "options", "words"), [
    ("n.png", np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8), "uint8", (), ["normal", "Bake"]),
    ("h.png", np.eye(64, dtype=np.uint8) * 255, "uint8", (), ["8 bits", "scale"]),
    ("h.tif", np.eye(64, dtype=np.uint16) * 255, "uint16", (), ["how deep", "scale"]),
    ("w.exr", np.zeros((64, 128), np.float32), "float", (), ["128 x 64", "square"]),
    ("deep.exr", np.eye(64, dtype=np.float32) * 900, "float", (), ["900", "below 20", "unit"]),
    ("m.exr", np.eye(64, dtype=np.float32) * 1e-4, "float", (), ["deep", "unit"]),
    ("f.exr", np.full((64, 64), np.inf, np.float32), "float", (), ["finite"]),
    ("s.exr", np.eye(32, dtype=np.float32), "float", (), ["at least 64"]),
    ("e.exr", np.eye(64, dtype=np.float32), "float", ("--scale", -2), ["scale"]),
    ("c.exr", np.eye(64, dtype=np.float32), "float", ("--character", "none.json"), ["none.json"]),
], ids=["normal map", "8 bit", "16 bit", "wide", "deep", "shallow", "infinite", "small", "scale", "character"])
def test_maps_that_need_something_said(cli, tmp_path, name, pixels, kind, options, words):
    picture(tmp_path / name, pixels, kind)
    assert cli("encode", tmp_path / name, *options, "--out", tmp_path / "o").refused(*words)
    assert not (tmp_path / "o").exists()
