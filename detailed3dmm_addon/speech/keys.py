"""Fewer keys: a curve that was sampled at every frame as keys that an animator can take hold of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.errors import ParameterError

TOLERANCE = 0.01  # of an expression's 0..1


@dataclass(frozen=True, eq=False)
class Keys:
    """Keys joined by cubics: value and slope are given at each, in between the curve is the Hermite cubic.

    frames : (K,) int, ascending; values : (K,); slopes : (K,), value a frame

    With Bezier handles at one third of the way to the neighbouring keys, on the line of the slope, time runs evenly
    along each segment and an editor's curve is exactly this one.
    """
    frames: np.ndarray
    values: np.ndarray
    slopes: np.ndarray

    def __len__(self):
        return len(self.frames)

    def at(self, frames):
        """Values (N,) at any frames (N,); before the first and after the last key the curve is flat."""
        frames = np.asarray(frames, float)
        if len(self) == 1:
            return np.full(frames.shape, self.values[0])
        left = np.clip(np.searchsorted(self.frames, frames, "right") - 1, 0, len(self) - 2)
        start, length = self.frames[left], np.diff(self.frames)[left]
        share = np.clip((frames - start) / length, 0, 1)
        return _cubic(share, length, self.values[left], self.values[left + 1], self.slopes[left], self.slopes[left + 1])


def reduced(values, tolerance=TOLERANCE):
    """The keys that a curve needs to stay within `tolerance` of every one of its frames.

    Keys are added where the curve through those so far is farthest off, one in each gap at a time (the division of
    Douglas & Peucker 1973, with cubics for chords).

    Parameters
    ----------
    values : (T,), one a frame; tolerance : largest error, in the unit of the values

    Returns
    -------
    Keys, the first and last frame among them; a curve that stays within `tolerance` of its start has one key

    Raises
    ------
    ParameterError
        If there are no values, or one is not finite, or `tolerance` is negative.
    """
    values = np.asarray(values, float)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all() or not tolerance >= 0:
        raise ParameterError("Key reduction needs the finite values of one curve and an error of 0 or more.")
    if np.abs(values - values[0]).max() <= tolerance:
        return Keys(np.zeros(1, int), values[:1], np.zeros(1))
    slopes = _slopes(values)
    chosen = [np.array([0, len(values) - 1])]
    gaps = chosen[0][:, None]  # (2, G) keys between which the curve may still be too far off
    while (gaps := gaps[:, gaps[1] - gaps[0] > 1]).size:
        worst, bad = _worst(values, slopes, *gaps, tolerance)
        chosen.append(worst)
        gaps = np.hstack([np.stack([gaps[0, bad], worst]), np.stack([worst, gaps[1, bad]])])
    frames = np.sort(np.concatenate(chosen))
    return Keys(frames, values[frames], slopes[frames])


def _cubic(share, length, value, next_value, slope, next_slope):
    """The Hermite cubic at a share 0..1 of the way between two keys `length` frames apart."""
    rest = 1 - share
    return (rest**2 * (1 + 2 * share) * value + share**2 * (1 + 2 * rest) * next_value
            + share * rest * length * (rest * slope - share * next_slope))


def _worst(values, slopes, left, right, tolerance):
    """Where the cubics between pairs of keys are farthest off: frames (N,), and the pairs (G,) bool they are of."""
    inside = right - left - 1
    gap, starts = np.repeat(np.arange(len(left)), inside), np.cumsum(inside) - inside
    frames = np.arange(len(gap)) - starts[gap] + left[gap] + 1
    ends, length = (left[gap], right[gap]), (right - left)[gap]
    share = (frames - ends[0]) / length
    errors = np.abs(_cubic(share, length, *(curve[end] for curve in (values, slopes) for end in ends)) - values[frames])
    largest = np.maximum.reduceat(errors, starts)
    bad = largest > tolerance
    at = np.flatnonzero((errors == largest[gap]) & bad[gap])
    _, first, equals = np.unique(gap[at], return_index=True, return_counts=True)
    return frames[at[first + equals // 2]], bad  # of equals the middle one: many blinks are soon parted


def _slopes(values):
    """Central differences, flat at peaks and valleys so that a cubic does not overshoot them, and at both ends."""
    steps = np.diff(values)
    slopes = np.zeros(len(values))
    slopes[1:-1] = np.where(steps[1:] * steps[:-1] > 0, (steps[1:] + steps[:-1]) / 2, 0)
    return slopes

