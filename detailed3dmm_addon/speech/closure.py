"""Contacts: lips that meet on P B M and a lower lip at the teeth on F V, measured on the mesh of this identity.

A blend of targets closes next to nothing: a closure lasts 60 ms among vowels that pull the jaw open. So contacts are
laid over the blended curves. The base model's `mouthClose` takes exactly what `jawOpen` opens, whatever the identity;
every other expression that parts the lips of this face yields while they meet. F and V take the pose that brings the
lower lip of this face to its upper incisors with the lips apart.
"""
from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..core.errors import ParameterError
from .phones import BILABIALS, LABIODENTALS

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

# Seconds. A plosive's lips part at its burst, before its aspiration ends; an M stays closed.
_CLOSING, _OPENING = 0.070, 0.075
_BEGINS = 0.005
_HELD = {"P": 0.55, "B": 0.60, "M": 0.90, "F": 0.85, "V": 0.85}  # share of the phone
_SHORTEST = {"P": 0.02, "B": 0.02, "M": 0.02, "F": 0.05, "V": 0.05}  # seconds

_PUCKER_YIELDS = 0.4  # share: on some faces, pursed lips that are closed as well pass through each other
_OPENS = 0.4  # mm by which an expression at 1 parts closed lips to count as one that opens them
_ROLL = 0.34  # mouthRollLower of F and V
_LIP_OVER_TEETH, _LIPS_APART = 0.3, 3.0  # mm: lower lip above the incisors' edge, and between the lips, on F and V
_MOOD = ("noseSneer", "jawForward", "mouthFrown", "cheek")  # openers that speech has no part in
_MOOD_SLOWNESS = 3.0  # they yield so much slower: nobody's nose twitches at every P
_YIELDING_TO_TEETH = 0.75  # share of rounding and smiling lips that yields to F and V


def closed(curves, phones, base_model, identity, fps):
    """Curves whose contacts are met on this face.

    Parameters
    ----------
    curves : (T, 53), such as `coarticulation.articulate` gives, emotion included, at any rate
    phones : TimedPhones; one of strength below 1 makes its contact only that much
    base_model : core.base_model.BaseModel; identity : (100,); fps : frames a second, frame t is the instant t / fps

    Returns
    -------
    (T, 53) float32. Every P B M and F V has at least one frame in full contact.

    Raises
    ------
    ParameterError
        If sizes disagree.
    """
    curves = np.array(curves, np.float32)
    if curves.ndim != 2 or curves.shape[1] != len(base_model.expression_names):
        raise ParameterError(f"The curves must have {len(base_model.expression_names)} columns, not {curves.shape}.")
    mouth = _Mouth.of(base_model, identity)
    _bring_lip_to_teeth(curves, _contact(phones, LABIODENTALS, len(curves), fps), mouth)
    _bring_lips_together(curves, _contact(phones, BILABIALS, len(curves), fps),
                         _contact(phones, BILABIALS, len(curves), fps, _MOOD_SLOWNESS), mouth)
    return curves


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
    where the lip covers the edge
    """
    return _Mouth.of(base_model, identity).measures(np.atleast_2d(np.asarray(curves, np.float32)))


@dataclass(frozen=True)
class _Mouth:
    """The few vertices of one face that contacts depend on.

    names : expressions; correctives : of the base model; rest : (n, 3) millimetres, offsets : (K, n, 3) for each key
    """
    names: tuple
    correctives: tuple
    rest: np.ndarray
    offsets: np.ndarray

    @staticmethod
    def of(base_model, identity):
        return _mouth(base_model, np.asarray(identity, np.float32).tobytes())

    def column(self, name):
        return self.names.index(name)

    def measures(self, curves):
        blocks = [self._measures(curves[first:first + _BLOCK]) for first in range(0, len(curves), _BLOCK)]
        return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}

    def _measures(self, curves):
        values = dict(zip(self.names, curves.T, strict=True))
        weights = np.column_stack([curves, *(corrective.weights(values) for corrective in self.correctives)])
        points = self.rest + np.tensordot(weights, self.offsets, 1)
        size = _UPPER.size
        upper = points[:, :size, 2].reshape(-1, *_UPPER.shape)
        lower = points[:, size:2 * size, 2].reshape(-1, *_LOWER.shape)
        gaps = upper.min(2) - lower.max(2)
        corners = points[:, 2 * size:2 * size + 2, 0]
        incisors = points[:, 2 * size + 2:, 2].min(1)
        return {"lip_gap": gaps[:, _MIDDLE], "widest_gap": gaps.max(1), "mouth_width": np.ptp(corners, axis=1),
                "lower_lip_to_incisor": incisors - lower[:, _MIDDLE].max(1)}

    def openers(self):
        """Columns of the expressions that part this face's closed lips, all but the jaw, which `mouthClose` follows."""
        alone = self.measures(np.eye(len(self.names), dtype=np.float32))["widest_gap"]
        rest = self.measures(np.zeros((1, len(self.names)), np.float32))["widest_gap"]
        opens = alone - rest > _OPENS
        opens[[self.column("jawOpen"), self.column("mouthClose")]] = False
        return np.flatnonzero(opens)

    def teeth_pose(self, roll):
        """Values of jawOpen and mouthUpperUp that bring the rolled lower lip to the teeth with the lips apart.

        Newton's method on two measures; what this face cannot reach is left at the end of the sliders' range.
        """
        pose = np.array((0.06, 0.15))
        for _ in range(4):
            steps = np.array([(0, 0), (0.01, 0), (0, 0.01)])
            curves = np.zeros((3, len(self.names)), np.float32)
            curves[:, self.column("mouthRollLower")] = roll
            curves[:, self.column("jawOpen")] = pose[0] + steps[:, 0]
            for side in "LR":
                curves[:, self.column(f"mouthUpperUp_{side}")] = pose[1] + steps[:, 1]
            found = self.measures(curves)
            values = np.stack([found["lower_lip_to_incisor"] + _LIP_OVER_TEETH, found["lip_gap"] - _LIPS_APART])
            slopes = (values[:, 1:] - values[:, :1]) / 0.01
            pose = np.clip(pose - np.linalg.lstsq(slopes, values[:, 0], rcond=1e-3)[0], (0.0, 0.0), (0.2, 0.6))
        return pose


