"""Wrong usage is answered with status 2 and a usage line, whatever can be told from the arguments alone."""
import pytest

from detailed3dmm_addon.speech import english


@pytest.mark.parametrize("arguments", [
    [], ["carve"], ["sculpt"], ["sculpt", "--out", "o", "--seed", "-1"], ["sculpt", "--out", "o", "--seed", "1.5"],
    ["sculpt", "--out", "o", "--seed", "1", "--character", "c.json"], ["sculpt", "--out", "o", "--resolution", "300"],
    ["sculpt", "--out", "o", "--set", "nose"], ["sculpt", "--out", "o", "--set", "nose=wide"],
    ["sculpt", "--out", "o", "--expression", "jawOpen=nan"], ["bake", "--out", "o"],
    ["bake", "--out", "o", "--character", "c.json"], ["bake", "--out", "o", "--curves", "c.npz"],
    ["bake", "--out", "o", "f.blend", "--character", "c.json", "--curves", "c.npz"],
    ["bake", "--out", "o", "f.blend", "--frames", "9:2"], ["bake", "--out", "o", "f.blend", "--frames", "a:b"],
    ["speech", "--out", "o"], ["speech", "a.wav"], ["speech", "a.wav", "--out", "o", "--fps", "0"],
    ["speech", "a.wav", "--out", "o", "--fps", "nan"], ["speech", "a.wav", "--out", "o", "--intensity", "9"],
    ["speech", "a.wav", "--out", "o", "--seed", "x"], ["speech", "a.wav", "--out", "o", "--emotion", "hungry"],
    ["encode", "d.exr"], ["encode", "--out", "o"], ["info", "more"],
], ids=" ".join)
def test_wrong_usage(cli, tmp_path, arguments):
    done = cli(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: detailed3dmm")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize("arguments", [["--help"], ["sculpt", "--help"], ["--version"]], ids=" ".join)
def test_help_and_version(cli, arguments):
    done = cli(*arguments)
    assert done.returncode == 0
    assert "detailed3dmm" in done.stdout


def test_info_names_versions_and_verified_weights(cli):
    done = cli("info")
    assert done.returncode == 0, done.stderr
    for word in ("Detailed3DMM", "Python", "numpy", "torch", "bpy", "device cpu", "detailed3dmm ", "sha256"):
        assert word in done.stdout


def test_info_tells_what_is_damaged(cli, weights_copy):
    damaged = weights_copy / "base_model.safetensors"
    content = damaged.read_bytes()
    damaged.unlink()
    damaged.write_bytes(content[:1000])
    done = cli("info", weights=weights_copy)
    assert done.refused("weights")
    assert "truncated" in done.stdout


def test_info_tells_how_to_get_english_words(cli, weights_copy):
    (weights_copy / english.LANGUAGE_MODEL).unlink(missing_ok=True)
    done = cli("info", weights=weights_copy)
    assert done.returncode == 0, done.stderr
    said = next(line for line in done.stdout.splitlines() if english.LANGUAGE_MODEL in line)
    assert "is missing" in said and "tools/english_words.py" in said


def test_info_tells_that_english_words_were_altered(cli, weights_copy):
    (weights_copy / english.DICTIONARY).unlink(missing_ok=True)
    (weights_copy / english.DICTIONARY).write_text("hello HH AH L OW\n")
    done = cli("info", weights=weights_copy)
    assert done.refused("weights")
    assert f"{english.DICTIONARY}, which automatic words need, was altered" in done.stdout
