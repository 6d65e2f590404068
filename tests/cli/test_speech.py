"""`speech` on files and folders: what it writes, what it leaves alone, and what it says of files that are no sound."""
import csv

import numpy as np
import pytest
import soundfile

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.curves_file import Curves
from detailed3dmm_addon.core.live_link_face import HEADER
from detailed3dmm_addon.speech import english
from tests.speech.sounds import spoken

RATE = 16000


@pytest.fixture
def sound(tmp_path):
    """Write a second of hum under a name; gives its path."""
    def write(name, seconds=1.0):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        at = np.arange(round(seconds * RATE))
        soundfile.write(path, 0.3 * np.sin(at / 20) * np.sin(at / 2000), RATE)
        return path
    return write


def test_a_file(cli, tmp_path, sound):
    out = tmp_path / "o"
    written = cli("speech", sound("größe 語.wav", 2), "--fps", 24, "--out", out).written()
    assert [path.name for path in written] == ["curves.npz", "curves.csv"]
    curves = Curves.load(out / "curves.npz")
    assert (curves.fps, curves.names, len(curves)) == (24, BaseModel.load().expression_names, 49)
    with (out / "curves.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert tuple(rows[0]) == HEADER
    assert len(rows) == 1 + 49
    assert sorted(path.name for path in out.iterdir()) == ["curves.csv", "curves.npz"]


def test_the_same_seed_is_the_same_take(cli, tmp_path, sound):
    path = sound("a.wav", 3)
    takes = []
    for name, seed in (("x", 1), ("y", 1), ("z", 2)):
        cli("speech", path, "--seed", seed, "--out", tmp_path / name).written()
        takes.append(Curves.load(tmp_path / name / "curves.npz"))
    np.testing.assert_array_equal(takes[0].values, takes[1].values)
    np.testing.assert_array_equal(takes[0].head, takes[1].head)
    assert np.abs(takes[0].head - takes[2].head).max() > 0.001


def test_no_blinks_no_head(cli, tmp_path, sound):
    cli("speech", sound("a.wav", 5), "--no-blinks", "--no-head", "--out", tmp_path / "o").written()
    curves = Curves.load(tmp_path / "o" / "curves.npz")
    assert not curves.blinks.size
    assert not curves.head.any()
    assert not curves.values[:, curves.names.index("eyeBlink_L")].any()


def test_existing_curves_stay(cli, tmp_path, sound):
    path = sound("a.wav")
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / "curves.csv").write_text("precious")
    assert cli("speech", path, "--out", tmp_path / "o").refused("--force")
    assert [path.read_text() for path in (tmp_path / "o").iterdir()] == ["precious"]
    cli("speech", path, "--force", "--out", tmp_path / "o").written()
    assert (tmp_path / "o" / "curves.csv").read_text().startswith("Timecode")


def test_a_folder_is_taken_up_again_where_it_was_left(cli, tmp_path, sound):
    for name in ("in/b.wav", "in/deep/a.flac", "in/c.wav", "in/c.ogg"):
        sound(name)
    (tmp_path / "in" / "notes.txt").write_text("no sound")
    out = tmp_path / "o"
    cli("speech", tmp_path / "in", "--out", out).written()
    found = sorted(path.relative_to(out).as_posix() for path in out.rglob("curves.npz"))
    assert found == ["b/curves.npz", "c.ogg/curves.npz", "c.wav/curves.npz", "deep/a/curves.npz"]
    before = {path: path.stat().st_mtime_ns for path in out.rglob("curves.*")}
    (out / "b" / "curves.csv").unlink()  # as if it had been interrupted there
    done = cli("speech", tmp_path / "in", "--out", out)
    assert "3 of 4 were there already" in done.stdout
    after = {path: path.stat().st_mtime_ns for path in out.rglob("curves.*")}
    assert after.keys() == before.keys()
    assert {path.parent.name for path in after if after[path] != before[path]} == {"b"}


def test_a_bad_file_does_not_stop_the_others(cli, tmp_path, sound):
    sound("in/a.wav")
    sound("in/c.wav")
    (tmp_path / "in" / "b.wav").write_bytes(b"no sound" * 99)
    done = cli("speech", tmp_path / "in", "--out", tmp_path / "o")
    assert done.returncode == 1
    first, last = (line for line in done.stderr.splitlines() if "No speech was found" not in line)  # hums are none
    assert "b.wav is not a sound file" in first
    assert "1 of 3 recordings" in last
    assert sorted(path.parent.name for path in (tmp_path / "o").rglob("curves.npz")) == ["a", "c"]


@pytest.mark.parametrize(("name", "content", "words"), [
    ("a.wav", b"", "empty"), ("a.wav", b"RIFF" + bytes(99), "not a sound file"),
    ("a.mp3", bytes(5000), "not a sound file")])
def test_what_is_no_sound(cli, tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    assert cli("speech", tmp_path / name, "--out", tmp_path / "o").refused(name, words)
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_truncated(cli, tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, 0.1 * np.random.default_rng(1).standard_normal(5 * RATE), RATE)
    path.write_bytes(path.read_bytes()[:path.stat().st_size // 2])
    assert cli("speech", path, "--out", tmp_path / "o").refused(path.name, "breaks off")
    assert not (tmp_path / "o").exists()


def test_samples_that_are_not_numbers(cli, tmp_path):
    samples = np.zeros(RATE, np.float32)
    samples[500] = np.nan
    soundfile.write(tmp_path / "a.wav", samples, RATE, subtype="FLOAT")
    assert cli("speech", tmp_path / "a.wav", "--out", tmp_path / "o").refused("a.wav", "not numbers")
    assert not (tmp_path / "o").exists()


def test_missing_files(cli, tmp_path, sound):
    assert cli("speech", tmp_path / "none.wav", "--out", tmp_path / "o").refused("none.wav", "no sound file")
    (tmp_path / "in").mkdir()
    assert cli("speech", tmp_path / "in", "--out", tmp_path / "o").refused("no sound files")
    path = sound("a.wav")
    assert cli("speech", path, "--transcript", tmp_path / "no.txt", "--out", tmp_path / "o").refused("no.txt")
    (tmp_path / "latin.txt").write_bytes("größe".encode("latin-1"))
    assert cli("speech", path, "--transcript", tmp_path / "latin.txt", "--out", tmp_path / "o").refused("UTF-8")
    assert not (tmp_path / "o").exists()


def test_silence_is_told(cli, tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(3 * RATE), RATE)
    done = cli("speech", tmp_path / "a.wav", "--out", tmp_path / "o")
    assert done.returncode == 0
    assert done.stderr.strip() == "detailed3dmm: No speech was found in a.wav: the mouth stays at rest."


def test_a_face_that_speaks_in_blender(cli, tmp_path, sound):
    pytest.importorskip("bpy")
    written = cli("speech", sound("a.wav", 2), "--blend", "--out", tmp_path / "o").written()
    assert [path.name for path in written] == ["curves.npz", "curves.csv", "face.blend"]


@pytest.mark.parametrize("transcript", ["auto", "none"])
def test_where_english_words_are_missing_the_sound_is_enough(cli, tmp_path, weights_copy, transcript):
    for name in english.SHA256:
        (weights_copy / name).unlink(missing_ok=True)
    soundfile.write(tmp_path / "a.wav", spoken("Bob met Pam.").audio, RATE)
    done = cli("speech", tmp_path / "a.wav", "--transcript", transcript, "--out", tmp_path / "o", weights=weights_copy)
    assert len(done.written()) == 2
    assert ("which automatic words need, is missing" in done.stderr) == (transcript == "auto")
