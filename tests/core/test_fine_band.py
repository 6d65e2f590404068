"""The fine band: laws that skin relief and its steering by strain obey."""

from functools import lru_cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detailed3dmm_addon.core.errors import ParameterError
from detailed3dmm_addon.core.fine_band import DEEPEST, SQUARE, FineBand, _blurred, _deposited, _steered
from detailed3dmm_addon.core.fine_chart import GRID, chart
from detailed3dmm_addon.core.fine_marks import NARROW, WIDE, Furrows
from detailed3dmm_addon.core.fine_regions import regions
from detailed3dmm_addon.core.skin_canvas import FACE, canvas, landmarks_uv

PERSON = np.random.default_rng(1).standard_normal(24)
AGE = 40
R = 2048
FOREHEAD, CHEEK = (0.50, 0.88), (0.30, 0.55)


@lru_cache(maxsize=1)
def band():
    return FineBand()


def rest(person=PERSON, age=AGE, resolution=R):
    return band().height(None, person, age, resolution)


def uniform(lateral=0.0, shear=0.0, vertical=0.0):
    return np.broadcast_to(np.float32([lateral, shear, vertical]), (64, 64, 3))


def patch(height, place, mm=24):
    """A square cut out of a map around a texture point (u, v)."""
    column, row = int(place[0] * len(height)), int((1 - place[1]) * len(height))
    half = int(mm / 2 * len(height) / SQUARE)
    return height[row - half : row + half, column - half : column + half]


def slopes(height, down, right):
    """Root mean square of differences between texels some steps apart."""
    n = len(height)
    a = height[max(down, 0) : n + min(down, 0), max(right, 0) : n + min(right, 0)]
    b = height[max(-down, 0) : n + min(-down, 0), max(-right, 0) : n + min(-right, 0)]
    return float(np.sqrt(np.mean((a - b) ** 2)))


def correlation(a, b):
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def pooled(height, size):
    return cv2.resize(height, (size, size), interpolation=cv2.INTER_AREA)


def test_the_same_person_has_the_same_skin():
    np.testing.assert_array_equal(rest(), FineBand().height(None, PERSON, AGE, R))


def test_a_map_handed_out_is_the_callers():
    first = rest()
    first[:] = 1
    assert np.abs(rest()).max() <= DEEPEST


def test_map_vanishes_at_the_rims_of_tile_lids_and_lips():
    height = rest()
    off = cv2.erode((~canvas(FACE, 256).mask).astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1)
    off = cv2.resize(off, (R, R), interpolation=cv2.INTER_NEAREST) > 0
    off[[0, -1]] = off[:, [0, -1]] = True
    assert off.mean() > 0.01
    assert not height[off].any()
    uv = landmarks_uv()
    for slit in (uv[36:42].mean(0), uv[42:48].mean(0), uv[60:68].mean(0)):
        assert not patch(height, slit, 1).any()


def test_relief_has_the_size_of_skin_and_no_mean():
    for place in (FOREHEAD, CHEEK):
        height = patch(rest(), place)
        assert 0.004 < height.std() < 0.03
        assert abs(height.mean()) < 0.001
    low = pooled(rest(), 64)[8:-8, 8:-8]  # 4.5 mm a texel
    assert np.abs(low).max() < 0.004


def test_no_strain_is_the_relaxed_map():
    np.testing.assert_array_equal(rest(), band().height(uniform(), PERSON, AGE, R))


@pytest.mark.parametrize(
    ("component", "step"), [("lateral", (0, 1)), ("vertical", (1, 0))], ids=["lateral", "vertical"]
)
def test_compression_sharpens_and_stretch_blurs_along_its_axis(component, step):
    strains = (-0.5, -0.2, -0.05, 0.0, 0.05, 0.2, 0.5)
    maps = [band().height(uniform(**{component: s}), PERSON, AGE, R) for s in strains]
    along = [slopes(patch(m, CHEEK), *step) for m in maps]
    across = [slopes(patch(m, CHEEK), *step[::-1]) for m in maps]
    assert np.all(np.diff(along) < 0)
    assert along[0] > 1.25 * along[3] > 1.25 * 1.15 * along[-1]
    assert abs(np.log(across[0] / across[-1])) < 0.75 * np.log(along[0] / along[-1])


@pytest.mark.parametrize("degrees", [0, 30, 45, 90, 135])
@pytest.mark.parametrize("strain", [-0.3, 0.3])
def test_waves_along_the_strain_change_and_waves_across_it_do_not(degrees, strain):
    angle, wave = np.radians(degrees), 2 * np.pi / 1.4  # 1.4 mm
    along = np.array([np.cos(angle), np.sin(angle)])  # to the right, down
    right, down = np.meshgrid(np.arange(R), np.arange(R)) * np.array(SQUARE / R)
    tensor = uniform(strain * along[0] ** 2, strain * along[0] * along[1], strain * along[1] ** 2)

    def gain(direction):
        waves = (0.01 * np.sin(wave * (direction[0] * right + direction[1] * down))).astype(np.float32)
        return _steered(waves, tensor)[64:-64, 64:-64].std() / waves[64:-64, 64:-64].std()

    assert gain(along[::-1] * (-1, 1)) == pytest.approx(1, abs=0.02)
    if strain < 0:
        assert gain(along) > 1.1
    else:
        assert gain(along) < 0.9


