"""Words written down by the fetched recogniser, and what is made of its answers."""

import numpy as np
import pytest

from detailed3dmm_addon.core import weights
from detailed3dmm_addon.core.errors import WeightsError
from detailed3dmm_addon.speech import transcription
from detailed3dmm_addon.speech.letters import words_of
from detailed3dmm_addon.speech.transcription import token_table, transcriber, without_circles
from tests.speech.sounds import spoken


@pytest.fixture
def recogniser():
    """The recogniser; skips where it cannot run."""
    if not transcription.is_available():
        pytest.skip(transcription.what_is_missing())
    return transcriber()


def test_lengths_of_tokens_take_one_byte_or_two():
    long = bytes(300)
    assert token_table(b"\x02ab\x00" + bytes([300 % 128 + 128, 300 // 128]) + long) == [b"ab", b"", long]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("He was not a bad man", "He was not a bad man"),
        ("No, no, I said", "No, no, I said"),
        ("the first step the first step the first step the first", "the first step"),
        ("So the old old old old man", "So the old"),
        ("", ""),
    ],
)
def test_a_decoder_that_goes_round_in_circles_is_cut_short(written, kept):
    assert without_circles(written) == kept


def test_what_espeak_says_is_written_down(recogniser):
    texts = ["My brother bought a big boat.", "People remember the summer."]
    sounds = [spoken(text).audio for text in texts]
    for text, written in zip(texts, recogniser.written(sounds), strict=True):
        assert len(set(words_of(text)) & set(words_of(written))) >= 0.6 * len(words_of(text))


def test_pieces_of_any_length_keep_their_order(recogniser):
    long, short = spoken("Many people remember the summer by the sea.").audio, spoken("Hello.").audio
    first, nothing, last = recogniser.written([long, np.zeros(3, np.float32), short])
    assert len(first) > len(last) > len(nothing)


def test_without_its_networks_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(tmp_path))
    transcriber.cache_clear()
    assert "networks" in transcription.what_is_missing() or "onnxruntime" in transcription.what_is_missing()
    with pytest.raises(WeightsError, match="tools/speech_models.py"):
        transcriber()
    transcriber.cache_clear()


def test_without_its_runtime_it_says_so(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert not transcription.is_available()
    assert "onnxruntime" in transcription.what_is_missing()
