"""From a photo to a person, landmarks given: what is put together, kept and said."""
import json
from types import SimpleNamespace

import numpy as np
import pytest

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.character import Character
from detailed3dmm_addon.core.errors import FileFormatError, ParameterError, PhotoError
from detailed3dmm_addon.core.person import USUAL_PERSON
from detailed3dmm_addon.core.skin_paint import encode
from detailed3dmm_addon.core.steps import finished
from detailed3dmm_addon.photo import landmarks_file, reconstruction
from detailed3dmm_addon.photo.face_mesh import Landmarks
from detailed3dmm_addon.photo.overlay import overlay
from detailed3dmm_addon.photo.picture import Picture
from detailed3dmm_addon.photo.reconstruction import Photo, reconstruct
from tests.photo import scene

YAW, PITCH = 0.25, 0.1


@pytest.fixture(scope="module")
def points():
    """468 points of the face that a photograph shows, surely known."""
    model, generator = BaseModel.load(), np.random.default_rng(0)
    faces = model.topology.faces[model.topology.face_material == 0][:, :3]
    front = faces[model.mean[faces].mean(1)[:, 1] < -0.05]
    return SimpleNamespace(triangles=generator.choice(front, 468, replace=False).astype(np.int32),
                           barycentric=generator.dirichlet([1, 1, 1], 468))


@pytest.fixture(scope="module")
def taken(points):
    """A photograph of a known person: vertices, camera, picture and landmarks."""
    model = BaseModel.load()
    vertices = model.vertices(np.random.default_rng(5).standard_normal(100), model.expression({"jawOpen": 0.2}))
    camera = scene.camera(320, YAW, PITCH)
    pixels = encode(scene.photograph(vertices, camera, scene.daylight(), scene.skin_colours({"melanin": 0.35}, 256)))
    spots = (vertices[points.triangles] * points.barycentric[..., None]).sum(1)
    landmarks = Landmarks(camera.project(spots).astype(np.float32), np.zeros(468, np.float32), 1.0)
    return SimpleNamespace(vertices=vertices, camera=camera, landmarks=landmarks,
                           picture=Picture(pixels.clip(0, 1).astype(np.float32), focal=camera.focal))


@pytest.fixture(scope="module")
def fitted(taken):
    """What the fit to landmarks would find: here the truth itself, as it has tests of its own."""
    model = BaseModel.load()
    return SimpleNamespace(identity=np.random.default_rng(5).standard_normal(100).astype(np.float32),
                           expressions=[model.expression({"jawOpen": 0.2})], cameras=[taken.camera], residual=0.01)


@pytest.fixture(scope="module")
def made(taken, fitted):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reconstruction, "fitted", lambda _photos, _marked: fitted)
        patch.setattr(reconstruction.texture, "TILE", 256)
        return finished(reconstruct([Photo(taken.picture, landmarks=taken.landmarks)]))


def test_who_is_in_the_photo(made, taken):
    np.testing.assert_allclose(made.vertices, taken.vertices, atol=1e-5)
    assert made.character.expression == {"jawOpen": 0.2}
    assert 0.15 < made.character.skin["melanin"] < 0.6
    np.testing.assert_allclose(made.character.pose["head"], [PITCH, YAW, 0], atol=0.03)
    assert made.texture.colour.shape == (2048, 2048, 3) and np.isfinite(made.texture.colour).all()


def test_the_skin_is_the_photos_as_far_as_that_shows(made):
    np.testing.assert_array_equal(made.skin.character.detail, made.character.detail)
    # A young smooth face under soft light: most of it stays usual.
    unsure = made.skin.sureness < 0.1
    assert unsure.any() and np.abs(made.character.detail - USUAL_PERSON)[unsure].max() < 1.5
    assert made.character.controls().photo_relief.height.std() < 0.02
    told = made.character.extra["photo"]
    assert told == {"landmarks": 0.01, "creases": pytest.approx(made.skin.sureness.mean(), abs=1e-3),
                    "age": pytest.approx(made.skin.age_sureness, abs=1e-3)}


def test_a_known_age_is_kept(taken, fitted, monkeypatch):
    monkeypatch.setattr(reconstruction, "fitted", lambda _photos, _marked: fitted)
    steps = reconstruct([Photo(taken.picture, landmarks=taken.landmarks)], with_texture=False, age=61)
    known = finished(steps).character
    assert known.age == 61 and "age" not in known.extra["photo"]


def test_several_photos_tell_more_of_the_skin(taken, fitted, made, monkeypatch):
    twice = SimpleNamespace(**{**vars(fitted), "expressions": 2 * fitted.expressions, "cameras": 2 * fitted.cameras})
    monkeypatch.setattr(reconstruction, "fitted", lambda _photos, _marked: twice)
    monkeypatch.setattr(reconstruction.texture, "TILE", 256)
    photos = 2 * [Photo(taken.picture, landmarks=taken.landmarks)]
    both = finished(reconstruct(photos, with_texture=False))
    assert both.skin.sureness.mean() > made.skin.sureness.mean()


