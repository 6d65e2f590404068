"""Sound files: what is read equals what was written, and what cannot be spoken from is told in one sentence."""
import os
import tracemalloc

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detailed3dmm_addon.core.errors import AudioError, ParameterError
from detailed3dmm_addon.speech.audio import RATE, open_audio


def tone(seconds, rate=RATE, hertz=220.0):
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def read(path, **blocks):
    return np.concatenate(list(open_audio(path).blocks(**blocks)))


def refused(path):
    """The one sentence that answers this file."""
    with pytest.raises(AudioError) as raised:
        read(path)
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "aiff"])
def test_formats(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, tone(2), RATE)
    samples = read(path)
    assert samples.dtype == np.float32
    assert abs(len(samples) - 2 * RATE) <= 1200  # an encoder may pad by a packet
    inside = slice(RATE // 2, RATE)
    assert np.abs(samples[inside] - tone(2)[inside]).max() < 0.05


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 48000, 96000, 192000])
def test_sample_rates(tmp_path, rate):
    soundfile.write(tmp_path / "a.wav", tone(2, rate), rate, subtype="FLOAT")
    audio = open_audio(tmp_path / "a.wav")
    samples = np.concatenate(list(audio.blocks()))
    assert len(samples) == audio.samples == 2 * RATE
    assert audio.duration == 2
    np.testing.assert_allclose(samples[4000:-4000], tone(2)[4000:-4000], atol=2e-3)


def test_channels_are_mixed(tmp_path):
    surround = np.zeros((RATE, 6), np.float32)
    surround[:, 2] = tone(1)
    soundfile.write(tmp_path / "a.wav", surround, RATE, subtype="FLOAT")
    np.testing.assert_allclose(read(tmp_path / "a.wav"), tone(1) / 6, atol=1e-6)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0.1, 1.5), st.sampled_from([8000, 16000, 44100]), st.floats(0.05, 1), st.floats(0, 0.9))
def test_blocks_repeat_their_overlap_and_lose_nothing(tmp_path, seconds, rate, block, share):
    soundfile.write(tmp_path / "a.wav", tone(seconds, rate), rate, subtype="FLOAT")
    audio = open_audio(tmp_path / "a.wav")
    whole = np.concatenate(list(audio.blocks()))
    assert len(whole) == audio.samples
    overlap = share * block
    step, at = round((block - overlap) * RATE), 0
    for samples in audio.blocks(block, overlap):
        np.testing.assert_array_equal(samples, whole[at:at + round(block * RATE)])
        end, at = at + len(samples), at + step
    assert end == len(whole)


def test_overlap_must_fit(tmp_path):
    soundfile.write(tmp_path / "a.wav", tone(1), RATE)
    with pytest.raises(ParameterError, match="overlap"):
        next(open_audio(tmp_path / "a.wav").blocks(1, 1))


def test_unicode_path(tmp_path):
    path = tmp_path / "größe 語り 🎤" / "así.wav"
    path.parent.mkdir()
    soundfile.write(path, tone(1), RATE)
    assert len(read(path)) == RATE


def test_clipped_sound_is_read(tmp_path):
    soundfile.write(tmp_path / "a.wav", 40 * tone(1), RATE, subtype="FLOAT")
    samples = read(tmp_path / "a.wav")
    assert np.abs(samples).max() == 1


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_samples_that_are_not_numbers(tmp_path, bad):
    samples = tone(2)
    samples[RATE] = bad
    soundfile.write(tmp_path / "a.wav", samples, RATE, subtype="FLOAT")
    assert "not numbers, at 1.00 s" in refused(tmp_path / "a.wav")


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_truncated_files(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    noise = np.random.default_rng(1).standard_normal(20 * RATE).astype(np.float32)
    soundfile.write(path, 0.1 * noise, RATE)
    path.write_bytes(path.read_bytes()[:path.stat().st_size // 2])
    assert "breaks off" in refused(path)


def test_wav_whose_length_was_unknown_when_it_began(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(1), RATE, subtype="PCM_16")
    content = bytearray(path.read_bytes())
    content[40:44] = b"\xff" * 4
    path.write_bytes(content)
    assert len(read(path)) == RATE


@pytest.mark.parametrize(("name", "content", "words"), [
    ("a.wav", b"", "empty"), ("a.wav", b"once upon a time" * 99, "not a sound file"),
    ("a.mp3", bytes(range(256)) * 9, "not a sound file"), ("a.raw", bytes(9999), "not a sound file"),
    ("a.wav", b"RIFF\x24\0\0\0WAVEfmt ", "not a sound file"), ("film.m4a", b"\0\0\0\x20ftypM4A " * 50, "convert it"),
])
def test_not_audio(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    assert words in refused(tmp_path / name)


def test_no_samples_and_too_few(tmp_path):
    for count in (0, 1, 200):
        soundfile.write(tmp_path / "a.wav", np.zeros(count), RATE)
        assert "holds no sound" in refused(tmp_path / "a.wav")


@pytest.mark.parametrize("rate", [1, 1000, 2_000_000])
def test_impossible_rates(tmp_path, rate):
    soundfile.write(tmp_path / "a.wav", tone(1), rate)
    assert "samples a second" in refused(tmp_path / "a.wav")


def test_missing_folder_and_unreadable(tmp_path):
    assert "no sound file" in refused(tmp_path / "a.wav")
    assert "folder" in refused(tmp_path)
    soundfile.write(tmp_path / "b.wav", tone(1), RATE)
    (tmp_path / "b.wav").chmod(0)
    if not os.access(tmp_path / "b.wav", os.R_OK):
        assert "cannot be read" in refused(tmp_path / "b.wav")


def test_removed_between_choosing_and_baking(tmp_path):
    soundfile.write(tmp_path / "a.wav", tone(1), RATE)
    audio = open_audio(tmp_path / "a.wav")
    (tmp_path / "a.wav").unlink()
    with pytest.raises(AudioError, match="removed"):
        next(audio.blocks())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["wav", "flac", "ogg", "mp3"]), st.integers(0, 100_000), st.binary(max_size=30),
       st.integers(1, 100_000))
def test_damaged_files_are_read_or_refused(tmp_path, suffix, place, noise, length):
    whole = tmp_path / f"whole.{suffix}"
    if not whole.exists():
        soundfile.write(whole, tone(0.6, 22050), 22050)
    content = whole.read_bytes()
    place, length = place % len(content), max(length % (2 * len(content)), 1)
    path = tmp_path / f"a.{suffix}"
    path.write_bytes((content[:place] + noise + content[place + len(noise):])[:length])
    try:
        audio = open_audio(path)
        samples = np.concatenate(list(audio.blocks()))
    except AudioError as error:
        assert "\n" not in str(error)
    else:
        assert len(samples) == audio.samples
        assert np.isfinite(samples).all()


def test_an_hour_takes_no_more_memory_than_a_minute(tmp_path):
    with soundfile.SoundFile(tmp_path / "a.wav", "w", 8000, 1, "PCM_U8") as file:
        for _ in range(60):
            file.write(np.zeros(60 * 8000, np.int16))
    audio = open_audio(tmp_path / "a.wav")
    assert audio.duration == 3600
    tracemalloc.start()
    total = sum(len(samples) for samples in audio.blocks())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 3600 * RATE
    assert peak < 10e6
