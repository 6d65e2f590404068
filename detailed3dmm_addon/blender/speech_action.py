"""A take as Blender animation: actions that an animator can edit, strips beside what is animated already.

Each piece of a bake (actions, sound strip, markers) carries the bake's identifier, so that a bake can be found and
replaced without ever touching what somebody else made.
"""
import json
import uuid
import zlib
from dataclasses import asdict, dataclass, field, fields, replace

import bpy
import numpy as np

from ..core.errors import Detailed3DMMError
from ..speech import keys
from ..speech.motion import ease
from . import compat, strings

HEAD = "head"  # the layer of a head's motion
BAKE = "detailed3dmm_speech"  # on actions, sound strips, markers: the identifier of the bake that made them
_MADE = "detailed3dmm_made"  # on actions: `Made` as JSON
REST_ACTION = "detailed3dmm_rest"  # on the action of the strip that says 0 below the bakes
TOLERANCE = 0.01  # of an expression's value, between the baked keys and the take
STILL = 1e-4  # a curve that stays below is not keyed
REST = 0.25  # seconds in which what does not end at rest comes to it
_BEZIER, _ALIGNED = 2, 3  # numbers of Blender's enumerations, which foreach_set wants
_COLOURS = {"mouth": "THEME01", "jaw": "THEME02", "nose": "THEME09", "eyes": "THEME04", "brows": "THEME06",
            "head": "THEME03"}


@dataclass(frozen=True)
class Track:
    """What one property does over a take.

    path, index : as an F-curve has them; group : of `strings.SPEECH_GROUPS`; values : (T,) one a frame;
    rest : the value before and after the take; tolerance : between keys and values
    """
    path: str
    index: int
    group: str
    values: np.ndarray
    rest: float = 0.0
    tolerance: float = TOLERANCE


@dataclass(frozen=True)
class Made:
    """What an action says of the bake that made it.

    bake : identifier; start : frame of the recording's first instant; sound : its path; layer : which part of the face;
    bone : what turns, for the head; rest : values of the properties that do not rest at 0, by "path#index";
    keys : checksum of the keys as they were baked; fps : frames a second of the scene then, 0 where nobody noted it
    """
    bake: str
    start: int
    sound: str
    layer: str
    bone: str = ""
    rest: dict = field(default_factory=dict)
    keys: int = 0
    fps: float = 0.0


def new_bake():
    """An identifier for the pieces of a bake."""
    return uuid.uuid4().hex


def write(name, datablock, tracks, fps, made):
    """A new action for `datablock` with reduced keys; None where nothing moves.

    tracks : of `Track`; fps : frames a second; made : `Made`, its rest and keys are filled in
    """
    moving = [track for track in tracks if np.abs(track.values - track.rest).max() > STILL]
    if not moving:
        return None
    action = bpy.data.actions.new(name)
    channels = compat.channels(action, datablock)
    for track in tracks if made.layer == HEAD else moving:  # a rotation is keyed whole
        _fill(_new_curve(channels, track), _keys(track, made.start, fps))
    _stamp(action, replace(made, rest={_name(track.path, track.index): track.rest for track in tracks if track.rest}))
    return action


def rewrite(action, tracks, start, first, last, blend=0):
    """Put new keys into the frames `first`..`last` of an action; what lies outside keeps its shape.

    tracks : of `Track`, whose first value lies at frame `start`; frames are the action's own
    blend : frames inside each border over which the new comes in, where the take goes on beyond it
    """
    channels, edited = compat.channels(action), is_edited(action)
    present = {(curve.data_path, curve.array_index): curve for curve in channels.fcurves}
    for track in tracks:
        values = track.values[first - start:last - start + 1]
        curve = present.get((track.path, track.index))
        if curve is None:
            if np.abs(values - track.rest).max() <= STILL:
                continue
            curve = _new_curve(channels, track)
            _fill(curve, _handles(np.array([first - 1, last + 1]), np.full(2, track.rest), np.zeros(2)))
        goes_on = first > start, last < start + len(track.values) - 1
        values = _blended(curve, values, first, [blend * beyond for beyond in goes_on])
        reduced = _reduced(values, track.tolerance)
        _replace(curve, first, last, _handles(reduced.frames + first, reduced.values, reduced.slopes))
    if not edited:
        _stamp(action, made_by(action))


