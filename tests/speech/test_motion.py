"""The shapes of movement: where they begin and end, and that they say the same at every frame rate."""
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detailed3dmm_addon.speech.motion import Move, add_bump, drift, ease, glide


def test_ease_goes_from_rest_to_rest():
    assert ease(np.array([-1, 0, 0.5, 1, 2])).tolist() == [0, 0, 0.5, 1, 1]
    slope = np.gradient(ease(np.linspace(0, 1, 1001)), 1e-3)
    assert slope[[0, -1]].max() < 0.01
    assert slope.min() >= 0


@settings(deadline=None)
@given(st.floats(-2, 6), st.floats(0.05, 1), st.floats(0, 1), st.floats(0.05, 1), st.sampled_from([24, 30, 100]))
def test_bump_stays_where_it_is_put(peak, rise, hold, fall, fps):
    curve = np.zeros(4 * fps)
    add_bump(curve, fps, peak, 0.5, rise, hold, fall)
    times = np.arange(len(curve)) / fps
    assert not curve[(times < peak - rise - 1e-9) | (times > peak + hold + fall + 1e-9)].any()
    np.testing.assert_allclose(curve[(times > peak + 1e-9) & (times < peak + hold - 1e-9)], 0.5)
    assert curve.max(initial=0) <= 0.5 + 1e-12


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0.1, 1), st.floats(0.05, 1), st.floats(-1, 1)), max_size=6))
def test_glide_arrives_at_every_value(steps):
    moves, time = [], 0.0
    for pause, duration, value in steps:
        moves.append(Move(time + pause, duration, value))
        time += pause + duration
    fps = 50
    curve = glide(moves, int(time * fps) + 20, fps)
    for move in moves:
        arrived = int(np.ceil((move.time + move.duration) * fps - 1e-9))
        following = [later.time for later in moves if later.time > move.time]
        if not following or arrived / fps <= following[0]:
            assert abs(curve[arrived] - move.value) < 1e-9
    assert np.abs(curve).max() <= 1


def test_glide_of_vectors_and_of_nothing():
    curve = glide([Move(0, 1, (1.0, -1.0))], 5, 1, rest=(0.0, 0.0))
    np.testing.assert_allclose(curve, [[0, 0], [1, -1], [1, -1], [1, -1], [1, -1]])
    assert glide([], 3, 30, (0.0, 0.0)).shape == (3, 2)


def test_drift_is_slow_and_of_the_size_it_says():
    curves = np.array([drift(np.random.default_rng(seed), 30000, 100, (2, 8)) for seed in range(20)])
    assert abs(np.sqrt(np.mean(curves**2)) - 1) < 0.05
    power = np.abs(np.fft.rfft(curves * np.hanning(30000))) ** 2
    frequencies = np.fft.rfftfreq(30000, 0.01)
    assert power[:, frequencies > 0.52].sum() / power.sum() < 1e-3
