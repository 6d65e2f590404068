"""How far the face mesh is wont to be off, and how surely: measured in training on pictures with known truth.

The face mesh makes every face a little more like the mean: its errors depend on the face itself, on how the head is
turned, and neighbours err together. So they are taken as linear in pose, identity and expression, with a joint
covariance of what is left. Errors run from a point of the base model to its landmark, turned upright by the landmarks'
own roll, in eye distances (`Landmarks.size`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..core import weights
from .face_mesh import POINTS

NAME = "landmark_errors"


@dataclass(frozen=True, eq=False)
class LandmarkErrors:
    """Errors of 468 landmarks: `mean` + identity @ by_identity + expression @ by_expression, and noise.

    middle : (1404,) mean shape as the face mesh sees it: x, y, depth of each point, as `shape_of` has them
    axes : (1404, A) directions in which shapes differ most, each divided by the standard deviation along it
    by_pose : (F, 936) what `pose_features` of a shape's A coordinates make of the error
    by_identity : (100, 936); by_expression : (53, 936)
    shared : (936, K), own : (936,) the noise's covariance is shared @ shared.T + diag(own)
    """
    middle: np.ndarray
    axes: np.ndarray
    by_pose: np.ndarray
    by_identity: np.ndarray
    by_expression: np.ndarray
    shared: np.ndarray
    own: np.ndarray

    def mean(self, landmarks):
        """(468, 2) error of these landmarks on a mean face at rest."""
        features = pose_features((shape_of(landmarks) - self.middle) @ self.axes)
        return (features @ self.by_pose).reshape(POINTS, 2)

    @property
    def covariance(self):
        """(936, 936) of x and y of the first landmark, then of the next."""
        return self.shared @ self.shared.T + np.diag(self.own)


def shape_of(landmarks):
    """(1404,) x, y and depth of each landmark, upright, in eye distances, about their mean."""
    cos, sin = np.cos(landmarks.roll), np.sin(landmarks.roll)
    flat = np.asarray(landmarks.points, float) @ np.array([[cos, -sin], [sin, cos]])
    shape = np.column_stack([flat, landmarks.depth]) / landmarks.size
    return (shape - shape.mean(0)).ravel()


def pose_features(coordinates):
    """(..., F) of a shape's coordinates (..., A): 1, all of them, and curves in the first three, which are poses."""
    first = coordinates[..., :3]
    return np.concatenate([np.ones_like(first[..., :1]), coordinates, first**2, first[..., :1] * first[..., 1:2],
                           first[..., :1]**3], axis=-1)


@lru_cache(maxsize=1)
def load():
    """The LandmarkErrors of this installation, read once. Raises WeightsError if its file is missing or damaged."""
    tensors, _metadata = weights.load(NAME)
    return LandmarkErrors(**{name: tensor.astype(float) for name, tensor in tensors.items()})
