"""By how much landmarks are off, recovered from made-up features whose answer is known; the quick pictures of heads."""

from dataclasses import replace

import numpy as np
import pytest

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.photo import correspondence
from detailed3dmm_addon.photo.camera import FRONTAL
from detailed3dmm_addon.photo.crops import Region
from detailed3dmm_addon.photo.face_mesh import Landmarks
from training import train_landmark_shift
from training.photo import crowd, portrait, quick_portrait, scenes

BASE = BaseModel.load()
USABLE = np.arange(468) % 9 > 0


@pytest.fixture(scope="module")
def mirror():
    return train_landmark_shift.mirror_of(correspondence.load())


def made_up(count, noise, mirror, astray=0.0):
    """Crowd whose features are a linear map of ten amounts of shift, in two layers of 60 and 100; the first
    expression leads all landmarks `astray`."""
    rng, fixed = np.random.default_rng(count), np.random.default_rng(0)
    amounts, patterns = rng.standard_normal((count, 10)), fixed.normal(0, 0.02, (10, 468, 2))
    shift = np.einsum("nk,klc->nlc", amounts, patterns)
    both = np.stack([shift, shift[:, mirror] * (-1, 1)], 1)
    mixed = fixed.standard_normal((936, 160))
    seen = both.reshape(count, 2, -1) @ mixed + noise * rng.standard_normal((count, 2, 160))
    mouths = (rng.random((count, 53)) < 0.1).astype(np.float32)
    expressions = np.stack([mouths, [BASE.mirror_expression(mouth) for mouth in mouths]], 1)
    both = both + astray * expressions[..., :1, None]  # no feature tells of the expression
    return crowd.Crowd(seen.astype(np.float16), both.astype(np.float32), mouths, np.linspace(-0.6, 0.6, count),
                       np.arange(count))


@pytest.mark.parametrize(("noise", "stiffness", "least", "most"), [(0.01, 1e-3, 0.95, 1.0), (300.0, 10.0, -0.1, 0.1)])
def test_what_features_tell_is_learned_and_nothing_else(mirror, noise, stiffness, least, most):
    known = train_landmark_shift.learned(made_up(2000, noise, mirror), (60, 100), stiffness, USABLE, mirror)
    figures = train_landmark_shift.quality(known, made_up(80, noise, mirror), USABLE)
    assert least < figures["share of the variance of errors explained"] < most
    assert known.patterns.shape == (train_landmark_shift.PATTERNS, 936)
    said = known.read(made_up(5, noise, mirror).features.astype(np.float32))
    unusable = ~USABLE & ~USABLE[mirror]
    assert np.abs(said[:, unusable]).max() < 1e-3, "what has no place stays"


def test_what_the_expression_leads_astray_is_left_out(mirror):
    led, not_led = (train_landmark_shift.learned(made_up(2000, 0.01, mirror, astray), (60, 100), 1e-3, USABLE, mirror)
                    for astray in (0.2, 0.0))
    seen = made_up(20, 0.01, mirror).features.astype(np.float32)
    assert np.abs(not_led.read(seen)).max() > 0.05
    np.testing.assert_allclose(led.read(seen), not_led.read(seen), atol=0.005)


def test_landmarks_of_both_sides_are_told_apart(mirror):
    for right, left in ((33, 263), (133, 362), (61, 291), (234, 454), (4, 4), (152, 152)):
        assert mirror[right] == left and mirror[left] == right


def test_a_shift_is_counted_along_the_square_and_in_eye_distances(mirror):
    known = correspondence.load()
    flat = 400 * np.einsum("lk,lkc->lc", known.barycentric, BASE.mean[known.triangles]) @ FRONTAL.T
    seen, turn = Landmarks(flat[:, :2].astype(np.float32), flat[:, 2].astype(np.float32), 1.0), 0.3
    across = seen.size * np.array([np.cos(turn), np.sin(turn)])
    counted = crowd.shift(seen, Region(np.zeros(2), 300.0, turn), seen.points + 0.1 * across)
    np.testing.assert_allclose(counted, np.tile([0.1, 0.0], (468, 1)), atol=1e-5)


def test_quick_pictures_are_those_of_the_portrait():
    rng = np.random.default_rng(4)
    vertices = BASE.vertices(rng.standard_normal(100).astype(np.float32), BASE.expression({"jawOpen": 0.5}))
    camera = portrait.camera_at(FRONTAL, np.full(2, 96.0), 500.0, 0.8, (192, 192))
    look, light = portrait.look(0), replace(scenes.lamps(rng), casts=True)
    behind = np.full((192, 192, 3), 0.2, np.float32)
    slow, fragments = portrait.draw(vertices, camera, look, light, behind)
    bald = quick_portrait.Hair(np.zeros(len(vertices), np.float32), np.zeros(3))
    quick, same = quick_portrait.draw(vertices, camera, look, light, behind, bald)
    assert (same.mask != fragments.mask).mean() < 1e-3
    assert (same.triangle != fragments.triangle).mean() < 5e-3
    apart = np.abs(quick - slow).max(2)
    assert np.median(apart[fragments.mask]) < 1e-3 and (apart > 0.05).mean() < 0.01


def test_equal_seeds_give_equal_heads_and_others_differ(monkeypatch):
    monkeypatch.setattr(crowd, "LOOKS", 1)
    first, again, other = crowd.scene(5), crowd.scene(5), crowd.scene(6)
    np.testing.assert_array_equal(first.picture, again.picture)
    assert first.picture.shape == (crowd.SIZE, crowd.SIZE, 3) and 0 <= first.picture.min() < first.picture.max() <= 1
    assert np.abs(first.vertices - other.vertices).max() > 0.003


def test_hair_hides_skin_and_stands_off_it():
    worn = [crowd._hair(np.random.default_rng(seed), BASE.mean) for seed in range(8)]
    with_hair = [(hair, vertices) for hair, vertices in worn if hair.cover.any()]
    assert 2 <= len(with_hair) < 8, "some are bald"
    for hair, vertices in with_hair:
        off = np.linalg.norm(vertices - BASE.mean, axis=1)
        assert off[hair.cover == 0].max() < 1e-6 and off.max() < 0.05
        assert hair.cover[np.argmax(BASE.mean[:, 2])] == 1 and hair.cover[BASE.landmarks[30]] == 0
