"""The measure of textures: nothing is off where nothing is, tone does not count once it is known, pale lips do."""
import numpy as np
import pytest

from detailed3dmm_addon.core.skin_canvas import FACE
from training import evaluate_texture
from training.photo import portrait


@pytest.fixture(scope="module")
def truth():
    return portrait.look(3).colours[FACE]


def test_the_truth_is_without_error(truth):
    found = evaluate_texture.errors(truth, truth)
    assert (found.skin, found.relative, found.lips) == pytest.approx((0, 0, 0), abs=1e-3)


def test_a_tone_that_no_photo_tells_counts_once(truth):
    found = evaluate_texture.errors(truth * np.float32([0.8, 0.85, 0.9]), truth)
    assert found.skin > 4 and found.relative < 0.1 and found.lips < 0.1


def test_pale_lips_are_seen(truth):
    _face, lips = evaluate_texture.regions()
    pale = np.kron(lips, np.ones((len(truth) // len(lips),) * 2)) > 0
    found = evaluate_texture.errors(np.where(pale[..., None], np.median(truth[~pale], axis=0), truth), truth)
    assert found.relative < 1 and found.lips > 3 and found.red[0] < found.red[1] - 3
