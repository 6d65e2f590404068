"""A face that speaks in a real, windowed Blender, where the rig for that is found; else skipped with the reason."""
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from detailed3dmm_addon.speech import english
from tests.speech.sounds import RATE, spoken

FOLDER = Path(__file__).parent
SECONDS = 150


def test_speaking_face(session):
    assert "wrinkles:" in session(FOLDER / "speech_session.py", "speech")


def test_escape_while_words_are_searched(session):
    if english.what_is_missing():
        pytest.skip(english.what_is_missing())
    sentence = spoken("People put the map in the bottom of the box.").audio
    paused = np.append(sentence, np.zeros(RATE // 3))

    def prepare(folder):
        soundfile.write(folder / "sentence.wav", sentence, RATE)
        soundfile.write(folder / "minutes.wav", np.tile(paused, -(-SECONDS * RATE // len(paused))), RATE)
        fetched = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target",
                                  str(folder / "packages"), "--only-binary=:all:", "--python-version", "3.13", "soxr"],
                                 capture_output=True, text=True, timeout=120)
        if fetched.returncode:
            pytest.skip(f"the rig's Blender has no soxr, and pip did not fetch it: {fetched.stderr.strip()}")

    log = session(FOLDER / "speech_words_session.py", "speech_words", prepare)
    if "not here:" in log:
        pytest.skip(log[log.index("not here:"):].splitlines()[0])
    assert "cancelled:" in log
