"""Shapes of movement that gestures are made of: eased steps, bumps and slow drifts, sampled at any frame rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Move:
    """Going to `value` (a number or a tuple of them) from `time` on, there after `duration` seconds."""
    time: float
    duration: float
    value: object


def ease(share):
    """The way of a limb from 0 to 1 that jerks least (Flash & Hogan 1985); beyond 0..1 it rests."""
    share = np.clip(share, 0, 1)
    return share**3 * (10 - 15 * share + 6 * share**2)


def add_bump(curve, fps, peak, height, rise, hold, fall):
    """Add a rise, a hold and a fall, all in seconds, to a curve (T,); `peak` is when the hold begins."""
    first, last = max(int((peak - rise) * fps), 0), min(int((peak + hold + fall) * fps) + 2, len(curve))
    if first < last:
        times = np.arange(first, last) / fps
        curve[first:last] += height * ease((times - peak + rise) / rise) * ease((peak + hold + fall - times) / fall)


def glide(moves, count, fps, rest=0.0):
    """Values (T,) or (T, D) that go from move to move and rest between.

    moves : Moves in the order of time, each arriving before the next begins; rest : value before the first
    """
    if not moves:
        return np.full((count, *np.shape(rest)), rest, float)
    values = np.array([rest, *(move.value for move in moves)], float)
    starts, durations = (np.array([getattr(move, name) for move in moves]) for name in ("time", "duration"))
    times = np.arange(count) / fps
    latest = np.searchsorted(starts, times, "right")  # the number of moves begun; the last of them is under way
    move = np.maximum(latest - 1, 0)
    share = ease((times - starts[move]) / durations[move])
    share = share.reshape(-1, *(1,) * (values.ndim - 1))
    return values[move] + share * (values[move + 1] - values[move])


def drift(random, count, fps, periods, waves=6):
    """(T,) of root mean square 1 in the mean: slow aimless movement, sinusoids of periods between these two (s)."""
    times = np.arange(count) / fps
    frequencies = random.uniform(1 / periods[1], 1 / periods[0], waves)
    phases = random.uniform(0, 2 * np.pi, waves)
    result = np.zeros(count)
    for frequency, phase in zip(frequencies, phases, strict=True):
        result += np.sin(2 * np.pi * frequency * times + phase)
    return result * np.sqrt(2 / waves)
