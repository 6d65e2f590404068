"""Words are found where English is spoken, decide what was heard unclearly, and leave everything else alone."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

from detailed3dmm_addon.core.steps import finished  # noqa: E402
from detailed3dmm_addon.speech import words as words_module  # noqa: E402
from detailed3dmm_addon.speech.lexicon import lexicon_of, phones_to, read_dictionary  # noqa: E402
from detailed3dmm_addon.speech.ngrams import read_ngrams  # noqa: E402
from detailed3dmm_addon.speech.phones import INDEX, PHONES  # noqa: E402
from detailed3dmm_addon.speech.recognition import Recogniser  # noqa: E402
from detailed3dmm_addon.speech.viterbi import emissions, free_path  # noqa: E402
from detailed3dmm_addon.speech.word_search import PAUSE, UNKNOWN, search  # noqa: E402
from detailed3dmm_addon.speech.words import English, pieces, searching  # noqa: E402
from tests.speech.language import written  # noqa: E402

SPELLED = {"<s>": "SIL", "bob": "B AA B", "met": "M EH T", "net": "N EH T", "pam": "P AE M", "write": "R AY T",
           "right": "R AY T", "to": "T UW"}  # fmt: skip
WORDS = sorted(SPELLED)
SINGLE = dict.fromkeys(WORDS, (np.log(1 / len(WORDS)), -1.0))
PAIRS = {("bob", "met"): (-0.5, 0.0), ("<s>", "bob"): (-0.5, 0.0), ("to", "write"): (-0.3, 0.0),
         ("pam", "right"): (-0.3, 0.0)}  # fmt: skip
CHANGE = np.full((len(PHONES), len(PHONES)), -3.0, np.float32)
np.fill_diagonal(CHANGE, 0)
LISTENER = Recogniser(None, CHANGE, np.zeros(len(PHONES), np.float32))


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    folder = tmp_path_factory.mktemp("english")
    (folder / "words.dict").write_text("\n".join(f"{word} {phones}" for word, phones in SPELLED.items()))
    ngrams, words = read_ngrams(written(folder / "words.bin", WORDS, SINGLE, PAIRS, {}))
    numbers = {word: k for k, word in enumerate(words)}
    pronunciations = read_dictionary(folder / "words.dict", numbers)
    return English(lexicon_of(pronunciations, ngrams.single["probability"]), ngrams, words)


def heard(sounds, frames=8, sure=0.9):
    """Posteriors of phones, each `frames` long; of "M/N" both are as probable."""
    rows = []
    for sound in sounds.split():
        row = np.full(len(PHONES), (1 - sure) / len(PHONES))
        for phone in sound.split("/"):
            row[INDEX[phone]] += sure / len(sound.split("/"))
        rows += [row] * frames
    return np.array(rows, np.float32)


def understood(posteriors, known, monkeypatch):
    monkeypatch.setattr(words_module, "known_english", lambda: known)
    free = free_path(emissions(posteriors), CHANGE)
    phones, text = finished(searching(posteriors, free, LISTENER))
    return [PHONES[k] for k in phones[np.append(True, np.diff(phones) != 0)]], text, free


def test_what_people_say_decides_what_was_heard_unclearly(known, monkeypatch):
    phones, text, _ = understood(heard("SIL B AA B M/N EH T SIL"), known, monkeypatch)
    assert text == "bob met" and phones == ["SIL", "B", "AA", "B", "M", "EH", "T", "SIL"]


def test_words_that_sound_alike_are_told_apart_by_those_before(known, monkeypatch):
    assert understood(heard("SIL T UW R AY T SIL"), known, monkeypatch)[1] == "to write"
    assert understood(heard("SIL P AE M R AY T SIL"), known, monkeypatch)[1] == "pam right"


def test_what_is_no_english_stays_as_it_was_heard(known, monkeypatch):
    phones, text, free = understood(heard("SIL SH OY Z UH G OY NG SIL"), known, monkeypatch)
    assert text == "" and phones == ["SIL", "SH", "OY", "Z", "UH", "G", "OY", "NG", "SIL"]


def test_a_name_among_words_stays_as_it_was_heard(known, monkeypatch):
    phones, text, _ = understood(heard("SIL B AA B M EH T Z OY G UH T UW R AY T SIL"), known, monkeypatch)
    assert phones == ["SIL", "B", "AA", "B", "M", "EH", "T", "Z", "OY", "G", "UH", "T", "UW", "R", "AY", "T", "SIL"]
    assert text.split() == ["bob", "met", "to", "write"]


def test_nobody_speaks(known, monkeypatch):
    assert understood(heard("SIL SIL"), known, monkeypatch)[:2] == (["SIL"], "")


def test_the_search_accounts_for_every_frame(known):
    fit = np.log(heard("SIL B AA B SIL SH OY Z SIL P AE M SIL"))
    found = search(fit, CHANGE, known.lexicon, known.ngrams, known.words.index("<s>"))
    names = [known.words[word] if word >= 0 else {PAUSE: "_", UNKNOWN: "?"}[word] for word, _, _ in found]
    assert names == ["_", "bob", "_", "?", "_", "pam", "_"]
    np.testing.assert_array_equal(found[:, 2], np.array([1, 4, 5, 8, 9, 12, 13]) * 8)
    assert phones_to(known.lexicon, found[1, 1]) == [INDEX[phone] for phone in ("B", "AA", "B")]


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 3000)), max_size=12))
def test_pieces_are_short_apart_and_leave_no_speech_out(runs):
    speech = np.concatenate([np.zeros(0, bool), *(np.full(length, speaks) for speaks, length in runs)])
    spans = pieces(np.where(speech, 3, 0))
    covered = np.zeros(len(speech), int)
    for first, last in spans:
        assert 0 < last - first <= words_module.LONGEST * 100
        covered[first:last] += 1
    assert (covered <= 1).all() and covered[speech].all()
