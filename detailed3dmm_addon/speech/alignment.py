"""Words that are known, laid along a recording: an optional transcript sharpens what the network hears.

The network's answers decide when each sound of the transcript is spoken (Viterbi alignment through the chain of its
phones, a pause possible between any two words). A transcript that does not fit the recording is not used.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core.steps import within
from .features import FPS
from .letters import as_spelled, english, words_of
from .phones import INDEX, PHONES, SILENCE, TimedPhone
from .viterbi import finding_chain, total

FRAMES_A_PHONE = 2  # at least
# By how much the words may fit worse than what was heard, logarithm a spoken frame. On the development clips the right
# words come to 0.2 to 0.6 (the latter in noise), others to 1.9 and more.
LOOSEST = 0.8


def aligning(fit, heard, transcript):
    """The sounds of a transcript, in the time that each of them takes.

    Parameters
    ----------
    fit : (T, phones), see `viterbi.emissions`, or `viterbi.Emissions`
    heard : (T,) the phones that fit best without a transcript ; transcript : str

    Yields
    ------
    float, the share 0..1 that is done; the value of the generator is a list of TimedPhone that cover the T frames, or
    None where the transcript does not fit the recording
    """
    words = words_of(transcript)
    worst, best = LOOSEST, None
    for done, spelling in enumerate((english(), as_spelled)):
        chain = _chain([spelling(word) for word in words])
        if len(chain.phones) > 1 and np.sum(~chain.optional) <= len(fit):
            search = finding_chain(fit, chain.phones, chain.optional)
            path, _ = yield from within(search, done / 2, (done + 1) / 2)
            loss = _loss(fit, heard, chain.phones[path])
            if loss < worst:
                worst, best = loss, (path, chain)
    return None if best is None else _timed(*best)


def _loss(fit, heard, said):
    """How much worse the words fit than what was heard, per frame in which either speaks."""
    spoken = np.sum((heard != INDEX[SILENCE]) | (said != INDEX[SILENCE]))
    return (total(fit, heard) - total(fit, said)) / max(spoken, 1)


class _Chain(NamedTuple):
    """States in their order: their phones' indices, whether they may be left out, and which sound each belongs to."""

    phones: np.ndarray
    optional: np.ndarray
    sound: np.ndarray


def _chain(pronunciations):
    """The chain of words with a pause before, between and after them."""
    pause = INDEX[SILENCE]
    sounds = [pause]
    for phones in filter(None, pronunciations):
        sounds += [*(INDEX[phone] for phone in phones), pause]
    sounds = np.array(sounds)
    times = np.where(sounds == pause, 1, FRAMES_A_PHONE)
    states = np.repeat(sounds, times)
    return _Chain(states, states == pause, np.repeat(np.arange(len(sounds)), times))


def _timed(path, chain):
    sound = chain.sound[path]
    edges = np.flatnonzero(np.diff(sound)) + 1
    spans = zip(np.append(0, edges).tolist(), np.append(edges, len(path)).tolist(), strict=True)
    return [TimedPhone(PHONES[chain.phones[path[start]]], start / FPS, end / FPS) for start, end in spans]
