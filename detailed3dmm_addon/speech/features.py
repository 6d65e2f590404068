"""Log-mel spectra at 100 frames a second, computed block by block so that any length takes little memory.

Frame t describes the samples around (t + 1/2) * 10 ms: its centre is the centre of the 10 ms that it stands for.
"""

from __future__ import annotations

import numpy as np

RATE = 16000  # samples a second
HOP = 160  # samples: 10 ms
FPS = RATE // HOP
WINDOW = 400  # samples: 25 ms
FFT = 512
BANDS = 64
LOWEST, HIGHEST = 50.0, 7600.0  # Hz
FLOOR = 1e-6  # band power under which nothing is told apart: about -85 dB of full scale

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


def _log_mel(samples):
    import librosa

    power = librosa.feature.melspectrogram(
        y=samples, sr=RATE, n_fft=FFT, hop_length=HOP, win_length=WINDOW, center=False, n_mels=BANDS, fmin=LOWEST,
        fmax=HIGHEST, norm=None)  # fmt: skip
    return np.log(power.T + FLOOR).astype(np.float32)
