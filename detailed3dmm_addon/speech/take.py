"""A take: from a recording, and how an artist wants it performed, to the animation of a face.

`analyse` listens once; `perform` makes curves of what was heard, quickly enough to be repeated at every change of a
setting.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import numpy as np

from ..core.checks import number
from ..core.curves_file import Curves
from ..core.errors import ParameterError
from ..core.memory import give_back
from ..core.steps import within
from . import prosody, recognition
from .audio import open_audio
from .closure import closed
from .coarticulation import STRONGEST, ArticulationSettings, channels, expressions
from .emotions import EMOTIONS, add_emotion, check_emotion
from .gestures import gestures
from .motion import add_bump
from .phones import BILABIALS, LABIODENTALS, SILENCE, VISEME_OF, TimedPhone

__all__ = ["EMOTIONS", "Performance", "Speech", "SpeechSettings", "analyse", "perform"]

LATEST = 10.0  # seconds that the animation may be off the sound
SLOWEST, FASTEST = 1.0, 240.0  # frames a second

_HEARD_SHARE = 0.8  # of the time of `analyse`
_SMOOTHEST = 0.06  # seconds, standard deviation of smoothing 1
_ROUNDED = {"W": 1.0, "UW": 1.0, "OW": 0.9, "UH": 0.8, "AO": 0.6, "OY": 0.6, "SH": 0.5, "ZH": 0.5, "CH": 0.5, "JH": 0.5,
            "R": 0.4, "ER": 0.4}
_HELD = {**dict.fromkeys(BILABIALS, 1.0), **dict.fromkeys(LABIODENTALS, 0.8)}
_CONTACT = 4.0  # a quarter of the usual strength is enough for lips to meet
_YIELDING = 0.07  # seconds in which an emotion makes way for the lips, and comes back


@dataclass(frozen=True)
class SpeechSettings:
    """How a recording is performed; amplitudes are 1 as usual, 0 for none, at most 3.

    intensity : of everything but blinks and gaze; jaw, lips : of the mouth's two parts
    upper_face : brows and gaze; blinks : how often; head : its rotation
    style : -1 mumbled to +1 over-articulated; visemes : amplitude by name of a group of `phones.VISEMES`
    emotion : one of EMOTIONS; emotion_strength : its amplitude
    smoothing : 0..1; seed : another take of the same; offset : seconds that the animation is later than the sound

    Raises
    ------
    ParameterError
        If a value is outside its range.
    """
    intensity: float = 1.0
    jaw: float = 1.0
    lips: float = 1.0
    upper_face: float = 1.0
    blinks: float = 1.0
    head: float = 1.0
    style: float = 0.0
    emotion: str = "neutral"
    emotion_strength: float = 1.0
    smoothing: float = 0.0
    seed: int = 0
    offset: float = 0.0
    visemes: dict = field(default_factory=dict)

    def __post_init__(self):
        self.articulation  # noqa: B018, checks what it takes
        for name in ("upper_face", "blinks", "head", "emotion_strength"):
            number(getattr(self, name), name.replace("_", " ").capitalize(), 0, STRONGEST)
        number(self.smoothing, "Smoothing", 0, 1)
        number(self.offset, "Offset", -LATEST, LATEST)
        number(self.seed, "Seed", 0, 2**31 - 1)
        if self.seed != int(self.seed):
            raise ParameterError(f"Seed is {self.seed}: it must be a whole number.")
        check_emotion(self.emotion)

    @property
    def articulation(self):
        """What the mouth takes of it, as ArticulationSettings."""
        return ArticulationSettings(**{part.name: getattr(self, part.name) for part in fields(ArticulationSettings)})


@dataclass(frozen=True, eq=False)
class Speech:
    """What was heard in a recording.

    heard : recognition.Speech; prosody : prosody.Prosody; duration : seconds; name : of the sound file
    """
    heard: recognition.Speech
    prosody: prosody.Prosody
    duration: float
    name: str = "the recording"

    @property
    def phones(self):
        """TimedPhones that cover the recording."""
        return self.heard.phones

    @property
    def is_silent(self):
        """Whether nobody was heard speaking."""
        return all(phone.phone == SILENCE for phone in self.phones)


@dataclass(frozen=True, eq=False)
class Performance:
    """Animation of a face, frame i at i / fps seconds of the sound.

    curves : core.curves_file.Curves; layers : dict of "mouth", "blinks", "eyes" and "brows" -> names of the
    expressions in it, each expression in one (the head is a layer by nature); phones : TimedPhones as they are shown
    notes : sentences for the artist
    """
    curves: Curves
    layers: dict
    phones: list
    notes: tuple = ()


def analyse(path, transcript=None, automatic=True):
    """Listen to a recording, as a generator: yields the share 0..1 done, its value is a Speech.

    Parameters
    ----------
    path : str or Path of a sound file; transcript : str or None, the words spoken, which sharpen the result
    automatic : whether English words are looked for where none are given (`speech.english` says what that needs)

    Raises
    ------
    AudioError
        If the file cannot be spoken from.
    WeightsError
        If the speech network is missing or damaged.
    """
    audio = open_audio(path)
    heard = yield from within(recognition.recognising(audio, transcript, automatic), 0, _HEARD_SHARE)
    contours = yield from within(prosody.contours(audio), _HEARD_SHARE, 1)
    said = prosody.prosody(contours, heard.phones, audio.duration)
    give_back()  # what both have worked in: performing a long recording takes memory, too
    return Speech(heard, said, audio.duration, Path(path).name)


def perform(speech, settings, identity, fps, base_model):
    """The animation of a face that says this.

    Parameters
    ----------
    speech : Speech; settings : SpeechSettings; identity : (100,), whose lips must meet; fps : frames a second
    base_model : core.base_model.BaseModel

    Returns
    -------
    Performance
    """
    number(fps, "Frame rate", SLOWEST, FASTEST)
    names = base_model.expression_names
    count = int(speech.duration * fps + 1e-6) + 1
    phones, melody = _later(speech.phones, settings.offset), _prosody_later(speech.prosody, settings.offset)
    values = _mouth(speech, settings, count, fps)
    head = add_emotion(values, names, settings.emotion, settings.emotion_strength, _needed(phones, _HELD, count, fps),
                       _needed(phones, _ROUNDED, count, fps), fps, settings.seed)
    values = closed(np.clip(values, 0, 1, out=values), _contacts(phones, settings), base_model, identity, fps)
    moved = gestures(melody, count, fps, settings.seed, brows=settings.intensity * settings.upper_face,
                     eyes=settings.upper_face, lids=settings.blinks, head=settings.intensity * settings.head)
    _add_gestures(values, names, moved)
    curves = Curves(fps, names, np.clip(values, 0, 1, out=values), moved.head + head, moved.blinks)
    return Performance(curves, _layers(names), phones, tuple(_notes(speech)))


def _mouth(speech, settings, count, fps):
    """(T, 53) what the phones make of the mouth, at the frame rate."""
    from scipy.ndimage import gaussian_filter1d

    heard = speech.heard
    moves = channels(heard.phones, len(heard.loudness), settings.articulation, heard.loudness, heard.likeness)
    if settings.smoothing:
        moves = gaussian_filter1d(moves, settings.smoothing * _SMOOTHEST * heard.fps, axis=0, mode="nearest")
    return expressions(resampled(moves, heard.fps, count, fps, settings.offset))


def resampled(curves, fps, count, new_fps, offset=0.0):
    """Curves (T, E) at another rate, `offset` seconds later: (count, E); before and after them their ends hold."""
    at = np.clip((np.arange(count) / new_fps - offset) * fps, 0, len(curves) - 1)
    left = np.minimum(at.astype(int), max(len(curves) - 2, 0))
    right = np.minimum(left + 1, len(curves) - 1)
    share = (at - left)[:, None].astype(curves.dtype)
    return curves[left] + share * (curves[right] - curves[left])


def _contacts(phones, settings):
    """Phones as `closed` shall treat them: weak speech makes its contacts all the same, none makes none."""
    wanted = min(_CONTACT * settings.intensity * settings.lips, 1)
    return [replace(phone, strength=wanted * phone.strength * settings.visemes.get(VISEME_OF.get(phone.phone), 1.0))
            for phone in phones]


def _needed(phones, shares, count, fps):
    """(T,) 0..1, how much the sounds of `shares` claim the lips."""
    result = np.zeros(count)
    for phone in phones:
        if phone.phone in shares:
            add_bump(result, fps, phone.start, shares[phone.phone], _YIELDING, phone.duration, _YIELDING)
    return np.minimum(result, 1)


def _add_gestures(values, names, moved):
    """Add gestures to curves (T, E) in place; lids that close are in nothing's way."""
    columns = {name: column for column, name in enumerate(names)}
    for name, curve in moved.expressions.items():
        values[:, columns[name]] += curve
    for side in "LR":
        open_lids = 1 - moved.expressions[f"eyeBlink_{side}"]
        for name in ("eyeWide", "eyeSquint"):
            values[:, columns[f"{name}_{side}"]] *= open_lids


