"""Letter to sound: how written words are pronounced.

English by a small network that reads each letter with its neighbours and says what it sounds like (after Sejnowski &
Rosenberg 1987, NETtalk); other languages in Latin, Greek or Cyrillic script as they are spelled, which is what most of
them do. Good enough to lay words along a recording: the recording itself says how long each sound lasts.
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import lru_cache

import numpy as np

from ..core import weights
from .numerals import spoken

LETTERS = "_abcdefghijklmnopqrstuvwxyz'"  # "_" stands for no letter
REACH = 5  # letters on both sides that a letter's sound depends on
NAME = "letters"

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d{1,3}(?:,\d{3})+|\d+")
_DIGRAPHS = {
    "sch": "SH", "tsch": "CH", "sh": "SH", "ch": "CH", "ph": "F", "th": "T", "qu": "K W", "gu": "G", "ll": "Y",
    "ny": "N Y", "ei": "AY", "ai": "AY", "eu": "OY", "au": "AW", "ou": "UW", "oo": "UW", "ee": "IY", "ie": "IY",
    "gn": "N Y", "zh": "ZH", "cz": "CH", "sz": "SH", "rz": "ZH", "ng": "NG", "ck": "K", "dj": "JH", "nj": "N Y",
}  # fmt: skip
_SPELLED = {
    "a": "AA", "b": "B", "c": "K", "d": "D", "e": "EH", "f": "F", "g": "G", "h": "HH", "i": "IY", "j": "Y", "k": "K",
    "l": "L", "m": "M", "n": "N", "o": "OW", "p": "P", "q": "K", "r": "R", "s": "S", "t": "T", "u": "UW", "v": "V",
    "w": "V", "x": "K S", "y": "IY", "z": "Z", "ß": "S", "æ": "EH", "ø": "OW", "œ": "OW", "đ": "D", "ł": "W", "ı": "IH",
    "þ": "TH", "ð": "DH",
    "а": "AA", "б": "B", "в": "V", "г": "G", "д": "D", "е": "EH", "ж": "ZH", "з": "Z", "и": "IY", "к": "K", "л": "L",
    "м": "M", "н": "N", "о": "OW", "п": "P", "р": "R", "с": "S", "т": "T", "у": "UW", "ф": "F", "х": "HH", "ц": "T S",
    "ч": "CH", "ш": "SH", "щ": "SH", "ъ": "", "ы": "IH", "ь": "", "э": "EH", "ю": "Y UW", "я": "Y AA", "і": "IY",
    "α": "AA", "β": "V", "γ": "G", "δ": "DH", "ε": "EH", "ζ": "Z", "η": "IY", "θ": "TH", "ι": "IY", "κ": "K", "λ": "L",
    "μ": "M", "ν": "N", "ξ": "K S", "ο": "OW", "π": "P", "ρ": "R", "σ": "S", "ς": "S", "τ": "T", "υ": "IY", "φ": "F",
    "χ": "HH", "ψ": "P S", "ω": "OW",
}  # fmt: skip


def words_of(text):
    """The words of a text, lower case; numbers are words too, in figures without commas."""
    return [
        word.replace("’", "'").replace(",", "").lower() for word in _WORD.findall(unicodedata.normalize("NFC", text))
    ]


def as_spelled(word):
    """Phones of a word in a language that is written as it sounds; of scripts that are not known, none."""
    plain = "".join(_base(letter) for letter in word)
    phones, at = [], 0
    while at < len(plain):
        size = next((n for n in (4, 3, 2) if plain[at : at + n] in _DIGRAPHS), 1)
        piece = plain[at : at + size]
        phones += (_DIGRAPHS if size > 1 else _SPELLED).get(piece, "").split()
        at += size
    return [phone for k, phone in enumerate(phones) if not k or phone != phones[k - 1]]


def _base(letter):
    """A letter less its accents, where the letter itself is not known."""
    return letter if letter in _SPELLED else unicodedata.normalize("NFD", letter)[0]


def contexts(word):
    """What the network reads: (letters, 2 REACH + 1) indices into `LETTERS`, a row for each letter of the word."""
    padded = "_" * REACH + word + "_" * REACH
    indices = np.array([max(LETTERS.find(letter), 0) for letter in padded])
    return np.lib.stride_tricks.sliding_window_view(indices, 2 * REACH + 1)


class EnglishSpelling:
    """The trained network, numpy alone.

    tensors : "table" (2 REACH + 1, letters, hidden), "bias", "layer", "layer_bias", "answer", "answer_bias"
    sounds : what a letter can sound like, phones separated by spaces
    exceptions : dict of frequent words that are not spoken as they are spelled -> phones separated by spaces
    """

    def __init__(self, tensors, sounds, exceptions=None):
        self._t = {name: tensor.astype(np.float32) for name, tensor in tensors.items()}
        self._sounds = [sound.split() for sound in sounds]
        self._exceptions = exceptions or {}

    def __call__(self, word):
        """Phones of an English word, or of a number in figures; letters with accents are read as without."""
        if word.isdecimal():
            return [phone for part in spoken(word) for phone in self(part)]
        t, plain = self._t, unicodedata.normalize("NFD", word)
        plain = "".join(letter for letter in plain if letter in LETTERS[1:])
        if not plain:
            return []
        if plain in self._exceptions:
            return self._exceptions[plain].split()
        rows = contexts(plain)
        hidden = np.maximum(t["table"][np.arange(rows.shape[1]), rows].sum(1) + t["bias"], 0)
        hidden = np.maximum(hidden @ t["layer"] + t["layer_bias"], 0)
        best = (hidden @ t["answer"] + t["answer_bias"]).argmax(1)
        return [phone for sound in best for phone in self._sounds[sound]]


@lru_cache(maxsize=1)
def english():
    """The published spelling of English."""
    tensors, metadata = weights.load(NAME)
    return EnglishSpelling(tensors, metadata["sounds"].split("|"), json.loads(metadata["exceptions"]))
