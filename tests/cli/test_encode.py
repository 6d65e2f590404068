"""`encode`: a map that the model made comes back, and other images get a clear answer."""
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
