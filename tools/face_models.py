"""Put the two networks that find faces beside the weights: ``.venv/bin/python tools/face_models.py``.

They are Google's (MediaPipe, Apache-2.0) and come out of a wheel of a pinned version. Does nothing where they are
there. ``tools/environment.py`` and ``tools/build_extension.py`` call it.
"""
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from detailed3dmm_addon.photo.face_models import DETECTOR, FACE_MESH, SHA256  # noqa: E402
from tools.wheel_files import WheelFiles, fetch  # noqa: E402

FILES = WheelFiles(
    requirement="mediapipe==0.10.21",
    sha256="05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3",
    target=("manylinux_2_28_x86_64", "3.11", "cp"),
    members={DETECTOR: "mediapipe/modules/face_detection/face_detection_short_range.tflite",
             FACE_MESH: "mediapipe/modules/face_landmark/face_landmark.tflite"},
    sums=SHA256,
    purpose="find faces",
    loss="faces from photos do not work",
    tool="tools/face_models.py",
)

if __name__ == "__main__":
    sys.exit(fetch(FILES, ROOT / "weights"))
