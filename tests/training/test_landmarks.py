"""Where landmarks lie and how they err, recovered from made-up landmarks whose answer is known."""
import numpy as np
import pytest

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.photo.camera import FRONTAL, rotation_of
from detailed3dmm_addon.photo.face_mesh import Landmarks
from training.photo import correspondence
from training.photo.correspondence import Places, Seen
from training.photo.portrait import camera_at

COUNT = 24  # pictures


@pytest.fixture(scope="module")
def truth():
    """468 points of the skin of the front, both sides alike, and each one's mirror image."""
    base = BaseModel.load()
    skin = np.unique(correspondence.face_triangles())
    front = skin[(base.mean[skin, 1] < -0.075) & (np.abs(base.mean[skin, 2]) < 0.06) & (base.mean[skin, 0] > 0.004)]
    right = np.random.default_rng(0).choice(front, 234, replace=False)
    vertices = np.concatenate([right, base.mirror[right]])
    triangles = correspondence.face_triangles()
    row = np.array([np.flatnonzero((triangles == vertex).any(1))[0] for vertex in vertices])
    weights = np.where(triangles[row] == vertices[:, None], 0.8, 0.1)
    return Places(triangles[row], weights), np.roll(np.arange(468), 234)


@pytest.fixture(scope="module")
def shown(truth):
    """Pictures of several people from about the front, the landmarks exactly where the points are."""
    places, _mirror = truth
    base, rng = BaseModel.load(), np.random.default_rng(1)
    landmarks, cameras, vertices = [], [], []
    for _ in range(COUNT):
        vertices.append(base.vertices(0.7 * rng.standard_normal(100), np.zeros(53)))
        turn = rotation_of([0, rng.uniform(-0.4, 0.4), 0]) @ rotation_of([rng.uniform(-0.2, 0.2), 0, 0])
        cameras.append(camera_at(turn @ FRONTAL, np.array([192.0, 192]), 1300.0, 1.0, (384, 384)))
        points = cameras[-1].project(places.positions(vertices[-1]))
        landmarks.append(Upright(points.astype(np.float32), np.zeros(468, np.float32), 1.0))
    return Seen(landmarks, cameras, np.stack(vertices), None, None)


class Upright(Landmarks):
    """Landmarks of made-up order: the places of their eyes are no eyes."""
    size, roll, yaw = 80.0, 0.0, 0.0


def test_places_are_found_again_from_two_millimetres_beside(truth, shown):
    places, mirror = truth
    mean = BaseModel.load().mean
    side = np.random.default_rng(2).normal(0, 0.0015, (468, 3))
    side = (side + side[mirror] * (-1, 1, 1)) / 2
    start = Places.nearest(places.positions(mean) + side, correspondence.directions(places))
    found = correspondence.refined(start, shown, mirror)
    before, after = (np.linalg.norm(p.positions(mean) - places.positions(mean), axis=1) for p in (start, found))
    assert np.median(before) > 0.0008
    assert np.median(after) < 0.0003
    assert np.percentile(after, 95) < 0.0015


def test_errors_of_exact_landmarks_are_nothing(truth, shown):
    error, yaw = correspondence.errors(truth[0], shown)
    assert error.shape == (COUNT, 468, 2) and yaw.shape == (COUNT,)
    assert np.abs(error).max() < 1e-4


def test_the_spread_is_that_of_errors_from_the_front_around_their_mean():
    rng = np.random.default_rng(3)
    yaw, sizes = rng.uniform(-1.0, 1.0, 4000), np.linspace(0.005, 0.05, 40)
    error = rng.standard_normal((4000, 40, 2)) * sizes[:, None] + (0.03, -0.01)
    error[np.abs(yaw) > correspondence.AHEAD] *= 5
    np.testing.assert_allclose(correspondence.spread(error, yaw), sizes, rtol=0.1)


def test_both_sides_see_each_other_in_the_mirror():
    error = np.random.default_rng(5).normal(size=(3, 4, 2))
    mirror = np.array([1, 0, 2, 3])
    twice, yaw = correspondence.both_sides(error, np.array([0.1, -0.2, 0.3]), mirror)
    np.testing.assert_array_equal(yaw, [0.1, -0.2, 0.3, -0.1, 0.2, -0.3])
    np.testing.assert_array_equal(twice[3, 0], error[0, 1] * (-1, 1))
