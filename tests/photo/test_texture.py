"""Light, skin and texture of photographs whose truth is known: the base model drawn with painted skin."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detailed3dmm_addon.core import skin_regions
from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.errors import PhotoError
from detailed3dmm_addon.core.skin_canvas import FACE, canvas, landmarks_uv
from detailed3dmm_addon.core.skin_optics import skin_colour
from detailed3dmm_addon.core.skin_paint import encode
from detailed3dmm_addon.photo import illumination, texture
from detailed3dmm_addon.photo.light import shading
from detailed3dmm_addon.photo.membrane import fill
from detailed3dmm_addon.photo.skin_tone import likeliest
from tests.photo import scene

SIZE = 256  # texels a side
YAW = 0.45


class Taken:
    """A photograph of somebody who turned the head, and what comes of it."""

    def __init__(self, appearance, covered=None):
        model = BaseModel.load()
        identity = np.random.default_rng(3).standard_normal(100)
        self.vertices = model.vertices(identity, model.expression({"jawOpen": 0.15}))
        self.camera, self.light = scene.camera(320, YAW), scene.daylight()
        self.colours = scene.skin_colours(appearance, SIZE)
        self.picture = scene.photograph(self.vertices, self.camera, self.light, self.colours)
        if covered is not None:
            self.picture[covered] = (0.05, 0.12, 0.3)
        self.lit = illumination.explain(self.picture, self.vertices, self.camera)
        self.unwrapped = texture.unwrap(self.vertices, self.camera, SIZE)

    def albedo(self):
        return texture.albedo(self.picture, self.lit.light, self.unwrapped, self.lit.skin, SIZE)

    def texture(self):
        skin = {"melanin": self.lit.tone.melanin, "haemoglobin": self.lit.tone.blood}
        return texture.complete(*self.albedo(), texture.painted(skin, 35.0, SIZE))

    def error(self, colour, where):
        """Median difference of logarithms from the truth, the brightness that no photo tells left out."""
        difference = np.log(colour[where]) - np.log(self.colours[where])
        return float(np.median(np.abs(difference - np.median(difference))))


@pytest.fixture(scope="module")
def taken():
    return Taken({"melanin": 0.3})


def test_the_light_is_found(taken):
    normals = taken.unwrapped.normals[taken.unwrapped.worth > 0.9]
    found, truth = shading(taken.lit.light, normals), shading(taken.light, normals)
    ratio = found / truth
    assert np.abs(np.log(ratio / np.median(ratio, axis=0))).mean() < 0.05


@given(st.floats(0.05, 0.95), st.floats(0.3, 0.6))
@settings(max_examples=20, deadline=None)
def test_tone_and_light_make_up_the_colour(melanin, blood):
    """Their product is what was seen; in light as photographers expose for it the tone is found too."""
    product = skin_colour(np.float32(melanin), np.float32(blood)) * 0.85
    tone, white = likeliest(product)
    np.testing.assert_allclose(tone.colour * white, product, rtol=1e-5)
    assert abs(tone.melanin - melanin) < 0.25


def test_darker_skin_is_found_to_be_darker():
    tones = [likeliest(0.85 * skin_colour(np.float32(melanin), np.float32(0.45)))[0].melanin
             for melanin in (0.1, 0.4, 0.7, 0.95)]
    assert tones == sorted(tones) and tones[-1] - tones[0] > 0.5


def test_seen_skin_comes_back(taken):
    colour, weight = taken.albedo()
    assert (weight > 0.9).mean() > 0.2
    assert taken.error(colour, weight > 0.9) < 0.04


def test_the_hidden_side_is_the_mirror_image(taken):
    _colour, weight = taken.albedo()
    hidden = (weight == 0) & (weight[:, ::-1] > 0.9)
    made = taken.texture()
    assert hidden.mean() > 0.05
    assert taken.error(made.colour, hidden) < 0.06
    assert made.confidence[hidden].max() < 0.8 < np.median(made.confidence[weight > 0.9])


def test_what_nothing_shows_is_skin_of_the_same_tone(taken):
    made = taken.texture()
    nowhere = (made.confidence == 0) & taken.unwrapped.mask
    nowhere[:SIZE // 3] = False  # scalp
    assert nowhere.mean() > 0.02 and np.isfinite(made.colour).all()
    seen, unseen = (np.log(made.colour[where]).mean(0) for where in (made.confidence > 0.9, nowhere))
    assert np.abs(seen - unseen).max() < 0.25


def test_eyes_and_teeth_are_not_on_the_skin(taken):
    """No texel of the skin is as bright as the white of the eyes in the picture; without care many are."""
    colour, weight = taken.albedo()
    white = np.array(scene.WHITE_OF_EYE).min()
    assert colour[weight > 0.1].min(axis=1).max() < 0.85 * white


def test_a_hand_before_the_cheek_is_not_skin():
    covered = np.zeros((320, 320), bool)
    covered[190:225, 175:215] = True
    taken = Taken({"melanin": 0.3}, covered)
    assert taken.lit.skin[covered].mean() < 0.02 < taken.lit.skin.mean()
    assert taken.error(taken.texture().colour, taken.albedo()[1] > 0.9) < 0.04


@pytest.mark.parametrize("tone", [0.0, 1.0])
def test_lips_are_as_red_as_they_are_seen(tone):
    """Beside the skin around them, in CIELAB, whatever lips were expected."""
    taken = Taken({"melanin": 0.3, "lip_tone": tone})
    within = skin_regions.lip_distance(canvas(FACE, SIZE))
    lips, around = (within > 1) & (within < 6), (within < -3) & (within > -9)
    found, truth = (redness(colour[lips]) - redness(colour[around])
                    for colour in (taken.texture().colour, taken.colours))
    assert found == pytest.approx(truth, rel=0.11)


def test_a_shadow_on_one_side_is_no_pigment():
    """Such as hair throws: brown, broad, and not on the other side."""
    taken = Taken({"melanin": 0.3})
    cheek = landmarks_uv()[31] + (-0.12, 0.03)
    clean, weight = taken.albedo()
    v, u = (np.mgrid[SIZE:0:-1, :SIZE] + np.float64([-0.5, 0.5]).reshape(2, 1, 1)) / SIZE
    shadow = np.exp(-((u - cheek[0]) ** 2 + (v - cheek[1]) ** 2) / 0.03**2)[..., None]
    base = texture.painted({"melanin": taken.lit.tone.melanin, "haemoglobin": taken.lit.tone.blood}, 35.0, SIZE)
    without, made = (texture.complete(colour.astype(np.float32), np.maximum(weight, weight[:, ::-1]), base).colour
                     for colour in (clean, clean * np.exp(-shadow * (0.3, 0.45, 0.6))))
    there = shadow[..., 0] > 0.7
    assert np.abs(np.log(made[there]) - np.log(without[there])).mean() < 0.15


def redness(colours):
    """Mean a* (CIELAB) of colours (N, 3), linear sRGB."""
    return float(cv2.cvtColor(encode(colours[None].astype(np.float32)), cv2.COLOR_RGB2Lab)[..., 1].mean())


def test_a_face_outside_the_picture():
    model = BaseModel.load()
    camera = scene.camera(320).cropped((5000, 0), (320, 320))
    with pytest.raises(PhotoError, match="skin"):
        illumination.explain(np.full((320, 320, 3), 0.4), model.vertices(np.zeros(100), np.zeros(53)), camera)


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_a_membrane_keeps_what_is_known_and_stays_between_it(seed):
    generator = np.random.default_rng(seed)
    values = generator.uniform(-1, 1, (32, 32, 2)).astype(np.float32)
    known = generator.random((32, 32)) < 0.1
    known[5, 5] = True
    filled = fill(values, known.astype(np.float32))
    np.testing.assert_allclose(filled[known], values[known], atol=1e-5)
    assert (filled.max((0, 1)) <= values[known].max(0) + 1e-4).all()
    assert (filled.min((0, 1)) >= values[known].min(0) - 1e-4).all()


def test_a_membrane_through_a_slope_is_that_slope():
    slope = np.linspace(0, 1, 64, dtype=np.float32)[None, :, None].repeat(64, 0)
    known = np.zeros((64, 64), np.float32)
    known[::8, ::8] = 1
    assert np.abs(fill(slope, known) - slope).mean() < 0.05


def test_a_membrane_of_nothing_is_nothing():
    assert not fill(np.full((16, 16, 3), np.nan, np.float32), np.zeros((16, 16), np.float32)).any()
