"""What an emotion adds to a speaking face.

Action units after Ekman & Friesen's Facial Action Coding System, at the strengths of someone who talks on: the mouth's
share gives way wherever speech needs the lips.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..core.errors import ParameterError
from .motion import drift


@dataclass(frozen=True)
class Emotion:
    """expressions : names without side -> 0..1; head : degrees, pitch (down), yaw, roll."""
    expressions: dict = field(default_factory=dict)
    head: tuple = (0.0, 0.0, 0.0)


_EMOTIONS = {
    "neutral": Emotion(),
    "happy": Emotion({"mouthSmile": 0.38, "cheekSquint": 0.30, "mouthDimple": 0.10, "browOuterUp": 0.08,
                      "eyeSquint": 0.08}, (-1.0, 0.0, 0.0)),
    "sad": Emotion({"browInnerUp": 0.50, "browDown": 0.12, "mouthFrown": 0.34, "mouthShrugLower": 0.14,
                    "eyeSquint": 0.06}, (4.0, 0.0, 1.0)),
    "angry": Emotion({"browDown": 0.65, "eyeSquint": 0.22, "noseSneer": 0.22, "mouthPress": 0.16, "mouthFrown": 0.14,
                      "jawForward": 0.12}, (2.0, 0.0, 0.0)),
    "surprised": Emotion({"browInnerUp": 0.55, "browOuterUp": 0.60, "eyeWide": 0.42, "jawOpen": 0.05},
                         (-2.0, 0.0, 0.0)),
    "afraid": Emotion({"browInnerUp": 0.60, "browOuterUp": 0.28, "browDown": 0.22, "eyeWide": 0.40,
                       "mouthStretch": 0.26}, (-1.5, 0.0, 0.0)),
    "disgusted": Emotion({"noseSneer": 0.50, "mouthUpperUp": 0.22, "browDown": 0.32, "eyeSquint": 0.20,
                          "cheekSquint": 0.18, "mouthFrown": 0.16}, (-1.0, 0.0, -1.0)),
}
EMOTIONS = tuple(_EMOTIONS)

# Shares that are left of an offset while the lips are held together, and while they are rounded.
_IN_CLOSURE = {"jawOpen": 0.0, "mouthUpperUp": 0.0, "mouthStretch": 0.3, "mouthSmile": 0.85, "mouthFrown": 0.8,
               "mouthShrugLower": 0.3, "mouthDimple": 0.85, "jawForward": 0.8}
_IN_ROUNDING = {"mouthSmile": 0.3, "mouthStretch": 0.1, "mouthDimple": 0.3, "mouthFrown": 0.5, "mouthPress": 0.3}
_AFLOAT, _AFLOAT_PERIODS = 0.10, (2.5, 7.0)  # an emotion waxes and wanes by a tenth, in seconds


def check_emotion(name):
    """Raise ParameterError unless `name` is one of EMOTIONS."""
    if name not in _EMOTIONS:
        raise ParameterError(f"Unknown emotion \"{name}\": choose {', '.join(EMOTIONS[:-1])} or {EMOTIONS[-1]}.")


def add_emotion(values, names, name, strength, held, rounded, fps, seed):
    """Add an emotion to the curves of a speaking face, in place.

    Parameters
    ----------
    values : (T, E), of the expressions `names`; name : one of EMOTIONS; strength : 1 is usual
    held : (T,) 0..1, how much speech needs the lips together; rounded : (T,) 0..1, how much it needs them round
    fps : frames a second; seed : int

    Returns
    -------
    (3,) radians, what the emotion adds to the head's pitch, yaw and roll
    """
    check_emotion(name)
    emotion = _EMOTIONS[name]
    level = strength * (1 + _AFLOAT * drift(np.random.default_rng([seed, 9]), len(values), fps, _AFLOAT_PERIODS))
    for expression, amount in emotion.expressions.items():
        left = (1 - held * (1 - _IN_CLOSURE.get(expression, 1))) * (1 - rounded * (1 - _IN_ROUNDING.get(expression, 1)))
        for column in (names.index(full) for full in _sides(expression, names)):
            values[:, column] += amount * level * left
    return strength * np.radians(emotion.head)


def _sides(expression, names):
    return [expression] if expression in names else [f"{expression}_L", f"{expression}_R"]