def place(datablock, action, as_strip=False):
    """Let `datablock` play an action: as its action where nothing is animated yet, else as an NLA strip.

    What the artist animates stays and adds up with it: an action stays the active one.
    """
    animation = datablock.animation_data or datablock.animation_data_create()
    if not as_strip and animation.action is None and not animation.nla_tracks:
        compat.set_action(animation, action)
        return
    blend = "COMBINE" if made_by(action).layer == HEAD else "ADD"  # turns multiply, values add
    if animation.action is not None and animation.action_blend_type == "REPLACE" and \
            compat.animated_paths(animation) & _paths(action):
        animation.action_blend_type = blend
    animation.use_nla = True
    if not compat.rests_at_zero(datablock):
        _lay_rest(datablock, _paths(action))
    strip = _add_strip(animation, action)
    strip.blend_type, strip.extrapolation = blend, "NOTHING"


def check(datablock):
    """Raise Detailed3DMMError where a bake could not be seen, or could not be written."""
    animation = datablock.animation_data
    if animation is None:
        return
    if animation.use_tweak_mode:
        raise Detailed3DMMError(strings.message(strings.ERROR_TWEAK_MODE))
    if animation.nla_tracks and not animation.use_nla:
        raise Detailed3DMMError(strings.message(strings.ERROR_NLA_OFF))


def made_by(action):
    """`Made` of an action that this module wrote; None for any other."""
    if action is None or BAKE not in action:
        return None
    noted, known = json.loads(action[_MADE]), {part.name for part in fields(Made)}
    return Made(**{name: value for name, value in noted.items() if name in known})  # a later version may note more


def is_edited(action):
    """Whether somebody changed the keys since the bake."""
    return _checksum(action) != made_by(action).keys


@dataclass(frozen=True)
class Piece:
    """An action of a bake, and where it plays: an AnimData; the NLA track and strip, None for the active action.
    Holds Blender's data: for use at once."""
    action: object
    animation: object
    track: object = None
    strip: object = None


def bakes(datablocks):
    """Dict of bake identifier -> list of `Piece`, of all bakes that animate these datablocks."""
    found = {}
    for animation in filter(None, (datablock.animation_data for datablock in datablocks)):
        pieces = [Piece(strip.action, animation, track, strip)
                  for track in animation.nla_tracks for strip in track.strips]
        for piece in [*pieces, Piece(animation.action, animation)]:
            if made_by(piece.action):
                found.setdefault(piece.action[BAKE], []).append(piece)
    return found


def remove(pieces):
    """Take away a bake's actions and the tracks that they leave empty; gives the actions kept for their hand edits."""
    kept = []
    for piece in pieces:
        _unlink(piece)
        _relax(piece.animation.id_data, piece.action)
        if is_edited(piece.action):
            piece.action.use_fake_user = True
            kept.append(piece.action)
        elif not piece.action.users:
            bpy.data.actions.remove(piece.action)
    return kept


def mute(pieces):
    """Keep a bake without effect: its strips are muted, an active action becomes such a strip."""
    for piece in pieces:
        if piece.strip is None:
            piece.animation.action = None
            place(piece.animation.id_data, piece.action, as_strip=True)
            piece.animation.nla_tracks[-1].strips[0].mute = True
        else:
            piece.strip.mute = True
        _relax(piece.animation.id_data, piece.action)


def span(pieces):
    """(first, last) frame of the scene in which a bake moves something."""
    ranges = [(piece.strip.frame_start, piece.strip.frame_end) if piece.strip else piece.action.frame_range
              for piece in pieces]
    return min(low for low, _high in ranges), max(high for _low, high in ranges)


