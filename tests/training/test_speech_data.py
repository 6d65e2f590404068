"""Training data of the speech network: shards, repairs of what synthesisers and aligners report, still sounds."""
import importlib.util
import shutil

import numpy as np
import pytest

from detailed3dmm_addon.speech.phones import INDEX, PHONES
from training import make_speech_data
from training.speech import degradation, parts, shards, stillness
from training.speech.forced_alignment import _agreeing, with_pauses
from training.speech.utterance import RATE, Utterance

needs_pocketsphinx = pytest.mark.skipif(importlib.util.find_spec("pocketsphinx") is None, reason="no pocketsphinx")
needs_flite = pytest.mark.skipif(shutil.which("flite") is None, reason="no flite")
needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="no espeak-ng")


def tone(seconds, level=0.3):
    return (level * np.sin(2 * np.pi * 200 * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def test_a_shard_comes_back(tmp_path):
    timed = [("SIL", 0, 0.1), ("AA", 0.1, 0.3), (None, 0.3, 0.4), ("M", 0.4, 0.5)]
    spoken = Utterance(tone(0.5), timed, {"voice": "é"})
    odd = Utterance(tone(0.1234), [("S", 0.0, 0.1234)], {"voice": "b"})
    entry = shards.write(tmp_path, "trial", 3, [spoken, odd])
    assert entry["utterances"] == 2 and entry["seconds"] == pytest.approx(0.63)
    assert shards.is_listed(tmp_path, "trial", 3) and not shards.is_listed(tmp_path, "trial", 4)
    first, second = shards.read(tmp_path / "trial-0003.npz")
    assert first.info == {"voice": "é"}
    assert [(phone, round(start, 2), round(end, 2)) for phone, start, end in first.phones] == spoken.phones
    np.testing.assert_allclose(first.audio, spoken.audio, atol=1e-4)
    assert len(second.audio) == 13 * shards.HOP and {"S", "SIL"} >= {phone for phone, *_ in second.phones}


def test_unknown_stretches_have_a_mark_of_their_own(tmp_path):
    shards.write(tmp_path, "trial", 0, [Utterance(tone(0.2), [("AA", 0, 0.1), (None, 0.1, 0.2)])])
    with np.load(tmp_path / "trial-0000.npz") as stored:
        assert stored["phones"].tolist() == [INDEX["AA"]] * 10 + [shards.UNKNOWN] * 10


def test_an_interrupted_run_goes_on(tmp_path):
    arguments = ["--out", str(tmp_path), "--part", "still", "--minutes", "0.2", "--shards"]
    make_speech_data.main([*arguments, "0:1"])
    before = (tmp_path / "still-0000.npz").read_bytes()
    (tmp_path / "still-0000.npz").touch()
    written = (tmp_path / "still-0000.npz").stat().st_mtime_ns
    make_speech_data.main([*arguments, "0:2"])
    assert (tmp_path / "still-0000.npz").stat().st_mtime_ns == written and len(shards.index(tmp_path)) == 2
    other = tmp_path / "other"
    make_speech_data.main(["--out", str(other), "--part", "still", "--minutes", "0.2", "--shards", "0:1"])
    with np.load(other / "still-0000.npz") as made, np.load(tmp_path / "still-0000.npz") as stored:
        np.testing.assert_array_equal(made["audio"], stored["audio"])
    assert len(before) > 0


def test_still_sounds_say_nothing_and_vary():
    made = list(stillness.sounds(np.random.default_rng(0), 120))
    assert {phone for sound in made for phone, *_ in sound.phones} == {"SIL"}
    assert {"room", "noise", "hum", "breath", "knocks", "music"} == {sound.info["voice"] for sound in made}
    levels = [20 * np.log10(sound.audio.std() + 1e-9) for sound in made]
    assert max(levels) > -25 and min(levels) < -55
    assert all(np.isfinite(sound.audio).all() and np.abs(sound.audio).max() <= 1 for sound in made)


@pytest.mark.parametrize("seed", range(6))
def test_bad_recordings_stay_in_time(seed):
    generator = np.random.default_rng(seed)
    audio = np.zeros(RATE, np.float32)
    audio[8000:8400] = 0.5 * np.hanning(400) * np.sin(np.arange(400) * 0.5)
    heard = degradation.degraded(audio, generator)
    assert heard.shape == audio.shape and heard.dtype == np.float32 and np.isfinite(heard).all()
    begins = np.flatnonzero(np.abs(heard) > 0.2 * np.abs(heard).max())[0]
    assert 7950 < begins < 8400, "it sounds when it did"
    assert np.abs(heard - audio).max() > 1e-3


def test_degraded_shards_keep_their_phones(tmp_path):
    timed = [("SIL", 0, 0.1), ("AA", 0.1, 0.3), (None, 0.3, 0.4), ("M", 0.4, 0.5)]
    shards.write(tmp_path, "lj", 0, [Utterance(tone(0.5), timed, {"source": "lj"})])
    shards.write(tmp_path, "espeak", 0, [Utterance(tone(0.5), timed, {"source": "espeak-ng"})])
    made = parts.degraded(0, 3, tmp_path)
    assert len(made) == 6 and {u.info["source"] for u in made} == {"lj", "espeak-ng"}
    assert all([phone for phone, *_ in u.phones] == ["SIL", "AA", None, "M"] for u in made)


def test_pauses_that_the_aligner_swallowed_are_silence():
    audio = np.concatenate([tone(0.4), tone(0.3, 1e-4), tone(0.3)])
    found = with_pauses(audio, [("IY", 0.0, 0.35), ("DH", 0.35, 0.72), ("AH", 0.72, 1.0)])
    assert [phone for phone, *_ in found] == ["IY", "DH", "SIL", "AH"]
    (_, start, end) = found[2]
    assert start == pytest.approx(0.4, abs=0.02) and end == pytest.approx(0.7, abs=0.02)
    held = with_pauses(audio, [("IY", 0.0, 0.35), ("P", 0.35, 0.8), ("AH", 0.8, 1.0)])
    assert [phone for phone, *_ in held] == ["IY", "SIL", "P", "AH"]
    assert held[1][2] == pytest.approx(0.64, abs=0.02), "the lips close before they burst"


def test_where_two_decoders_disagree_nothing_is_claimed():
    kept = _agreeing([("P", 0.0, 0.1), ("AA", 0.1, 0.3)], [("B", 0.0, 0.1), ("AE", 0.1, 0.2), ("UW", 0.2, 0.3)])
    assert [(phone, round(start, 2), round(end, 2)) for phone, start, end in kept] == [
        ("P", 0.0, 0.1), ("AA", 0.1, 0.2), (None, 0.2, 0.3)]


@needs_pocketsphinx
@needs_flite
def test_forced_alignment_finds_what_a_synthesiser_said():
    from training.speech.forced_alignment import align, english_pronunciations, english_words
    from training.speech.synthesisers import flite
    text = "Bob put my map by the pump."
    spoken = flite(text, "rms")
    found = align(spoken.audio, english_words(text), english_pronunciations, {})

    def closures(phones):
        return np.array([start for phone, start, _ in phones if phone in "PBM"])
    assert len(closures(found.phones)) == len(closures(spoken.phones)) == 10
    assert np.median(np.abs(closures(found.phones) - closures(spoken.phones))) < 0.025


@needs_espeak
def test_espeak_closes_before_it_bursts():
    from training.speech.espeak import engine
    spoken = engine().speak("A paper cup, a happy pup.", "en-us", rate=120)
    assert {phone for phone, *_ in spoken.phones} <= set(PHONES)
    assert all(a[2] <= b[1] + 1e-6 for a, b in zip(spoken.phones, spoken.phones[1:], strict=False))
    closures = [(start, end) for phone, start, end in spoken.phones if phone == "P"]
    assert len(closures) >= 5 and np.median([end - start for start, end in closures]) > 0.06
    loud = np.abs(spoken.audio).max()
    for start, _ in closures:
        held = spoken.audio[round((start + 0.01) * RATE):round((start + 0.03) * RATE)]
        assert np.abs(held).max() < 0.2 * loud
