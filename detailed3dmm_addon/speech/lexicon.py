"""The words of a pronouncing dictionary as a tree of their phones: words that begin alike share their beginning."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .phones import INDEX, phones_of_arpabet

ROOT = 0  # the place between two words
_NONE = 255  # beyond a word's last phone


PLACE = np.dtype([("phone", "i4"), ("parent", "i4"), ("child", "i4"), ("first", "i4"), ("best", "f4")])


class Lexicon(NamedTuple):
    """A tree of N places, breadth first, so that those after a place, and the words that end in it, lie side by side.

    places : (N + 1,) of `PLACE`: index into `phones.PHONES` of what is said there, the place before, the first place
        after, where its words begin in `words`, and the logarithm of the most probable word that it leads to
    words : (P,) int32, numbers of words
    """

    places: np.ndarray
    words: np.ndarray


def read_dictionary(path, numbers):
    """Pronunciations of words in a dictionary in the form of CMUdict: a word, its phones, further ones as `word(2)`.

    Parameters
    ----------
    path : of the file ; numbers : dict of the words to keep -> their number

    Returns
    -------
    list of (tuple of indices into `phones.PHONES`, number), none twice
    """
    index = {}
    found = set()
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            word, *labels = line.split("#")[0].split()
            number = numbers.get(word.split("(")[0])
            if number is not None:
                for label in labels:
                    if label not in index:
                        index[label] = [INDEX[phone] for phone in phones_of_arpabet(label)]
                found.add((tuple(phone for label in labels for phone in index[label]), number))
    return sorted(found)


def lexicon_of(pronunciations, probability):
    """The tree of pronunciations.

    Parameters
    ----------
    pronunciations : sorted list of (phones, number of the word), as of `read_dictionary`
    probability : (W,) logarithms, by the number

    Returns
    -------
    Lexicon
    """
    phones = np.full((len(pronunciations), max(len(said) for said, _ in pronunciations) + 1), _NONE, np.uint8)
    for row, (said, _) in enumerate(pronunciations):
        phones[row, : len(said)] = said
    numbers = np.array([number for _, number in pronunciations])
    place = np.zeros(len(phones), int)  # that each pronunciation has come to
    other = np.arange(len(phones)) == 0  # rows that have parted from the row before
    levels = [(np.array([-1]), np.array([_NONE], np.uint8))]
    size = 1
    for column in range(phones.shape[1] - 1):
        other[1:] |= phones[1:, column] != phones[:-1, column]
        goes_on = phones[:, column] != _NONE
        new = other & goes_on
        levels.append((place[new], phones[new, column]))
        place = np.where(goes_on, size + np.cumsum(new) - 1, place)
        size += int(new.sum())
    parent, phone = (np.concatenate(each) for each in zip(*levels, strict=True))
    order, every = np.argsort(place, kind="stable"), np.arange(size + 1)
    places = np.zeros(size + 1, PLACE)
    places["phone"][:-1], places["parent"][:-1] = phone, parent
    places["child"], places["first"] = np.searchsorted(parent, every), np.searchsorted(place[order], every)
    places["best"][:-1] = _best([above for above, _ in levels], place, probability[numbers])
    return Lexicon(places, numbers[order].astype(np.int32))


def _best(parents, ends, probability):
    """(N,) the most probable word behind each place: of those that end in it, and, level by level, behind it."""
    best = np.full(sum(map(len, parents)), -np.inf, np.float32)
    np.maximum.at(best, ends, probability)
    end = len(best)
    for above in parents[:0:-1]:
        np.maximum.at(best, above, best[end - len(above) : end])
        end -= len(above)
    best[ROOT] = 0
    return best


def phones_to(lexicon, place):
    """Indices of the phones that are said on the way from the root to a place."""
    phones = []
    while place != ROOT:
        phones.append(int(lexicon.places["phone"][place]))
        place = lexicon.places["parent"][place]
    return phones[::-1]
