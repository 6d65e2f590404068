"""Recordings for tests: samples in memory, and sentences spoken by espeak-ng."""

import numpy as np
import pytest

from training.speech.espeak import LIBRARY, engine

RATE = 16000


class Sound:
    """Samples that are read in blocks, as `speech.audio.Audio` is."""

    def __init__(self, samples, block=30.0):
        self.samples, self.size = np.asarray(samples, np.float32), round(block * RATE)
        self.duration = len(samples) / RATE

    def blocks(self):
        for start in range(0, len(self.samples), self.size):
            yield self.samples[start : start + self.size]


def noise(seconds, level, seed=0):
    """White noise of that standard deviation."""
    return level * np.random.default_rng(seed).standard_normal(round(seconds * RATE))


def spoken(text, language="en-us"):
    """What espeak-ng says, with its phones; skips where it is not installed."""
    try:
        return engine().speak(text, language, variant="f3")
    except OSError:
        pytest.skip(f"{LIBRARY} is not installed")
