"""What CMU Sphinx's mixtures make of a recording."""
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from detailed3dmm_addon.speech import english
from detailed3dmm_addon.speech.features import BANDS
from detailed3dmm_addon.speech.mixtures import SOUNDS, STATES, STEP, MixtureFeatures, read_mixtures

LIKELIHOODS = STATES * SOUNDS
MISSING = english.what_is_missing()

pytestmark = pytest.mark.skipif(bool(MISSING), reason=str(MISSING))


@pytest.fixture(scope="module")
def mixtures():
    return read_mixtures()


@pytest.fixture(scope="module")
def features(mixtures):
    return MixtureFeatures(mixtures)


def spectra(frames, seed=0):
    """Log-mel spectra (1, frames, BANDS) that vary as slowly as speech does, far above the floor."""
    drawn = np.random.default_rng(seed).normal(0, 8, (1, frames, BANDS))
    smooth = np.apply_along_axis(np.convolve, 1, drawn, np.hanning(15) / 7, "same")
    return torch.from_numpy((smooth + 2).astype(np.float32))


def test_the_files_hold_distributions(mixtures):
    assert mixtures.means.shape == mixtures.variances.shape
    assert np.isfinite(mixtures.means).all() and (mixtures.variances > 0).all()
    sums = mixtures.weights.sum(2)  # of weights that are stored in a byte each, at most 10 % too small
    assert (sums > 0.9).all() and (sums < 1.001).all()


def test_likelihoods_are_probabilities_of_the_states_of_sounds(features):
    answer = features(spectra(300))
    assert answer.shape == (1, 300 // STEP, MixtureFeatures.SIZE) and torch.isfinite(answer).all()
    likelihood = (answer[..., :LIKELIHOODS] - 1.5) * 10
    assert likelihood.max() <= 1e-4
    likely = likelihood[likelihood > -50].exp().sum() / (300 // STEP)  # those above the lowest that is told apart
    assert likely == pytest.approx(1, abs=1e-3)


@settings(max_examples=10, deadline=None)
@given(st.floats(-3, 3), st.integers(0, 100))
def test_loudness_changes_nothing(features, gain, seed):
    heard = spectra(200, seed)
    torch.testing.assert_close(features(heard + gain), features(heard), atol=2e-3, rtol=0)


def test_a_constant_sound_has_no_slopes(features):
    answer = features(spectra(100)[:, :1].expand(1, 100, BANDS))
    assert answer[..., LIKELIHOODS:].abs().max() < 1e-3


def test_an_answer_depends_on_its_context_alone(features):
    heard, frame = spectra(1000), 500
    changed = heard.clone()
    changed[:, : frame - features.context] = changed[:, frame + STEP + features.context :] = -3
    torch.testing.assert_close(features(changed)[:, frame // STEP], features(heard)[:, frame // STEP],
                               atol=1e-4, rtol=0)  # fmt: skip
