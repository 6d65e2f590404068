"""Words that are known, laid along a recording: an optional transcript sharpens what the network hears.

The network's answers decide when each sound of the transcript is spoken (Viterbi alignment through the chain of its
phones, a pause possible between any two words). A transcript that does not fit the recording is not used, and of one
that a recogniser wrote only the words that do.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .features import FPS
from .letters import as_spelled, english, words_of
from .phones import INDEX, PHONES, SILENCE, TimedPhone
from .viterbi import chain_path

FRAMES_A_PHONE = 2  # at least
# By how much the words may fit worse than what was heard, logarithm a spoken frame. On the development clips the right
# words come to 0.2 to 0.6 (the latter in noise), others to 1.9 and more.
LOOSEST = 0.8
# The same for words that a recogniser wrote down, which may be right but for one: of 71 pieces of English (LibriSpeech)
# one in a hundred comes to more, of 63 in other languages nine in ten.
LOOSEST_WRITTEN = 1.1
DOUBTED = 3.0  # loss a frame of one such word from which on what was heard counts more than the word
HEARD = -1  # number of a sound that belongs to no word


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
    tried = [_laid(fit, heard, [spelling(word) for word in words]) for spelling in (english(), as_spelled)]
    best = min(filter(None, tried), key=lambda laid: laid.loss, default=None)
    return timed(best.phones, best.sounds) if best and best.loss < LOOSEST else None


def verified(fit, heard, written):
    """Words that a recogniser of English wrote down, as far as they fit.

    Parameters
    ----------
    fit, heard : as of `aligned` ; written : str

    Returns
    -------
    phones : (T,) of the words, and what was heard in place of words that fit too badly; None where they all do
    sounds : (T,) int, rising numbers of the words' sounds, `HEARD` elsewhere
    """
    laid = _laid(fit, heard, [english()(word) for word in words_of(written)])
    if laid is None or laid.loss > LOOSEST_WRITTEN:
        return None
    mean = np.bincount(laid.words, laid.losses) / np.maximum(np.bincount(laid.words), 1)
    doubted = mean[laid.words] > DOUBTED
    return np.where(doubted, heard, laid.phones), np.where(doubted, HEARD, laid.sounds)


def timed(phones, sounds):
    """TimedPhones of `phones` (T,); two equal ones in a row are two where `sounds` (T,) numbers them so."""
    other = (np.diff(sounds) != 0) & (sounds[1:] != HEARD) & (sounds[:-1] != HEARD)
    edges = np.flatnonzero((np.diff(phones) != 0) | other) + 1
    spans = zip(np.append(0, edges).tolist(), np.append(edges, len(phones)).tolist(), strict=True)
    return [TimedPhone(PHONES[phones[start]], start / FPS, end / FPS) for start, end in spans]


class _Laid(NamedTuple):
    """Words along T frames: the phone, the number of the sound and that of the word (or pause) of each frame, by how
    much it fits worse than what was heard, and that per frame in which either speaks."""

    phones: np.ndarray
    sounds: np.ndarray
    words: np.ndarray
    losses: np.ndarray
    loss: float


def _laid(fit, heard, pronunciations):
    """_Laid of words, each a list of phones; None where there are none or more than the frames hold."""
    chain = _chain(pronunciations)
    if len(chain.phones) < 2 or np.sum(~chain.optional) > len(fit):
        return None
    path, _ = chain_path(fit, chain.phones, chain.optional)
    said, frames, pause = chain.phones[path], np.arange(len(fit)), INDEX[SILENCE]
    losses = fit[frames, heard] - fit[frames, said]
    spoken = np.sum((heard != pause) | (said != pause))
    return _Laid(said, chain.sounds[path], chain.words[path], losses, float(losses.sum() / max(spoken, 1)))


class _Chain(NamedTuple):
    """States in their order: their phones' indices, whether they may be left out, and which sound and which word each
    belongs to (pauses count as words)."""

    phones: np.ndarray
    optional: np.ndarray
    sounds: np.ndarray
    words: np.ndarray


def _chain(pronunciations):
    """The chain of words with a pause before, between and after them."""
    pause = INDEX[SILENCE]
    words = [[pause]]
    for phones in filter(None, pronunciations):
        words += [[INDEX[phone] for phone in phones], [pause]]
    sounds = np.concatenate(words)
    times = np.where(sounds == pause, 1, FRAMES_A_PHONE)
    states = np.repeat(sounds, times)
    number = np.repeat(np.arange(len(words)), [len(word) for word in words])
    return _Chain(states, states == pause, np.repeat(np.arange(len(sounds)), times), np.repeat(number, times))
