"""Photographs to test with: those that come with scikit-image. Importing this skips where the networks are absent."""
import os
from pathlib import Path

import numpy as np
import pytest

from detailed3dmm_addon.photo import face_models
from detailed3dmm_addon.photo.picture import Picture, read_picture

skimage = pytest.importorskip("skimage", reason="the photographs come with scikit-image")
pytest.importorskip("cv2")
if not all(face_models.path(name).is_file() for name in face_models.SHA256):
    pytest.skip("the networks that find faces are absent: run tools/face_models.py", allow_module_level=True)

TASK = Path(os.environ.get("DETAILED3DMM_LANDMARKER",
                           Path(__file__).resolve().parents[3] / "shared" / "photo" / "face_landmarker.task"))
FOLDER = Path(skimage.__file__).parent / "data"


def photograph(name):
    """Path of a photograph: astronaut.png, camera.png (a man at a camera), chelsea.png (a cat), coffee.png, ..."""
    return FOLDER / name


def astronaut():
    """(512, 512, 3) float32: a woman, her face 90 pixels wide about (225, 124)."""
    return read_picture(photograph("astronaut.png")).pixels


def picture(pixels):
    return Picture(np.ascontiguousarray(pixels, np.float32))
