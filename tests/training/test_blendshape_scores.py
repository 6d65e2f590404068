"""What scores say of expressions, recovered from made-up scores whose answer is known."""

import numpy as np
import pytest

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.photo.blendshape_scores import SCORES, score_of
from training import train_blendshape_scores

BASE = BaseModel.load()
NAMES = BASE.expression_names
OWN = [score_of(name) for name in NAMES]


def made_up(count, gain, noise):
    """Scored whose scores are 0.1 + gain * expression, and noise."""
    rng = np.random.default_rng(count)
    expression = (rng.uniform(0, 1, (count, 53)) * (rng.random((count, 53)) < 0.3)).astype(np.float32)
    scores = np.full((count, 52), 0.1)
    for number, own in enumerate(OWN):
        scores[:, own] = 0.1 + gain * expression[:, number]
    scores += noise * rng.standard_normal(scores.shape)
    return train_blendshape_scores.Scored(scores.astype(np.float32), expression, np.zeros(count), np.arange(count))


@pytest.mark.parametrize(("gain", "noise"), [(0.5, 0.03), (0.3, 0.1)])
def test_gain_offset_and_noise_are_found(gain, noise):
    reading = train_blendshape_scores.learned(made_up(4000, gain, noise))
    known = train_blendshape_scores.measured()
    single = [number for number in np.flatnonzero(known) if OWN.count(OWN[number]) == 1]
    np.testing.assert_allclose(reading.gain[single], gain, atol=0.03)
    np.testing.assert_allclose(reading.offset[single], 0.1, atol=0.01)
    np.testing.assert_allclose(reading.noise[single], noise, atol=0.01)
    assert (reading.gain[~known] == 0).all() and np.isfinite(reading.noise).all()
    np.testing.assert_allclose(BASE.mirror_expression(reading.gain), reading.gain, atol=1e-5)


@pytest.mark.parametrize(("gain", "least", "most"), [(0.5, 0.9, 1.0), (0.0, -0.05, 0.05)])
def test_a_reading_explains_what_scores_tell(gain, least, most):
    figures = train_blendshape_scores.quality(made_up(1000, gain, 0.02))
    assert figures["pictures"] == 1000
    assert least < figures["share of the variance of mouth explained"] < most


def test_scores_that_fall_as_the_expression_grows_say_nothing():
    assert (train_blendshape_scores.learned(made_up(500, -0.5, 0.02)).gain == 0).all()


def test_the_mirror_swaps_sides_and_nothing_else():
    scores = np.arange(52.0)[None]
    turned = train_blendshape_scores.in_mirror(scores)
    assert turned[0, SCORES.index("mouthSmileLeft")] == SCORES.index("mouthSmileRight")
    assert turned[0, SCORES.index("jawLeft")] == SCORES.index("jawRight")
    assert turned[0, SCORES.index("jawOpen")] == SCORES.index("jawOpen")
    np.testing.assert_array_equal(train_blendshape_scores.in_mirror(turned), scores)
