"""The coarse strain: laws of Green strain that hold for any surface."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detailed3dmm_addon.core.strain import STRAIN_LIMIT, grid_strain

SIZE = 12


def bumpy_grid(seed):
    """A curved sheet of points (SIZE, SIZE, 3), metres."""
    rng = np.random.default_rng(seed)
    u, t = np.meshgrid(np.linspace(0, 0.1, SIZE), np.linspace(0, 0.12, SIZE))
    height = 0.01 * np.sin(30 * u + rng.uniform(0, 6)) * np.cos(25 * t + rng.uniform(0, 6))
    return np.stack([u + 0.1 * t, height, -t], -1)


def rotation(axis, angle):
    axis = np.asarray(axis, float) / np.linalg.norm(axis)
    k = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k


@given(st.integers(0, 999), st.floats(-3, 3), st.tuples(*[st.floats(-1, 1)] * 3))
def test_rigid_motion_does_not_strain(seed, angle, shift):
    grid = bumpy_grid(seed)
    moved = grid @ rotation((1, 2, 3), angle).T + shift
    np.testing.assert_allclose(grid_strain(grid, moved), 0, atol=1e-6)


@given(st.integers(0, 999), st.floats(0.7, 1.3))
def test_uniform_scale_strains_alike_in_all_directions(seed, scale):
    strain = grid_strain(bumpy_grid(seed), scale * bumpy_grid(seed))
    expected = 0.5 * (scale**2 - 1)
    np.testing.assert_allclose(strain[..., [0, 2]], expected, atol=1e-6)
    np.testing.assert_allclose(strain[..., 1], 0, atol=1e-6)


@given(st.floats(0.5, 0.95))
def test_lateral_compression_shows_in_the_lateral_component(share):
    u, t = np.meshgrid(np.linspace(0, 0.1, SIZE), np.linspace(0, 0.1, SIZE))
    flat = np.stack([u, 0 * u, -t], -1)
    strain = grid_strain(flat, flat * [share, 1, 1])
    np.testing.assert_allclose(strain[..., 0], 0.5 * (share**2 - 1), atol=1e-6)
    np.testing.assert_allclose(strain[..., 1:], 0, atol=1e-6)


def test_collapsed_texels_stay_finite_and_limited():
    grid = bumpy_grid(1)
    grid[3:6, 3:6] = grid[3, 3]
    strain = grid_strain(grid, 5 * bumpy_grid(2))
    assert np.isfinite(strain).all()
    assert np.abs(strain).max() <= STRAIN_LIMIT
