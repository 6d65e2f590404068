"""Brows, eyes, blinks and head: what an animator would keep, whatever the recording, the frame rate and the seed."""
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detailed3dmm_addon.speech.gestures import gestures
from detailed3dmm_addon.speech.prosody import Prosody

relaxed = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
seeds = st.integers(0, 2**31 - 1)
rates = st.sampled_from([24, 25, 29.97, 30, 48, 50, 60, 120])


def taken(prosody, fps=30, seed=0, **amounts):
    return gestures(prosody, int(prosody.duration * fps) + 1, fps, seed, **amounts)


def share_above(curve, fps, hertz):
    """Share of a curve's power, its mean left out, above a frequency."""
    power = np.abs(np.fft.rfft((curve - curve.mean()) * np.hanning(len(curve)))) ** 2
    return power[np.fft.rfftfreq(len(curve), 1 / fps) > hertz].sum() / max(power.sum(), 1e-12)


def widths(curve, fps):
    """Seconds that each blink is more than half closed."""
    closed = np.diff(np.concatenate([[0], curve > 0.5, [0]]).astype(int))
    return (np.flatnonzero(closed < 0) - np.flatnonzero(closed > 0)) / fps


@relaxed
@given(seeds, rates, st.floats(1, 40))
def test_a_seed_is_a_take(make_prosody, seed, fps, duration):
    prosody = make_prosody(duration)
    first, again = taken(prosody, fps, seed), taken(prosody, fps, seed)
    np.testing.assert_array_equal(first.head, again.head)
    np.testing.assert_array_equal(first.blinks, again.blinks)
    for name, curve in first.expressions.items():
        np.testing.assert_array_equal(curve, again.expressions[name])


def test_another_seed_and_another_recording_are_other_takes(make_prosody):
    first, other, longer = taken(make_prosody(20)), taken(make_prosody(20), seed=1), taken(make_prosody(20.1))
    assert np.abs(first.head - other.head).max() > np.radians(1)
    assert np.abs(first.head - longer.head[:len(first.head)]).max() > np.radians(1)
    assert first.blinks.tolist() != other.blinks.tolist()


@relaxed
@given(seeds, rates, st.booleans())
def test_blinks_in_a_minute(make_prosody, seed, fps, speaking):
    silence = Prosody((), (), 120.0, np.zeros(12000, np.float32))
    take = taken(make_prosody(120, seed) if speaking else silence, fps, seed)
    assert 12 <= len(take.blinks) / 2 <= 26


@relaxed
@given(seeds, rates)
def test_each_blink_closes_wholly_and_lasts_as_long_as_a_blink(make_prosody, seed, fps):
    take = taken(make_prosody(30, seed), fps, seed)
    lids = take.expressions["eyeBlink_L"]
    np.testing.assert_array_equal(lids, take.expressions["eyeBlink_R"])
    assert lids[take.blinks] == pytest.approx(1)
    assert 0.075 <= np.median(widths(lids, fps)) <= 0.15
    assert (np.diff(take.blinks) / fps > 0.8).all()
    assert lids[0] == lids[-1] == 0


def test_blinks_fall_on_pauses_and_accents(make_prosody):
    prosody = make_prosody(300)
    occasions = np.array([phrase.end + 0.06 for phrase in prosody.phrases] +
                         [accent.time + 0.1 for accent in prosody.accents])
    times = taken(prosody, 60).blinks / 60
    near = np.abs(times[:, None] - occasions).min(1) < 0.1
    by_chance = np.abs(np.arange(0, 300, 0.01)[:, None] - occasions).min(1) < 0.1
    assert near.mean() > 0.6 > 1.5 * by_chance.mean()


@relaxed
@given(seeds, st.sampled_from([30, 60]))
def test_nothing_jitters_or_leaves_its_range(make_prosody, seed, fps):
    take = taken(make_prosody(30, seed), fps, seed)
    assert np.abs(np.degrees(take.head)).max() < 14
    speed = np.abs(np.diff(np.degrees(take.head), axis=0)).max() * fps
    assert speed < 60  # degrees a second; a brisk nod
    for axis in range(3):
        assert share_above(take.head[:, axis], fps, 5) < 0.01
    for name, curve in take.expressions.items():
        assert 0 <= curve.min() <= curve.max() <= 1, name
        if name.startswith("brow"):
            assert share_above(curve, fps, 6) < 0.02, name


@relaxed
@given(seeds)
def test_the_same_take_at_another_rate(make_prosody, seed):
    prosody = make_prosody(12, seed)
    slow, fast = taken(prosody, 30, seed), taken(prosody, 60, seed)
    np.testing.assert_allclose(slow.head, fast.head[::2][:len(slow.head)], atol=1e-9)
    np.testing.assert_allclose(slow.expressions["browInnerUp_L"], fast.expressions["browInnerUp_L"][::2], atol=1e-9)
    assert np.abs(slow.blinks / 30 - fast.blinks / 60).max(initial=0) <= 1 / 30


@relaxed
@given(seeds)
def test_zero_amounts_are_still(make_prosody, seed):
    take = taken(make_prosody(20, seed), seed=seed, brows=0, eyes=0, lids=0, head=0)
    assert not take.head.any()
    assert not take.blinks.size
    assert not any(curve.any() for curve in take.expressions.values())


def test_one_kind_of_gesture_off_leaves_the_others(make_prosody):
    prosody = make_prosody(20)
    whole, without = taken(prosody), taken(prosody, head=0, lids=0)
    np.testing.assert_array_equal(whole.expressions["browInnerUp_L"], without.expressions["browInnerUp_L"])
    assert not without.blinks.size
    assert not without.head.any()


def test_head_is_alive_in_speech_and_calmer_in_silence(make_prosody):
    speaking = taken(make_prosody(120)).head
    silent = taken(Prosody((), (), 120.0, np.zeros(12000, np.float32))).head
    speeds = [np.degrees(np.abs(np.diff(head, axis=0)).mean() * 30) for head in (speaking, silent)]
    assert speeds[0] > 2 * speeds[1] > 0.2


def test_eyes_stay_on_the_camera_while_the_head_moves(make_prosody):
    take = taken(make_prosody(120))
    look = {name: take.expressions[f"eyeLook{name}_L"] for name in ("Out", "In", "Down", "Up")}
    yaw = 30 * (look["Out"] - look["In"]) + np.degrees(take.head[:, 1])
    pitch = 26 * look["Down"] - 22 * look["Up"] + np.degrees(take.head[:, 0])
    assert np.median(np.hypot(yaw, pitch)) < 2
    assert (np.hypot(yaw, pitch) < 10).all()


def test_nods_follow_accents(make_prosody):
    prosody = make_prosody(300)
    pitch = np.degrees(taken(prosody, 60).head[:, 0])
    at = (np.array([accent.time for accent in prosody.accents if 1 < accent.time < 299]) * 60).astype(int)
    dips = pitch[at + 3] - pitch[at - 15]
    assert dips.mean() > 0.3


def test_no_time_at_all():
    take = taken(Prosody((), (), 0.1, np.zeros(10, np.float32)))
    assert len(take.head) == 4
    assert not take.blinks.size
