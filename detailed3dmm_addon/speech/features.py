"""Log-mel spectra at 100 frames a second, computed block by block so that any length takes little memory.

Frame t describes the samples around (t + 1/2) * 10 ms: its centre is the centre of the 10 ms that it stands for.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

RATE = 16000  # samples a second
HOP = 160  # samples: 10 ms
FPS = RATE // HOP
WINDOW = 400  # samples: 25 ms
FFT = 512
BANDS = 64
LOWEST, HIGHEST = 50.0, 7600.0  # Hz
FLOOR = 1e-6  # band power under which nothing is told apart: about -85 dB of full scale

_TOGETHER = 500  # frames that are transformed at once
_SIDE = (FFT - HOP) // 2  # samples that a frame sees beyond each end of its own 10 ms


class LogMel:
    """Log-mel spectra of a stream of samples.

    Feeding it blocks of any sizes gives the same frames as feeding it the whole recording at once.

    Examples
    --------
    >>> stream = LogMel()
    >>> frames = np.concatenate([stream.feed(block) for block in audio.blocks()] + [stream.end()])
    """

    def __init__(self):
        self._kept = np.zeros(_SIDE, np.float32)
        self._samples = 0
        self._frames = 0

    def feed(self, samples):
        """The frames that these samples complete.

        Parameters
        ----------
        samples : (N,) float32 at 16 kHz, full scale 1

        Returns
        -------
        (T, BANDS) float32, natural logarithm of band power
        """
        self._samples += len(samples)
        return self._frames_of(np.concatenate([self._kept, np.asarray(samples, np.float32)]))

    def end(self):
        """The last frames: the recording, filled up with silence to a whole number of frames."""
        missing = -(-self._samples // HOP) - self._frames
        needed = (missing - 1) * HOP + FFT if missing else 0
        return self._frames_of(np.pad(self._kept, (0, max(needed - len(self._kept), 0))))

    def _frames_of(self, samples):
        count = max((len(samples) - FFT) // HOP + 1, 0)
        self._kept = samples[count * HOP :]
        self._frames += count
        return _log_mel(samples[: (count - 1) * HOP + FFT]) if count else np.zeros((0, BANDS), np.float32)


def log_mel(samples):
    """Log-mel spectra (ceil(N / HOP), BANDS) of a whole recording (N,) at 16 kHz."""
    stream = LogMel()
    return np.concatenate([stream.feed(samples), stream.end()])


def band_centres():
    """Centre frequencies of the bands, (BANDS,) Hz."""
    return _mel_points()[1:-1]


def _mel_points():
    """Edges and centres of the bands, (BANDS + 2,) Hz, equally far apart on Slaney's mel scale: linear up to 1 kHz,
    logarithmic above (Slaney, Auditory Toolbox, 1998)."""
    linear, step = 1000 / (200 / 3), np.log(6.4) / 27

    def mel(hertz):
        return 3 * hertz / 200 if hertz < 1000 else linear + np.log(hertz / 1000) / step

    mels = np.linspace(mel(LOWEST), mel(HIGHEST), BANDS + 2)
    return np.where(mels < linear, mels * 200 / 3, 1000 * np.exp(step * (mels - linear)))


@lru_cache(maxsize=1)
def _filters():
    """Triangles of height 1 over the frequencies of the transform, (FFT / 2 + 1, BANDS)."""
    points, frequencies = _mel_points(), np.arange(FFT // 2 + 1)[:, None] * (RATE / FFT)
    rising = (frequencies - points[:-2]) / np.diff(points)[:-1]
    falling = (points[2:] - frequencies) / np.diff(points)[1:]
    return np.maximum(np.minimum(rising, falling), 0).astype(np.float32)


@lru_cache(maxsize=1)
def _window():
    """Hann window in the middle of a transform."""
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    return np.pad(hann, (FFT - WINDOW) // 2).astype(np.float32)


def _log_mel(samples):
    """What librosa.feature.melspectrogram gives (center=False, norm=None), which takes 190 MB and seconds to import."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, FFT)[::HOP]
    result = np.empty((len(frames), BANDS), np.float32)
    for start in range(0, len(frames), _TOGETHER):
        spectra = np.fft.rfft(frames[start : start + _TOGETHER] * _window())
        power = (spectra.real**2 + spectra.imag**2).astype(np.float32)
        result[start : start + _TOGETHER] = np.log(power @ _filters() + FLOOR)
    return result