def rest_of(piece):
    """Values of the rotation that a head's piece animates, without its motion."""
    made, curves = made_by(piece.action), compat.channels(piece.action).fcurves
    return [made.rest.get(_name(curves[0].data_path, index), 0.0) for index in range(len(curves))]


def _add_strip(animation, action):
    """A strip on a new track, above the others; gives the strip."""
    track = animation.nla_tracks.new()
    track.name = action.name
    strip = track.strips.new(action.name, int(action.frame_range[0]), action)
    compat.set_action(strip, action)
    return strip


def _lay_rest(datablock, paths):
    """Put a strip below the bakes that says 0 for what they move, unless the artist's strips say something there."""
    animation = datablock.animation_data
    strips = [strip for track in animation.nla_tracks for strip in track.strips]
    rest = next((strip for strip in strips if strip.action and REST_ACTION in strip.action), None)
    taken = [compat.animated_paths(strip) for strip in strips if strip.action and BAKE not in strip.action]
    if rest is None:
        action = bpy.data.actions.new(f"{datablock.name} at rest")
        action[REST_ACTION] = True
    else:
        action = rest.action
    channels = compat.channels(action, datablock)
    for path, index in sorted(paths.difference(*taken)):
        _fill(channels.fcurves.new(path, index=index), _handles(np.zeros(1), np.zeros(1), np.zeros(1)))
    if rest is None:
        rest = _add_strip(animation, action)
        rest.blend_type, rest.extrapolation = "REPLACE", "HOLD"


def _lift_rest(animation):
    """Take that strip away where no bake needs it any more."""
    strips = [(track, strip) for track in animation.nla_tracks for strip in track.strips if strip.action]
    if any(BAKE in strip.action for _track, strip in strips):
        return
    for track, strip in strips:
        if REST_ACTION in strip.action:
            action = strip.action
            animation.nla_tracks.remove(track)
            bpy.data.actions.remove(action)


def _unlink(piece):
    if piece.strip is None:
        piece.animation.action = None
        return
    piece.track.strips.remove(piece.strip)
    if not piece.track.strips:
        piece.animation.nla_tracks.remove(piece.track)
    _lift_rest(piece.animation)


def own_frame(strip, frame):
    """The frame of a strip's action that plays at `frame` of the scene; an action without strip plays its own."""
    if strip is None:
        return frame
    return round((frame - strip.frame_start) / strip.scale + strip.action_frame_start)


def scene_frame(strip, frame):
    """The frame of the scene at which a strip plays `frame` of its action: the inverse of `own_frame`."""
    return frame if strip is None else round((frame - strip.action_frame_start) * strip.scale + strip.frame_start)


def _paths(action):
    return {(curve.data_path, curve.array_index) for curve in compat.channels(action).fcurves}


def _new_curve(channels, track):
    curve = channels.fcurves.new(track.path, index=track.index)
    label = strings.label(track.group)
    group = channels.groups.get(label)
    if group is None:
        group = channels.groups.new(label)
        group.color_set, group.show_expanded = _COLOURS[track.group], False
    curve.group = group
    return curve


def _keys(track, start, fps):
    """Left handles, keys and right handles (K, 3, 2) of a take, which comes to rest where it does not end there."""
    reduced = _reduced(track.values, track.tolerance)
    frames, values, slopes = reduced.frames + start, reduced.values, reduced.slopes
    end, margin = start + len(track.values) - 1, max(1, round(REST * fps))
    if abs(track.values[0] - track.rest) > track.tolerance:
        frames, values, slopes = (np.append(at_rest, part) for at_rest, part in (
            (start - margin, frames), (track.rest, values), (0.0, slopes)))
    if abs(track.values[-1] - track.rest) > track.tolerance:
        frames, values, slopes = (np.append(part, at_rest) for part, at_rest in (
            (frames, end + margin), (values, track.rest), (slopes, 0.0)))
    return _handles(frames, values, slopes)


def _reduced(values, tolerance):
    """`keys.reduced` with a key at either end: one says it all of what stands still, but not for how long."""
    reduced = keys.reduced(values, tolerance)
    if len(reduced) > 1 or len(values) == 1:
        return reduced
    return keys.Keys(np.array([0, len(values) - 1]), np.repeat(reduced.values, 2), np.zeros(2))


