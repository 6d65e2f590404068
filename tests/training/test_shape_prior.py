"""Reading identities from features, recovered from made-up features whose answer is known; heads beside the model."""

import numpy as np
import pytest

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.photo.camera import rotation_of
from detailed3dmm_addon.photo.shape_prior import in_mirror
from training import train_shape_prior
from training.photo import strangers

BASE = BaseModel.load()


def made_up(count, noise):
    """Strangers whose features are a linear map of identity and expression, in two layers of 150 and 250."""
    rng, mixed = np.random.default_rng(count), np.random.default_rng(0).standard_normal((153, 400))
    said = np.column_stack([rng.standard_normal((count, 100)), rng.uniform(0, 1, (count, 53))])
    seen = np.stack([said @ mixed, in_mirror(said) @ mixed], 1) + noise * rng.standard_normal((count, 2, 400))
    return strangers.Strangers(seen.astype(np.float16), np.zeros(count), said[:, :100], said[:, 100:], np.arange(count))


@pytest.mark.parametrize(
    ("noise", "stiffness", "least", "most"), [(0.1, 0.05, 0.95, 1.0), (20.0, 0.3, 0.3, 0.9), (1000.0, 10.0, -0.1, 0.1)]
)
def test_what_features_tell_is_learned_and_nothing_else(noise, stiffness, least, most):
    prior, others = train_shape_prior.learned(made_up(400, noise), (150, 250), stiffness), made_up(100, noise)
    figures = train_shape_prior.quality(prior, others)
    assert least < figures["share of the variance of identities explained"] < most
    left = train_shape_prior.deviation(prior, others)
    assert left.shape == (53,) and left.min() > 0
    spread = np.sqrt(1 / 12)
    assert left.mean() < 0.5 * spread if noise < 1 else left.mean() > 0.5 * spread


def test_the_nearest_identity_of_a_head_of_the_model_is_its_own():
    chosen, random = strangers.skin_vertices(), np.random.default_rng(2)
    identity = random.standard_normal(100)
    head = BASE.neutral(identity)[chosen]
    moved = 1.1 * head @ rotation_of([0.1, 0.3, -0.2]).T + 0.2
    found = strangers.nearest_identity(moved)
    np.testing.assert_allclose(found, strangers.nearest_identity(head), atol=1e-3)
    rest = BASE.neutral(found)[chosen] - BASE.neutral(strangers.nearest_identity(BASE.neutral(found)[chosen]))[chosen]
    assert 1000 * np.sqrt((rest**2).mean()) < 0.6
    assert found @ identity / np.linalg.norm(found) / np.linalg.norm(identity) > 0.6


def test_strangers_leave_the_model_smoothly():
    left = []
    for seed in range(6):
        identity, _expression, bend = strangers.stranger(seed)
        head = BASE.neutral(identity)
        bent = 1000 * (bend(head) - head)
        edges = BASE.topology.faces[::50, :2]
        left.append(np.sqrt((bent**2).mean()))
        assert np.linalg.norm(bent[edges[:, 0]] - bent[edges[:, 1]], axis=1).max() < 2.5
        np.testing.assert_array_equal(identity, strangers.stranger(seed)[0])
    assert 0.3 < np.mean(left) < 4
