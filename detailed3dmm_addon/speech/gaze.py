"""Where the eyes look while someone speaks to us.

They rest on the listener, flitting between eyes and mouth, and turn away now and then to think: at the start of a
phrase rather than at its end, when the speaker hands over (Kendon 1967). Sizes and directions of the turns are those
measured by Lee, Badler & Badler, "Eyes Alive", 2002.
"""

from __future__ import annotations

import numpy as np

from .motion import Move

DEGREES_AT_1 = {"Out": 30.0, "In": 30.0, "Up": 22.0, "Down": 26.0}  # what eyeLook... = 1 turns the eyeball by

_TOGETHER, _AWAY = 2.6, 0.9  # seconds, medians of looking at the listener and away
_FLIT = 0.85  # seconds, median of a fixation on one place of the listener's face
_FACE = np.radians([[1.3, -0.4], [-1.3, -0.4], [0.0, 1.6]])  # yaw, pitch of the listener's eyes and mouth, 1.4 m off
_LARGEST = 9.0  # degrees: a turn away stays near the camera
_DIRECTIONS = np.radians(np.arange(8) * 45)  # right, up-right, up, ... as the speaker sees them
_SHARES = np.array([15.54, 6.46, 17.69, 7.44, 16.80, 7.89, 20.38, 7.79])  # per cent, Eyes Alive table 3
_FLATTER = 0.7  # pitch of turns away, against yaw
_SETTLED = 0.6  # seconds before and after the end of a phrase in which the speaker looks at the listener


def fixations(prosody, random):
    """What the eyes turn to, one after the other.

    Parameters
    ----------
    prosody : prosody.Prosody; random : numpy Generator

    Returns
    -------
    list of Moves, value (yaw, pitch) in radians from the camera: yaw to the character's left, pitch down
    """
    moves, time = [], -0.1  # arrived when the recording begins
    leave = _lasting(random, _TOGETHER, 0.8, 7)
    ends = np.array([phrase.end for phrase in prosody.phrases])
    while time < prosody.duration:
        if time >= leave and not (np.abs(ends - time) < _SETTLED).any():
            place, stay = _turn(random), _lasting(random, _AWAY, 0.4, 2)
            leave = time + stay + _lasting(random, _TOGETHER, 0.8, 7)
        else:
            place, stay = _FACE[random.integers(3)] * random.uniform(0.6, 1.1), _lasting(random, _FLIT, 0.35, 2.5)
        before = moves[-1].value if moves else (0.0, 0.0)
        moves.append(Move(time, _saccade(np.hypot(*(place - before))), tuple(place.tolist())))
        time += stay
    return moves


def looks(gaze):
    """Expression values of a gaze.

    Parameters
    ----------
    gaze : (T, 2) radians, yaw and pitch of the eyes in the head

    Returns
    -------
    dict of the eight eyeLook names -> (T,) 0..1
    """
    yaw, pitch = np.degrees(gaze).T
    turns = {("Out", "L"): yaw, ("In", "R"): yaw, ("In", "L"): -yaw, ("Out", "R"): -yaw,
             ("Down", "L"): pitch, ("Down", "R"): pitch, ("Up", "L"): -pitch, ("Up", "R"): -pitch}
    return {f"eyeLook{way}_{side}": np.clip(angle / DEGREES_AT_1[way], 0, 1)
            for (way, side), angle in turns.items()}


def _turn(random):
    """(2,) radians of a turn away."""
    degrees = min(-6.9 * np.log(random.uniform(0.5, 15) / 15.7), _LARGEST)
    direction = random.choice(_DIRECTIONS, p=_SHARES / _SHARES.sum())
    degrees = max(degrees, 3.0)  # less is no turn
    return np.radians(degrees) * np.array([-np.cos(direction), -_FLATTER * np.sin(direction)])


def _saccade(angle):
    """Seconds that the eyes take over an angle (radians): 25 ms and 2.4 ms a degree (Eyes Alive)."""
    return 0.025 + 0.0024 * np.degrees(angle)


def _lasting(random, median, shortest, longest):
    return float(np.clip(median * random.lognormal(0, 0.45), shortest, longest))

