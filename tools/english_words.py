"""Put what automatic English words come from beside the weights: ``.venv/bin/python tools/english_words.py``.

It is a pronouncing dictionary and a language model (CMU Sphinx, BSD-2-Clause) and comes out of a wheel of a pinned
version. Does nothing where both files are there. ``tools/environment.py`` and ``tools/build_extension.py`` call it.
"""
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from detailed3dmm_addon.speech.english import DICTIONARY, LANGUAGE_MODEL, SHA256  # noqa: E402
from tools.wheel_files import WheelFiles, fetch  # noqa: E402

_FOLDER = "pocketsphinx/model/en-us/"

FILES = WheelFiles(
    requirement="pocketsphinx==5.1.1",
    sha256="bb8fd0fc7fb08dd8f85da21f5121f34ebf4186a5bee91ce85e2d358e69a448bf",
    target=("manylinux_2_28_x86_64", "3.11", "cp"),
    members={name: _FOLDER + name for name in (DICTIONARY, LANGUAGE_MODEL)},
    sums=SHA256,
    purpose="automatic English words need",
    loss="speech finds no English words by itself",
    tool="tools/english_words.py",
)

if __name__ == "__main__":
    sys.exit(fetch(FILES, ROOT / "weights"))
