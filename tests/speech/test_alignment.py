"""Sequences of phones out of the network's answers, with and without the words."""

import itertools

import numpy as np
import pytest

from detailed3dmm_addon.core.steps import finished
from detailed3dmm_addon.speech import alignment
from detailed3dmm_addon.speech.alignment import aligning
from detailed3dmm_addon.speech.phones import INDEX, PHONES
from detailed3dmm_addon.speech.recognition import Recogniser, understanding
from detailed3dmm_addon.speech.viterbi import BLOCK, chain_path, emissions, finding_chain, finding_path, free_path

CHANGE = np.where(np.eye(len(PHONES)) > 0, 0, -3).astype(np.float32)


def phones_of(posteriors, change, transcript=None):
    return finished(understanding(posteriors, Recogniser(None, change, None), transcript))[0]


def heard(spoken, sure=0.9):
    """Posteriors of phones (name, frames), each as sure as that."""
    path = np.concatenate([[INDEX[phone]] * frames for phone, frames in spoken])
    posteriors = np.full((len(path), len(PHONES)), (1 - sure) / (len(PHONES) - 1), np.float32)
    posteriors[np.arange(len(path)), path] = sure
    return posteriors


def names(phones):
    return [phone.phone for phone in phones]


def spelled(words):
    """A pronunciation for a few words, in place of the trained one."""
    return lambda word: words.get(word, "").split()


@pytest.fixture
def english(monkeypatch):
    words = {"bob": "B AA B", "met": "M EH T", "pam": "P AE M", "xylophone": "Z AY L AH F OW N"}
    monkeypatch.setattr(alignment, "english", lambda: spelled(words))


def test_best_free_path_is_the_best_of_all():
    rng = np.random.default_rng(0)
    fit, change = rng.normal(size=(5, 3)), rng.normal(size=(3, 3))

    def score(path):
        return fit[range(5), path].sum() + sum(change[a, b] for a, b in itertools.pairwise(path))

    best = max(itertools.product(range(3), repeat=5), key=score)
    assert tuple(free_path(fit.astype(np.float32), change.astype(np.float32))) == best


def test_best_chain_is_the_best_of_all():
    rng = np.random.default_rng(1)
    fit, states = rng.normal(size=(7, 4)), np.array([0, 1, 0, 2, 0])
    optional = np.array([True, False, True, False, True])

    def reachable(path):
        steps = [b - a for a, b in itertools.pairwise(path)]
        fits = all(0 <= s <= 2 and (s < 2 or optional[a + 1]) for a, s in zip(path, steps, strict=False))
        return path[0] <= 1 and path[-1] >= 3 and fits

    paths = filter(reachable, itertools.product(range(5), repeat=7))
    best = max(paths, key=lambda path: fit[range(7), states[list(path)]].sum())
    path, score = chain_path(fit, states, optional)
    assert tuple(path) == best
    assert score == pytest.approx(fit[range(7), states[list(best)]].mean())


def test_a_flicker_is_no_phone():
    posteriors = heard([("SIL", 20), ("AA", 10), ("T", 1), ("AA", 10), ("M", 8), ("SIL", 20)], sure=0.6)
    assert names(phones_of(posteriors, CHANGE)) == ["SIL", "AA", "M", "SIL"]


def test_a_closure_counts_although_its_phone_is_in_doubt():
    posteriors = heard([("AA", 10), ("D", 8), ("AA", 10)], sure=0.4)
    posteriors[10:18, [INDEX[phone] for phone in "PBM"]] = 0.2  # together more than D
    assert names(phones_of(posteriors, CHANGE))[1] in ("P", "B", "M")


def test_phones_cover_the_recording():
    phones = phones_of(heard([("SIL", 13), ("B", 9), ("IY", 20)]), CHANGE)
    assert [(p.phone, p.start, p.end) for p in phones] == [("SIL", 0, 0.13), ("B", 0.13, 0.22), ("IY", 0.22, 0.42)]
    assert phones_of(np.zeros((0, len(PHONES)), np.float32), CHANGE) == []


def test_words_decide_where_hearing_is_in_doubt(english):
    spoken = [("SIL", 20), ("B", 8), ("AA", 12), ("B", 7), ("SIL", 15), ("P", 8), ("AE", 12), ("M", 9)]
    posteriors = heard(spoken, sure=0.8)
    posteriors[40:47] = heard([("D", 7)], sure=0.6)  # the second B of Bob sounds rather like a D
    posteriors[40:47, INDEX["B"]] = 0.2
    assert names(phones_of(posteriors, CHANGE)) == ["SIL", "B", "AA", "D", "SIL", "P", "AE", "M"]
    phones = phones_of(posteriors, CHANGE, "Bob, Pam!")
    assert names(phones) == ["SIL", "B", "AA", "B", "SIL", "P", "AE", "M"]
    assert phones[3].start == pytest.approx(0.40, abs=0.02)
    assert phones[-1].end == pytest.approx(0.91)


def test_two_equal_sounds_in_a_row_stay_two(english):
    posteriors = heard([("P", 8), ("AE", 12), ("M", 16), ("EH", 9), ("T", 6)])
    assert names(phones_of(posteriors, CHANGE, "Pam met")) == ["P", "AE", "M", "M", "EH", "T"]


@pytest.mark.parametrize("text", ["xylophone xylophone", "", "...", "你好", "Bob " * 40])
def test_words_that_do_not_fit_are_not_used(english, text):
    posteriors = heard([("P", 8), ("AE", 12), ("M", 16)])
    fit = emissions(posteriors)
    assert finished(aligning(fit, free_path(fit, CHANGE), text)) is None
    phones, _, fits = finished(understanding(posteriors, Recogniser(None, CHANGE, None), text))
    assert names(phones) == ["P", "AE", "M"] and fits == (not text)


def test_another_language_is_read_as_it_is_spelled(english):
    posteriors = heard([("M", 8), ("AA", 12), ("N", 8), ("OW", 12)])
    phones = finished(aligning(emissions(posteriors), posteriors.argmax(1), "mano"))
    assert names(phones) == ["M", "AA", "N", "OW"]


def test_long_chains_are_followed_in_a_window():
    rng = np.random.default_rng(3)
    states = rng.integers(0, 40, 4000)
    fit = np.full((8000, 40), -5.0)
    fit[np.arange(8000), np.repeat(states, 2)] = 0
    path, score = chain_path(fit, states, np.zeros(4000, bool))
    assert score > -0.01
    np.testing.assert_array_equal(states[path], np.repeat(states, 2))


def test_nobody_waits_long_for_a_share():
    posteriors = heard([("SIL", BLOCK), ("P", 8), ("AE", BLOCK), ("M", 16)])
    fit, states = emissions(posteriors), np.array([INDEX[phone] for phone in ("SIL", "P", "AE", "M")])
    for steps, count in ((finding_path(fit, CHANGE), 3), (finding_chain(fit, states, states == 0), 5)):
        shares = []
        path = finished(steps, shares.append)
        assert len(shares) == count and shares == sorted(shares) and shares[-1] <= 1
        assert len(path if count == 3 else path[0]) == len(fit)


def test_words_are_not_put_into_silence(english):
    phones = phones_of(heard([("SIL", 400)]), CHANGE, "Bob, Pam!")
    assert names(phones) == ["SIL"]