def _notes(speech):
    if speech.is_silent:
        yield f"No speech was found in {speech.name}: the mouth stays at rest."
    elif not speech.heard.fits:
        yield (f"The transcript could not be laid along {speech.name}, the mouth follows the sound alone: check that "
               "it is what is said there, in Latin, Greek or Cyrillic letters.")


def _layers(names):
    """Which expressions a layer holds."""
    beginnings = {"blinks": "eyeBlink", "brows": "brow", "eyes": "eye", "mouth": ""}
    layers = {layer: [] for layer in ("mouth", "blinks", "eyes", "brows")}
    for name in names:
        layers[next(layer for layer, beginning in beginnings.items() if name.startswith(beginning))].append(name)
    return {layer: tuple(members) for layer, members in layers.items()}


def _later(phones, offset):
    """Phones `offset` seconds later, without what would lie before the start."""
    return [TimedPhone(phone.phone, max(phone.start + offset, 0), phone.end + offset, phone.strength)
            for phone in phones if phone.end + offset > 0] if offset else list(phones)


def _prosody_later(said, offset):
    """Prosody `offset` seconds later."""
    if not offset:
        return said
    melody = resampled(said.melody[:, None], prosody.FPS, len(said.melody), prosody.FPS, offset)[:, 0]
    return replace(
        said, melody=melody,
        phrases=tuple(replace(phrase, start=phrase.start + offset, end=phrase.end + offset) for phrase in said.phrases),
        accents=tuple(replace(accent, time=accent.time + offset) for accent in said.accents))
