"""Log-mel spectra: frames where they belong, the same in blocks as in one piece."""

import numpy as np
import pytest

from detailed3dmm_addon.speech import features
from detailed3dmm_addon.speech.features import BANDS, FLOOR, FPS, HOP, RATE, LogMel, band_centres, log_mel


def noise(count, seed=0):
    return (0.1 * np.random.default_rng(seed).standard_normal(count)).astype(np.float32)


@pytest.mark.parametrize(("samples", "frames"), [(0, 0), (1, 1), (HOP, 1), (HOP + 1, 2), (RATE, FPS)])
def test_every_ten_milliseconds_have_a_frame(samples, frames):
    assert log_mel(noise(samples)).shape == (frames, BANDS)


def test_blocks_of_any_size_give_the_same_frames():
    samples, rng, stream = noise(5 * RATE + 77), np.random.default_rng(1), LogMel()
    cuts = np.sort(rng.integers(0, len(samples), 40))
    frames = [stream.feed(block) for block in np.split(samples, cuts)] + [stream.end()]
    np.testing.assert_allclose(np.concatenate(frames), log_mel(samples), atol=1e-5)


def test_a_click_is_loudest_in_its_own_frame():
    samples = np.zeros(RATE, np.float32)
    samples[40 * HOP + HOP // 2] = 1
    assert log_mel(samples).sum(1).argmax() == 40


def test_a_tone_lies_in_the_band_of_its_frequency():
    times = np.arange(RATE) / RATE
    bands = [log_mel(np.sin(2 * np.pi * hertz * times).astype(np.float32))[50].argmax() for hertz in (200, 1000, 5000)]
    assert bands == sorted(set(bands))


def test_spectra_are_those_of_librosa():
    librosa = pytest.importorskip("librosa")
    samples = noise(RATE) * np.linspace(0, 1, RATE, dtype=np.float32)
    padded = np.pad(samples, (features.FFT - HOP) // 2)
    power = librosa.feature.melspectrogram(
        y=padded, sr=RATE, n_fft=features.FFT, hop_length=HOP, win_length=features.WINDOW, center=False, n_mels=BANDS,
        fmin=features.LOWEST, fmax=features.HIGHEST, norm=None)  # fmt: skip
    np.testing.assert_allclose(log_mel(samples), np.log(power.T + FLOOR), atol=1e-3)
    centres = librosa.mel_frequencies(BANDS + 2, fmin=features.LOWEST, fmax=features.HIGHEST)[1:-1]
    np.testing.assert_allclose(band_centres(), centres, rtol=1e-6)


def test_digital_silence_is_the_floor():
    assert log_mel(np.zeros(RATE, np.float32)) == pytest.approx(np.log(FLOOR))
