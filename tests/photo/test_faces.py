"""Faces and their landmarks in photographs: tilted, small, several, and in pictures without any."""
import cv2
import numpy as np
import pytest

from detailed3dmm_addon.core.errors import FileFormatError, PhotoError, WeightsError
from detailed3dmm_addon.photo import face_models
from detailed3dmm_addon.photo.detector import Face
from detailed3dmm_addon.photo.face_mesh import find_landmarks
from detailed3dmm_addon.photo.picture import read_picture

from .photographs import TASK, astronaut, photograph, picture

SAME = 0.035  # of the eye distance: what the landmarks of one face differ by from picture to picture, median
CENTRE = np.array([225.0, 124.0])


@pytest.fixture(scope="module")
def upright():
    return find_landmarks(picture(astronaut()))[0]


def difference(found, points, size):
    """Median distance from points (468, 2), as a share of the eye distance."""
    return np.median(np.linalg.norm(found.points - points, axis=1)) / size


def moved(pixels, matrix, size=(512, 512)):
    return cv2.warpAffine(pixels, matrix, size, borderMode=cv2.BORDER_REFLECT)


def pasted(background, piece, x, y):
    background[y:y + piece.shape[0], x:x + piece.shape[1]] = piece
    return background


def test_landmarks_lie_on_the_features_of_the_face(upright):
    assert upright.points.shape == (468, 2) and upright.depth.shape == (468,)
    assert upright.presence > 0.99
    # As measured by hand in the picture: corners of each eye in their middle, tip of the nose, corners of the mouth.
    for indices, place in (((33, 133), (202.5, 101.5)), ((362, 263), (246, 104)), ((4,), (223, 128)),
                           ((61,), (203, 140)), ((291,), (246, 140))):
        assert np.linalg.norm(upright.points[list(indices)].mean(0) - place) < 3.5
    assert 38 < upright.size < 48
    assert abs(np.degrees(upright.roll)) < 8 and abs(np.degrees(upright.yaw)) < 12


@pytest.mark.parametrize("degrees", [-45, -25, 25, 45])
def test_tilted_faces_have_the_same_landmarks(upright, degrees):
    matrix = cv2.getRotationMatrix2D(tuple(CENTRE), -degrees, 1.0)
    found, = find_landmarks(picture(moved(astronaut(), matrix)))
    assert difference(found, upright.points @ matrix[:, :2].T + matrix[:, 2], upright.size) < SAME
    assert np.degrees(found.roll - upright.roll) == pytest.approx(degrees, abs=4)
    assert found.size == pytest.approx(upright.size, rel=0.04)


def test_mirrored_faces_have_mirrored_landmarks(upright):
    found, = find_landmarks(picture(astronaut()[:, ::-1]))
    assert np.degrees(found.yaw) == pytest.approx(-np.degrees(upright.yaw), abs=4)
    # The nose's ridge, from top to tip, has no sides.
    ridge = [168, 6, 197, 195, 5, 4, 1]
    expected = (511, 0) + upright.points[ridge] * (-1, 1)
    assert np.linalg.norm(found.points[ridge] - expected, axis=1).max() < 0.06 * upright.size


@pytest.mark.parametrize("width, height, scale", [(1600, 1100, 0.6), (3000, 2000, 1.0), (2400, 3200, 3.0)])
def test_small_faces_in_large_pictures(upright, width, height, scale):
    background = cv2.resize(np.random.default_rng(1).random((9, 12, 3)).astype(np.float32), (width, height))
    piece = cv2.resize(astronaut()[:200, 100:360], None, fx=scale, fy=scale,
                       interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    x, y = int(0.7 * width - piece.shape[1] / 2), int(0.6 * height - piece.shape[0] / 2)
    found, = find_landmarks(picture(pasted(background, piece, x, y)))
    expected = (upright.points - (100, 0) + 0.5) * scale - 0.5 + (x, y)
    assert difference(found, expected, upright.size * scale) < 2 * SAME


def test_several_faces_come_from_left_to_right(upright):
    man = np.repeat(read_picture(photograph("camera.png")).pixels[..., :1], 3, 2)
    both = find_landmarks(picture(np.hstack([man, astronaut()])))
    assert len(both) == 2
    assert both[0].points[:, 0].max() < 512
    assert difference(both[1], upright.points + (512, 0), upright.size) < SAME
    assert np.degrees(both[0].yaw) > 30  # the man at the camera is seen half from the side


def test_dark_and_grey_pictures_are_no_obstacle(upright):
    grey = np.repeat(astronaut().mean(2, keepdims=True), 3, 2)
    for pixels in (grey, 0.2 * astronaut() ** 1.5):
        found, = find_landmarks(picture(pixels))
        assert difference(found, upright.points, upright.size) < SAME


@pytest.mark.parametrize("name", ["chelsea.png", "coffee.png", "text.png", "rocket.jpg"])
def test_pictures_without_a_person_are_refused(name):
    with pytest.raises(PhotoError, match=f"No face can be found in {name}") as caught:
        find_landmarks(read_picture(photograph(name)))
    assert_one_sentence(caught.value)


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 900, 3), (64, 64, 3)])
def test_empty_pictures_are_refused(shape):
    with pytest.raises(PhotoError, match="No face"):
        find_landmarks(picture(np.full(shape, 0.5)))


