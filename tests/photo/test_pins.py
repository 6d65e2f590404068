"""Landmarks put right by hand: those around follow, and the fitted face goes through them."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.photo.face_mesh import Landmarks
from detailed3dmm_addon.photo.landmark_fit import Observation, fit_landmarks
from detailed3dmm_addon.photo.pins import PINS, corrected
from tests.photo import scene

BASE = BaseModel.load()


def seen(points, identity, expression, camera):
    spots = (BASE.vertices(identity, expression)[points.triangles] * points.barycentric[..., None]).sum(1)
    return Landmarks(camera.project(spots).astype(np.float32), np.zeros(468, np.float32), 1.0)


@pytest.fixture(scope="module")
def landmarks(points):
    return seen(points, np.zeros(100), np.zeros(53), scene.camera())


def test_pins_are_points_that_can_be_relied_on(points):
    assert len(set(PINS.values())) == len(PINS) >= 24
    assert points.usable[list(PINS.values())].all()


@settings(max_examples=20, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(PINS.values())), st.tuples(*[st.floats(-15, 15)] * 2), max_size=6))
def test_placed_points_lie_where_they_were_put_and_those_far_away_stay(landmarks, moves):
    placed = {number: landmarks.points[number] + move for number, move in moves.items()}
    found = corrected(landmarks, placed)
    for number, place in placed.items():
        np.testing.assert_allclose(found.points[number], place, atol=1e-3)
    apart = np.linalg.norm(landmarks.points[:, None] - landmarks.points[list(placed)], axis=2)
    far = (apart > landmarks.size).all(1)
    np.testing.assert_allclose(found.points[far], landmarks.points[far], atol=0.2)


def test_neighbours_follow(landmarks):
    corner, beside = PINS["Mouth Corner L"], 292  # the next point inwards
    found = corrected(landmarks, {corner: landmarks.points[corner] + (0, 10)})
    assert 5 < found.points[beside, 1] - landmarks.points[beside, 1] < 10


def test_the_face_goes_through_placed_points(points, landmarks):
    """A smile that the landmarks do not show is drawn up by the corners of the mouth."""
    camera = scene.camera()
    truth = seen(points, np.zeros(100), BASE.expression({"mouthSmile_L": 0.8, "mouthSmile_R": 0.8}), camera)
    corners = [PINS["Mouth Corner L"], PINS["Mouth Corner R"]]
    placed = {number: truth.points[number] for number in corners}
    names = [BASE.expression_names.index(name) for name in ("mouthSmile_L", "mouthSmile_R")]

    def fit(marked, pinned=()):
        made = fit_landmarks(BASE, [Observation(marked, camera.size, camera.focal, pinned)], points)
        found = seen(points, made.identity, made.expressions[0], made.cameras[0]).points[corners]
        return made, np.linalg.norm(found - truth.points[corners], axis=1).max() / landmarks.size
    (without, before), (smiling, after) = fit(landmarks), fit(corrected(landmarks, placed), corners)
    assert before > 0.06 and after < 0.015
    assert smiling.expressions[0][names].min() > 0.25 > without.expressions[0][names].max() + 0.1
