"""Put what is known of English beside the weights: ``.venv/bin/python tools/english_words.py``.

It is a pronouncing dictionary, a language model and an acoustic model (CMU Sphinx, BSD-2-Clause) and comes out of a
wheel of a pinned version. Does nothing where all files are there. ``tools/environment.py`` and
``tools/build_extension.py`` call it.
"""
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from detailed3dmm_addon.speech import english  # noqa: E402
from tools.wheel_files import WheelFiles, fetch  # noqa: E402

_FOLDER = "pocketsphinx/model/en-us/"
_ACOUSTIC = _FOLDER + "en-us/"

FILES = WheelFiles(
    requirement="pocketsphinx==5.1.1",
    sha256="bb8fd0fc7fb08dd8f85da21f5121f34ebf4186a5bee91ce85e2d358e69a448bf",
    target=("manylinux_2_28_x86_64", "3.11", "cp"),
    members={
        english.DICTIONARY: _FOLDER + "cmudict-en-us.dict",
        english.LANGUAGE_MODEL: _FOLDER + "en-us.lm.bin",
        english.MEANS: _ACOUSTIC + "means",
        english.VARIANCES: _ACOUSTIC + "variances",
        english.MIXTURE_WEIGHTS: _ACOUSTIC + "sendump",
    },
    sums=english.SHA256,
    purpose="speech needs to know English",
    loss="it hears less well and finds no English words by itself",
    tool="tools/english_words.py",
)

if __name__ == "__main__":
    sys.exit(fetch(FILES, ROOT / "weights"))