def _handles(frames, values, slopes):
    """(K, 3, 2) left handles, keys, right handles: at thirds of the intervals, where Blender's curve is the cubic
    Hermite polynomial of these values and slopes."""
    gaps = np.diff(frames) / 3 if len(frames) > 1 else np.ones(1)
    left, right = np.append(gaps[:1], gaps)[:len(frames)], np.append(gaps, gaps[-1:])[-len(frames):]
    times = np.stack([frames - left, frames, frames + right], 1)
    heights = np.stack([values - slopes * left, values, values + slopes * right], 1)
    return np.stack([times, heights], 2)


def _fill(curve, points):
    count, target = len(points), curve.keyframe_points
    target.add(count)
    for name, column in (("handle_left", 0), ("co", 1), ("handle_right", 2)):
        target.foreach_set(name, points[:, column].astype(np.float32).ravel())
    target.foreach_set("interpolation", np.full(count, _BEZIER, np.int32))
    for side in ("handle_left_type", "handle_right_type"):
        target.foreach_set(side, np.full(count, _ALIGNED, np.int32))
    curve.update()


def _blended(curve, values, first, blends):
    """Values (N,) from frame `first` on that come out of what the curve has there, and go back into it.

    blends : frames that this takes, at the first and at the last of them
    """
    place = np.arange(1, len(values) + 1)
    share = np.minimum(ease(place / (blends[0] + 1)), ease(place[::-1] / (blends[1] + 1)))
    before = np.array([curve.evaluate(first + frame) for frame in range(len(values))])
    return before + share * (values - before)


def _replace(curve, first, last, points):
    """Put keys (K, 3, 2) in the place of those of the frames `first`..`last`."""
    for border in (first - 1, last + 1):
        if not any(point.co.x == border for point in curve.keyframe_points):
            curve.keyframe_points.insert(border, curve.evaluate(border))  # splits the segment, its shape stays
    for point in reversed(list(curve.keyframe_points)):
        if first - 1 < point.co.x < last + 1:
            curve.keyframe_points.remove(point, fast=True)
    for frame, value in points[:, 1].tolist():
        curve.keyframe_points.insert(frame, value, options={"FAST"})
    inside = [point for point in curve.keyframe_points if first - 1 < point.co.x < last + 1]
    # After all of them are in: inserting one divides the handles of its neighbours.
    for point, (left, _middle, right) in zip(inside, points.tolist(), strict=True):
        point.interpolation, point.handle_left_type, point.handle_right_type = "BEZIER", "ALIGNED", "ALIGNED"
        point.handle_left, point.handle_right = left, right
    curve.update()


def _stamp(action, made):
    action[BAKE] = made.bake
    action[_MADE] = json.dumps(asdict(replace(made, keys=_checksum(action))))


def _name(path, index):
    return f"{path}#{index}"


def _relax(datablock, action):
    """Set what an action moved to where it was before: nothing else would."""
    rest = made_by(action).rest
    for curve in compat.channels(action).fcurves:
        owner, _, name = curve.data_path.rpartition(".")
        try:
            owner = datablock.path_resolve(owner) if owner else datablock
        except ValueError:  # the key or bone is gone
            continue
        value = rest.get(_name(curve.data_path, curve.array_index), 0.0)
        if hasattr(getattr(owner, name), "__len__"):
            getattr(owner, name)[curve.array_index] = value
        else:
            setattr(owner, name, value)


def _checksum(action):
    # ID properties hold signed 32-bit integers.
    parts = []
    for curve in compat.channels(action).fcurves:
        parts.append(curve.data_path.encode())
        for name in ("handle_left", "co", "handle_right"):
            points = np.empty(2 * len(curve.keyframe_points), np.float32)
            curve.keyframe_points.foreach_get(name, points)
            parts.append(points.tobytes())
    return int(np.array(zlib.crc32(b"".join(parts)), np.uint32).view(np.int32))
