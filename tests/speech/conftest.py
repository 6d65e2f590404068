"""Prosody of people who never lived, for the gestures that follow it."""
import numpy as np
import pytest

from detailed3dmm_addon.speech.prosody import FPS, Accent, Phrase, Prosody


def a_prosody(duration, seed=0):
    """Phrases of 1.5-5 s between pauses of 0.3-1.2 s, an accent about every 0.9 s in them."""
    random = np.random.default_rng(seed)
    phrases, accents, time = [], [], random.uniform(0, 1)
    melody = np.zeros(max(round(duration * FPS), 1), np.float32)
    while time < duration - 2:
        end = min(time + random.uniform(1.5, 5), duration)
        phrases.append(Phrase(time, end, random.normal(0, 3)))
        inside = slice(round(time * FPS), round(end * FPS))
        melody[inside] = 3 * np.sin(np.linspace(0, np.pi * round(end - time), len(melody[inside])))
        while (time := time + random.uniform(0.4, 1.4)) < end:
            accents.append(Accent(time, random.uniform(0.3, 1)))
        time = end + random.uniform(0.3, 1.2)
    return Prosody(tuple(phrases), tuple(accents), duration, melody)


@pytest.fixture
def make_prosody():
    return a_prosody