def test_without_pytorch_the_skin_stays_usual(taken, fitted, monkeypatch):
    monkeypatch.setattr(reconstruction, "fitted", lambda _photos, _marked: fitted)
    monkeypatch.setattr(reconstruction, "find_spec", lambda _name: None)
    plain = finished(reconstruct([Photo(taken.picture, landmarks=taken.landmarks)], with_texture=False))
    assert plain.skin is None and (plain.character.detail == USUAL_PERSON).all()
    assert plain.character.extra["photo"] == {"landmarks": 0.01}


def test_a_characters_file_keeps_it(made, tmp_path):
    made.character.save(tmp_path / "character.json")
    assert Character.load(tmp_path / "character.json") == made.character


def test_shares_grow_to_one_and_no_texture_is_less_work(taken, fitted, monkeypatch):
    monkeypatch.setattr(reconstruction, "fitted", lambda _photos, _marked: fitted)
    steps = reconstruct([Photo(taken.picture, landmarks=taken.landmarks)], with_texture=False)
    shares = []
    made = finished(steps, shares.append)
    assert shares == sorted(shares) and shares[0] > 0 and shares[-1] <= 1
    assert made.texture is None


def test_the_overlay_covers_the_face_alone(made, taken):
    image = overlay(taken.picture, made.vertices, made.camera)
    changed = np.abs(image - taken.picture.pixels).max(2) > 0.01
    x, y = np.round(taken.landmarks.points.mean(0)).astype(int)
    assert changed[y, x] and not changed[:5].any() and 0.1 < changed.mean() < 0.6


def test_a_face_that_is_not_there(taken, monkeypatch):
    monkeypatch.setattr(reconstruction, "find_landmarks", lambda _picture, _task: (taken.landmarks,) * 2)
    with pytest.raises(PhotoError, match="2 faces.*no face 3"):
        finished(reconstruct([Photo(taken.picture, face=2)]))


@pytest.mark.parametrize("count", [0, 9])
def test_how_many_photos(taken, count):
    with pytest.raises(ParameterError, match="1 to 8"):
        finished(reconstruct([Photo(taken.picture)] * count))


def test_a_camera_of_a_part_and_of_a_smaller_picture_sees_the_same(taken):
    model = BaseModel.load()
    spots = taken.vertices[model.landmarks]
    seen = taken.camera.project(spots)
    np.testing.assert_allclose(taken.camera.cropped((20, 30), (100, 90)).project(spots), seen - (20, 30), atol=1e-9)
    half = taken.camera.scaled(0.5)
    assert half.size == (160, 160)
    # Corners of pixels, not their middles, keep their place.
    np.testing.assert_allclose(half.project(spots) + 0.5, (seen + 0.5) / 2, atol=1e-9)


def test_landmarks_come_back_from_their_file(taken, tmp_path):
    landmarks_file.save(tmp_path / "landmarks.json", taken.landmarks)
    read = landmarks_file.load(tmp_path / "landmarks.json")
    np.testing.assert_allclose(read.points, taken.landmarks.points, atol=0.006)
    (tmp_path / "plain.json").write_text(json.dumps(np.ones((478, 2)).tolist()))
    plain = landmarks_file.load(tmp_path / "plain.json")
    assert plain.points.shape == (468, 2) and plain.irises.tolist() == [[1, 1], [1, 1]]
    landmarks_file.save(tmp_path / "both.json", plain)
    np.testing.assert_array_equal(landmarks_file.load(tmp_path / "both.json").irises, plain.irises)
    assert read.irises is None


@pytest.mark.parametrize(("content", "words"), [
    ("no JSON", "no landmarks"), ("{}", "no landmarks"), ("[[1, 2], [3, 4]]", "468"), ("[1, 2]", "468"),
    (json.dumps([[1.0, 2.0]] * 467 + [[1.0, float("nan")]]), "not a finite number"),
    ('{"points": [[1, "a"]]}', "no landmarks"),
    (json.dumps({"points": [[1.0, 2.0]] * 468, "irises": [1, 2]}), "two irises"),
])
def test_what_is_no_landmarks(tmp_path, content, words):
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(FileFormatError, match=words):
        landmarks_file.load(tmp_path / "a.json")


def test_no_landmarks_file(tmp_path):
    with pytest.raises(FileFormatError, match="cannot be read"):
        landmarks_file.load(tmp_path / "none.json")


def test_landmarks_of_another_picture(taken, fitted, monkeypatch):
    monkeypatch.setattr(reconstruction, "fitted", lambda _photos, _marked: fitted)
    outside = Landmarks(taken.landmarks.points + 5000, taken.landmarks.depth, 1.0)
    with pytest.raises(PhotoError, match="outside the picture"):
        finished(reconstruct([Photo(taken.picture, landmarks=outside)]))
