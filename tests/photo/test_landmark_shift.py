"""Landmarks put right: alike in the mirror and in a turned picture, and nearer to the truth."""

import numpy as np
import pytest

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.photo import correspondence, face_models, landmark_shift
from detailed3dmm_addon.photo.crops import Region
from detailed3dmm_addon.photo.face_mesh import find_landmarks
from detailed3dmm_addon.photo.picture import Picture
from detailed3dmm_addon.photo.shape_prior import expected

BASE = BaseModel.load()
with_networks = pytest.mark.skipif(
    not all(face_models.path(name).is_file() for name in face_models.SHA256),
    reason="the networks that find faces are absent: run tools/face_models.py",
)


class Seen:
    size = 80.0


@pytest.fixture(scope="module")
def known():
    return landmark_shift.load()


@pytest.fixture(scope="module")
def features(known):
    random = np.random.default_rng(1)
    return (known.centre + known.scale * random.standard_normal((2, len(known.scale)))).astype(np.float32)


def test_the_mirror_image_is_off_as_in_a_mirror(known, features):
    plain, mirrored = known.read(features), known.read(features[::-1])
    np.testing.assert_allclose(mirrored[known.mirror] * (-1, 1), plain, atol=1e-5)
    np.testing.assert_array_equal(known.mirror[known.mirror], np.arange(468))


def test_shifts_turn_with_the_square(known, features):
    turn = 0.4
    straight = known.pixels(features, Seen, Region(np.zeros(2), 200.0))
    np.testing.assert_allclose(straight, Seen.size * known.read(features), rtol=1e-5)
    turned = known.pixels(features, Seen, Region(np.zeros(2), 200.0, turn))
    np.testing.assert_allclose(turned @ [1, 1j], straight @ [1, 1j] * np.exp(1j * turn), rtol=1e-5)


@with_networks
def test_landmarks_put_right_are_nearer_to_the_points():
    from training.photo.scenes import scene

    places, before, after = correspondence.load(), [], []
    for seed in range(100_000, 100_008):
        drawn = scene(seed)
        picture = Picture(drawn.picture)
        found = find_landmarks(picture)[0]
        corners = drawn.vertices[places.triangles]
        truth = drawn.camera.project(np.einsum("lk,lkc->lc", places.barycentric, corners))
        for points, errors in ((found.points, before), (found.points + expected(picture, found).shift, after)):
            away = np.linalg.norm(points - truth, axis=1)[places.usable]
            errors.append(np.median(away) / found.size)
    assert np.mean(after) < np.mean(before)
