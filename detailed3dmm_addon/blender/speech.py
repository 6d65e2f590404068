"""A recording made to speak by a face: what is heard in it, how it is performed, and the bake into the scene.

Listening takes a while and is remembered as long as the session and the file last; performing takes less than a second,
so that a bake with other settings is there at once. Nothing is written before everything is computed.
"""
import os
from dataclasses import dataclass, field

import numpy as np

from ..core.base_model import BaseModel
from ..core.errors import Detailed3DMMError
from . import compat, expressions, parameters, paths, speech_action, speech_head, speech_sound, strings
from .speech_action import HEAD, Made, Track

REMEMBERED = 4  # recordings
NEEDED = ("torch", "scipy", "soundfile", "soxr")
_SAME_RATE = 0.01  # frames a second
ALL = "face"  # the layer of all expressions together
_GROUP_OF = {key: group.name for group in expressions.GROUPS for control in group.controls for key in control.keys}
_heard = {}  # (path, time of change, size, transcript, automatic) -> speech.take.Speech; no Blender data


@dataclass(frozen=True)
class Bake:
    """How a take is put into a scene.

    start : frame of the recording's first instant; layered : mouth, blinks, eyes, brows and head as strips of their
    own; replace : earlier bakes of the same recording, and those that overlap, go, else the latter are muted;
    sound : absolute path of the recording; add_sound : whether it goes into the sequencer; markers : whether to mark
    each of its sounds;
    extend : whether the scene may become longer; head : speech_head.BONE or OBJECT; bone : name of the head's bone
    """
    start: int = 1
    layered: bool = False
    replace: bool = True
    sound: str = ""
    add_sound: bool = True
    markers: bool = False
    extend: bool = True
    head: str = speech_head.BONE
    bone: str = ""


@dataclass(frozen=True)
class Baked:
    """What a bake did. keys : how many keyframes it set; kept : names of earlier actions kept for their hand edits;
    sounding : False where this Blender has no audio."""
    bake: str
    first: int
    last: int
    keys: int
    kept: list = field(default_factory=list)
    sounding: bool = True


def listening(path, transcript=None, automatic=True):
    """What is heard in a recording, step by step: yields the share done; the value is a speech.take.Speech.

    transcript : the words, or None; automatic : whether English words are looked for where none are given

    Raises
    ------
    Detailed3DMMError
        If the file cannot be heard, or what that needs is missing.
    """
    if missing_module():
        raise Detailed3DMMError(strings.message(strings.ERROR_SPEECH_NEEDS, module=missing_module()))
    yield 0.0  # shown before the libraries are read
    from ..speech import take
    key = _identified(path, transcript, automatic)
    if key is None or key not in _heard:  # a file that is not there: `analyse` says so
        speech = yield from take.analyse(path, transcript or None, automatic)
        _heard[key] = speech
        while len(_heard) > REMEMBERED:
            _heard.pop(next(iter(_heard)))
    return _heard[key]


def words_heard(path):
    """The words that were heard in a recording in this session; empty where there are none."""
    speech = _heard.get(_identified(path, None, True))
    return speech.heard.text if speech else ""


def missing_module():
    """Name of a Python package that speech needs and this Blender lacks; None where all are there."""
    return next((name for name in NEEDED if not compat.has_module(name)), None)


def performed(speech, obj, fps):
    """How this face performs what was heard, with the settings of its panel: a speech.take.Performance."""
    from ..speech import take
    settings = obj.detailed3dmm.speech
    return take.perform(speech, settings.performance(), parameters.identity(obj.detailed3dmm), fps, BaseModel.load())


def bake_speech(context, obj, performance, how=None):
    """Write a take onto a face: new actions, its recording in the sequencer. All of it, or nothing and an error.

    Parameters
    ----------
    context : whose scene it is; obj : face object
    performance : speech.take.Performance at the scene's frame rate
    how : `Bake`

    Returns
    -------
    Baked

    Raises
    ------
    Detailed3DMMError
        If the frame rate is another, or something of the scene is in the way: nothing was changed then.
    """
    how = how or Bake()
    scene, curves = context.scene, performance.curves
    fps = speech_sound.frame_rate(scene)
    if abs(fps - curves.fps) > _SAME_RATE:
        raise Detailed3DMMError(strings.message(strings.ERROR_FRAME_RATE, scene=fps, curves=curves.fps))
    speech_head.check(obj, how.head, how.bone)
    for datablock in _datablocks(obj):
        speech_action.check(datablock)
    bake, last = speech_action.new_bake(), how.start + len(curves) - 1
    kept = _clear(obj, scene, how, last)
    actions = _write(context, obj, performance, how, bake)
    sounding = not (how.add_sound and how.sound) or speech_sound.add(context, scene, how.sound, how.start, bake)
    if how.markers:
        speech_sound.mark(scene, performance.phones, how.start, bake)
    if how.extend:
        speech_sound.extend(scene, last)
    obj.detailed3dmm.speech.bake = bake
    return Baked(bake, how.start, last, sum(map(_key_count, actions)), [action.name for action in kept], sounding)


