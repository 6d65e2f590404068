"""Colours of teeth in drawn mouths, in white and in coloured light."""
import numpy as np
import pytest

from detailed3dmm_addon.core.skin_optics import enamel
from detailed3dmm_addon.photo import colours

MOUTH = np.array([(10, 20), (30, 12), (50, 20), (30, 30)], float)
GUMS, DARK = (0.42, 0.115, 0.105), (0.03, 0.012, 0.012)


def mouth(tooth, white):
    """(40, 60, 3) linear: teeth between gums and the dark, in a light that makes white look so."""
    picture = np.full((40, 60, 3), (0.5, 0.3, 0.25))
    picture[12:16], picture[16:24], picture[24:31] = GUMS, tooth, DARK
    return picture * white


@pytest.mark.parametrize("white", [(0.9, 0.9, 0.9), (1.1, 0.9, 0.6)])
@pytest.mark.parametrize("whiteness", [0.1, 0.5, 0.9])
def test_the_colour_of_the_teeth(whiteness, white):
    tooth = enamel(whiteness) * (1, 0.95, 0.9)  # in a mouth, which throws red light
    assert colours.teeth(mouth(tooth, white), MOUTH, white)["teeth"] == pytest.approx(whiteness, abs=0.07)


@pytest.mark.parametrize("inside", [GUMS, DARK])
def test_a_mouth_that_shows_no_teeth(inside):
    assert colours.teeth(mouth(inside, (1, 1, 1)), MOUTH, (1, 1, 1)) == {}


def test_closed_lips_show_none():
    closed = np.array([(10, 20), (30, 20), (50, 20), (30, 20)], float)
    assert colours.teeth(mouth(GUMS, (1, 1, 1)), closed, (1, 1, 1)) == {}
