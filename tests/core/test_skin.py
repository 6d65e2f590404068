"""Skin: parameters, the colour of pigments, and what the painted textures show where."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detailed3dmm_addon.core import skin, skin_paint
from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.errors import ParameterError
from detailed3dmm_addon.core.skin_canvas import BACK, FACE, canvas, landmarks_uv
from detailed3dmm_addon.core.skin_optics import hair_colour, skin_colour

SIZE = 512


def paint(material=FACE, age=35, size=SIZE, **changes):
    return skin_paint.paint(skin.complete(changes, age), age, material, size)


def around(image, uv, reach=0.012):
    """Mean of the texels within `reach` of a texture point."""
    x, y, r = (int(value * len(image)) for value in (uv[0], 1 - uv[1], reach))
    return image[y - r:y + r + 1, x - r:x + r + 1].mean((0, 1))


def brightness(colour):
    return colour @ np.array([0.2126, 0.7152, 0.0722])


# Parameters


@given(st.integers(0, 2**31), st.floats(18, 90))
@settings(max_examples=30, deadline=None)
def test_random_appearances_are_valid_and_repeat(seed, age):
    look = skin.random(seed, age)
    assert look == skin.random(seed, age) == skin.complete(look, age)


def test_what_is_not_said_is_usual_for_the_age():
    look = skin.complete({"melanin": 0.9}, 80)
    assert look["melanin"] == 0.9
    assert {name: value for name, value in look.items() if name not in ("melanin", skin.SEED)} == {
        name: value for name, value in skin.usual(80).items() if name != "melanin"}


@given(st.floats(18, 90))
def test_usual_values_lie_in_their_ranges(age):
    for name, value in skin.usual(age).items():
        assert skin.BY_NAME[name].minimum <= value <= skin.BY_NAME[name].maximum


def test_hair_greys_with_age():
    grey = [skin.usual(age)["grey"] for age in (20, 50, 65, 90)]
    assert grey[0] == 0 and grey == sorted(grey) and grey[-1] > 0.8


@pytest.mark.parametrize("wrong, word", [
    ({"melanine": 0.5}, "melanin"), ({"oil": 1.5}, "oil"), ({"oil": float("nan")}, "oil"), ({"oil": "shiny"}, "oil"),
    ({"oil": True}, "oil"), ({"seed": -1}, "seed"), ({"seed": 0.5}, "seed")])
def test_wrong_values_are_refused_by_name(wrong, word):
    with pytest.raises(ParameterError, match=word):
        skin.complete(wrong)


# Pigments


@given(st.floats(0, 0.95), st.floats(0, 1))
def test_melanin_darkens(melanin, blood):
    assert brightness(skin_colour(melanin + 0.05, blood)) < brightness(skin_colour(melanin, blood))


@given(st.floats(0, 0.8), st.floats(0, 0.95))
def test_blood_reddens(melanin, blood):
    less, more = skin_colour(melanin, blood), skin_colour(melanin, blood + 0.05)
    assert more[0] / more[1] > less[0] / less[1]


@given(st.floats(-1, 2), st.floats(-1, 2))
def test_skin_is_a_colour_with_the_hue_of_skin(melanin, blood):
    red, green, blue = skin_colour(melanin, blood)
    assert 1 > red > green > 0 and red > blue > 0


# The middle of the tone, sRGB, of steps of the Monk skin tone scale, and how near the pigments can come.
@pytest.mark.parametrize("tone", [(0xD7, 0xBD, 0x96), (0xA0, 0x7E, 0x56), (0x82, 0x5C, 0x43), (0x60, 0x41, 0x34)])
def test_pigments_reach_measured_tones(tone):
    melanin, blood = np.meshgrid(np.linspace(0, 1, 60), np.linspace(0, 1, 60))
    reached = skin_paint.encode(skin_colour(melanin, blood))
    assert np.abs(reached - np.array(tone) / 255).max(-1).min() < 0.17


@pytest.mark.parametrize("melanin", [0.0, 0.2, 0.4, 0.6])
def test_usual_skin_is_yellower_than_it_is_red(melanin):
    """In CIELAB, as skin of all peoples is: K. Xiao et al., Skin Research and Technology 23 (2017)."""
    cv2 = pytest.importorskip("cv2")
    colour = skin_paint.encode(skin_colour(melanin, 0.45)).reshape(1, 1, 3).astype(np.float32)
    _lightness, red, yellow = cv2.cvtColor(colour, cv2.COLOR_RGB2Lab)[0, 0]
    assert 8 < red < yellow < 25


def test_hair_runs_from_blond_to_black():
    tones = [brightness(hair_colour(darkness, 0.2)) for darkness in np.linspace(0, 1, 6)]
    assert tones == sorted(tones, reverse=True) and tones[0] > 0.25 and tones[-1] < 0.02


# Paint


def test_equal_looks_are_painted_equal_and_seeds_differ():
    first, again, other = paint(seed=3), paint(seed=3), paint(seed=4)
    np.testing.assert_array_equal(first.colour, again.colour)
    np.testing.assert_array_equal(first.surface, again.surface)
    assert np.abs(first.colour - other.colour).max() > 0.05


@pytest.mark.parametrize("material", [FACE, BACK])
def test_textures_stay_in_range(material):
    made = paint(material, age=80, spots=1, freckles=1, stubble=1, scalp=1, lip_tone=1, oil=1, unevenness=1)
    for image in (made.colour, made.surface):
        assert image.shape == (SIZE, SIZE, 3) and image.dtype == np.float32
        assert np.isfinite(image).all() and image.min() >= 0 and image.max() <= 1


def test_brows_lie_on_the_brows():
    made, uv = paint(hair_melanin=1.0, brow_density=1.0), landmarks_uv()
    for brow, forehead in ((19, 0.09), (24, 0.09)):
        place = uv[brow] - (0, 0.008)
        assert around(made.surface, place)[1] > 0.25
        assert around(made.surface, place + (0, forehead))[1] < 0.05
        assert brightness(around(made.colour, place)) < 0.7 * brightness(around(made.colour, place + (0, forehead)))


def test_denser_brows_cover_more():
    thin, dense = (paint(brow_density=density, scalp=0).surface[..., 1].sum() for density in (0.1, 1.0))
    assert dense > 1.5 * thin


def test_lips_are_red_and_their_tone_is_a_parameter():
    uv = landmarks_uv()
    lip, chin = (uv[51] + uv[62]) / 2, uv[57] - (0, 0.09)

    def redness(made, place):
        colour = around(made.colour, place)
        return colour[0] / colour[1]
    bare, painted = paint(lip_tone=0.1), paint(lip_tone=1.0)
    assert redness(painted, lip) > redness(bare, lip) > redness(bare, chin)
    assert redness(painted, chin) == pytest.approx(redness(bare, chin), rel=0.01)


def test_scalp_hair_is_on_the_scalp():
    back = canvas(BACK, SIZE)
    crown, shoulders = back.mask & (back.position[..., 2] > 110), back.mask & (back.position[..., 2] < -120)
    cropped = paint(BACK, scalp=1.0).surface[..., 1]
    assert cropped[crown].mean() > 0.6 and cropped[shoulders].mean() < 0.01
    assert paint(BACK, scalp=0.0).surface[..., 1].max() == 0


def test_a_beard_darkens_the_chin_and_leaves_the_forehead():
    uv = landmarks_uv()
    shaved, grown = (paint(stubble=amount, hair_melanin=1.0).colour for amount in (0.0, 1.0))
    chin, forehead = uv[8] + (0, 0.03), uv[27] + (0, 0.16)
    assert brightness(around(grown, chin)) < 0.8 * brightness(around(shaved, chin))
    np.testing.assert_allclose(around(grown, forehead), around(shaved, forehead), rtol=1e-3)


def test_face_and_head_meet_without_a_seam():
    plain = {"scalp": 0.0, "spots": 0.0, "freckles": 0.0}
    topology = BaseModel.load().topology
    places = {}
    for material in (FACE, BACK):
        chosen = topology.face_material == topology.materials.index(material)
        corners, uv = topology.faces[chosen].ravel(), topology.faces_uv[chosen].ravel()
        places[material] = dict(zip(corners[corners >= 0], uv[corners >= 0], strict=True))
    # Without the lips, whose inside shows no seam.
    shared = [vertex for vertex in set(places[FACE]) & set(places[BACK]) if BaseModel.load().mean[vertex][1] > -0.03]
    tones = []
    for material in (FACE, BACK):
        uv = topology.uv[[places[material][vertex] for vertex in shared]] % 1.0
        x, y = (uv[:, 0] * SIZE).astype(int), ((1 - uv[:, 1]) * SIZE).astype(int)
        tones.append(paint(material, **plain).colour[y, x])
    assert len(shared) > 100
    assert np.abs(tones[0] - tones[1]).mean() < 0.02


def test_directions_on_the_head_become_directions_in_texture_space():
    tile, uv = canvas(FACE, 256), landmarks_uv()[[8, 19, 24, 30]]
    step = tile.to_uv(uv, tile.sample(tile.along_u, uv) * 0.01 + tile.sample(tile.along_v, uv) * 0.02)
    np.testing.assert_allclose(step, np.tile([0.01, 0.02], (4, 1)), rtol=0.02)
