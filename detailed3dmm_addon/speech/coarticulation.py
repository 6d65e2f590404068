"""Timed phones to expression curves by dominance functions, jaw and lips apart.

Every phone has a target for each channel and a dominance that rises before it and falls after it; a curve is the
average of the targets weighted by their dominances (Cohen and Massaro 1993, Modeling coarticulation in synthetic visual
speech). So a phone that needs its shape, such as the rounding of W, prevails over neighbours that do not care, and
begins to before it sounds. Jaw and lips have dominances of their own, after JALI (Edwards, Landreth, Fiume and Singh
2016). What must be met exactly, the contacts of P B M and F V, is left to `closure`.
"""
from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..core.base_model import BaseModel
from ..core.checks import number
from ..core.errors import ParameterError
from .phones import INDEX, PHONES, SILENCE, VISEME_OF, VISEMES, VOWELS, to_frames

FPS = 100
STRONGEST = 3.0  # largest amplitude that a setting may ask for

# The channels: expressions of both sides together, in three groups that coarticulate on their own.
_JAW, _ROUNDING, _LIPS = range(3)
_CHANNELS = {
    "jawOpen": _JAW, "mouthPucker": _ROUNDING, "mouthFunnel": _ROUNDING, "mouthLowerDown": _LIPS, "mouthUpperUp": _LIPS,
    "mouthStretch": _LIPS, "mouthSmile": _LIPS, "mouthRollLower": _LIPS, "mouthRollUpper": _LIPS, "mouthPress": _LIPS,
}
_GROUP = np.array(list(_CHANNELS.values()))

