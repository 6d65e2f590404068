"""A stretch of speech with its phones: what every source of training data gives."""
from dataclasses import dataclass, field
from math import gcd

import numpy as np
from scipy.signal import resample_poly

RATE = 16000


@dataclass
class Utterance:
    """audio : (N,) float32, 16 kHz; phones : [(ARPABET, start, end)] in seconds, sorted, None for a stretch whose phone
    is not known; info : source, language, voice, ... for the index."""
    audio: np.ndarray
    phones: list
    info: dict = field(default_factory=dict)

    @property
    def duration(self):
        return len(self.audio) / RATE


def resampled(audio, rate):
    """(N,) float32 at 16 kHz of audio at another rate."""
    if rate == RATE:
        return np.asarray(audio, np.float32)
    common = gcd(RATE, rate)
    return resample_poly(audio, RATE // common, rate // common).astype(np.float32)
