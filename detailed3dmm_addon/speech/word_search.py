"""The most probable words in what the network hears: a beam search through a tree of words, compiled.

Token passing (Young et al. 1989) over the phones of a lexicon, with the language model's best guess looked ahead of
while a word is unfinished (Steinbiss et al. 1994). Beside the words every sequence of phones is possible at a price,
so that names, other languages and singing are not forced into words.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .lexicon import ROOT
from .ngrams import NOBODY, log_probability

PAUSE, UNKNOWN = -1, -2  # in place of a word

# All logarithms; found on recorded English that the network was not trained on.
WORD = np.float32(-0.5)  # price of a word
UNKNOWN_WORD = np.float32(-6.0)  # price of a sequence of phones that is none
UNKNOWN_PHONE = np.float32(-1.0)  # and of each of its phones
BEAM = np.float32(13.5)  # how far behind the best a token is given up
MOST = 1500  # tokens at which the beam becomes narrower

_TOKENS = 40000  # room for the tokens of a frame, and
_ROOTS = 4000  # for those between two words
_RECORDS = 1 << 18  # for the words that ended, of a piece
_SLOTS = 1 << 17
_SPREAD = 2654435761  # Knuth's multiplier for hashing


# Ways to come here: the state, the last word and the one before it, the logarithm, the record of the last word.
_TOKEN = np.dtype([("state", "i4"), ("word", "i4"), ("earlier", "i4"), ("score", "f4"), ("record", "i4")])
# Where the token of a state and word stands: a hash table that is empty again with every new stamp.
_SLOT = np.dtype([("key", "i8"), ("stamp", "i4"), ("place", "i4")])
# Words that ended: the one before, the word, the state in which it ended, the frame after it.
_RECORD = np.dtype([("previous", "i4"), ("word", "i4"), ("state", "i4"), ("end", "i4")])


def search(fit, change, lexicon, ngrams, first_word):
    """The best way through frames.

    Parameters
    ----------
    fit : (T, K) float32, how well a frame fits a phone, logarithms ; the first phone is silence
    change : (K, K) float32, logarithm of going from one phone to another where no word is known
    lexicon : lexicon.Lexicon ; ngrams : ngrams.Ngrams ; first_word : number of what a sentence begins with

    Returns
    -------
    (n, 3) int : word (or PAUSE, UNKNOWN), the lexicon's place in which it ended, the frame after it; empty where
    nothing was found
    """
    room = [np.zeros(count, _TOKEN) for count in (_TOKENS, _TOKENS, _ROOTS)]
    records, last = np.zeros(_RECORDS, _RECORD), 0
    last = _search(np.ascontiguousarray(fit, np.float32), np.ascontiguousarray(change, np.float32), lexicon.places,
                   lexicon.words, ngrams, first_word, *room, np.zeros(_SLOTS, _SLOT), records)  # fmt: skip
    way = []
    while last:
        previous, *word = records[last].tolist()
        way.append(word)
        last = previous
    return np.array(way[::-1], int).reshape(-1, 3)


@njit(cache=True, nogil=True)
def _search(fit, change, places, words, ngrams, first_word, here, there, roots, table, records):
    """Fills `records`; returns the number of the last one, 0 where there is none."""
    ended, beam, count = 1, BEAM, 0  # record 0 is the beginning
    roots[0].word, roots[0].earlier, at_root = first_word, NOBODY, 1
    for frame in range(len(fit)):
        least = max(_best(here, count), _best(roots, at_root)) - beam
        count = _spoken(here[:count], roots[:at_root], there, table, 2 * frame + 1, fit[frame], change, places, least)
        here, there = there, here
        best = _best(here, count)
        if count > MOST:
            beam = max(beam * np.float32(0.9), BEAM * np.float32(0.3))
        elif count < 0.7 * MOST:
            beam = min(beam * np.float32(1.05), BEAM)
        at_root = 0
        for k in range(count):
            token = here[k]
            if token.score < best - beam:
                continue
            first, last = 0, 1
            if token.state < len(places) - 1:
                first, last = places[token.state].first, places[token.state + 1].first
            for j in range(first, last):
                what, word, earlier, score = PAUSE, token.word, token.earlier, token.score
                if token.state < len(places) - 1:
                    what, earlier = words[j], word
                    score += log_probability(ngrams, what, word, token.earlier) - places[token.state].best
                    word = what
                elif token.state > len(places) - 1:
                    what, word, earlier = UNKNOWN, NOBODY, NOBODY
                if score < best - beam or ended == len(records):
                    continue
                place, at_root = _offer(roots, at_root, table, 2 * frame + 2, ROOT, word, earlier, score, ended)
                if place >= 0:
                    record = records[ended]
                    record.previous, record.word, record.state, record.end = token.record, what, token.state, frame + 1
                    ended += 1
        for k in range(count):
            here[k].score -= best
        for k in range(at_root):
            roots[k].score -= best
    last, best = 0, np.float32(-np.inf)
    for k in range(at_root):
        if roots[k].score > best:
            last, best = roots[k].record, roots[k].score
    return last


@njit(cache=True, nogil=True)
def _spoken(tokens, roots, to, table, stamp, fit, change, places, least):
    """One frame further: every token stays in its phone or goes on to another, those at the root begin a word, a pause
    or something unknown. Fills `to`; returns how many are there."""
    pause = len(places) - 1  # the states behind those of the lexicon: a pause, and phones of something unknown
    unknown = pause + 1
    least_there = least + fit.max()
    n = 0
    for k in range(len(tokens) + len(roots)):
        at_root = k >= len(tokens)
        token = roots[k - len(tokens)] if at_root else tokens[k]
        state, score = token.state, token.score
        if score < least:
            continue
        if at_root or state < pause:
            onwards = score + WORD if at_root else score - places[state].best
            for child in range(places[state].child, places[state + 1].child):
                n = _moved(token, to, n, table, stamp, child,
                           onwards + places[child].best + fit[places[child].phone], least_there)  # fmt: skip
        if at_root or state >= unknown:
            price = UNKNOWN_WORD + UNKNOWN_PHONE if at_root else UNKNOWN_PHONE
            for phone in range(1, len(fit)):
                came = np.float32(0) if at_root else change[state - unknown, phone]
                there = score + fit[phone] + price + came
                if there >= least_there and unknown + phone != state:  # where the words before are forgotten
                    _, n = _offer(to, n, table, stamp, unknown + phone, NOBODY, NOBODY, there, token.record)
        if at_root:
            n = _moved(token, to, n, table, stamp, pause, score + fit[0], least_there)
        else:
            phone = places[state].phone if state < pause else max(state - unknown, 0)
            n = _moved(token, to, n, table, stamp, state, score + fit[phone], least_there)
    return n


@njit(cache=True, nogil=True)
def _moved(token, to, n, table, stamp, state, score, least):
    if score >= least:
        _, n = _offer(to, n, table, stamp, state, token.word, token.earlier, score, token.record)
    return n


@njit(cache=True, nogil=True)
def _offer(tokens, n, table, stamp, state, word, earlier, score, record):
    """A token for its state and last word, of which the best one stays: where it stands, or -1, and how many there
    are."""
    key = np.int64(state) * (1 << 20) + word + 1
    at = ((key * _SPREAD) >> 12) & (_SLOTS - 1)
    while table[at].stamp == stamp and table[at].key != key:
        at = (at + 1) & (_SLOTS - 1)
    slot = table[at]
    if slot.stamp != stamp:
        if n == len(tokens):
            return -1, n
        slot.stamp, slot.key, slot.place = stamp, key, n
        n += 1
    elif score <= tokens[slot.place].score:
        return -1, n
    token = tokens[slot.place]
    token.state, token.word, token.earlier, token.score, token.record = state, word, earlier, score, record
    return slot.place, n


@njit(cache=True, nogil=True)
def _best(tokens, count):
    best = np.float32(-np.inf)
    for k in range(count):
        best = max(best, tokens[k].score)
    return best