# Targets in hundredths, in the order of the channels. The jaw of a vowel follows its first formant (Peterson and Barney
# 1952: 270 Hz IY ... 730 Hz AA); 0.1 opens the lips of the mean face by 3.3 mm. Sibilants keep the teeth together.
_TARGETS = {
    #        jaw puck funn  low   up  str  smi rolL rolU pres
    "SIL": (0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    "AA": (47, 0, 0, 2, 0, 0, 0, 0, 0, 0),
    "AE": (41, 0, 0, 9, 6, 13, 6, 0, 0, 0),
    "AH": (32, 0, 0, 3, 0, 2, 0, 0, 0, 0),
    "AO": (32, 18, 34, 0, 0, 0, 0, 0, 0, 0),
    "EH": (30, 0, 0, 9, 4, 12, 5, 0, 0, 0),
    "ER": (21, 18, 22, 2, 0, 0, 0, 0, 0, 0),
    "IH": (17, 0, 0, 7, 3, 12, 5, 0, 0, 0),
    "IY": (9, 0, 0, 8, 3, 20, 16, 0, 0, 0),
    "UH": (15, 36, 20, 0, 0, 0, 0, 0, 0, 0),
    "UW": (7, 66, 16, 0, 0, 0, 0, 0, 0, 0),
    "EY+": (24, 0, 0, 9, 4, 14, 7, 0, 0, 0),  # the first halves of diphthongs
    "OW+": (22, 34, 30, 0, 0, 0, 0, 0, 0, 0),
    "P": (5, 0, 0, 0, 0, 0, 0, 7, 4, 20),
    "B": (5, 0, 0, 0, 0, 0, 0, 6, 3, 14),
    "M": (5, 0, 0, 0, 0, 0, 0, 5, 3, 9),
    "F": (6, 0, 0, 0, 14, 4, 0, 40, 0, 0),
    "V": (6, 0, 0, 0, 12, 4, 0, 36, 0, 0),
    "TH": (9, 0, 0, 9, 4, 2, 0, 0, 0, 0),
    "DH": (9, 0, 0, 9, 4, 2, 0, 0, 0, 0),
    "T": (7, 0, 0, 8, 3, 3, 0, 0, 0, 0),
    "D": (8, 0, 0, 8, 3, 3, 0, 0, 0, 0),
    "N": (9, 0, 0, 7, 2, 3, 0, 0, 0, 0),
    "L": (13, 0, 0, 6, 2, 0, 0, 0, 0, 0),
    "S": (4, 0, 0, 20, 9, 13, 4, 0, 0, 0),
    "Z": (4, 0, 0, 20, 9, 13, 4, 0, 0, 0),
    "SH": (4, 20, 42, 10, 6, 0, 0, 0, 0, 0),
    "ZH": (4, 20, 40, 10, 6, 0, 0, 0, 0, 0),
    "CH": (4, 20, 42, 10, 6, 0, 0, 0, 0, 0),
    "JH": (4, 20, 40, 10, 6, 0, 0, 0, 0, 0),
    "K": (12, 0, 0, 4, 0, 0, 0, 0, 0, 0),
    "G": (12, 0, 0, 4, 0, 0, 0, 0, 0, 0),
    "NG": (11, 0, 0, 4, 0, 0, 0, 0, 0, 0),
    "HH": (17, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    "R": (9, 26, 28, 0, 0, 0, 0, 0, 0, 0),
    "W": (6, 78, 10, 0, 0, 0, 0, 0, 0, 0),
    "Y": (8, 0, 0, 6, 3, 15, 8, 0, 0, 0),
}
_DIPHTHONGS = {  # first half, second half, share of the first
    "AY": ("AA", "IY", 0.62), "AW": ("AA", "UW", 0.58), "OY": ("AO", "IY", 0.55), "EY": ("EY+", "IY", 0.55),
    "OW": ("OW+", "UW", 0.5),
}
# Dominances of jaw, rounding and lips. Lips that may do anything, as during K, hardly resist their neighbours.
_DOMINANCE = {
    **dict.fromkeys(_TARGETS, (1.0, 1.0, 1.0)),  # unrounded vowels
    **dict.fromkeys(("UW", "UH", "AO", "OW+", "ER"), (1.0, 1.6, 0.8)),
    "SIL": (0.8, 0.5, 0.6),
    **dict.fromkeys("PBM", (0.7, 0.05, 0.6)),
    **dict.fromkeys("FV", (1.4, 0.2, 2.2)),
    **dict.fromkeys(("TH", "DH"), (0.9, 0.2, 0.5)),
    **dict.fromkeys("TDN", (0.9, 0.08, 0.3)),
    "L": (0.5, 0.08, 0.2),
    **dict.fromkeys("SZ", (2.0, 0.35, 0.8)),
    **dict.fromkeys(("SH", "ZH", "CH", "JH"), (2.0, 1.8, 0.8)),
    **dict.fromkeys(("K", "G", "NG"), (0.4, 0.05, 0.15)),
    "HH": (0.08, 0.03, 0.05),
    "R": (0.6, 0.8, 0.3),
    "W": (1.0, 2.0, 0.5),
    "Y": (0.8, 0.6, 0.7),
}
_RISE = np.array((0.060, 0.100, 0.060))  # seconds by which a dominance leads its phone, by group
_FALL = np.array((0.065, 0.080, 0.060))
_POWER = 1.5  # of the exponent: 1 gives Cohen and Massaro's corners, 2 a bell
_SHORTEST_PAUSE = 0.12  # seconds; in a shorter one the mouth does not go to rest
_AJAR = 0.05  # of the jaw: lips stay 2 mm apart in a pause that is too short to close them, when one draws breath
_AJAR_UNTIL, _CLOSED_FROM = 0.35, 0.6  # seconds: pauses up to the one are such, from the other on the mouth rests
_ONSET = 0.09  # seconds by which the mouth opens before it speaks after a pause
_LOUDNESS_RANGE = 12.0  # dB from usual to loud
_BLOCK, _REACH = 1000, 0.6  # frames worked out at once; seconds beyond which a phone no longer counts
_BLUR = 0.011  # seconds, deviation of the smoothing at the end: muscles do not jerk


@dataclass(frozen=True)
class ArticulationSettings:
    """How phones are articulated; 1 is ordinary speech.

    intensity : of everything; jaw, lips : of their share alone; style : -1 mumbled .. 0 .. +1 over-articulated;
    visemes : {name of `phones.VISEMES`: strength}, 1 where not named

    Raises
    ------
    ParameterError
        If a number is out of its range or a viseme is not known.
    """
    intensity: float = 1.0
    jaw: float = 1.0
    lips: float = 1.0
    style: float = 0.0
    visemes: dict = field(default_factory=dict)

    def __post_init__(self):
        for name in ("intensity", "jaw", "lips"):
            number(getattr(self, name), name.capitalize(), 0, STRONGEST)
        number(self.style, "Style", -1, 1)
        unknown = sorted(set(self.visemes) - set(VISEMES))
        if unknown:
            raise ParameterError(f"Unknown group of sounds \"{unknown[0]}\": use {', '.join(VISEMES)}.")
        for name, strength in self.visemes.items():
            number(strength, f"The strength of {name}", 0, STRONGEST)

    @property
    def jaw_scale(self):
        return self.intensity * self.jaw * (1 + (0.35 if self.style > 0 else 0.5) * self.style)

    @property
    def lip_scale(self):
        return self.intensity * self.lips * (1 + (0.25 if self.style > 0 else 0.4) * self.style)

    @property
    def pace(self):
        """Factor on rise and fall: who mumbles moves through targets, who over-articulates reaches them."""
        return 1 - (0.15 if self.style > 0 else 0.4) * self.style


def articulate(phones, count, settings=ArticulationSettings(), loudness=None, likeness=None):
    """Expression curves of speech, before the contacts of `closure.closed`: what `channels` gives, by `expressions`.

    Returns
    -------
    (count, 53) float32, 0..1, in the order of the base model's expressions
    """
    return expressions(channels(phones, count, settings, loudness, likeness))


def channels(phones, count, settings=ArticulationSettings(), loudness=None, likeness=None):
    """The movements that speech is made of, a fifth of the numbers of their expressions.

    Parameters
    ----------
    phones : TimedPhones sorted by start; count : number of frames, frame t is the instant t / 100 s
    settings : ArticulationSettings
    loudness : (count,) dB, any reference, or None: louder speech opens the jaw further
    likeness : (N, 40) how probable each phone of `PHONES` is in the place of each of `phones`, or None: a vowel that
        could be another takes a shape between the two

    Returns
    -------
    (count, 10) float32, 0..1

    Raises
    ------
    ParameterError
        If sizes disagree.
    """
    for name, given, needed in (("loudness", loudness, count), ("likeness", likeness, len(phones))):
        if given is not None and len(given) != needed:
            raise ParameterError(f"The {name} has {len(given)} rows, it needs {needed}.")
    blended = _blended(_segments(phones, settings, likeness), count)
    blended[:, 0] *= _loudness_factor(loudness, phones, count)
    blended[:, _GROUP == _JAW] *= settings.jaw_scale
    blended[:, _GROUP != _JAW] *= settings.lip_scale
    smooth = _smoothed(blended)
    return np.clip(smooth, 0, 1, out=smooth)


@dataclass(frozen=True)
class _Segments:
    """Targets in time. start, end : (N,) seconds between which a target holds; targets : (N, C);
    dominance, rise, fall : (N, 3)"""
    start: np.ndarray
    end: np.ndarray
    targets: np.ndarray
    dominance: np.ndarray
    rise: np.ndarray
    fall: np.ndarray

    def near(self, first, last):
        """Those that reach the seconds from `first` to `last`."""
        chosen = (self.end > first - _REACH) & (self.start < last + _REACH)
        return _Segments(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


def _segments(phones, settings, likeness):
    rows = []
    after_pause = True
    for row, timed in enumerate(phones):
        if timed.phone == SILENCE and timed.duration < _SHORTEST_PAUSE:
            continue
        strength = timed.strength * settings.visemes.get(VISEME_OF.get(timed.phone), 1.0)
        for name, start, end in _halves(timed):
            target = strength * _target(name, timed.phone, None if likeness is None else likeness[row])
            if timed.phone == SILENCE and 0 < row < len(phones) - 1:
                target = target + _AJAR * _breath(timed.duration) * (_GROUP == _JAW)
            lead = _ONSET if after_pause and timed.phone != SILENCE else 0.0
            rows.append((*_held(timed.phone, start, end, lead), target, _DOMINANCE[name]))
        after_pause = timed.phone == SILENCE
    if not rows:
        rows = [(0.0, 1.0, _TABLE["SIL"], _DOMINANCE["SIL"])]
    start, end, targets, dominance = (np.array(column) for column in zip(*rows, strict=True))
    rise, fall = (np.broadcast_to(settings.pace * time, dominance.shape) for time in (_RISE, _FALL))
    return _Segments(start, end, targets, dominance, rise, fall)


def _breath(duration):
    """How far the mouth stays ajar in a pause of so many seconds between words, 0..1."""
    return np.clip((_CLOSED_FROM - duration) / (_CLOSED_FROM - _AJAR_UNTIL), 0, 1)


def _halves(timed):
    if timed.phone not in _DIPHTHONGS:
        return [(timed.phone, timed.start, timed.end)]
    first, second, share = _DIPHTHONGS[timed.phone]
    middle = timed.start + share * timed.duration
    return [(first, timed.start, middle), (second, middle, timed.end)]


def _held(phone, start, end, lead):
    """When the target holds: shapes are reached just after a phone begins and given up before it ends."""
    length = end - start
    if phone == SILENCE:
        return start + min(0.10, 0.4 * length), end - min(0.12, 0.4 * length)
    return start + 0.1 * length - 0.5 * lead, end - 0.25 * length


_TABLE = {name: np.array(target) / 100 for name, target in _TARGETS.items()}
_VOWEL_ROWS = [INDEX[name] for name in PHONES if name in VOWELS]


def _target(name, phone, likeness):
    """(C,) target of a phone or half a diphthong; for a vowel in doubt, the mean of the vowels it could be."""
    if likeness is None or name not in VOWELS or phone in _DIPHTHONGS:
        return _TABLE[name]
    heard = likeness[_VOWEL_ROWS]
    heard = heard / max(heard.sum(), 1e-6)
    shapes = [_TABLE[_DIPHTHONGS.get(PHONES[row], (PHONES[row],))[0]] for row in _VOWEL_ROWS]
    return 0.5 * _TABLE[name] + 0.5 * (heard @ shapes if heard.sum() > 0.5 else _TABLE[name])


def _blended(segments, count):
    """(count, C) channels: targets averaged by their dominances, in blocks so that an hour takes no more memory."""
    channels = np.empty((count, len(_CHANNELS)), np.float32)
    for first in range(0, count, _BLOCK):
        time = np.arange(first, min(first + _BLOCK, count)) / FPS
        near = segments.near(time[0], time[-1])
        if not len(near.start):  # in the middle of a long silence
            channels[first:first + len(time)] = 0
            continue
        before = np.maximum(near.start - time[:, None], 0)
        after = np.maximum(time[:, None] - near.end, 0)
        for group in (_JAW, _ROUNDING, _LIPS):
            distance = before / near.rise[:, group] + after / near.fall[:, group]
            weight = near.dominance[:, group] * np.exp(-distance ** _POWER) + 1e-12
            mixed = weight @ near.targets[:, group == _GROUP]
            channels[first:first + len(time), group == _GROUP] = mixed / weight.sum(1, keepdims=True)
    return channels


def _loudness_factor(loudness, phones, count):
    """(count,) factor on the jaw: 1 at the median loudness of the speech, 0.75 to 1.3 far from it."""
    if loudness is None:
        return np.ones(count)
    speaking = to_frames(phones, count) != INDEX[SILENCE]
    if not speaking.any():
        return np.ones(count)
    usual = np.median(np.asarray(loudness)[speaking])
    slow = _convolved(np.asarray(loudness, float)[:, None], _bell(0.08 * FPS))[:, 0]
    return np.clip(1 + 0.3 * (slow - usual) / _LOUDNESS_RANGE, 0.75, 1.3)


def _smoothed(channels):
    return _convolved(channels, _bell(_BLUR * FPS))


def _bell(deviation):
    size = int(np.ceil(3 * deviation))
    bell = np.exp(-0.5 * (np.arange(-size, size + 1) / deviation) ** 2)
    return bell / bell.sum()


def _convolved(curves, kernel):
    half = len(kernel) // 2
    result = np.empty_like(curves)
    for column, given in zip(result.T, curves.T, strict=True):
        column[:] = np.convolve(np.pad(given, half, mode="edge"), kernel, "valid")
    return result


def expressions(channels):
    """(T, 53) float32 from what `channels` gives: one drives both sides where there are two."""
    names = BaseModel.load().expression_names
    curves = np.zeros((len(channels), len(names)), np.float32)
    for column, channel in zip(channels.T, _CHANNELS, strict=True):
        for place in [place for place, name in enumerate(names) if name in (channel, f"{channel}_L", f"{channel}_R")]:
            curves[:, place] = column
    return curves
