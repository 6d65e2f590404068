"""The most probable sequence of phones, by dynamic programming over the network's answers (Viterbi 1967)."""

from __future__ import annotations

import numpy as np

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


def _emissions(posteriors):
    posteriors = np.maximum(posteriors, SMALLEST)
    fit = WITHIN * np.log(posteriors)
    for alike in _ALIKE:
        look = np.log(posteriors[:, alike].sum(1)) - fit[:, alike].max(1)
        fit[:, alike] += look[:, None]  # the likeliest of them fits as well as all of them together
    fit[:, _BILABIAL] += CLOSURE_CREDIT
    return fit


def free_path(fit, change):
    """The best sequence in which any phone may follow any other.

    Parameters
    ----------
    fit : (T, K) logarithms ; change : (K, K) logarithm of going from one phone to another; staying is on the diagonal

    Returns
    -------
    (T,) uint8, the phone of each frame
    """
    length, count = fit.shape
    origin = np.empty((length, count), np.uint8)
    score, into, columns = fit[0], np.ascontiguousarray(change.T), np.arange(count)
    for t in range(1, length):
        reached = into + score
        origin[t] = best = reached.argmax(1)
        score = reached[columns, best] + fit[t]
        score -= score.max()
    path = np.empty(length, np.uint8)
    path[-1] = score.argmax()
    for t in range(length - 1, 0, -1):
        path[t - 1] = origin[t, path[t]]
    return path


def chain_path(fit, states, optional):
    """The best way through a chain in its order, in which optional states may be left out.

    Parameters
    ----------
    fit : (T, K) logarithms ; states : (S,) what each state fits, 0..K-1 ; optional : (S,) bool, never two in a row

    Returns
    -------
    path : (T,) int, the state of each frame
    score : float, the mean of its logarithms; -inf where the chain is longer than the frames

    Only `CHAIN_WINDOW` states around the best one are followed, so that an hour of text needs little memory.
    """
    length, count = len(fit), len(states)
    width = min(CHAIN_WINDOW, count)
    origin = np.zeros((length, width), np.uint8)
    first = np.zeros(length, int)
    score = np.full(count + 2, -np.inf, np.float64)  # two in front that nothing comes from
    score[2] = fit[0, states[0]]
    if optional[0]:
        score[3] = fit[0, states[1]]
    may_skip = np.where(np.append(False, optional[:-1]), 0, -np.inf)  # into a state, over the one before it
    for t in range(1, length):
        low = first[t - 1]
        best = low + int(score[low + 2 : low + 2 + width].argmax())
        low = first[t] = min(max(low, best - width // 2), count - width)
        score[2 : low + 2] = -np.inf
        here = slice(low, low + width)
        came = np.stack([score[low + 2 : low + 2 + width], score[low + 1 : low + 1 + width],
                         score[low : low + width] + may_skip[here]])  # fmt: skip
        origin[t] = steps = came.argmax(0)
        score[low + 2 : low + 2 + width] = np.take_along_axis(came, steps[None], 0)[0] + fit[t, states[here]]
    end = count - 1
    if optional[-1] and score[count] > score[count + 1]:
        end -= 1
    return _traced(origin, first, end), float(score[end + 2] / length)


def _traced(origin, first, state):
    path = np.empty(len(origin), int)
    for t in range(len(origin) - 1, -1, -1):
        path[t] = state
        place = state - first[t]
        state -= int(origin[t, place]) if 0 <= place < origin.shape[1] else 0
    return path
