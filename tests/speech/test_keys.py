"""Key reduction: within the stated error at every frame, and far fewer keys than frames."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from detailed3dmm_addon.core.errors import ParameterError
from detailed3dmm_addon.speech.keys import Keys, reduced

curves = arrays(np.float32, st.integers(1, 80), elements=st.floats(0, 1, width=32))


@settings(deadline=None)
@given(curves, st.sampled_from([0.0, 0.001, 0.01, 0.1]))
def test_every_frame_stays_within_the_error(values, tolerance):
    keys = reduced(values, tolerance)
    assert np.abs(keys.at(np.arange(len(values))) - values).max() <= tolerance + 1e-12
    assert (np.diff(keys.frames) > 0).all()
    assert keys.frames[0] == 0
    assert len(keys) == 1 or keys.frames[-1] == len(values) - 1


@settings(deadline=None)
@given(curves)
def test_reducing_again_changes_nothing_at_the_keys(values):
    keys = reduced(values)
    np.testing.assert_array_equal(keys.values, values[keys.frames].astype(float))
    np.testing.assert_allclose(keys.at(keys.frames), keys.values, atol=1e-12)


def test_smooth_motion_takes_few_keys():
    frames = np.arange(600)
    values = 0.3 + 0.2 * np.sin(frames / 14) + 0.1 * np.sin(frames / 37)
    keys = reduced(values)
    assert len(keys) < 100
    between = np.linspace(0, 599, 5000)
    exact = 0.3 + 0.2 * np.sin(between / 14) + 0.1 * np.sin(between / 37)
    assert np.abs(keys.at(between) - exact).max() < 0.015


def test_no_overshoot_beyond_what_was_sampled():
    values = np.zeros(40)
    values[15:25] = 1
    between = reduced(values).at(np.linspace(0, 39, 2000))
    assert between.min() >= -0.01
    assert between.max() <= 1.01


def test_still_curve_has_one_key():
    assert len(reduced(np.full(1000, 0.25))) == 1
    assert reduced([0.5]).at([0, 7]).tolist() == [0.5, 0.5]


def test_a_cubic_is_the_bezier_with_handles_at_thirds():
    keys = Keys(np.array([0, 10]), np.array([0.2, 0.9]), np.array([0.03, -0.05]))
    control = np.array([0.2, 0.2 + 0.03 * 10 / 3, 0.9 + 0.05 * 10 / 3, 0.9])
    u = np.linspace(0, 1, 11)[:, None]
    weights = np.hstack([(1 - u) ** 3, 3 * u * (1 - u) ** 2, 3 * u**2 * (1 - u), u**3])
    np.testing.assert_allclose(keys.at(np.arange(11)), weights @ control, atol=1e-12)


@pytest.mark.parametrize("values", [[], [[0, 1]], [0, np.nan], [np.inf]])
def test_no_curve(values):
    with pytest.raises(ParameterError, match="finite"):
        reduced(values)


@pytest.mark.parametrize("tolerance", [-1, np.nan])
def test_no_error(tolerance):
    with pytest.raises(ParameterError, match="error"):
        reduced([0, 1], tolerance)
