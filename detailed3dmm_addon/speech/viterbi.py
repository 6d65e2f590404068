"""The most probable sequence of phones, by dynamic programming over the network's answers (Viterbi 1967)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core.steps import finished
from .phones import BILABIALS, INDEX, PHONES, VISEME_OF

SMALLEST = 1e-4  # probability under which the network's doubts count no more
WITHIN = 0.4  # weight of telling apart phones that look alike
CLOSURE_CREDIT = 0.5  # for p b m, logarithm: a closure that is missed shows more than one too many
BLOCK = 6000  # frames worked out at once
CHAIN_WINDOW = 1500  # states of a chain that are looked at in one frame: about two minutes of speech

_BILABIAL = [INDEX[phone] for phone in sorted(BILABIALS)]
_LOOK = [VISEME_OF.get(phone, phone) for phone in PHONES]
_ALIKE = [[k for k, look in enumerate(_LOOK) if look == each] for each in sorted(set(_LOOK))]


def emissions(posteriors):
    """How well each frame fits each phone: (T, phones) float32, natural logarithm, from posteriors of that shape.

    What a phone looks like counts before which of its look-alikes it is: a frame that is P, B or M with a third each is
    a closure beyond doubt, although its best single phone may be another.
    """
    fit = np.empty(posteriors.shape, np.float32)
    for first in range(0, len(fit), BLOCK):
        fit[first : first + BLOCK] = _emissions(posteriors[first : first + BLOCK])
    return fit


class Emissions:
    """`emissions` of posteriors (T, phones), worked out for the frames [first:last] that are asked for: those of an
    hour, kept, would take 60 MB."""

    def __init__(self, posteriors):
        self._posteriors = posteriors

    def __len__(self):
        return len(self._posteriors)

    def __getitem__(self, frames):
        return emissions(self._posteriors[frames])


def total(fit, path):
    """What a path (T,) comes to in `fit`, (T, phones) or `Emissions`."""
    blocks = range(0, len(path), BLOCK)
    return float(sum(np.take_along_axis(fit[first : first + BLOCK], path[first : first + BLOCK, None], 1).sum()
                     for first in blocks))  # fmt: skip


def _emissions(posteriors):
    posteriors = np.maximum(posteriors.astype(np.float32), SMALLEST)
    fit = WITHIN * np.log(posteriors)
    for alike in _ALIKE:
        look = np.log(posteriors[:, alike].sum(1)) - fit[:, alike].max(1)
        fit[:, alike] += look[:, None]  # the likeliest of them fits as well as all of them together
    fit[:, _BILABIAL] += CLOSURE_CREDIT
    return fit


def free_path(fit, change):
    """`finding_path`, run to its end."""
    return finished(finding_path(fit, change))


def finding_path(fit, change):
    """The best sequence in which any phone may follow any other.

    Parameters
    ----------
    fit : (T, K) logarithms, or `Emissions`
    change : (K, K) logarithm of going from one phone to another; staying is on the diagonal

    Yields
    ------
    float, the share 0..1 that is done; the value of the generator is (T,) uint8, the phone of each frame
    """
    length, count = len(fit), len(change)
    origin = np.empty((length, count), np.uint8)
    into, columns, score = np.ascontiguousarray(change.T), np.arange(count), np.zeros(count, np.float32)
    for first in range(0, length, BLOCK):
        for t, here in enumerate(fit[first : first + BLOCK], first):
            if t:
                reached = into + score
                origin[t] = best = reached.argmax(1)
                here = here + reached[columns, best]
            score = here - here.max()
        yield min(first + BLOCK, length) / length
    path = np.empty(length, np.uint8)
    path[-1] = score.argmax()
    for t in range(length - 1, 0, -1):
        path[t - 1] = origin[t, path[t]]
    return path


def chain_path(fit, states, optional):
    """`finding_chain`, run to its end."""
    return finished(finding_chain(fit, states, optional))


def finding_chain(fit, states, optional):
    """The best way through a chain in its order, in which optional states may be left out.

    Parameters
    ----------
    fit : (T, K) logarithms, or `Emissions` ; states : (S,) what each state fits, 0..K-1
    optional : (S,) bool, never two in a row

    Yields
    ------
    float, the share 0..1 that is done; the value of the generator is

    path : (T,) int, the state of each frame
    score : float, the mean of its logarithms; -inf where the chain is longer than the frames

    Only `CHAIN_WINDOW` states around the best one are followed. Where each came from is kept for one block at a time:
    the way back goes through every block but the last a second time, from what it began with.
    """
    chain = _Chain(states, np.where(np.append(False, optional[:-1]), 0, -np.inf))
    blocks = range(0, len(fit), BLOCK)
    reached = _Reached(0, np.append([-np.inf, 0], np.full(min(CHAIN_WINDOW, len(states)), -np.inf)))
    begun = []
    for first in blocks:
        begun.append(reached)
        origin, lows, reached = _through(fit[first : first + BLOCK], chain, reached)
        yield 0.5 * len(begun) / len(blocks)
    end = len(states) - 1
    if optional[-1] and reached.of(end - 1) > reached.of(end):
        end -= 1
    path, state = np.empty(len(fit), int), end
    for first, before in zip(blocks[::-1], begun[::-1], strict=True):
        if first != blocks[-1]:
            origin, lows, _ = _through(fit[first : first + BLOCK], chain, before)
            yield 1 - 0.5 * (first + BLOCK) / len(fit)
        state = _trace(origin, lows, state, path[first : first + BLOCK])
    return path, float(reached.of(end) / len(fit))


class _Chain(NamedTuple):
    """states : (S,), as above; skip : (S,) logarithm of coming to each over the one before it, 0 or -inf."""

    states: np.ndarray
    skip: np.ndarray


class _Reached(NamedTuple):
    """score : (2 + W,) of the states from low - 2 to low + W - 1, after a frame; that of state -1, before the first,
    is where the chain is entered."""

    low: int
    score: np.ndarray

    def of(self, state):
        """The score of a state, -inf outside of the window."""
        place = state - self.low + 2
        return self.score[place] if 2 <= place < len(self.score) else -np.inf


def _through(fit, chain, reached):
    """Frames (N, K) further. Returns by how many states each came (N, W), the windows' first states, `_Reached`."""
    low, score = reached
    width = len(score) - 2
    origin, lows = np.empty((len(fit), width), np.uint8), np.empty(len(fit), int)
    for t, here in enumerate(fit):
        start = low + int(score[2:].argmax()) - width // 2
        ahead = min(max(start, low), len(chain.states) - width) - low
        if ahead:
            low, score = low + ahead, np.append(score[ahead:], np.full(ahead, -np.inf))
        came = np.stack([score[2:], score[1:-1], score[:-2] + chain.skip[low : low + width]])
        lows[t], origin[t] = low, came.argmax(0)
        score = np.append([-np.inf, -np.inf], came.max(0) + here[chain.states[low : low + width]])
    return origin, lows, _Reached(low, score)


def _trace(origin, lows, state, path):
    """Fills path (N,) backwards from its last state; returns the state of the frame before its first."""
    for t in range(len(path) - 1, -1, -1):
        path[t] = state
        place = state - lows[t]
        state -= int(origin[t, place]) if 0 <= place < origin.shape[1] else 0
    return state
