"""Words written down piece by piece, and used where they fit what is heard."""

import numpy as np
import pytest

from detailed3dmm_addon.core.steps import finished
from detailed3dmm_addon.speech import alignment, dictation, transcription
from detailed3dmm_addon.speech.dictation import LONGEST, MARGIN, PAUSE, dictating, pieces, samples_of
from detailed3dmm_addon.speech.features import FPS
from detailed3dmm_addon.speech.phones import BILABIALS, INDEX, PHONES
from detailed3dmm_addon.speech.recognition import recognise
from detailed3dmm_addon.speech.viterbi import emissions
from tests.speech.sounds import RATE, Sound, noise, spoken

SAMPLES = RATE // FPS
SILENT, SPEAKING = INDEX["SIL"], INDEX["AA"]


def stretches(*spans):
    """(T,) phones: (seconds, whether somebody speaks) one after another."""
    return np.concatenate([np.full(round(seconds * FPS), SPEAKING if speaks else SILENT) for seconds, speaks in spans])


def heard(said, sure=0.9):
    """(fit, phones) of phones (name, frames), each as sure as that."""
    path = np.concatenate([[INDEX[phone]] * frames for phone, frames in said])
    posteriors = np.full((len(path), len(PHONES)), (1 - sure) / (len(PHONES) - 1), np.float32)
    posteriors[np.arange(len(path)), path] = sure
    return emissions(posteriors), path


class Scribe:
    """Writes what it is told to, piece after piece, whatever it hears."""

    def __init__(self, *texts):
        self.texts = iter(texts)

    def written(self, sounds):
        return [next(self.texts) for _ in sounds]


@pytest.fixture
def dictated(monkeypatch):
    """A function of phones as heard, and of what is written down of each piece: the names of the phones, the text."""
    words = {"bob": "B AA B", "met": "M EH T", "pam": "P AE M", "xylophone": "Z AY L AH F OW N", "pat": "P AE T"}
    monkeypatch.setattr(alignment, "english", lambda: lambda word: words.get(word, "").split())

    def run(said, *texts):
        monkeypatch.setattr(transcription, "transcriber", lambda: Scribe(*texts))
        fit, path = heard(said)
        phones, text = finished(dictating(Sound(np.zeros(len(path) * SAMPLES)), fit, path))
        assert phones[-1].end == pytest.approx(len(path) / FPS)
        return [phone.phone for phone in phones], text

    return run


def test_nothing_is_listened_to_where_nobody_speaks():
    assert pieces(stretches((60, False))) == []


def test_long_pauses_are_left_out():
    found = pieces(stretches((5, False), (3, True), (2 * PAUSE, False), (4, True), (5, False)))
    wanted = [(5 - MARGIN, 8 + MARGIN), (10 - MARGIN, 14 + MARGIN)]
    assert found == [(round(first * FPS), round(last * FPS)) for first, last in wanted]


def test_pieces_are_cut_at_pauses():
    found = pieces(stretches((7, True), (0.2, False), (3, True), (0.6, False), (8, True)))
    assert found == [(0, 710), (710, 1050), (1050, 1880)]


@pytest.mark.parametrize("spoken_for", [1, 100, 3600])
def test_no_piece_is_too_long_and_none_lost(spoken_for):
    found = pieces(stretches((spoken_for, True)))
    assert found[0][0] == 0 and found[-1][1] == spoken_for * FPS
    assert all(last == first for (_, last), (first, _) in zip(found, found[1:], strict=False))
    assert max(last - first for first, last in found) <= LONGEST * FPS


@pytest.mark.parametrize("block", [0.5, 2.0, 30.0])
def test_pieces_are_read_from_blocks_of_any_length(block):
    samples = np.arange(10 * RATE) % 1000
    spans = [(3, 120), (120, 500), (720, 1000)]
    for (first, last), piece in zip(spans, samples_of(Sound(samples, block), spans), strict=True):
        np.testing.assert_array_equal(piece, samples[first * SAMPLES : last * SAMPLES])


