"""A person's creases found in a displacement map, kept by the character, and moving on with other expressions."""

import numpy as np
import pytest

from detailed3dmm_addon.core.character import Character
from detailed3dmm_addon.core.detail_from_map import wear
from detailed3dmm_addon.core.detailed3dmm import Detailed3DMM
from detailed3dmm_addon.core.errors import ParameterError
from detailed3dmm_addon.core.steps import finished
from training.detail.measures import band_pass, correlation

BROWS = {"browInnerUp_L": 1.0, "browInnerUp_R": 1.0}
OTHER = {"browInnerUp_L": 0.5, "browInnerUp_R": 0.3, "browOuterUp_L": 1.0, "browOuterUp_R": 1.0}  # same skin, moved


@pytest.fixture(scope="module")
def model():
    return Detailed3DMM.load()


def shown(model, character, expression):
    return model.displacement(character.identity, model.base.expression(expression), character.detail, character.age,
                              256, character.controls())


@pytest.fixture(scope="module")
def scanned():
    return Character(**{name: getattr(Character.random(31), name) for name in ("identity", "detail")}, age=60.0)


@pytest.fixture(scope="module")
def worn(model, scanned):
    other = Character(identity=Character.random(32).identity, detail=Character.random(33).detail, age=45.0,
                      expression=BROWS, detail_controls={"folds": 1.5, "future": 1})
    relief = shown(model, scanned, BROWS)
    head = 3 * np.hanning(256)[:, None] * np.hanning(256)  # the scan's head has another shape as well
    steps = wear(model, (relief + head).astype(np.float32), other)
    shares = [next(steps) for _ in range(3)]
    assert 0 < shares[0] < shares[1] < shares[2] < 1
    return other, finished(steps)


def test_the_face_shows_the_map(model, scanned, worn):
    other, wearer = worn
    target = band_pass(shown(model, scanned, BROWS))
    plain = Character.from_dict({**wearer.character.to_dict(), "detail_controls": {
        "style": wearer.character.detail_controls["style"]}})
    assert correlation(band_pass(shown(model, other, BROWS)), target) < 0.5
    assert correlation(band_pass(shown(model, plain, BROWS)), target) > 0.7
    assert wearer.explained > 0.6


def test_its_creases_move_on_with_other_expressions(model, scanned, worn):
    target = band_pass(shown(model, scanned, OTHER))
    assert correlation(band_pass(shown(model, worn[0], OTHER)), target) < 0.5
    assert correlation(band_pass(shown(model, worn[1].character, OTHER)), target) > 0.7


def test_nothing_else_of_the_character_changes(worn):
    other, wearer = worn
    assert wearer.character.detail_controls["folds"] == 1.5 and wearer.character.detail_controls["future"] == 1
    np.testing.assert_array_equal(wearer.character.identity, other.identity)
    np.testing.assert_array_equal(wearer.character.detail[18:], other.detail[18:])
    assert wearer.character.expression == other.expression
    assert Character.from_dict(wearer.character.to_dict()) == wearer.character


@pytest.mark.parametrize(("bad", "word"), [
    (np.zeros((64, 128)), "square"), (np.zeros((64, 64, 3)), "square"), (np.full((64, 64), np.inf), "finite"),
    (np.eye(32), "at least 64"), (np.zeros((64, 64)), "deep"), (1e-4 * np.eye(64), "unit")])
def test_what_has_no_creases_to_give_is_refused(model, bad, word):
    with pytest.raises(ParameterError, match=word):
        finished(wear(model, bad, Character()))
