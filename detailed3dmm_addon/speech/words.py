"""English words in a recording, found by what the network hears and by what people say: better than sounds alone.

Between its pauses a recording is searched for words (`word_search`); where they are found, each one's phones are laid
along its time. What is no English stays as it was heard.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ..core.memory import give_back
from . import english
from .features import FPS
from .lexicon import Lexicon, lexicon_of, phones_to, read_dictionary
from .ngrams import Ngrams, read_ngrams
from .phones import INDEX, SILENCE
from .viterbi import SMALLEST, Emissions, chain_path, total
from .word_search import PAUSE, search

LONGEST = 20.0  # seconds of a piece that is searched at once
GAP = 0.6  # seconds of a pause that nothing is searched in
MARGIN = 0.2  # seconds of such a pause that stay with the speech
TOGETHER = 2  # frames of 10 ms that the search takes as one
ACOUSTIC = 0.6  # weight of a frame beside the language: neighbours say nearly the same
PRIOR = 0.7  # weight of how frequent a phone is anyway
# Share of the time with speech in which words must be found, and by how much they may fit worse than what was heard,
# logarithm a frame of speech, or the recording is in another language. Of 100 recordings of English, half of them in
# noise, 95 % come to 0.66 and to 0.15; German, French and Spanish to 0.3, 0.5, 0.6 of the time, or to 0.2.
MOSTLY = 0.62
LOOSEST = 0.16
MANY = 12  # pieces after which English is forgotten again: reading it anew takes less time than listening did
WORKERS = 2  # pieces that are searched at the same time

_PAUSE = INDEX[SILENCE]
_BEGINNING = "<s>"  # what the language model says before a sentence


class English(NamedTuple):
    """What is known of English: pronunciations and how words follow each other; the words by their numbers."""

    lexicon: Lexicon
    ngrams: Ngrams
    words: list


@lru_cache(maxsize=1)
def known_english():
    """English from the files beside the weights; raises WeightsError where one is missing or altered."""
    ngrams, words = read_ngrams(english.checked(english.LANGUAGE_MODEL))
    numbers = {word: number for number, word in enumerate(words)}
    lexicon = lexicon_of(read_dictionary(english.checked(english.DICTIONARY), numbers), ngrams.single["probability"])
    give_back()  # 30 MB that the dictionary was read in
    return English(lexicon, ngrams, words)


def searching(posteriors, heard, recogniser):
    """The words of a recording.

    Parameters
    ----------
    posteriors : (T, phones) of the network
    heard : (T,) the phones that fit best without words ; recogniser : recognition.Recogniser

    Yields
    ------
    float, the share 0..1 that is done; the value of the generator is

    phones : (T,) the phone of each frame: of the words where they were found, else what was heard
    text : str, those words; empty where the recording is not in English
    """
    spans = pieces(heard)
    if not spans:
        return heard, ""
    yield 0.0  # shown before English is read and, the first time of all, the search compiled
    known, phones, texts, found, loss = known_english(), heard.copy(), [], 0, 0.0
    emissions = Emissions(posteriors)
    for some in (spans[k : k + WORKERS] for k in range(0, len(spans), WORKERS)):
        with ThreadPoolExecutor(WORKERS) as pool:  # which ends before we yield: Blender wants no threads in between
            searched = list(pool.map(lambda span: _found(posteriors[slice(*span)], recogniser, known), some))
        for (first, last), words in zip(some, searched, strict=True):
            fit = emissions[first:last]
            text, frames = _laid(words, fit, phones[first:last], known)
            texts += text
            found += frames
            loss += total(fit, heard[first:last]) - total(fit, phones[first:last])
        yield some[-1][1] / len(heard)
    if len(spans) > MANY:  # performing a long recording takes memory, too
        del known
        known_english.cache_clear()
        give_back()
    spoken = np.sum((heard != _PAUSE) | (phones != _PAUSE))
    if found < MOSTLY * np.sum(heard != _PAUSE) or loss > LOOSEST * spoken:
        return heard, ""
    return phones, " ".join(texts)


def _found(posteriors, recogniser, known):
    """Words of a piece, (n, 3) as of `word_search.search`."""
    whole = len(posteriors) // TOGETHER * TOGETHER
    fit = np.log(np.maximum(posteriors[:whole].astype(np.float32), SMALLEST)) - PRIOR * recogniser.prior
    fit = ACOUSTIC * fit.reshape(-1, TOGETHER, fit.shape[1]).sum(1)
    return search(fit, recogniser.change, known.lexicon, known.ngrams, known.words.index(_BEGINNING))


def _laid(found, fit, phones, known):
    """Writes the phones of words into `phones` (T,), each in its time; returns the words and the frames they take."""
    texts, frames, start = [], 0, 0
    for word, place, end in found:
        end *= TOGETHER
        if word == PAUSE:
            phones[start:end] = _PAUSE
        elif word >= 0:
            said = np.array(phones_to(known.lexicon, place))
            path, _ = chain_path(fit[start:end], said, np.zeros(len(said), bool))
            phones[start:end] = said[path]
            texts.append(known.words[word])
            frames += end - start
        start = end
    return texts, frames


def pieces(heard):
    """Where words are searched: [(first frame, last)] of speech, long pauses left out, long stretches cut at others.

    Parameters
    ----------
    heard : (T,) phones

    Returns
    -------
    list of (int, int), in order, none longer than `LONGEST`
    """
    speaks = np.flatnonzero(heard != _PAUSE)
    if not len(speaks):
        return []
    breaks = np.flatnonzero(np.diff(speaks) > GAP * FPS)
    margin = round(MARGIN * FPS)
    firsts = np.maximum(speaks[np.append(0, breaks + 1)] - margin, 0)
    lasts = np.minimum(speaks[np.append(breaks, -1)] + 1 + margin, len(heard))
    return [piece for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)
            for piece in _cut(heard == _PAUSE, first, last)]  # fmt: skip


def _cut(pause, first, last):
    """A stretch in pieces that are short enough: halved at the longest pause of its middle half, again and again."""
    if last - first <= LONGEST * FPS:
        return [(first, last)]
    quarter = (last - first) // 4
    middle = np.concatenate([[False], pause[first + quarter : last - quarter], [False]])
    starts, ends = np.flatnonzero(np.diff(middle.astype(int))).reshape(-1, 2).T
    if len(starts):
        longest = (ends - starts).argmax()
        at = first + quarter + int(starts[longest] + ends[longest]) // 2
    else:
        at = (first + last) // 2  # nobody breathes: a word may be cut, and is then heard as two unknown ones
    return _cut(pause, first, at) + _cut(pause, at, last)
