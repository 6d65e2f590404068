"""Put the recogniser that writes words down beside the weights: ``.venv/bin/python tools/speech_models.py``.

It is Moonshine Tiny for English (Moonshine AI, MIT licence) and comes out of a wheel of a pinned version. Does nothing
where it is there. ``tools/environment.py`` and ``tools/build_extension.py`` call it.
"""
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from detailed3dmm_addon.speech.transcription_models import DECODER, ENCODER, SHA256, TOKENS  # noqa: E402
from tools.wheel_files import WheelFiles, fetch  # noqa: E402

_FOLDER = "moonshine_voice/assets/tiny-en/"

FILES = WheelFiles(
    requirement="moonshine-voice==0.0.59",
    sha256="631f3fc4bc1ea98ed921a8387d916fa674b60649cfaf869d94d18f1393e192e6",
    target=("manylinux_2_34_x86_64", "3.11", "py"),
    members={ENCODER: _FOLDER + "encoder_model.ort", DECODER: _FOLDER + "decoder_model_merged.ort",
             TOKENS: _FOLDER + "tokenizer.bin"},
    sums=SHA256,
    purpose="write words down",
    loss="speech does not find its English words by itself",
    tool="tools/speech_models.py",
)

if __name__ == "__main__":
    sys.exit(fetch(FILES, ROOT / "weights"))
