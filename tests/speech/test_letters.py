"""Letter to sound: words of several languages, as they are found in texts and as they are pronounced."""

import numpy as np
import pytest

from detailed3dmm_addon.speech.letters import LETTERS, REACH, as_spelled, contexts, english, words_of
from detailed3dmm_addon.speech.numerals import spoken
from detailed3dmm_addon.speech.phones import PHONES


def test_words_of_a_text():
    text = "“Don’t stop,” said Bob — twice; l'été, Straße, мама."
    assert words_of(text) == ["don't", "stop", "said", "bob", "twice", "l'été", "straße", "мама"]


@pytest.mark.parametrize(
    ("word", "phones"),
    [("mama", "M AA M AA"), ("schön", "SH OW N"), ("perro", "P EH R OW"), ("мама", "M AA M AA"), ("été", "EH T EH"),
     ("łapa", "W AA P AA"), ("γάτα", "G AA T AA")],
)  # fmt: skip
def test_words_as_they_are_spelled(word, phones):
    assert as_spelled(word) == phones.split()


def test_scripts_that_are_not_known_have_no_sound():
    assert as_spelled("你好") == []


def test_a_letter_is_read_with_its_neighbours():
    rows = contexts("bob")
    assert rows.shape == (3, 2 * REACH + 1)
    assert "".join(LETTERS[k] for k in rows[1]) == "____bob____"


@pytest.mark.parametrize(
    ("word", "phones"),
    [("map", "M AE P"), ("bob", "B AA B"), ("knife", "N AY F"), ("ship", "SH IH P"), ("table", "T EY B AH L"),
     ("people", "P IY P AH L"), ("box", "B AA K S"), ("phone", "F OW N"), ("was", "W AH Z")],
)  # fmt: skip
def test_english_words(word, phones):
    assert english()(word) == phones.split()


def test_english_keeps_every_closure_that_is_spelled():
    """Closures show most: p, b and m are heard in these words as often as they are written."""
    words = ["computer", "remember", "impossible", "problem", "mumble", "october", "number", "paper", "membership"]
    said = ["".join(p for p in english()(word) if p in "PBM").lower() for word in words]
    assert said == ["".join(c for c in word if c in "pbm") for word in words]


def test_any_letters_give_known_phones():
    rng = np.random.default_rng(0)
    for _ in range(50):
        word = "".join(rng.choice(list("abcdefghijklmnopqrstuvwxyzéñ'"), rng.integers(1, 15)))
        assert set(english()(word)) <= set(PHONES)


def test_figures_are_words_too():
    assert words_of("In 1805 some 1,500 men, 4 of them.") == ["in", "1805", "some", "1500", "men", "4", "of", "them"]


@pytest.mark.parametrize(
    ("figures", "words"),
    [("0", "zero"), ("7", "seven"), ("13", "thirteen"), ("76", "seventy six"), ("476", "four hundred seventy six"),
     ("1805", "eighteen oh five"), ("1900", "nineteen hundred"), ("1984", "nineteen eighty four"),
     ("2007", "two thousand seven"), ("1000000", "one million"), ("007", "zero zero seven"),
     ("1234567890123", "one two three four five six seven eight nine zero one two three")],
)  # fmt: skip
def test_figures_as_english_says_them(figures, words):
    assert spoken(figures) == words.split()
    assert english()(figures) == [phone for word in words.split() for phone in english()(word)]
