"""Crease placement: mirrored persons have mirrored templates, and the code moves creases smoothly."""

import numpy as np
import pytest
import torch

from detailed3dmm_addon.core.detailed3dmm import Detailed3DMM
from detailed3dmm_addon.core.errors import ParameterError
from detailed3dmm_addon.core.person import MIRROR_SIGNS, PERSON_CODE_SIZE, checked_person, mirror_person


@pytest.fixture(scope="module")
def model():
    return Detailed3DMM.load()


def templates(model, person, identity):
    placement = model.network.placement
    with torch.inference_mode():
        variant, warp, _ = placement.numbers(*(torch.tensor(a, dtype=torch.float32)[None] for a in (person, identity)))
        return placement(variant, warp, 256)[0].numpy()


def test_mirroring_twice_gives_the_person_back():
    person = np.random.default_rng(0).standard_normal(PERSON_CODE_SIZE).astype(np.float32)
    np.testing.assert_array_equal(mirror_person(mirror_person(person)), person)
    assert set(MIRROR_SIGNS) == {1, -1}


def test_a_mirrored_person_has_mirrored_templates(model):
    rng = np.random.default_rng(1)
    person, identity = rng.standard_normal(24), rng.standard_normal(100)
    there = templates(model, person, identity)
    back = templates(model, mirror_person(person), model.base.mirror_identity(identity))
    assert np.abs(there - back[..., ::-1]).max() < 0.02 * np.abs(there).max()


def test_another_person_has_other_creases_and_a_near_one_nearly_the_same(model):
    rng = np.random.default_rng(2)
    person, identity = rng.standard_normal(24), np.zeros(100)
    own, near, other = (templates(model, p, identity) for p in (person, person + 0.02, -person))
    scale = np.abs(own).std()
    assert np.abs(near - own).std() < 0.1 * scale < 0.5 * np.abs(other - own).std()


@pytest.mark.parametrize("bad", [np.zeros(23), np.full(24, np.inf), np.zeros((24, 1))])
def test_broken_person_codes_are_refused(bad):
    with pytest.raises(ParameterError, match="person code"):
        checked_person(bad)
