"""Landmarks on the base model: both sides alike, and where pictures show them."""
import numpy as np
import pytest

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.photo import correspondence

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