def test_noise_is_refused():
    with pytest.raises(PhotoError, match="No face"):
        find_landmarks(picture(np.random.default_rng(3).random((256, 256, 3))))


def test_faces_of_twenty_pixels_are_refused():
    scale = 20 / 90
    piece = cv2.resize(astronaut(), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    with pytest.raises(PhotoError, match="too small|No face .* 50 pixels wide") as caught:
        find_landmarks(picture(pasted(np.full((300, 400, 3), 0.4, np.float32), piece, 90, 60)))
    assert_one_sentence(caught.value)


@pytest.mark.parametrize("detailed", [False, True])
def test_drawings_are_refused(detailed):
    paper = np.full((512, 512, 3), 255, np.uint8)
    cv2.circle(paper, (256, 256), 180, (0, 0, 0), 3)
    for x in (190, 322):
        cv2.circle(paper, (x, 210), 18, (0, 0, 0), -1)
        if detailed:
            cv2.ellipse(paper, (x, 180), (40, 15), 0, 190, 350, (0, 0, 0), 5)
            cv2.ellipse(paper, (x, 210), (38, 22), 0, 0, 360, (0, 0, 0), 3)
    if detailed:
        cv2.polylines(paper, [np.array([[256, 220], [240, 275], [268, 278]])], False, (0, 0, 0), 3)
    cv2.ellipse(paper, (256, 300), (90, 60), 0, 10, 170, (0, 0, 0), 6)
    with pytest.raises(PhotoError, match="No face|is drawn") as caught:
        find_landmarks(picture(paper / 255))
    assert_one_sentence(caught.value)


def test_profiles_are_told_from_the_detector_alone():
    eyes_wide = np.array([[40, 50], [80, 50], [60, 70], [60, 90], [20, 55], [100, 55]], float)
    eyes_close = np.array([[60, 50], [68, 50], [90, 70], [80, 90], [0, 55], [50, 55]], float)
    box = np.array([10.0, 30, 110, 130])
    assert np.degrees(Face(box, eyes_wide, 0.9).turned_aside) == pytest.approx(0, abs=1e-9)
    assert np.degrees(Face(box, eyes_close, 0.9).turned_aside) > 75


def test_missing_networks_are_named_with_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("DETAILED3DMM_WEIGHTS", str(tmp_path))
    with pytest.raises(WeightsError, match="missing: install Detailed3DMM again, or .*tools/face_models.py"):
        face_models.read(face_models.DETECTOR)


def test_altered_networks_are_refused(monkeypatch, tmp_path):
    whole = face_models.read(face_models.FACE_MESH)
    monkeypatch.setenv("DETAILED3DMM_WEIGHTS", str(tmp_path))
    (tmp_path / face_models.FACE_MESH).write_bytes(whole[:-1] + b"x")
    with pytest.raises(WeightsError, match="checksum differs"):
        face_models.read(face_models.FACE_MESH)


def assert_one_sentence(error):
    assert "\n" not in str(error)
    assert str(error).endswith(".")


@pytest.mark.skipif(not TASK.is_file(), reason=f"Google's face_landmarker.task is not there: {TASK}")
def test_the_network_of_478_landmarks(upright):
    found, = find_landmarks(picture(astronaut()), TASK)
    assert difference(found, upright.points, upright.size) < 0.03 and found.presence > 0.9
    lids = [(33, 133, 159, 145), (362, 263, 386, 374)]  # corners, above and below
    for iris, eye in zip(found.irises, lids, strict=True):
        low, high = found.points[list(eye)].min(0), found.points[list(eye)].max(0)
        assert (iris > low).all() and (iris < high).all()
    assert upright.irises is None


@pytest.mark.skipif(not TASK.is_file(), reason=f"Google's face_landmarker.task is not there: {TASK}")
def test_the_network_of_478_landmarks_takes_no_badge_for_a_face():
    large = picture(cv2.resize(astronaut(), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC).clip(0, 1))
    known, = find_landmarks(large)
    found, = find_landmarks(large, TASK)
    assert difference(found, known.points, known.size) < 0.03


def test_what_is_no_face_landmarker(tmp_path):
    (tmp_path / "other.task").write_bytes(b"no zip")
    with pytest.raises(FileFormatError, match="other.task is not Google's"):
        find_landmarks(picture(astronaut()), tmp_path / "other.task")
    with pytest.raises(FileFormatError, match="none.task cannot be read"):
        find_landmarks(picture(astronaut()), tmp_path / "none.task")
