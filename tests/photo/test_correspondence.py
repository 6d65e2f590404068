"""Landmarks on the base model: both sides alike, errors that are a covariance, and what pictures show."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.photo import correspondence

YAWS = st.floats(-1.6, 1.6)
# Landmarks of the face mesh, and where the base model's own 68 landmarks (in the order of iBUG) have the same feature.
FEATURES = {33: 36, 133: 39, 362: 42, 263: 45, 4: 30, 61: 48, 291: 54, 152: 8, 168: 27}


@pytest.fixture(scope="module")
def known():
    return correspondence.load()


@pytest.fixture(scope="module")
def places(known):
    """(468, 3) the points on the mean face, metres."""
    return np.einsum("lk,lkc->lc", known.barycentric, BaseModel.load().mean[known.triangles])


def test_points_lie_in_triangles_of_the_skin(known):
    topology = BaseModel.load().topology
    skin = np.unique(topology.faces[topology.face_material == topology.materials.index("M_Face")])
    assert np.isin(known.triangles, skin).all()
    assert known.barycentric.min() >= -1e-6
    np.testing.assert_allclose(known.barycentric.sum(1), 1, atol=1e-5)
    assert known.usable.sum() > 440


@pytest.mark.parametrize("landmark, own", FEATURES.items())
def test_features_are_where_the_base_model_has_them(places, landmark, own):
    base = BaseModel.load()
    assert np.linalg.norm(places[landmark] - base.mean[base.landmarks[own]]) < 0.006


def test_both_sides_are_alike(places):
    mirrored = places * (-1, 1, 1)
    distance = np.linalg.norm(places[:, None] - mirrored[None], axis=2).min(1)
    assert distance.max() < 0.0015


@settings(max_examples=20, deadline=None)
@given(YAWS)
def test_errors_have_a_covariance_at_every_yaw(yaw):
    known = correspondence.load()
    points = np.arange(0, 468, 9)
    covariance = known.error_covariance(yaw, points)
    assert covariance.shape == (2 * len(points),) * 2
    np.testing.assert_allclose(covariance, covariance.T, atol=1e-9)
    assert np.linalg.eigvalsh(covariance).min() > 0
    assert known.error_mean(yaw).shape == (468, 2)


def test_some_points_have_the_covariance_that_they_have_among_all(known):
    points = np.array([4, 61, 291])
    rows = (2 * points[:, None] + [0, 1]).ravel()
    np.testing.assert_allclose(known.error_covariance(0.3, points), known.error_covariance(0.3)[np.ix_(rows, rows)],
                               rtol=1e-5, atol=1e-10)


def test_sigma_is_that_of_the_covariance_seen_from_the_front(known):
    variance = np.diag(known.error_covariance(0.0)).reshape(468, 2).mean(1)
    np.testing.assert_allclose(known.sigma, np.sqrt(variance), rtol=0.02)
    assert 0.005 < np.median(known.sigma) < 0.06


def test_outlines_are_surest_where_they_are_no_outlines(known):
    # The right cheek's border (234) is hidden when the head turns towards the picture's left.
    def spread(yaw):
        return np.diag(known.error_covariance(yaw, [234])).sum()
    assert spread(np.radians(-50)) > 1.5 * spread(0.0)


def test_landmarks_of_a_new_picture_are_where_the_points_are(known):
    pytest.importorskip("tests.photo.photographs")
    from detailed3dmm_addon.photo.face_mesh import find_landmarks
    from detailed3dmm_addon.photo.picture import Picture
    from training.photo.scenes import scene

    drawn = scene(100_007)
    found, = find_landmarks(Picture(drawn.picture))
    corners = drawn.vertices[known.triangles]
    seen = drawn.camera.project(np.einsum("lk,lkc->lc", known.barycentric, corners))
    away = np.linalg.norm(found.points - seen, axis=1) / found.size
    assert np.median(away) < 0.08
    assert abs(found.yaw - drawn.camera.yaw) < np.radians(12)
