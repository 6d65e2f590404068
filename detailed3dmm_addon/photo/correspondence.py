"""Which point of the base model each landmark is: measured in training."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..core import weights

NAME = "landmarks"


@dataclass(frozen=True, eq=False)
class Correspondence:
    """Landmarks on the base model.

    triangles : (468, 3) int32 vertices; barycentric : (468, 3) float32 weights of their corners
    usable : (468,) bool, whether the point has a place that can be relied on
    """
    triangles: np.ndarray
    barycentric: np.ndarray
    usable: np.ndarray


@lru_cache(maxsize=1)
def load():
    """The Correspondence of this installation, read once. Raises WeightsError if its file is missing or damaged."""
    tensors, _metadata = weights.load(NAME)
    return Correspondence(**tensors)
