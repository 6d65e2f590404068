"""How well closed lips are found: the measure that an animator sees first.

Recall counts the sounds p b m in whose time, give or take 40 ms, the lips are closed and around which they open;
precision counts the closed frames of speech, away from pauses, that lie within 40 ms of one.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
from scipy.ndimage import binary_dilation

from detailed3dmm_addon.speech.phones import BILABIALS, INDEX, SILENCE

from .shards import UNKNOWN

NEAR = 4  # frames of 10 ms
AROUND = 25  # frames on both sides within which lips must have been open
PAUSE, PAUSE_NEAR = 8, 8  # frames: silences of that length, and how far their neighbourhood reaches
_BILABIAL = [INDEX[phone] for phone in sorted(BILABIALS)]


@dataclass(frozen=True)
class Closures:
    """Counts that add up over recordings."""

    sounds: int = 0
    hit: int = 0
    closed: int = 0
    right: int = 0

    def __add__(self, other):
        return Closures(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def recall(self):
        return self.hit / max(self.sounds, 1)

    @property
    def precision(self):
        return self.right / max(self.closed, 1)

    @property
    def f1(self):
        return 2 * self.recall * self.precision / max(self.recall + self.precision, 1e-9)


def count_closures(closed, phones):
    """Closed lips (T,) bool against phone labels (T,) uint8, both at 100 Hz."""
    bilabial = np.isin(phones, _BILABIAL)
    hit = sounds = 0
    for start, end in _runs(phones):
        if bilabial[start]:
            near, around = (closed[max(start - n, 0) : end + n] for n in (NEAR, NEAR + AROUND))
            sounds += 1
            hit += bool(near.any() and not around.all())
    near = binary_dilation(bilabial, iterations=NEAR)
    asked = closed & (phones != INDEX[SILENCE]) & (phones != UNKNOWN) & ~_near_pause(phones)
    return Closures(sounds, hit, int(asked.sum()), int((asked & near).sum()))


def _near_pause(phones):
    pause = np.zeros(len(phones), bool)
    for start, end in _runs(phones):
        if phones[start] in (INDEX[SILENCE], UNKNOWN) and (end - start >= PAUSE or start == 0 or end == len(phones)):
            pause[start:end] = True
    return binary_dilation(pause, iterations=PAUSE_NEAR)


def _runs(labels):
    edges = np.flatnonzero(np.diff(labels)) + 1
    return zip(np.append(0, edges), np.append(edges, len(labels)), strict=True)
