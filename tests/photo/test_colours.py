"""Colours of teeth and lips in drawn mouths, in white and in coloured light."""
import numpy as np
import pytest

from detailed3dmm_addon.core.skin_optics import enamel, skin_colour
from detailed3dmm_addon.core.skin_paint import lip_colour
from detailed3dmm_addon.photo import colours
from detailed3dmm_addon.photo.skin_tone import Tone

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


OUTER, INNER = (np.array([30.0, 20.0]) + half * np.array([(-1, 0), (0, -1), (1, 0), (0, 1)])
                for half in ((22, 11), (14, 3)))


def lips(tone, red, white):
    """(40, 60, 3) linear: lips of this colour, dark between them, in skin of this tone."""
    y, x = np.mgrid[:40, :60]
    picture = np.broadcast_to(tone.colour, (40, 60, 3)).copy()
    for outline, colour in ((OUTER, red), (INNER, DARK)):
        width, height = np.ptp(outline, axis=0) / 2
        picture[np.abs(x - 30) / width + np.abs(y - 20) / height <= 1] = colour
    return picture * white


@pytest.mark.parametrize("white", [(0.9, 0.9, 0.9), (1.1, 0.9, 0.6)])
@pytest.mark.parametrize("melanin", [0.1, 0.4, 0.7])
@pytest.mark.parametrize("redness", [0.1, 0.5, 0.9])
def test_how_red_the_lips_are(redness, melanin, white):
    tone = Tone(melanin, 0.45)
    picture = lips(tone, lip_colour(melanin, 0.45, redness), white)
    assert colours.lips(picture, OUTER, INNER, tone)["lip_tone"] == pytest.approx(redness, abs=0.05)


@pytest.mark.parametrize("seen", [(0.2, 0.25, 0.3), (0.05, 0.05, 0.05)], ids=["a mask", "a grey photo"])
def test_lips_that_cannot_be_seen(seen):
    assert colours.lips(lips(Tone(0.3, 0.45), seen, (1, 1, 1)), OUTER, INNER, Tone(0.3, 0.45)) == {}


def test_lips_of_a_few_pixels_say_nothing():
    picture = lips(Tone(0.3, 0.45), skin_colour(0.3, 1.0), (1, 1, 1))
    small = np.array([30.0, 20.0])
    assert colours.lips(picture, small + 0.05 * (OUTER - small), small + 0.05 * (INNER - small), Tone(0.3, 0.45)) == {}