def rebake(obj, performance, first, last, blend=0):
    """Bake the frames `first`..`last` of the scene again; hand keys outside keep their shape.

    performance : speech.take.Performance at the frame rate of the bake, see `bake_to_correct`
    blend : frames inside each end of the range over which what was there goes into what is new

    Returns
    -------
    (first, last) frames of the scene that the take and the range have in common

    Raises
    ------
    Detailed3DMMError
        If the bake has none of these frames, or was made at another frame rate.
    """
    changed = []
    for piece in latest(obj):
        strip, made = piece.strip, speech_action.made_by(piece.action)
        if made.fps and abs(made.fps - performance.curves.fps) > _SAME_RATE:
            raise Detailed3DMMError(strings.message(
                strings.ERROR_REBAKE_RATE, baked=made.fps, scene=performance.curves.fps))
        low = max(speech_action.own_frame(strip, first), made.start)
        high = min(speech_action.own_frame(strip, last), made.start + len(performance.curves) - 1)
        if low <= high:
            changed.append((piece, made.start, low, high))
    if not changed:
        raise Detailed3DMMError(strings.message(strings.ERROR_RANGE, first=first, last=last))
    for piece, start, low, high in changed:
        speech_action.rewrite(piece.action, _tracks(obj, performance, piece), start, low, high, blend)
    return (min(speech_action.scene_frame(piece.strip, low) for piece, _start, low, _high in changed),
            max(speech_action.scene_frame(piece.strip, high) for piece, _start, _low, high in changed))


def latest(obj):
    """The pieces of the last bake that this face still has (see `speech_action.bakes`); empty where it has none."""
    found = speech_action.bakes(_datablocks(obj))
    return found.get(obj.detailed3dmm.speech.bake) or (list(found.values())[-1] if found else [])


def recording(path):
    """Absolute path of a recording; Detailed3DMMError where none is chosen."""
    if not path:
        raise Detailed3DMMError(strings.message(strings.ERROR_NO_RECORDING))
    return paths.absolute(path)


def bake_to_correct(obj, scene):
    """What the last bake speaks, as an absolute path, and the frames a second of its keys.

    A strip may have been scaled after the scene's frame rate was changed: what counts is that it plays as fast as the
    recording.

    Raises
    ------
    Detailed3DMMError
        If the face has none, or it plays faster or slower than the recording.
    """
    pieces, now = latest(obj), speech_sound.frame_rate(scene)
    if not pieces:
        raise Detailed3DMMError(strings.message(strings.ERROR_NO_BAKE))
    made = [speech_action.made_by(piece.action) for piece in pieces]
    for piece, each in zip(pieces, made, strict=True):
        plays = now / (piece.strip.scale if piece.strip else 1.0)
        if each.fps and abs(each.fps - plays) > _SAME_RATE:
            raise Detailed3DMMError(strings.message(strings.ERROR_REBAKE_RATE, baked=each.fps, scene=plays))
    return made[0].sound, made[0].fps or now


def _datablocks(obj):
    return [obj.data.shape_keys, *speech_head.owners(obj)]


def _identified(path, transcript, automatic):
    try:
        state = os.stat(path)
    except OSError:
        return None
    return str(path), state.st_mtime_ns, state.st_size, transcript, automatic


def _clear(obj, scene, how, last):
    """Make room for a bake: earlier ones go, or are muted; gives the actions kept for their hand edits."""
    kept, gone, muted = [], set(), set()
    for bake, pieces in speech_action.bakes(_datablocks(obj)).items():
        low, high = speech_action.span(pieces)
        overlaps = low <= last and high >= how.start
        if how.replace and (overlaps or speech_action.made_by(pieces[0].action).sound == how.sound):
            kept += speech_action.remove(pieces)
            gone.add(bake)
        elif overlaps:
            speech_action.mute(pieces)
            muted.add(bake)
    speech_sound.remove(scene, gone)
    speech_sound.mute(scene, muted)
    return kept


def _write(context, obj, performance, how, bake):
    """New actions, placed; those of what does not move are not made."""
    keys, fps = obj.data.shape_keys, performance.curves.fps
    layers = performance.layers if how.layered else {ALL: performance.curves.names}
    actions = []
    for layer, names in layers.items():
        made = Made(bake, how.start, how.sound, layer, fps=fps)
        actions.append(_placed(keys, _name(obj, layer), _expression_tracks(performance, names), fps, made, how.layered))
    if np.abs(performance.curves.head).max() > speech_action.STILL:
        owner = speech_head.owner_for(context, obj, how.head)
        made = Made(bake, how.start, how.sound, HEAD, how.bone, fps=fps)
        tracks = speech_head.tracks(owner, obj, performance.curves.head, how.bone)
        actions.append(_placed(owner, _name(obj, HEAD), tracks, fps, made, how.layered))
    return [action for action in actions if action]


def _placed(datablock, name, tracks, fps, made, as_strip):
    action = speech_action.write(name, datablock, tracks, fps, made)
    if action:
        speech_action.place(datablock, action, as_strip)
    return action


def _tracks(obj, performance, piece):
    """`Track`s of the part of the face that a piece of an earlier bake animates."""
    made, owner = speech_action.made_by(piece.action), piece.animation.id_data
    if made.layer == HEAD:
        return speech_head.tracks(owner, obj, performance.curves.head, made.bone, speech_action.rest_of(piece))
    names = performance.curves.names if made.layer == ALL else performance.layers[made.layer]
    return _expression_tracks(performance, names)


def _expression_tracks(performance, names):
    columns = {name: column for column, name in enumerate(performance.curves.names)}
    return [Track(f'key_blocks["{name}"].value', 0, _GROUP_OF[name], performance.curves.values[:, columns[name]])
            for name in names]


def _name(obj, layer):
    return f"{obj.name} speech" + (f" {layer}" if layer != ALL else "")


def _key_count(action):
    return sum(len(curve.keyframe_points) for curve in compat.channels(action).fcurves)
