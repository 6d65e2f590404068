"""The person's own skin from a photo: what is seen counts, what is not stays as it was, noise is no relief."""

import cv2
import numpy as np
import pytest

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.character import Character
from detailed3dmm_addon.core.detailed3dmm import Detailed3DMM
from detailed3dmm_addon.core.person import PERSON_CODE_SIZE, USUAL_PERSON, mirror_person
from detailed3dmm_addon.core.skin_paint import decode, encode
from detailed3dmm_addon.photo import detail, detail_reader, detail_relief, texture
from detailed3dmm_addon.photo.detail_cue import Cue, bare_skin, unmixing
from detailed3dmm_addon.photo.detail_reader import NUMBERS, Reading
from tests.photo import scene

IDENTITY = np.random.default_rng(4).standard_normal(100).astype(np.float32)
GAIN = float(unmixing()[:, 0].sum())
SIZE = 256


def reading(mean, variance):
    """A Reading of which every number has this mean and variance."""
    return Reading(np.full(NUMBERS, mean, np.float32), np.full(NUMBERS, variance, np.float32))


def inherited():
    """What the identity adds to the person's numbers, (24,)."""
    effect = Detailed3DMM.load().network.placement.identity_effect.numpy()
    return np.concatenate([np.zeros(PERSON_CODE_SIZE - len(effect)), effect @ IDENTITY])


def test_what_a_photo_does_not_show_stays_as_it_was():
    person, sureness = detail.person_code([reading(0.4, 5.0)], IDENTITY, USUAL_PERSON)
    np.testing.assert_allclose(person, USUAL_PERSON, atol=1e-6)
    assert not sureness.any()
    assert detail.age_of([reading(1.0, 5.0)], 35.0) == (35.0, 0.0)


def test_what_it_shows_surely_is_the_person():
    person, sureness = detail.person_code([reading(0.7, 1e-6)], IDENTITY, USUAL_PERSON)
    np.testing.assert_allclose(person + inherited(), 0.7, atol=0.01)
    assert sureness.min() > 0.99
    years, sure = detail.age_of([reading(0.7, 1e-6)], 35.0)
    assert years == pytest.approx(64, abs=0.1) and sure > 0.99


def test_two_photos_are_surer_than_one_and_lie_between():
    alone, agreed = [reading(0.2, 0.3)], [reading(0.2, 0.3), reading(0.8, 0.3)]
    one, two = (detail.person_code(seen, 0 * IDENTITY, 0 * USUAL_PERSON) for seen in (alone, agreed))
    assert (two[1] > one[1]).all()
    assert (two[0] > one[0]).all() and two[0].max() < 0.8


def test_an_age_between_what_is_usual_and_what_is_read():
    ages = [detail.age_of([reading((70 - 50) / 20, variance)], 35.0)[0] for variance in (0.5, 0.1, 0.01)]
    assert 35 < ages[0] < ages[1] < ages[2] < 75


def test_a_photo_and_its_mirror_image_read_the_same_person():
    """Left and right exchanged, in the photo, in the expression and in the code."""
    cue, model = cue_of(ridge(), 0.01), BaseModel.load()
    smile = model.expression({"mouthSmile_L": 0.8, "browDown_R": 0.3})
    own, mirrored = detail_reader.read(cue, smile), detail_reader.read(cue.mirrored(), model.mirror_expression(smile))
    np.testing.assert_allclose(mirror_person(mirrored.mean[:PERSON_CODE_SIZE]), own.mean[:PERSON_CODE_SIZE], atol=1e-4)
    np.testing.assert_allclose(mirrored.variance, own.variance, rtol=1e-3)


def test_sureness_is_what_held_out_photos_allow(monkeypatch):
    """Where errors are twice the variances that were read, so is what is left of the uncertainty."""
    def sure(factor):
        monkeypatch.setattr(detail_reader, "variance_factors", lambda: np.full(NUMBERS, factor, np.float32))
        return detail.person_code([reading(0.5, 0.2)], 0 * IDENTITY, 0 * USUAL_PERSON)
    (one, surely), (other, less) = sure(1.0), sure(2.0)
    drawing = slice(10)  # which identity adds nothing to
    np.testing.assert_allclose(1 - less[drawing], 2 * (1 - surely[drawing]), atol=1e-6)
    assert (less < surely).all()
    np.testing.assert_allclose(one, other)


def test_factors_of_this_installation():
    factors = detail_reader.variance_factors()
    assert factors.shape == (NUMBERS,) and (factors >= 1).all() and (factors < 4).all()


def waves(wavelength=5.0):
    x, y = np.meshgrid(*[np.arange(SIZE, dtype=np.float32)] * 2)
    return (0.15 * np.sin(2 * np.pi * (x + y) / wavelength)).astype(np.float32)


