"""Which point of the base model each landmark is, and how far off the face mesh is wont to be: measured in training.

What is left of a landmark's error is the larger, and the more one-sided, the further the head is turned: points of the
outline slide along the cheek. Points err together: the face mesh moves whole cheeks. Errors are counted upright (turned
back by the landmarks' roll) and in eye distances (`Landmarks.size`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..core import weights
from .face_mesh import POINTS

NAME = "landmarks"


@dataclass(frozen=True, eq=False)
class Correspondence:
    """Landmarks on the base model.

    triangles : (468, 3) int32 vertices; barycentric : (468, 3) float32 weights of their corners
    usable : (468,) bool, whether the point has a place that can be relied on
    yaws : (B,) radians, ascending: where the tables are known
    offset : (B, 468, 2) mean error, from the point to its landmark
    covariance : (B, 468, 2, 2) of the error around that mean
    shared : (936, K) what x and y of the points' errors have in common, each divided by its own standard deviations
        (by the Cholesky root of its covariance): their correlation is shared @ shared.T off the diagonal
    """
    triangles: np.ndarray
    barycentric: np.ndarray
    usable: np.ndarray
    yaws: np.ndarray
    offset: np.ndarray
    covariance: np.ndarray
    shared: np.ndarray

    @property
    def sigma(self):
        """(468,) standard deviation along one axis on faces seen from the front, eye distances."""
        return np.sqrt(np.trace(self._at(0.0, self.covariance), axis1=1, axis2=2) / 2)

    def error_mean(self, yaw):
        """(468, 2) by how much landmarks are off on average, where `Landmarks.yaw` is `yaw`."""
        return self._at(yaw, self.offset)

    def error_covariance(self, yaw, points=None):
        """Covariance of the errors of all landmarks together.

        Parameters
        ----------
        yaw : radians, as `Landmarks.yaw`; points : indices of n landmarks, or None for all

        Returns
        -------
        (2 n, 2 n), positive definite: x and y of the first landmark, then of the next
        """
        points = np.arange(POINTS) if points is None else np.asarray(points)
        roots = np.linalg.cholesky(self._at(yaw, self.covariance)[points])
        shared = self.shared.reshape(POINTS, 2, -1)[points]
        own = 1 - (shared**2).sum(2)
        scaled = np.einsum("nij,njk->nik", roots, shared).reshape(2 * len(points), -1)
        result = scaled @ scaled.T
        blocks = np.einsum("nij,nj,nkj->nik", roots, own, roots)
        rows = 2 * np.arange(len(points))
        for i in range(2):
            for j in range(2):
                result[rows + i, rows + j] += blocks[:, i, j]
        return result

    def _at(self, yaw, table):
        """The rows of a table at `yaw`, linear between those that are known, the outermost beyond."""
        at = np.interp(yaw, self.yaws, np.arange(len(self.yaws)))
        low = min(int(at), len(self.yaws) - 2)
        return (low + 1 - at) * table[low] + (at - low) * table[low + 1]


@lru_cache(maxsize=1)
def load():
    """The Correspondence of this installation, read once. Raises WeightsError if its file is missing or damaged."""
    tensors, _metadata = weights.load(NAME)
    return Correspondence(**tensors)
