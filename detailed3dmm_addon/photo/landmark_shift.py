"""Where the points of the base model are seen, from where the face mesh has its landmarks.

The face mesh answers with a face that is likelier than the one in the picture: narrow faces come out too wide, and in
bad pictures all come out alike. Its inner layers know better. Ridge regression, learned on drawn heads
(`training/photo/crowd.py`), reads from them by how much each landmark is off, in a few patterns that all share.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..core import weights
from .face_mesh import POINTS

NAME = "landmark_shift"


@dataclass(frozen=True, eq=False)
class LandmarkShift:
    """A linear map from features to amounts of patterns.

    centre, scale : (F,) float32; loadings : (F, K) float16; patterns : (K, 936) float16, x and y of one landmark after
    the other; mean : (936,) float32; mirror : (468,) int32, the landmark on the other side of the face
    """

    centre: np.ndarray
    scale: np.ndarray
    loadings: np.ndarray
    patterns: np.ndarray
    mean: np.ndarray
    mirror: np.ndarray

    def read(self, seen):
        """(..., 468, 2) from landmarks to the points' places, of features (..., 2, F) of `shape_prior.both_sides`.

        Eye distances (`face_mesh.Landmarks.size`), along the sides of the square that was looked at. The mean of what a
        picture and its mirror image say.
        """
        amounts = (seen - self.centre) / self.scale @ self.loadings.astype(np.float32)
        said = amounts @ self.patterns.astype(np.float32) + self.mean
        plain, mirrored = np.moveaxis(said.reshape(*said.shape[:-1], POINTS, 2), -3, 0)
        return (plain + mirrored[..., self.mirror, :] * (-1, 1)) / 2

    def pixels(self, seen, landmarks, region):
        """(468, 2) pixels from landmarks to the points' places; region : `crops.Region` that was looked at."""
        along = np.array([np.cos(region.angle), np.sin(region.angle)])
        axes = np.stack([along, [-along[1], along[0]]])
        return landmarks.size * self.read(seen) @ axes


@lru_cache(maxsize=1)
def load():
    """The LandmarkShift of this installation, read once. Raises WeightsError if its file is missing or damaged."""
    tensors, _metadata = weights.load(NAME)
    return LandmarkShift(**tensors)