def cue_of(height, noise=0.0, seed=0):
    """A photo of this relief under light from the upper left, with noise."""
    random = np.random.default_rng(seed)
    response = np.tile(np.float32([0.5, 0.4]), (SIZE, SIZE, 1))
    blank = np.zeros((SIZE, SIZE), np.float32)
    cue = Cue(blank, blank, bare_skin(), response)
    shading = GAIN * cue.shaded(height) + noise * random.standard_normal((SIZE, SIZE))
    pigment = noise * random.standard_normal((SIZE, SIZE))
    return Cue(shading.astype(np.float32), pigment.astype(np.float32), bare_skin(), response)


def ridge():
    """(256, 256) mm: one on the cheek, where light from the upper left shows it."""
    height = np.zeros((SIZE, SIZE), np.float32)
    cv2.line(height, (150, 120), (165, 105), 0.4, 2, cv2.LINE_AA)
    return cv2.GaussianBlur(height, (0, 0), 0.8)


def test_a_regions_strength_follows_the_photo():
    drawn = waves()
    deeper, shallower, as_drawn = (
        detail.region_strengths(cue_of(factor * drawn, 0.01), drawn, 0.1, 0.01) for factor in (1.8, 0.4, 1.0)
    )
    assert deeper["forehead"] > 1.3 and shallower["forehead"] < 0.7
    assert all(abs(strength - 1) < 0.1 for strength in as_drawn.values())


def test_where_the_photo_says_little_strengths_are_left_alone():
    assert not detail.region_strengths(cue_of(0 * waves(), 0.3), 0.1 * waves(), 0.1, 0.3)


def test_a_ridge_that_the_model_does_not_know_is_found():
    found, share = detail_relief.relief(cue_of(ridge(), 0.01), 0 * ridge(), 0.2, 0.01)
    there = ridge() > 0.1
    assert np.corrcoef(found[there], ridge()[there])[0, 1] > 0.3 and found[there].max() > 0.1
    far = cv2.dilate(there.astype(np.uint8), np.ones((31, 31))) == 0
    assert np.abs(found[far]).max() < 0.02 and share[far].max() < 0.2


def test_what_the_model_draws_is_not_taken_twice():
    found, _share = detail_relief.relief(cue_of(ridge(), 0.01), ridge(), 0.2, 0.01)
    assert np.abs(found).max() < 0.02


@pytest.mark.parametrize("noise", [0.01, 0.05, 0.2])
def test_noise_makes_no_relief(noise):
    found, _share = detail_relief.relief(cue_of(0 * ridge(), noise), 0 * ridge(), 0.2, noise)
    assert np.sqrt((found**2).mean()) < 0.003


def test_compression_makes_no_relief():
    noisy = cue_of(0 * ridge(), 0.03).shading
    picture = np.uint8(np.clip(128 * np.exp(noisy), 0, 255))
    picture = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 20])[1], cv2.IMREAD_GRAYSCALE)
    shading = np.log(np.maximum(picture, 1) / 128).astype(np.float32)
    blank = cue_of(0 * ridge())
    found, _share = detail_relief.relief(
        Cue(shading, 0 * shading, blank.weight, blank.response), 0 * ridge(), 0.2, 0.02
    )
    assert np.sqrt((found**2).mean()) < 0.005


def test_a_blurred_photo_makes_no_relief():
    found, _share = detail_relief.relief(cue_of(ridge()), 0 * ridge(), 2.0, 0.01)
    assert not found.any()


def test_a_bad_photo_of_a_smooth_face_gives_a_smooth_face():
    """Blurred, noisy, compressed: none of it becomes wrinkles, and nobody becomes older by it."""
    model = Detailed3DMM.load()
    vertices, view, light = model.base.mean, scene.camera(320), scene.daylight()
    picture = encode(scene.photograph(vertices, view, light, scene.skin_colours({"melanin": 0.35}, 256)))
    young = Character(detail=USUAL_PERSON, age=25.0)
    own = model.displacement(young.identity, np.zeros(53), young.detail, young.age, SIZE)
    unwrapped, whole = texture.unwrap(vertices, view, SIZE), np.ones((320, 320), np.float32)
    for bad in (jpeg(picture, 20), noisy(picture, 12 / 255), cv2.GaussianBlur(picture, (0, 0), 5)):
        shown = detail.seen(decode(bad), unwrapped, whole, vertices, light, np.zeros(53))
        found = detail.worn(young, [shown]).character
        height = model.displacement(found.identity, np.zeros(53), found.detail, found.age, SIZE, found.controls())
        assert found.age < 45
        assert np.sqrt((found.controls().photo_relief.height ** 2).mean()) < 0.01
        assert height.std() < own.std() + 0.05


def jpeg(picture, quality):
    pixels = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
    packed = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(packed, cv2.IMREAD_COLOR).astype(np.float32) / 255


def noisy(picture, deviation):
    noise = deviation * np.random.default_rng(0).standard_normal(picture.shape)
    return np.clip(picture + noise, 0, 1).astype(np.float32)
