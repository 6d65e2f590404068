"""What a speaker's face and head do besides the mouth: brows, eyes, blinks, head. Seeded: a seed is a take.

Brows rise and heads nod with accents (Cavé et al. 1996; Munhall et al. 2004; Graf et al. 2002), a new phrase brings a
new posture (Hadar et al. 1983), a question raises the brows, and nothing is ever quite still.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import blinks, gaze
from .motion import Move, add_bump, drift, glide
from .prosody import FPS

# Head postures, radians (pitch, yaw, roll): standard deviation from phrase to phrase, and of the drift in between.
_POSTURE = np.radians([1.3, 2.4, 1.3])
_SILENT_POSTURE = 0.5  # of it while the person is silent
_DRIFT = np.radians([0.45, 0.6, 0.35])
_DRIFT_PERIODS = (3.0, 9.0)  # seconds
_BREATH, _BREATH_PERIODS = np.radians(0.2), (3.6, 4.6)  # the head rises with the chest, 13-17 times a minute
_POSTURE_TIME = (0.55, 0.95)  # seconds to a new posture
_RESTLESS = (2.2, 5.0)  # seconds that a posture lasts within a phrase or a silence
_STROKES_APART = 0.7  # seconds between movements that mark accents
_NOD = np.radians(3.2)  # of the strongest accent
_MELODY = np.radians(0.4)  # that the head rises with the pitch of the voice, a semitone
_HIGHEST = 5.0  # semitones from which on it rises no further
_HEAD_FOLLOWS = 0.25  # share of a turn of gaze that the head takes on
_FOLLOWING = 0.4  # seconds the head takes for it
_FOLLOWED = np.radians(3)  # smaller ones are left to the eyes

_RAISE = 0.42  # of the brows at the strongest accent
_QUESTION, _QUESTION_RISE = 0.3, 4.0  # raise of the brows; semitones that make a question
_ATTENTION = 0.06  # raise of the brows while speaking
_BROWS = {"raise": {"browInnerUp": 0.85, "browOuterUp": 1.0, "eyeWide": 0.12},
          "frown": {"browDown": 0.75, "eyeSquint": 0.25}}


@dataclass(frozen=True, eq=False)
class Gestures:
    """expressions : dict of name -> (T,) 0..1; head : (T, 3) radians, pitch, yaw, roll; blinks : (B,) int frames."""
    expressions: dict
    head: np.ndarray
    blinks: np.ndarray


def gestures(prosody, count, fps, seed, brows=1.0, eyes=1.0, lids=1.0, head=1.0):
    """All gestures of a take.

    Parameters
    ----------
    prosody : prosody.Prosody; count : frames; fps : frames a second; seed : int, 0 or more
    brows, eyes, head : amplitudes, 1 is usual, 0 still; lids : how often the eyes blink, 1 is usual

    Returns
    -------
    Gestures
    """
    # Generators of their own: turning one kind of gesture off leaves the others as they were.
    # The duration is in it so that two recordings do not move alike under the same seed.
    for_gaze, for_lids, for_brows, for_head = (
        np.random.default_rng([seed, kind, round(1000 * prosody.duration)]) for kind in range(4))
    fixations = gaze.fixations(prosody, for_gaze)
    turned = _head(prosody, fixations, count, fps, for_head) * head
    closed, frames = blinks.lids(blinks.blink_times(prosody, fixations, lids, for_lids), count, fps)
    expressions = _brows(prosody, count, fps, for_brows, brows)
    expressions.update(gaze.looks(_eyes(fixations, turned, count, fps, eyes)))
    expressions.update(eyeBlink_L=closed, eyeBlink_R=closed)
    return Gestures(expressions, turned, frames)


def _eyes(fixations, head, count, fps, amount):
    """(T, 2) yaw and pitch of the eyes in the head: they stay on what they look at while the head moves."""
    target = glide(fixations, count, fps, (0.0, 0.0))
    return amount * target - min(amount, 1) * head[:, [1, 0]]


def _brows(prosody, count, fps, random, amount):
    """{name: (T,)} of brows, eyeWide and eyeSquint."""
    raised, frowned = np.zeros(count), np.zeros(count)
    for phrase in prosody.phrases:
        add_bump(raised, fps, phrase.start, _ATTENTION * random.uniform(0.5, 1.5), 0.3, phrase.end - phrase.start, 0.6)
        if phrase.rise > _QUESTION_RISE:
            add_bump(raised, fps, phrase.end - 0.25, _QUESTION, 0.4, 0.35, 0.6)
    for accent in prosody.accents:
        chance, size, hold = random.random(), random.uniform(0.7, 1.2), random.uniform(0.05, 0.18)
        if chance < 0.35 + 0.6 * accent.strength:  # not every accent: it would look mechanical
            curve, height = (frowned, 0.7 * _RAISE) if random.random() < 0.15 else (raised, _RAISE)
            add_bump(curve, fps, accent.time - 0.06, height * size * accent.strength, 0.22, hold, 0.42)
    asymmetry = random.normal(0, 0.06)
    found = {}
    for curve, shares in ((raised, _BROWS["raise"]), (frowned, _BROWS["frown"])):
        for name, share in shares.items():
            for side, sign in (("L", 1), ("R", -1)):
                found[f"{name}_{side}"] = _bounded(amount * share * (1 + sign * asymmetry) * curve)
    return found


def _bounded(curve):
    """Soft limit: as given while small, never beyond 0.9."""
    return 0.9 * np.tanh(curve / 0.9)


def _head(prosody, fixations, count, fps, random):
    """(T, 3) radians."""
    result = glide(_postures(prosody, random), count, fps, (0.0, 0.0, 0.0))
    result += _DRIFT * np.stack([drift(random, count, fps, _DRIFT_PERIODS) for _ in _DRIFT], 1)
    result[:, 0] += _BREATH * drift(random, count, fps, _BREATH_PERIODS, waves=2)
    result[:, 0] -= _MELODY * np.clip(_sampled(prosody.melody, count, fps), -_HIGHEST, _HIGHEST)
    result[:, [1, 0]] += glide(_followed(fixations), count, fps, (0.0, 0.0))
    last = -_STROKES_APART
    for accent in prosody.accents:
        struck = _add_stroke(result, fps, accent, random, accent.time - last >= _STROKES_APART)
        last = accent.time if struck else last
    return result


def _sampled(melody, count, fps):
    return np.interp(np.arange(count) / fps, (np.arange(len(melody)) + 0.5) / FPS, melody)


def _postures(prosody, random):
    """A new posture with each phrase, and another when one has lasted."""
    moves, time = [], 0.0
    spans = [(phrase.start - 0.15, phrase.end, 1.0) for phrase in prosody.phrases]
    spans = sorted(spans + [(end + 0.3, next_start, _SILENT_POSTURE) for end, next_start in _silences(prosody)])
    for start, end, size in spans:
        time = max(time, start, 0.0)
        while time < end:
            duration, posture = random.uniform(*_POSTURE_TIME), np.clip(random.standard_normal(3), -2, 2)
            moves.append(Move(time, duration, tuple(size * posture * _POSTURE)))
            time += duration + random.uniform(*_RESTLESS)
    return moves


def _silences(prosody):
    """(start, end) before, between and after phrases, where they are long enough to move in."""
    ends = [0.0, *(phrase.end for phrase in prosody.phrases)]
    starts = [*(phrase.start for phrase in prosody.phrases), prosody.duration]
    return [(end, start - 0.15) for end, start in zip(ends, starts, strict=True) if start - end > 1.5]


def _followed(fixations):
    """What the head takes on of turns of gaze: Moves of (yaw, pitch)."""
    moves = []
    for fixation, after in zip(fixations, [*fixations[1:], None], strict=True):
        lasting = after.time - fixation.time if after else _FOLLOWING
        share = _HEAD_FOLLOWS * (np.hypot(*fixation.value) > _FOLLOWED)
        value = tuple(share * angle for angle in fixation.value)
        moves.append(Move(fixation.time, min(_FOLLOWING, lasting), value))
    return moves


def _add_stroke(head, fps, accent, random, rested):
    """A nod on an accent, or a small turn or tilt: the head gathers, strikes and comes back. Gives whether it does."""
    kind, chance, size, sign = random.random(), random.random(), random.uniform(0.6, 1.2), random.choice([-1, 1])
    if not rested or chance > 0.35 + 0.6 * accent.strength:
        return False
    axis, sign = (0, 1) if kind < 0.75 else (1, sign) if kind < 0.88 else (2, sign)
    height = sign * size * _NOD * accent.strength
    add_bump(head[:, axis], fps, accent.time - 0.24, -0.3 * height, 0.22, 0.0, 0.28)
    add_bump(head[:, axis], fps, accent.time + 0.03, height, 0.26, 0.03, 0.5)
    return True
