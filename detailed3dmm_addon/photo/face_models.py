"""The two networks that find a face (MediaPipe's, Apache-2.0; NOTICE): where they lie, and that they are whole.

Git does not hold them: ``tools/face_models.py`` takes them out of a pinned wheel, for a checkout and for the extension.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..core import fetched
from ..core.errors import Detailed3DMMError, FileFormatError

DETECTOR = "face_detection_short_range.tflite"
FACE_MESH = "face_landmark.tflite"
_LANDMARKS_IN_TASK, _BLENDSHAPES_IN_TASK = "face_landmarks_detector.tflite", "face_blendshapes.tflite"
_LARGEST = 1 << 24  # bytes of a network in a task file: a damaged one may promise any number
SHA256 = {
    DETECTOR: "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    FACE_MESH: "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
}


def path(name):
    """Where the network `name`, a key of `SHA256`, belongs."""
    return fetched.path(name)


def checked(name):
    """The path of the network `name`, a key of `SHA256`; raises WeightsError where it is missing or altered."""
    return fetched.checked(name, SHA256[name], "finds faces", "tools/face_models.py")


def read(name):
    """The file of the network `name`, as bytes; see `checked`."""
    return checked(name).read_bytes()


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

    task : path of that file, which everybody downloads themselves; raises FileFormatError where it is another one
    """
    import cv2

    content = _in_task(task, _LANDMARKS_IN_TASK)
    try:
        return cv2.dnn.readNetFromTFLite(np.frombuffer(content, np.uint8))
    except cv2.error as error:
        raise _no_task(task) from error


@lru_cache(maxsize=1)
def blendshapes(task):
    """The network of 52 scores out of the same file: `tflite.Network`, which `blendshape_scores.scores` asks.

    OpenCV reads it from 4.13 on, whose wheels want a newer numpy than Blender's.
    """
    from . import blendshape_scores, tflite

    try:
        network = tflite.read(_in_task(task, _BLENDSHAPES_IN_TASK))
        fits = network.takes == blendshape_scores.SEEN and network.gives == blendshape_scores.SCORED
    except ValueError as error:
        raise _no_task(task) from error
    if not fits:
        raise _no_task(task)
    return network


def _in_task(task, name):
    """The file `name`, as bytes, out of a task file; raises FileFormatError."""
    try:
        with zipfile.ZipFile(task) as archive:
            if archive.getinfo(name).file_size > _LARGEST:
                raise _no_task(task)
            return archive.read(name)
    except OSError as error:
        raise FileFormatError(f"{task} cannot be read ({error.strerror}): choose face_landmarker.task again, or none."
                              ) from error
    # What zipfile raises of damaged archives.
    except (zipfile.BadZipFile, zlib.error, EOFError, LookupError, ValueError, RuntimeError, struct.error) as error:
        raise _no_task(task) from error


def _no_task(task):
    return FileFormatError(f"{Path(task).name} is not Google's face_landmarker.task: choose that file, or none.")
