"""Where eyes look, in drawn photographs that tell it."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.photo import colours, gaze
from detailed3dmm_addon.photo.rasteriser import rasterise
from detailed3dmm_addon.photo.surface import in_picture, triangles
from tests.photo import scene

BASE = BaseModel.load()
IDENTITY = np.random.default_rng(4).standard_normal(100)
BROWN, BLUE = (0.06, 0.035, 0.02), (0.16, 0.24, 0.33)
EDGE = 0.39  # of an iris on its tile, for one as wide as people's
ASIDE = {"left": ("eyeLookIn_R", "eyeLookOut_L"), "right": ("eyeLookOut_R", "eyeLookIn_L"),
         "up": ("eyeLookUp_R", "eyeLookUp_L"), "down": ("eyeLookDown_R", "eyeLookDown_L")}


def expression(**looks):
    return BASE.expression({name: value for look, value in looks.items() for name in ASIDE[look]})


def photograph(points, values, camera, iris=BROWN, noise=0.01):
    """(H, W, 3) linear picture of somebody with irises, and the landmarks in it."""
    vertices, mesh = BASE.vertices(IDENTITY, values), triangles()
    picture = scene.photograph(vertices, camera, scene.daylight(), np.full((8, 8, 3), (0.45, 0.29, 0.21)))
    drawn = mesh.of("M_Face", "M_IrisLeft", "M_IrisRight")
    fragments = rasterise(in_picture(vertices, camera), mesh.vertices[drawn], camera.size)
    eye = fragments.mask & mesh.of("M_IrisLeft", "M_IrisRight")[drawn][fragments.triangle]
    uv = (mesh.uv[drawn][fragments.triangle[eye]] * fragments.barycentric[eye][..., None]).sum(1)
    radius = np.linalg.norm(uv - 0.5, axis=1)[:, None]
    white, pupil = scene.WHITE_OF_EYE, (0.01, 0.01, 0.01)
    picture[eye] = np.where(radius > EDGE, white, np.where(radius > 0.2, iris, pupil))
    picture += noise * np.random.default_rng(0).standard_normal(picture.shape)
    spots = (vertices[points.triangles] * points.barycentric[..., None]).sum(1)
    return picture.astype(np.float32), camera.project(spots)


def found(points, values, camera, **look):
    picture, landmarks = photograph(points, values, camera, **look)
    straight = np.where([name.startswith("eyeLook") for name in BASE.expression_names], 0, values)
    values, _colours = gaze.looking(picture, camera, landmarks, IDENTITY, straight)
    return dict(zip(BASE.expression_names, values, strict=True))


@pytest.mark.parametrize("iris", [BROWN, BLUE])
@pytest.mark.parametrize("look", ["left", "right"])
def test_eyes_that_look_aside(points, look, iris):
    told = found(points, expression(**{look: 0.6}), scene.camera(512), iris=iris)
    other = {"left": "right", "right": "left"}[look]
    for name in ASIDE[look]:
        assert told[name] == pytest.approx(0.6, abs=0.15)
    assert all(told[name] == 0 for name in ASIDE[other])


@pytest.mark.parametrize(("camera", "off"), [(scene.camera(512), 0.2), (scene.camera(256, 0.3, 0.15), 0.25)])
@pytest.mark.parametrize("look", ["up", "down"])
@pytest.mark.parametrize("far", [0.3, 0.6])
def test_eyes_that_look_up_and_down(points, look, far, camera, off):
    told = found(points, expression(**{look: far}), camera)
    for name in ASIDE[look]:
        assert told[name] == pytest.approx(far, abs=off)


@given(st.floats(-0.4, 0.4))
@settings(max_examples=4, deadline=None)
def test_eyes_that_look_ahead_do_in_a_turned_head(points, yaw):
    told = found(points, expression(), scene.camera(512, yaw))
    assert max(told[name] for names in ASIDE.values() for name in names) < 0.2


@pytest.mark.parametrize(("iris", "hue"), [(BROWN, (0.75, 1.0)), (BLUE, (0.0, 0.15))])
def test_the_colour_of_the_eyes(points, iris, hue):
    picture, landmarks = photograph(points, expression(left=0.5), scene.camera(512), iris=iris)
    _values, ring = gaze.looking(picture, scene.camera(512), landmarks, IDENTITY, expression())
    assert hue[0] <= colours.iris(ring, np.full(3, 1.7))["iris_hue"] <= hue[1]  # drawn without the lids' shade


def test_small_eyes(points):
    """Irises 3 pixels in radius."""
    told = found(points, expression(left=0.7), scene.camera(200))
    assert all(told[name] == pytest.approx(0.7, abs=0.25) for name in ASIDE["left"])


def test_irises_that_are_known_are_believed(points):
    camera, values = scene.camera(512), expression()
    picture, landmarks = photograph(points, values, camera)
    irises = [camera.project(eye.place((0.5, 0.0))[None])[0] for eye in gaze.of_face(IDENTITY, values)]
    told, _colours = gaze.looking(picture, camera, landmarks, IDENTITY, values, np.array(irises))
    told = dict(zip(BASE.expression_names, told, strict=True))
    assert all(told[name] == pytest.approx(0.5, abs=0.08) for name in ASIDE["left"])


def test_closed_eyes_tell_nothing(points):
    values = BASE.expression({"eyeBlink_L": 1.0, "eyeBlink_R": 1.0})
    told = found(points, values, scene.camera(512))
    assert max(told[name] for names in ASIDE.values() for name in names) == 0
    assert colours.iris(np.zeros((0, 3)), np.ones(3)) == {}


def test_one_eye_tells_of_both(points):
    camera = scene.camera(512)
    eyes = gaze.of_face(IDENTITY, expression())
    place = camera.project(eyes[0].place((0.5, 0.0))[None])[0]
    values = gaze.turned(eyes, [gaze.Iris(place, 1.0), None], camera, expression())
    told = dict(zip(BASE.expression_names, values, strict=True))
    assert told["eyeLookIn_R"] == pytest.approx(0.5, abs=0.05) and told["eyeLookOut_L"] == pytest.approx(0.5, abs=0.1)
