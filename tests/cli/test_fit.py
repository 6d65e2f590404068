"""`fit` on photos and folders: what it writes, what it leaves alone, and what it says of what is no face."""
import json

import numpy as np
import pytest
from PIL import Image

from detailed3dmm_addon.core import displacement_file
from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.character import Character
from detailed3dmm_addon.core.errors import Detailed3DMMError
from detailed3dmm_addon.core.skin_paint import encode
from detailed3dmm_addon.photo import correspondence, landmarks_file
from detailed3dmm_addon.photo.camera import Camera
from detailed3dmm_addon.photo.face_mesh import Landmarks
from tests.photo import scene

SIZE = 320
FILES = ["camera.json", "character.json", "displacement.exr", "landmarks.json", "mesh.npz", "overlay.png",
         "photo_relief.exr", "texture.png"]


@pytest.fixture(scope="session")
def taken(tmp_path_factory):
    """(photo, landmarks, vertices, camera) of a known person, as files and as arrays."""
    try:
        points = correspondence.load()
    except Detailed3DMMError as error:
        pytest.skip(str(error))
    folder, model = tmp_path_factory.mktemp("photo"), BaseModel.load()
    vertices = model.vertices(np.random.default_rng(8).standard_normal(100), model.expression({"jawOpen": 0.25}))
    camera = scene.camera(SIZE, 0.2)
    picture = scene.photograph(vertices, camera, scene.daylight(), scene.skin_colours({"melanin": 0.3}, 512))
    Image.fromarray((255 * encode(picture).clip(0, 1)).astype(np.uint8)).save(folder / "Zoë.png")
    spots = (vertices[points.triangles] * points.barycentric[..., None]).sum(1)
    landmarks_file.save(folder / "points.json", Landmarks(
        camera.project(spots).astype(np.float32), np.zeros(468, np.float32), 1.0))
    return folder / "Zoë.png", folder / "points.json", vertices, camera


def test_a_photo(cli, tmp_path, taken):
    photo, landmarks, vertices, camera = taken
    out = tmp_path / "o"
    done = cli("fit", photo, "--landmarks", landmarks, "--resolution", 256, "--out", out)
    done.written()
    assert sorted(path.name for path in out.iterdir()) == FILES
    model, mesh = BaseModel.load(), np.load(out / "mesh.npz")
    character, found = Character.load(out / "character.json"), Camera.load(out / "camera.json")
    expression = character.expression_vector(model.expression_names)
    np.testing.assert_allclose(mesh["vertices"], model.vertices(character.identity, expression), atol=1e-5)
    np.testing.assert_allclose(mesh["vertices_neutral"], model.neutral(character.identity), atol=1e-5)
    # Where the face is seen: within a share of the distance between the eyes.
    marks = model.landmarks[27:48]
    off = np.linalg.norm(found.project(mesh["vertices"][marks]) - camera.project(vertices[marks]), axis=1)
    assert np.median(off) < 0.02 * SIZE / 4
    sure = character.extra["photo"]
    assert 0 <= sure["creases"] < 0.9 and f"{sure['creases']:.0%} of where the skin creases" in done.stderr
    assert found.size == (SIZE, SIZE) and set(character.pose) == {"head"}
    assert displacement_file.read(out / "displacement.exr").shape == (256, 256)
    relief = displacement_file.read(out / "photo_relief.exr")
    np.testing.assert_allclose(character.controls().photo_relief.height, relief, atol=0.0021)
    assert Image.open(out / "texture.png").size == (2048, 2048)
    assert Image.open(out / "overlay.png").size == (SIZE, SIZE)


def test_landmarks_that_were_written_are_read_again(cli, tmp_path, taken):
    photo, landmarks, *_ = taken
    cli("fit", photo, "--landmarks", landmarks, "--resolution", 256, "--out", tmp_path / "a").written()
    cli("fit", photo, "--landmarks", tmp_path / "a" / "landmarks.json", "--resolution", 256,
        "--out", tmp_path / "b").written()
    one, two = (json.loads((tmp_path / name / "character.json").read_text()) for name in "ab")
    np.testing.assert_allclose(one["identity"], two["identity"], atol=1e-3)


def test_what_is_there_stays(cli, tmp_path, taken):
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / "texture.png").write_text("precious")
    assert cli("fit", taken[0], "--landmarks", taken[1], "--out", tmp_path / "o").refused("--force")
    assert [path.read_text() for path in (tmp_path / "o").iterdir()] == ["precious"]


def test_a_blender_file(cli, tmp_path, taken):
    pytest.importorskip("bpy")
    out = tmp_path / "o"
    cli("fit", taken[0], "--landmarks", taken[1], "--resolution", 256, "--blend", "--out", out).written()
    assert sorted(path.name for path in out.iterdir()) == sorted([*FILES, "face.blend"])


def test_pictures_of_no_face_do_not_stop_the_others(cli, tmp_path):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    for name in ("a.png", "deep/b.jpg"):
        Image.new("RGB", (200, 200), (90, 120, 60)).save(tmp_path / "in" / name)
    done = cli("fit", tmp_path / "in", "--out", tmp_path / "o")
    assert done.returncode == 1
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 3 and "2 of 2 photos" in lines[-1]
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(("name", "content"), [("a.jpg", b""), ("a.png", b"no picture" * 50), ("a.txt", b"text")])
def test_what_is_no_photo(cli, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert cli("fit", tmp_path / name, "--out", tmp_path / "o").refused(name)
    assert not (tmp_path / "o").exists()


def test_missing_and_misused(cli, tmp_path):
    assert cli("fit", tmp_path / "none.png", "--out", tmp_path / "o").refused("none.png")
    (tmp_path / "in").mkdir()
    assert cli("fit", tmp_path / "in", "--out", tmp_path / "o").refused("no photos")
    assert cli("fit", tmp_path / "in", "--landmarks", "x.json", "--out", tmp_path / "o").refused("one photo")
    assert cli("fit", tmp_path / "a.png", "--face", 0, "--out", tmp_path / "o").returncode == 2
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / "bad.json").write_text("[1, 2]")
    assert cli("fit", tmp_path / "a.png", "--landmarks", "bad.json", "--out", tmp_path / "o").refused("bad.json")
    assert not (tmp_path / "o").exists()


def test_without_its_weights(cli, tmp_path, taken, weights_copy):
    (weights_copy / "landmarks.safetensors").unlink()
    assert cli("fit", taken[0], "--landmarks", taken[1], "--out", tmp_path / "o", weights=weights_copy).refused(
        "landmarks")
    assert not (tmp_path / "o").exists()
