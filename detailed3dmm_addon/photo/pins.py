"""Landmarks that a person can name and put right: corners of eyes and mouth, brows, nose, lips, jaw."""
from __future__ import annotations

from dataclasses import replace

import numpy as np

# Of MediaPipe's points those that lie at a feature of the face. R is the person's own right, as in expressions' names.
_PAIRS = {  # name: (right, left)
    "Eye Outer": (33, 263), "Eye Inner": (133, 362), "Upper Lid": (159, 386), "Lower Lid": (145, 374),
    "Brow Outer": (70, 300), "Brow Peak": (105, 334), "Brow Inner": (107, 336), "Nose Wing": (129, 358),
    "Mouth Corner": (61, 291), "Cupid's Bow": (37, 267), "Ear": (234, 454), "Jaw Angle": (58, 288), "Jaw": (172, 397),
}
_MIDDLE = {
    "Nose Bridge": 168, "Nose Tip": 4, "Nose Base": 2, "Upper Lip": 0, "Upper Lip Edge": 13, "Lower Lip Edge": 14,
    "Lower Lip": 17, "Chin": 152,
}
PINS = {**{f"{name} {side}": points[number] for name, points in _PAIRS.items() for number, side in enumerate("RL")},
        **_MIDDLE}  # name: number among the 468 landmarks

_REACH = 0.25  # eye distances over which a correction dies away
_EASE = 1e-6  # keeps pins that lie on one another solvable


def corrected(landmarks, placed):
    """Landmarks of which some were put right by hand; those around follow, less and less.

    Parameters
    ----------
    landmarks : face_mesh.Landmarks; placed : {number of a landmark: (x, y) pixels}

    Returns
    -------
    Landmarks: those in `placed` lie there

    A face mesh errs smoothly: the correction is the most probable smooth one that explains the placed points (Gaussian
    process regression with a Gaussian kernel; Rasmussen and Williams, 2006, equation 2.23).
    """
    if not placed:
        return landmarks
    numbers = list(placed)
    reach = _REACH * landmarks.size
    away = np.array([placed[number] for number in numbers], float) - landmarks.points[numbers]
    between = _likeness(landmarks.points[numbers], landmarks.points[numbers], reach) + _EASE * np.eye(len(numbers))
    follow = _likeness(landmarks.points, landmarks.points[numbers], reach) @ np.linalg.solve(between, away)
    points = (landmarks.points + follow).astype(np.float32)
    points[numbers] = [placed[number] for number in numbers]
    return replace(landmarks, points=points)


def _likeness(one, other, reach):
    """(N, M) 0..1 how alike errors are at points (N, 2) and (M, 2)."""
    return np.exp(-((one[:, None].astype(float) - other) ** 2).sum(2) / (2 * reach**2))
