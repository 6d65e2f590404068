"""Contacts: lips that meet on P B M and a lower lip at the teeth on F V, measured on the mesh of this identity.

A blend of targets closes next to nothing: a closure lasts 60 ms among vowels that pull the jaw open. So contacts are
laid over the blended curves. The base model's `mouthClose` takes exactly what `jawOpen` opens, whatever the identity;
every other expression that parts the lips of this face yields while they meet. F and V take the pose that brings the
lower lip of this face to its upper incisors with the lips apart.
"""
from __future__ import annotations

import numpy as np

from ..core.errors import ParameterError
from .mouth import Mouth
from .phones import BILABIALS, LABIODENTALS

# Seconds. A plosive's lips part at its burst, before its aspiration ends; an M stays closed.
_CLOSING, _OPENING = 0.070, 0.075
_BEGINS = 0.005
_HELD = {"P": 0.55, "B": 0.60, "M": 0.90, "F": 0.85, "V": 0.85}  # share of the phone
_SHORTEST = {"P": 0.02, "B": 0.02, "M": 0.02, "F": 0.05, "V": 0.05}  # seconds

_PUCKER_YIELDS = 0.4  # share: on some faces, pursed lips that are closed as well pass through each other
_OPENS = 0.4  # mm by which an expression at 1 parts closed lips to count as one that opens them
_PRESSED = 0.15  # mm by which lips may pass into each other, more only where they do at rest
_AT_ONCE = 2000  # frames that are looked at together
_PASSES = 2  # of what parts them further: the first is right to some hundredths of a millimetre
_NEARLY_CLOSED = 0.1  # jawOpen beyond mouthClose from which on lips are too far apart to cross
_STEP = 0.01  # of a slider, for slopes
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
    mouth = Mouth.of(base_model, identity)
    openers = _openers(mouth)
    _bring_lip_to_teeth(curves, _contact(phones, LABIODENTALS, len(curves), fps), mouth, openers)
    _bring_lips_together(curves, _contact(phones, BILABIALS, len(curves), fps),
                         _contact(phones, BILABIALS, len(curves), fps, _MOOD_SLOWNESS), mouth, openers)
    _part_crossing_lips(curves, mouth)
    return curves


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


def _bring_lips_together(curves, contact, slow_contact, mouth, openers):
    jaw, close = mouth.column("jawOpen"), mouth.column("mouthClose")
    curves[:, mouth.column("mouthPucker")] *= 1 - _PUCKER_YIELDS * contact
    for column in openers:
        curves[:, column] *= 1 - (slow_contact if mouth.names[column].startswith(_MOOD) else contact)
    curves[:, close] = np.maximum(np.minimum(curves[:, close], curves[:, jaw]), contact * curves[:, jaw])


def _bring_lip_to_teeth(curves, contact, mouth, openers):
    if not contact.any():
        return
    jaw, upper = _teeth_pose(mouth)
    pose = {"jawOpen": jaw, "mouthUpperUp_L": upper, "mouthUpperUp_R": upper, "mouthRollLower": _ROLL,
            "mouthLowerDown_L": 0.0, "mouthLowerDown_R": 0.0, "mouthClose": 0.0}
    for column in openers:
        if mouth.names[column] not in pose and not mouth.names[column].startswith(_MOOD):
            curves[:, column] *= 1 - _YIELDING_TO_TEETH * contact
    for name, value in pose.items():
        column = mouth.column(name)
        curves[:, column] += contact * (value - curves[:, column])


def _part_crossing_lips(curves, mouth):
    """Let some of the jaw's opening through where lips would pass through each other: pursed ones are thicker."""
    jaw, close = mouth.column("jawOpen"), mouth.column("mouthClose")
    reference = np.zeros((2, len(mouth.names)), np.float32)
    reference[1, jaw] = _STEP
    at_rest, ajar = (mouth.measures(reference)[name] for name in ("clearance", "lip_gap"))
    allowed, slope = min(at_rest[0], -_PRESSED), (ajar[1] - ajar[0]) / _STEP
    close_by = np.flatnonzero(curves[:, jaw] - curves[:, close] < _NEARLY_CLOSED)
    for frames in np.split(close_by, range(_AT_ONCE, len(close_by), _AT_ONCE)):
        _part(curves, frames, allowed, slope, mouth)


def _part(curves, frames, allowed, slope, mouth):
    """Let lips that are lower above each other than `allowed` (mm) come apart, by `slope` mm for a jawOpen of 1."""
    jaw, close = mouth.column("jawOpen"), mouth.column("mouthClose")
    for _ in range(_PASSES):
        if not len(frames):
            return
        missing = (allowed - mouth.measures(curves[frames])["clearance"]) / slope
        frames, missing = frames[missing > 0], missing[missing > 0]
        from_close = np.minimum(missing, curves[frames, close])
        curves[frames, close] -= from_close
        curves[frames, jaw] += missing - from_close


def _openers(mouth):
    """Columns of the expressions that part this face's closed lips, all but the jaw, which `mouthClose` follows."""
    alone = mouth.measures(np.eye(len(mouth.names), dtype=np.float32))["widest_gap"]
    rest = mouth.measures(np.zeros((1, len(mouth.names)), np.float32))["widest_gap"]
    opens = alone - rest > _OPENS
    opens[[mouth.column("jawOpen"), mouth.column("mouthClose")]] = False
    return np.flatnonzero(opens)


def _teeth_pose(mouth):
    """Values of jawOpen and mouthUpperUp that bring the rolled lower lip to the teeth with the lips apart.

    Newton's method on two measures; what this face cannot reach is left at the end of the sliders' range.
    """
    pose = np.array((0.06, 0.15))
    for _ in range(4):
        steps = _STEP * np.array([(0, 0), (1, 0), (0, 1)])
        curves = np.zeros((3, len(mouth.names)), np.float32)
        curves[:, mouth.column("mouthRollLower")] = _ROLL
        curves[:, mouth.column("jawOpen")] = pose[0] + steps[:, 0]
        for side in "LR":
            curves[:, mouth.column(f"mouthUpperUp_{side}")] = pose[1] + steps[:, 1]
        found = mouth.measures(curves)
        values = np.stack([found["lower_lip_to_incisor"] + _LIP_OVER_TEETH, found["lip_gap"] - _LIPS_APART])
        slopes = (values[:, 1:] - values[:, :1]) / _STEP
        pose = np.clip(pose - np.linalg.lstsq(slopes, values[:, 0], rcond=1e-3)[0], (0.0, 0.0), (0.2, 0.6))
    return pose
