"""Landmarks of a face as a file that people can edit: ``landmarks.json``."""
import json
from pathlib import Path

import numpy as np

from ..core.errors import FileFormatError
from .face_mesh import IRISES, POINTS, Landmarks

FORMAT = 1
_WITH_IRISES = 478


def save(path, landmarks):
    """Write landmarks; OSError where the file cannot be written."""
    points = np.column_stack([landmarks.points, landmarks.depth]).astype(float).round(2)
    content = {"format": FORMAT, "about": "MediaPipe's face mesh: x, y in pixels of the upright picture, depth",
               "points": points.tolist()}
    if landmarks.irises is not None:
        content["irises"] = landmarks.irises.astype(float).round(2).tolist()
    Path(path).write_text(json.dumps(content) + "\n", encoding="utf-8")


def load(path):
    """Read landmarks.

    Parameters
    ----------
    path : JSON as `save` writes it, a list of points alone, or MediaPipe's 478 points, irises with them

    Returns
    -------
    Landmarks

    Raises
    ------
    FileFormatError
        If the file is not 468 points of two or three finite numbers each.
    """
    path = Path(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        points = np.array(content["points"] if isinstance(content, dict) else content, float)
    except OSError as error:
        raise FileFormatError(f"The landmarks {path} cannot be read ({error.strerror}).") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FileFormatError(f"{path} holds no landmarks: a JSON list of {POINTS} points is needed.") from error
    if points.ndim != 2 or len(points) not in (POINTS, _WITH_IRISES) or points.shape[1] not in (2, 3):
        raise FileFormatError(f"{path} holds {points.shape} numbers: {POINTS} points of x and y are needed, in the "
                              "order of MediaPipe's face mesh.")
    if not np.isfinite(points).all():
        raise FileFormatError(f"{path} holds a landmark that is not a finite number.")
    irises = points[list(IRISES), :2] if len(points) == _WITH_IRISES else _irises(content, path)
    points = points[:POINTS].astype(np.float32)
    depth = points[:, 2] if points.shape[1] == 3 else np.zeros(POINTS, np.float32)
    return Landmarks(points[:, :2], depth, 1.0, None if irises is None else irises.astype(np.float32))


def _irises(content, path):
    """(2, 2) of the file's irises, or None."""
    if not isinstance(content, dict) or "irises" not in content:
        return None
    try:
        irises = np.array(content["irises"], float)
    except (ValueError, TypeError):
        irises = np.zeros(0)
    if irises.shape != (2, 2) or not np.isfinite(irises).all():
        raise FileFormatError(f"{path}: two irises of x and y are needed, the person's right one first, or none.")
    return irises
