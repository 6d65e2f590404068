"""Loudness and pitch of sounds made to measure, and the phrases and accents found in them."""
import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detailed3dmm_addon.core.steps import finished
from detailed3dmm_addon.speech.audio import RATE, open_audio
from detailed3dmm_addon.speech.phones import TimedPhone
from detailed3dmm_addon.speech.prosody import contours, prosody


def voice(hertz, level=1.0):
    """Samples of a buzz like a voice's: hertz (N,) of the fundamental; level, a factor or (N,) of them."""
    phase = np.cumsum(np.broadcast_to(hertz, np.shape(hertz)) / RATE)
    return 0.1 * level * sum(np.sin(2 * np.pi * k * phase) / k for k in range(1, 9))


def heard(tmp_path, samples):
    soundfile.write(tmp_path / "a.wav", samples, RATE, subtype="FLOAT")
    return finished(contours(open_audio(tmp_path / "a.wav")))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(80, 320), st.floats(-9, 9))
def test_pitch_of_a_glide(tmp_path, hertz, semitones):
    course = hertz * 2 ** (np.linspace(0, semitones, 2 * RATE) / 12)
    found = heard(tmp_path, voice(np.clip(course, 65, 480)))
    assert found.voiced[10:-10].mean() > 0.95
    expected = 12 * np.log2(np.clip(course, 65, 480)[::160] / hertz)
    inside = slice(15, -15)
    away = (found.pitch - np.median(found.pitch))[inside] - (expected - np.median(expected))[inside]
    assert np.abs(away).max() < 0.5


def test_pitch_survives_noise(tmp_path):
    noise = np.random.default_rng(1).standard_normal(2 * RATE)
    samples = voice(np.full(2 * RATE, 150.0))
    samples += noise * samples.std() * 10 ** (-10 / 20)
    found = heard(tmp_path, samples)
    assert found.voiced.mean() > 0.8
    assert np.abs(found.pitch).max() < 1


def test_noise_and_silence_are_not_voiced(tmp_path):
    noise = 0.05 * np.random.default_rng(1).standard_normal(2 * RATE)
    for samples in (noise, np.zeros(2 * RATE)):
        found = heard(tmp_path, samples)
        assert found.voiced.mean() < 0.02
        assert np.isfinite(found.pitch).all()


def test_loudness_in_decibels(tmp_path):
    samples = np.repeat([0.5, 0.05, 0.0], RATE) * np.tile([1, -1], 3 * RATE // 2)
    found = heard(tmp_path, samples)
    assert len(found.loudness) == 300
    np.testing.assert_allclose(found.loudness[[50, 150, 250]], [-6.02, -26.02, -100], atol=0.01)


@pytest.mark.parametrize("count", [1600, 1601, 1759, 480000, 480001, 963333])
def test_a_frame_for_every_10_ms(tmp_path, count):
    found = heard(tmp_path, np.zeros(count))
    assert len(found.loudness) == len(found.pitch) == len(found.voiced) == -(-count // 160)


def test_blocks_leave_no_seams(tmp_path):
    samples = voice(np.full(62 * RATE, 140.0))
    found = heard(tmp_path, samples)
    assert found.voiced[10:-10].all()
    assert np.abs(found.pitch[10:-10]).max() < 0.2


def syllables(*spoken):
    """(phones, samples) of vowels of 0.2 s after consonants of 0.1 s: each (hertz, level); None pauses 0.6 s."""
    phones, samples, time = [], [], 0.0
    for syllable in spoken:
        parts = [("SIL", 0.6, None)] if syllable is None else [("T", 0.1, None), ("AA", 0.2, syllable)]
        for phone, seconds, sound in parts:
            phones.append(TimedPhone(phone, time, time + seconds))
            count = round(seconds * RATE)
            samples.append(voice(np.full(count, float(sound[0])), sound[1]) if sound else np.zeros(count))
            time += seconds
    return phones, np.concatenate(samples), time


@pytest.mark.parametrize("loud", [(130, 3.0), (200, 1.0), (170, 2.0)], ids=["louder", "higher", "both"])
def test_the_syllable_that_stands_out(tmp_path, loud):
    spoken = [(130, 1.0)] * 5 + [loud] + [(130, 1.0)] * 5
    phones, samples, duration = syllables(*spoken)
    found = prosody(heard(tmp_path, samples), phones, duration).accents
    strongest = max(found, key=lambda accent: accent.strength)
    assert strongest.time == pytest.approx(5 * 0.3 + 0.2)
    assert all(0 < accent.strength <= 1 for accent in found)


def test_phrases_and_their_rise(tmp_path):
    flat, question = [(130, 1.0)] * 4, [(130, 1.0)] * 5 + [(190, 1.0)]
    phones, samples, duration = syllables(*flat, None, *question)
    first, second = prosody(heard(tmp_path, samples), phones, duration).phrases
    assert (first.start, first.end) == (0, pytest.approx(1.2))
    assert (second.start, second.end) == (pytest.approx(1.8), pytest.approx(duration))
    assert abs(first.rise) < 1 < 4 < second.rise


def test_nobody_speaks(tmp_path):
    found = prosody(heard(tmp_path, np.zeros(RATE)), [TimedPhone("SIL", 0, 1)], 1.0)
    assert found.phrases == found.accents == ()
    assert not found.melody.any()