@lru_cache(maxsize=4)
def _mouth(base_model, identity):
    identity = np.frombuffer(identity, np.float32)
    vertices = np.concatenate([_UPPER.ravel(), _LOWER.ravel(), _CORNERS, _INCISORS])
    offsets = np.stack([offsets[vertices] for offsets in base_model.each_offsets(identity)])
    return _Mouth(base_model.expression_names, base_model.correctives,
                  1e3 * base_model.neutral(identity)[vertices], 1e3 * offsets)


def _contact(phones, members, count, fps, slowness=1.0):
    """(T,) 0 apart .. 1 in contact, for the phones of `members`; each has a frame of its full contact."""
    closing, opening = slowness * _CLOSING, slowness * _OPENING
    contact = np.zeros(count)
    for timed in phones:
        if timed.phone not in members:
            continue
        begin = timed.start + min(_BEGINS, 0.1 * timed.duration)
        end = max(timed.start + _HELD[timed.phone] * timed.duration, begin + _SHORTEST[timed.phone])
        nearest = round(0.5 * (begin + end) * fps) / fps  # a frame to show the contact, at any rate
        begin, end = min(begin, nearest), max(end, nearest)
        first, last = int(max((begin - closing) * fps, 0)), int((end + opening) * fps) + 2
        time = np.arange(first, min(last, count)) / fps
        distance = np.maximum((begin - time) / closing, 0) + np.maximum((time - end) / opening, 0)
        ramp = 0.5 + 0.5 * np.cos(np.pi * np.minimum(distance, 1))
        reached = contact[first:first + len(time)]
        np.maximum(reached, min(timed.strength, 1.0) * ramp, out=reached)
    return contact


def _bring_lips_together(curves, contact, slow_contact, mouth):
    jaw, close = mouth.column("jawOpen"), mouth.column("mouthClose")
    curves[:, mouth.column("mouthPucker")] *= 1 - _PUCKER_YIELDS * contact
    for column in mouth.openers():
        curves[:, column] *= 1 - (slow_contact if mouth.names[column].startswith(_MOOD) else contact)
    curves[:, close] = np.maximum(np.minimum(curves[:, close], curves[:, jaw]), contact * curves[:, jaw])


def _bring_lip_to_teeth(curves, contact, mouth):
    if not contact.any():
        return
    jaw, upper = mouth.teeth_pose(_ROLL)
    pose = {"jawOpen": jaw, "mouthUpperUp_L": upper, "mouthUpperUp_R": upper, "mouthRollLower": _ROLL,
            "mouthLowerDown_L": 0.0, "mouthLowerDown_R": 0.0, "mouthClose": 0.0}
    for column in mouth.openers():
        if mouth.names[column] not in pose and not mouth.names[column].startswith(_MOOD):
            curves[:, column] *= 1 - _YIELDING_TO_TEETH * contact
    for name, value in pose.items():
        column = mouth.column(name)
        curves[:, column] += contact * (value - curves[:, column])
