"""Words that are known, laid along a recording: an optional transcript sharpens what the network hears.

The network's answers decide when each sound of the transcript is spoken (Viterbi alignment through the chain of its
phones, a pause possible between any two words). A transcript that does not fit the recording is not used.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .features import FPS
from .letters import as_spelled, english, words_of
from .phones import INDEX, PHONES, SILENCE, TimedPhone
from .viterbi import chain_path

FRAMES_A_PHONE = 2  # at least
LOOSEST = 0.75  # by how much the words may fit worse than what was heard, logarithm a frame


def aligned(fit, heard, transcript):
    """TimedPhones of a transcript.

    Parameters
    ----------
    fit : (T, phones), see `viterbi.emissions` ; heard : (T,) the phones that fit best without a transcript
    transcript : str

    Returns
    -------
    list of TimedPhone that cover the T frames, or None where the transcript does not fit the recording
    """
    words = words_of(transcript)
    lowest = float(fit[np.arange(len(fit)), heard].mean()) - LOOSEST
    best = None
    for spelling in (english(), as_spelled):
        chain = _chain([spelling(word) for word in words])
        if len(chain.phones) > 1 and np.sum(~chain.optional) <= len(fit):
            path, score = chain_path(fit, chain.phones, chain.optional)
            if score > lowest:
                lowest, best = score, (path, chain)
    return None if best is None else _timed(*best)


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
