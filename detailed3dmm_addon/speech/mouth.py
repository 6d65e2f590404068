"""The mouth of one face in millimetres: how far its lips are apart or pressed, and the lower one from the teeth."""
from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

# Profiles of the lips on the base mesh, inside to outside, at -13, -9, -5, 0, 5, 9 and 13 mm from the middle; the upper
# one meets the lower one of the same place.
_UPPER = np.array([
    (5635, 5636, 5609, 5608, 5589, 5576, 5568, 5577), (5715, 5925, 5689, 5687, 5656, 5626, 5602, 5628),
    (6034, 6033, 6035, 6036, 6037, 6038, 6039, 6040), (5534, 5513, 5531, 5532, 5533, 5526, 5527, 5522),
    (6538, 6537, 6539, 6540, 6541, 6542, 6543, 6544), (6220, 6430, 6194, 6192, 6161, 6131, 6107, 6133),
    (6140, 6141, 6114, 6113, 6094, 6081, 6073, 6082)])
_LOWER = np.array([
    (5818, 5819, 5803, 5802, 5791, 5776, 5756, 5778), (5865, 5866, 5859, 5858, 5849, 5839, 5824, 5840),
    (5983, 5984, 5982, 5981, 5980, 5979, 5978, 5977), (5538, 5536, 5519, 5517, 5515, 5516, 5514, 5945),
    (6487, 6488, 6486, 6485, 6484, 6483, 6482, 6481), (6370, 6371, 6364, 6363, 6354, 6344, 6329, 6345),
    (6323, 6324, 6308, 6307, 6296, 6281, 6261, 6283)])
_MIDDLE = 3
_CORNERS = np.array((6349, 5844))  # inner corners of the mouth, left and right
_INCISORS = np.array((18150, 18074, 18151, 18075))  # edge of the two upper middle incisors
_BLOCK = 2000  # frames measured at once
_DEPTHS = np.linspace(0, 1, 16)  # at which two profiles are compared, from one end of what both have to the other
_FLAT = 1e-4  # mm, the least that counts as a step in depth


def lip_gap(base_model, identity, curves):
    """What the mouth of this face does.

    Parameters
    ----------
    base_model : core.base_model.BaseModel; identity : (100,); curves : (T, 53)

    Returns
    -------
    dict of (T,) millimetres: lip_gap, between the inner lips in the middle of the mouth, negative where the lower lip
    reaches above the upper's edge; widest_gap, the largest such gap over the middle 26 mm of the mouth; mouth_width,
    between the inner corners; lower_lip_to_incisor, from the upper incisors' edge down to the lower lip, negative
    where the lip covers the edge; clearance, the least height of the upper lip's skin above the lower's at one depth
    where that is negative, which is where lips pass through each other, and not more than that elsewhere
    """
    return Mouth.of(base_model, identity).measures(np.atleast_2d(np.asarray(curves, np.float32)))


@dataclass(frozen=True)
class Mouth:
    """The few vertices of one face that speech depends on.

    names : expressions; correctives : of the base model; rest : (n, 3) millimetres, offsets : (K, n, 3) for each key
    """
    names: tuple
    correctives: tuple
    rest: np.ndarray
    offsets: np.ndarray

    @staticmethod
    def of(base_model, identity):
        """That of an identity (100,); the last few are remembered."""
        return _mouth(base_model, np.asarray(identity, np.float32).tobytes())

    def column(self, name):
        """Where an expression stands in curves."""
        return self.names.index(name)

    def measures(self, curves):
        """What `lip_gap` says, for curves (T, 53)."""
        blocks = [self._measures(curves[first:first + _BLOCK]) for first in range(0, len(curves), _BLOCK)]
        return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}

    def _measures(self, curves):
        values = dict(zip(self.names, curves.T, strict=True))
        weights = np.column_stack([curves, *(corrective.weights(values) for corrective in self.correctives)])
        points = self.rest + np.tensordot(weights, self.offsets, 1)
        size = _UPPER.size
        upper, lower = (points[:, first:first + size, 1:].reshape(-1, *_UPPER.shape, 2) for first in (0, size))
        gaps = upper[..., 1].min(2) - lower[..., 1].max(2)
        corners = points[:, 2 * size:2 * size + 2, 0]
        incisors = points[:, 2 * size + 2:, 2].min(1)
        return {"lip_gap": gaps[:, _MIDDLE], "widest_gap": gaps.max(1), "clearance": _clearance(upper, lower),
                "mouth_width": np.ptp(corners, axis=1),
                "lower_lip_to_incisor": incisors - lower[:, _MIDDLE, :, 1].max(1)}


@lru_cache(maxsize=4)
def _mouth(base_model, identity):
    identity = np.frombuffer(identity, np.float32)
    vertices = np.concatenate([_UPPER.ravel(), _LOWER.ravel(), _CORNERS, _INCISORS])
    offsets = np.stack([offsets[vertices] for offsets in base_model.each_offsets(identity)])
    return Mouth(base_model.expression_names, base_model.correctives,
                 1e3 * base_model.neutral(identity)[vertices], 1e3 * offsets)


def _clearance(upper, lower):
    """(T,) of profiles (T, P, N, 2), each vertex its depth and height.

    Profiles that are apart in height are apart at every depth: only the others, which are few, are compared at depths.
    """
    least = upper[..., 1].min(-1) - lower[..., 1].max(-1)
    overlap = least < 0
    least[overlap] = _apart_at_depths(upper[overlap], lower[overlap])
    return least.min(1)


def _apart_at_depths(upper, lower):
    """(P,) of profiles (P, N, 2): the least height of the upper above the lower at a depth that both have."""
    front = np.maximum(upper[..., 0].min(1), lower[..., 0].min(1))[:, None]
    back = np.minimum(upper[..., 0].max(1), lower[..., 0].max(1))[:, None]
    depths = front + _DEPTHS * np.maximum(back - front, 0)
    return (_height(upper, depths, np.min, np.inf) - _height(lower, depths, np.max, -np.inf)).min(1)


def _height(profile, depths, choose, nothing):
    """Heights (P, D) of profiles at depths; where one folds over itself, what `choose` takes of its branches."""
    depth, height = profile[:, None, :, 0], profile[:, None, :, 1]
    steps = np.diff(depth)
    share = (depths[..., None] - depth[..., :-1]) / np.where(np.abs(steps) > _FLAT, steps, _FLAT)
    heights = height[..., :-1] + share * np.diff(height)
    return choose(np.where((share >= 0) & (share <= 1), heights, nothing), -1)
