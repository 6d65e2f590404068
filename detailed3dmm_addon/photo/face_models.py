"""The two networks that find a face (MediaPipe's, Apache-2.0; NOTICE): where they lie, and that they are whole.

Git does not hold them: ``tools/face_models.py`` takes them out of a pinned wheel, for a checkout and for the extension.
"""

from __future__ import annotations

import hashlib
import zipfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..core import weights
from ..core.errors import Detailed3DMMError, FileFormatError, WeightsError

DETECTOR = "face_detection_short_range.tflite"
FACE_MESH = "face_landmark.tflite"
_IN_TASK = "face_landmarks_detector.tflite"
SHA256 = {
    DETECTOR: "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    FACE_MESH: "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
}


def path(name):
    """Where the network `name`, a key of `SHA256`, belongs: beside the weights."""
    return weights.weights_folder() / name


def read(name):
    """The network's file.

    Parameters
    ----------
    name : a key of `SHA256`

    Returns
    -------
    bytes

    Raises
    ------
    WeightsError
        If it is missing or altered.
    """
    try:
        content = path(name).read_bytes()
    except OSError as error:
        raise WeightsError(f"{path(name)}, a network that finds faces, is missing: install Detailed3DMM again, or in a "
                           "checkout run python3 tools/face_models.py.") from error
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise WeightsError(f"{path(name)} is not the network that finds faces, its checksum differs: remove it and "
                           "install Detailed3DMM again.")
    return content


@lru_cache(maxsize=len(SHA256))
def network(name):
    """The network, read once, as OpenCV runs it: cv2.dnn.Net. Raises WeightsError as `read` does."""
    content = read(name)
    try:
        import cv2
    except ImportError as error:
        raise Detailed3DMMError("OpenCV, which finds faces in pictures, is missing: install the Python package "
                                "opencv-python-headless.") from error
    return cv2.dnn.readNetFromTFLite(np.frombuffer(content, np.uint8))


@lru_cache(maxsize=1)
def landmarker(task):
    """The network of 478 landmarks out of Google's ``face_landmarker.task``, as OpenCV runs it: cv2.dnn.Net.

    task : path of that file, which everybody downloads themselves; raises FileFormatError where it is another one. Its
    third network, of 52 blendshapes, is not used: OpenCV cannot read it before 4.13.
    """
    import cv2

    try:
        with zipfile.ZipFile(task) as archive:
            content = archive.read(_IN_TASK)
        return cv2.dnn.readNetFromTFLite(np.frombuffer(content, np.uint8))
    except (zipfile.BadZipFile, KeyError, cv2.error) as error:
        raise FileFormatError(f"{Path(task).name} is not Google's face_landmarker.task: choose that file, or none."
                              ) from error
    except OSError as error:
        raise FileFormatError(f"{task} cannot be read ({error.strerror}): choose face_landmarker.task again, or none."
                              ) from error