def test_steering_is_smooth_in_the_strain():
    for strain in (-0.3, 0.0, 0.3):
        a, b = (band().height(uniform(lateral=strain + d), PERSON, AGE, R) for d in (-5e-4, 5e-4))
        assert np.abs(a - b).max() < 0.002


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 80), st.floats(0, 0.6))
def test_any_strain_gives_a_finite_bounded_map(seed, grid, size):
    strain = np.random.default_rng(seed).uniform(-size, size, (grid, grid, 3))
    height = band().height(strain, PERSON, AGE, 512)
    assert np.isfinite(height).all()
    assert np.abs(height).max() <= DEEPEST < 0.2


def test_unstrained_parts_stay_as_they_are():
    strain = np.zeros((64, 64, 3), np.float32)
    strain[40:, :, 0] = -0.3
    moved = band().height(strain, PERSON, AGE, R)
    np.testing.assert_array_equal(moved[: R // 2], rest()[: R // 2])
    assert np.abs(moved - rest())[-R // 4 :].max() > 0.005


def test_persons_differ_and_neighbours_agree():
    other = np.random.default_rng(2).standard_normal(24)
    near = PERSON + 0.003 * other
    assert abs(correlation(rest(), rest(other))) < 0.15
    assert correlation(rest(), rest(near)) > 0.95


def test_lines_deepen_with_age_and_run_along_the_tension():
    maps = {age: patch(rest(age=age), FOREHEAD) for age in (20, 45, 80)}
    contrast = [m.std() for m in maps.values()]
    assert contrast[0] < contrast[1] < contrast[2]
    level = {age: slopes(m, 1, 0) / slopes(m, 0, 1) for age, m in maps.items()}  # a forehead's lines are level
    assert level[80] > 1.15 * level[20]


def test_age_has_no_steps():
    assert correlation(rest(age=50), rest(age=50.5)) > 0.995


def test_lips_have_upright_grooves():
    uv = landmarks_uv()
    lip = patch(rest(), 0.5 * (uv[57] + uv[66]), 7)
    assert slopes(lip, 0, 2) > 2 * slopes(lip, 2, 0)


def test_pores_gather_on_the_nose():
    uv = landmarks_uv()
    fields = regions()
    places = np.stack([uv[30] + (0.02, 0.01), uv[37] + (0, 0.015), uv[57]]) * (1, -1) + (0, 1)
    nose, lid, lip = fields.at("pores", places)
    assert nose > 0.75
    assert max(lid, lip) < 0.3
    assert fields.at("pore_width", places)[0] > 0.25  # mm: Flament et al. 2015, what a viewer calls a pore


def test_resolutions_agree():
    fine, coarse = rest(resolution=4096), rest(resolution=2048)
    assert correlation(pooled(fine, 2048), coarse) > 0.97
    assert fine.std() > coarse.std()


@pytest.mark.parametrize("sigma", [NARROW, WIDE])
@pytest.mark.parametrize("direction", [(1, 0), (0, 1), (0.6, 0.8)])
def test_a_furrow_is_as_deep_as_it_says(sigma, direction):
    direction = np.float32(direction) * 0.01
    middle = np.float32([[0.5013, 0.4987]])
    furrow = Furrows(middle - direction, middle + direction, np.full((1, 2), 0.05, np.float32), np.ones(1, np.float32))
    drawn = _blurred(_deposited([furrow], 4096, sigma, lambda wide: wide), sigma)
    around = cv2.getRectSubPix(drawn, (9, 9), (0.5013 * 4096 - 0.5, 0.4987 * 4096 - 0.5))
    assert around.max() == pytest.approx(0.05, rel=0.06)


def test_chart_keeps_the_skins_lengths():
    face = canvas(FACE, 256)
    position = face.position[::2, ::2].astype(np.float64)
    mask = face.mask.reshape(GRID, 2, GRID, 2).all((1, 3))
    for axis in (0, 1):
        on_skin = np.linalg.norm(np.diff(position, axis=axis), axis=-1)
        on_chart = np.linalg.norm(np.diff(chart().xy, axis=axis), axis=-1)
        inside = np.minimum(
            *np.split(np.stack([mask.take(range(GRID - 1), axis), mask.take(range(1, GRID), axis)]), 2)
        )[0]
        ratio = (on_chart / np.maximum(on_skin, 1e-6))[inside]
        assert 0.9 < np.median(ratio) < 1.15
        assert np.mean((ratio > 0.7) & (ratio < 1.4)) > 0.9


def test_chart_finds_its_way_back():
    points = np.random.default_rng(0).uniform(0.55, 0.95, (500, 2)) * (1, 0.4)  # forehead and temple
    np.testing.assert_allclose(chart().to_uv(chart().of_uv(points)), points, atol=2e-3)


@pytest.mark.parametrize("strain", [np.zeros((4, 4)) + 1, np.full((4, 4, 3), np.nan), np.ones((4, 5, 3))])
def test_a_wrong_strain_is_named(strain):
    with pytest.raises(ParameterError, match="strain"):
        band().height(strain, PERSON, AGE, 512)


def test_a_wrong_person_code_is_named():
    with pytest.raises(ParameterError, match="person"):
        band().height(None, np.zeros(7), AGE, 512)
