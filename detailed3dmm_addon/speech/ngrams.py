"""How probable an English word is after the two before it: the language model of CMU Sphinx, read as it is stored.

Its binary file is a trie from a word to the word before it and on to the one before that, entries packed bit by bit
(after Heafield 2011, KenLM): a search looks a few hundred words up in every frame, which compiled code does in place.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from ..core.errors import FileFormatError

_HEADER = b"Trie Language Model"
_ORDER = 3
_LEVEL_BITS = 16
_QUANTA = 1 << _LEVEL_BITS  # levels of a probability
_BASE = np.float32(np.log(1.0001))  # the file's logarithms are to base 1.0001
_SINGLE = np.dtype([("probability", "<f4"), ("backoff", "<f4"), ("first", "<i4")])
_PADDING = 8  # bytes behind packed entries

NOBODY = -1  # no word, or one that is not known


class Ngrams(NamedTuple):
    """Logarithms (natural) of words, and packed entries of pairs and triples.

    single : (W + 1,) of "probability", "backoff" and "first", the first pair of each word
    pairs : bytes of (word before, level of the backoff, level of the probability, first triple)
    triples : bytes of (word before that, level of the probability)
    levels : (3, 65536) float32, what the levels stand for: probability and backoff of pairs, probability of triples
    word_bits, first_bits : how many bits a word and the number of a triple take
    """

    single: np.ndarray
    pairs: np.ndarray
    triples: np.ndarray
    levels: np.ndarray
    word_bits: int
    first_bits: int


def read_ngrams(path):
    """The language model of a file.

    Returns
    -------
    Ngrams
    words : list of str, by their numbers

    Raises
    ------
    FileFormatError
        If it is not a trie language model of three words.
    """
    content = np.fromfile(path, np.uint8)
    take = _Reader(content)
    if take(len(_HEADER), np.uint8).tobytes() != _HEADER or take(1, np.uint8) != [_ORDER]:
        raise FileFormatError(f"{path} is not a language model of word triples in CMU Sphinx's binary format.")
    words, pairs, triples = (int(count) for count in take(_ORDER, "<u4"))
    take(1, "<u4")  # how it is quantised: always the same way
    levels = take(3 * _QUANTA, "<f4").reshape(3, _QUANTA) * _BASE
    single = take(words + 1, _SINGLE).copy()
    single["probability"] *= _BASE
    single["backoff"] *= _BASE
    word_bits, first_bits = words.bit_length(), triples.bit_length()
    entries = ((pairs, word_bits + 2 * _LEVEL_BITS + first_bits), (triples, word_bits + _LEVEL_BITS))
    packed = [take(((1 + count) * bits + 7) // 8 + _PADDING, np.uint8) for count, bits in entries]
    spelled = take(int(take(1, "<u4")[0]), np.uint8).tobytes().decode().split("\0")[:words]
    return Ngrams(single, *packed, levels, word_bits, first_bits), spelled


class _Reader:
    """Takes arrays off the front of bytes."""

    def __init__(self, content):
        self._content, self._at = content, 0

    def __call__(self, count, dtype):
        dtype = np.dtype(dtype)
        end = self._at + count * dtype.itemsize
        if end > len(self._content):
            raise FileFormatError("The language model ends too early: fetch it again.")
        taken = np.frombuffer(self._content[self._at : end], dtype)
        self._at = end
        return taken


@njit(cache=True, nogil=True)
def log_probability(ngrams, word, before, earlier):
    """Natural logarithm of how probable `word` is after `earlier` and `before`, numbers of words or NOBODY (Katz 1987:
    where the triple was never seen, the pair's and what backing off to it costs, and so on)."""
    single, pairs, triples, levels, word_bits, first_bits = ngrams
    if before == NOBODY:
        return single[word].probability
    pair_bits, triple_bits = word_bits + 2 * _LEVEL_BITS + first_bits, word_bits + _LEVEL_BITS
    to_first = pair_bits - first_bits
    pair = _found(pairs, pair_bits, word_bits, single[word].first, single[word + 1].first, before)
    backoff = np.float32(0)
    if earlier != NOBODY:
        if pair >= 0:
            low = _bits(pairs, pair * pair_bits + to_first, first_bits)
            high = _bits(pairs, (pair + 1) * pair_bits + to_first, first_bits)
            triple = _found(triples, triple_bits, word_bits, low, high, earlier)
            if triple >= 0:
                return levels[2, _bits(triples, triple * triple_bits + word_bits, _LEVEL_BITS)]
        context = _found(pairs, pair_bits, word_bits, single[before].first, single[before + 1].first, earlier)
        if context >= 0:
            backoff = levels[1, _bits(pairs, context * pair_bits + word_bits, _LEVEL_BITS)]
    if pair >= 0:
        return backoff + levels[0, _bits(pairs, pair * pair_bits + triple_bits, _LEVEL_BITS)]
    return backoff + single[before].backoff + single[word].probability


@njit(cache=True, nogil=True)
def _found(packed, bits, word_bits, low, high, word):
    """Number of the entry, from `low` to before `high`, that begins with `word`, or -1: they are sorted."""
    end = high
    while low < high:
        middle = (low + high) >> 1
        if _bits(packed, middle * bits, word_bits) < word:
            low = middle + 1
        else:
            high = middle
    return low if low < end and _bits(packed, low * bits, word_bits) == word else -1


@njit(cache=True, nogil=True)
def _bits(packed, at, count):
    """Up to 32 bits as a number, little end first."""
    byte, value = at >> 3, np.int64(0)
    for k in range(5):
        value |= np.int64(packed[byte + k]) << (8 * k)
    return (value >> (at & 7)) & ((np.int64(1) << count) - 1)
