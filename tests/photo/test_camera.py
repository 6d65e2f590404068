"""The camera of a photo: derivatives against differences, what its steps mean, its file."""
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from detailed3dmm_addon.core.errors import FileFormatError
from detailed3dmm_addon.photo.camera import FRONTAL, Camera, facing, rotation_of

POINTS = np.random.default_rng(0).normal(0, 0.06, (40, 3))
vectors = arrays(float, 3, elements=st.floats(-1.2, 1.2))
few = settings(max_examples=30, deadline=None)


def camera(turn, focal=900.0, place=(0.05, -0.08, 0.7)):
    return Camera(focal, np.array([255.5, 191.5]), (512, 384), rotation_of(turn) @ FRONTAL, np.array(place))


@few
@given(vectors, st.floats(300, 4000), st.floats(0.4, 3))
def test_derivatives_are_those_of_the_projection(turn, focal, depth):
    it = camera(turn, focal, (0.1, -0.2, depth))
    by_point, by_step = it.derivatives(POINTS)
    for axis, along in enumerate(np.eye(3) * 1e-6):
        by_difference = (it.project(POINTS + along) - it.project(POINTS - along)) / 2e-6
        np.testing.assert_allclose(by_point[..., axis], by_difference, rtol=1e-5, atol=1e-3)
    for number, step in enumerate(np.eye(7) * 1e-5):
        by_difference = (it.moved(step).project(POINTS) - it.moved(-step).project(POINTS)) / 2e-5
        np.testing.assert_allclose(by_step[..., number], by_difference, rtol=1e-4, atol=1e-3)


@few
@given(vectors, arrays(float, 4, elements=st.floats(-0.5, 0.5)))
def test_size_and_focal_length_leave_the_origin_where_it_is_seen_and_pixels_move_it(turn, step):
    it, origin = camera(turn), np.zeros((1, 3))
    moved = it.moved(np.concatenate([np.zeros(3), 40 * step[:2], step[2:]]))
    np.testing.assert_allclose(moved.project(origin), it.project(origin) + 40 * step[:2], atol=1e-8)
    assert moved.focal == pytest.approx(it.focal * np.exp(step[3]))
    size = moved.focal / moved.translation[2] / (it.focal / it.translation[2])
    assert size == pytest.approx(np.exp(step[2]))


@few
@given(vectors)
def test_rotations_are_rotations(vector):
    rotation = rotation_of(vector)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(rotation @ vector, vector, atol=1e-12)
    np.testing.assert_allclose(rotation @ rotation_of(-vector), np.eye(3), atol=1e-12)


@few
@given(st.floats(-3, 3), st.floats(0.5, 5), arrays(float, 2, elements=st.floats(50, 400)))
def test_the_first_camera_finds_turn_size_and_place_of_an_upright_face(roll, depth, place):
    flat = POINTS * [1, 0, 1]  # in one plane, where weak perspective is exact
    truth = Camera(1000.0, np.array([255.5, 255.5]), (512, 512), rotation_of([0, 0, roll]) @ FRONTAL,
                   np.append((place - 255.5) / 1000 * depth, depth))
    found = facing(flat, truth.project(flat), 1000.0, (512, 512))
    np.testing.assert_allclose(found.project(flat), truth.project(flat), atol=1e-6)
    np.testing.assert_allclose(found.rotation, truth.rotation, atol=1e-9)


def test_yaw_is_the_turn_of_the_head_to_its_left():
    for angle in (-1.0, 0.0, 0.6):
        left = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
        seen = Camera(1.0, np.zeros(2), (2, 2), FRONTAL @ left, np.array([0, 0, 1.0]))
        assert seen.yaw == pytest.approx(angle)
        assert (seen.in_view(np.array([[0, -1.0, 0]]))[0, 0] > 0) == (angle > 0), "the nose points to the right"


def test_the_file_holds_what_is_needed_to_overlay_the_mesh(tmp_path):
    it = camera([0.1, 0.5, -0.2])
    it.save(tmp_path / "camera.json")
    np.testing.assert_allclose(Camera.load(tmp_path / "camera.json").project(POINTS), it.project(POINTS), atol=1e-9)
    content = json.loads((tmp_path / "camera.json").read_text())
    seen = np.append(POINTS[0], 1) @ np.transpose(content["object_to_camera"])
    pixel = content["focal_px"] * seen[:2] / seen[2] + content["principal_point"]
    np.testing.assert_allclose(pixel, it.project(POINTS[:1])[0], atol=1e-9)
    assert content["focal_mm"] == pytest.approx(it.focal * 36 / 512) and content["image_size"] == [512, 384]


@pytest.mark.parametrize("damage", [
    {"format": 2}, {"focal_px": None}, {"focal_px": -1.0}, {"object_to_camera": [1, 2]}, {"image_size": 3},
    {"focal_px": float("nan")}])
def test_a_file_that_is_no_camera_is_refused_by_name(tmp_path, damage):
    path = tmp_path / "camera.json"
    path.write_text(json.dumps(camera([0, 0, 0]).to_dict() | damage))
    with pytest.raises(FileFormatError, match=r"camera\.json"):
        Camera.load(path)
    path.write_text("[]")
    with pytest.raises(FileFormatError, match=r"camera\.json"):
        Camera.load(path)
    with pytest.raises(FileFormatError, match="cannot be read"):
        Camera.load(tmp_path / "none.json")