def test_words_that_fit_decide(dictated):
    said = [("SIL", 50), ("P", 9), ("AE", 12), ("M", 9), ("B", 8), ("AA", 12), ("D", 7), ("SIL", 50)]
    assert dictated(said, "Pam, Bob.") == (["SIL", "P", "AE", "M", "B", "AA", "B", "SIL"], "Pam, Bob.")


@pytest.mark.parametrize("text", ["Xylophone xylophone.", "", "Bob " * 40])
def test_words_that_do_not_fit_are_left_as_they_were_heard(dictated, text):
    assert dictated([("SIL", 50), ("P", 8), ("AE", 12), ("M", 16)], text) == (["SIL", "P", "AE", "M"], "")


def test_one_wrong_word_spoils_no_other(dictated):
    clear = [("P", 9), ("AE", 12), ("T", 9), ("SIL", 9)]
    phones, _ = dictated([*clear, *clear, ("S", 9), ("IY", 12), ("K", 9), *clear, *clear], "Pat pat bob pat pat.")
    assert phones == ["P", "AE", "T", "SIL"] * 2 + ["S", "IY", "K"] + ["P", "AE", "T", "SIL"] * 2


def test_equal_sounds_stay_two_within_words(dictated):
    phones, _ = dictated([("P", 8), ("AE", 12), ("M", 16), ("EH", 9), ("T", 6)], "Pam met.")
    assert phones == ["P", "AE", "M", "M", "EH", "T"]


def test_a_piece_that_happens_to_fit_makes_no_recording_english(dictated):
    said = [("P", 9), ("AE", 12), ("M", 9), *[("SIL", 300), ("S", 9), ("IY", 12), ("K", 9)] * 2]
    phones, text = dictated(said, "Pam", "xylophone", "xylophone")
    assert phones == ["P", "AE", "M", *["SIL", "S", "IY", "K"] * 2] and text == ""


def test_each_piece_has_words_of_its_own(dictated):
    said = [("P", 9), ("AE", 12), ("M", 9), ("SIL", 300), ("S", 9), ("IY", 12), ("SIL", 300), ("M", 9), ("EH", 12),
            ("T", 9)]  # fmt: skip
    phones, text = dictated(said, "Pam", "xylophone", "met")
    assert phones == ["P", "AE", "M", "SIL", "S", "IY", "SIL", "M", "EH", "T"]
    assert text == "Pam met"


@pytest.fixture
def recogniser():
    """Skips where the recogniser cannot run."""
    if not transcription.is_available():
        pytest.skip(transcription.what_is_missing())


def test_english_in_noise_is_heard_better_with_words(recogniser):
    said = spoken("My brother bought a big boat, and people remember him by the summer.")
    sound = Sound(said.audio + noise(said.duration, 0.4 * said.audio.std())[: len(said.audio)])
    wanted = [(start, end) for phone, start, end in said.phones if phone in BILABIALS]

    def hit(speech):
        found = [phone for phone in speech.phones if phone.phone in BILABIALS]
        return sum(any(p.start < end + 0.04 and p.end > start - 0.04 for p in found) for start, end in wanted)

    with_words, without = recognise(sound, automatic=True), recognise(sound)
    assert with_words.text and not without.text
    assert hit(with_words) >= max(hit(without), 0.8 * len(wanted))


@pytest.mark.parametrize(("language", "text"), [
    ("de", "Mein Bruder baut im Sommer ein blaues Boot am Fluss, und alle Leute kommen."),
    ("es", "Mi perro blanco bebe agua por la mañana en el patio de la casa."),
    ("fr", "Mon ami Philippe mange beaucoup de pommes et boit du vin blanc."),
])  # fmt: skip
def test_other_languages_are_not_made_english(recogniser, language, text):
    sound = Sound(spoken(text, language).audio)
    speech = recognise(sound, automatic=True)
    assert speech.text == "" and speech.phones == recognise(sound).phones


def test_silence_needs_no_recogniser(monkeypatch):
    monkeypatch.setattr(transcription, "is_available", lambda: True)
    monkeypatch.setattr(dictation.transcription, "transcriber", lambda: pytest.fail("loaded"))
    assert recognise(Sound(np.zeros(2 * RATE)), automatic=True).text == ""
