"""The recording beside the take: its strip in the sequencer, marks of its sounds, playback that keeps up with it."""
import json
from pathlib import Path

import bpy

from ..speech.phones import SILENCE
from . import compat, paths
from .speech_action import BAKE


def add(context, scene, path, start, bake):
    """Put a recording at frame `start`, unless it lies there already, and let playback keep in step with it.

    Returns
    -------
    bool, whether the scene has its sound now: a Blender that was built without audio cannot play any
    """
    strips = compat.sequencer_strips(scene)
    if not any(_is_at(strip, path, start) for strip in strips):
        free = next((channel for channel in range(1, 129) if channel not in {strip.channel for strip in strips}), 128)
        try:
            strip = strips.new_sound(Path(path).stem, paths.stored(path), free, start)
        except RuntimeError:
            return False
        strip[BAKE] = bake
    scene.sync_mode = "AUDIO_SYNC"
    compat.show_sequencer(context, scene)
    return True


def mark(scene, phones, start, bake):
    """A timeline marker at the first frame of each sound.

    phones : speech.phones.TimedPhone; start : the frame of the recording's first instant
    """
    fps = frame_rate(scene)
    marks = [(timed.phone, start + round(timed.start * fps)) for timed in phones if timed.phone != SILENCE]
    for name, frame in marks:
        scene.timeline_markers.new(name, frame=frame)
    _note(scene, {**_noted(scene), bake: marks})


def remove(scene, bakes):
    """Take away the sound strips and markers of these bakes."""
    strips = compat.sequencer_strips(scene) if scene.sequence_editor else []
    for strip in [strip for strip in strips if strip.get(BAKE) in bakes]:
        sound = strip.sound
        strips.remove(strip)
        if not sound.users:
            bpy.data.sounds.remove(sound)
    noted = _noted(scene)
    gone = {tuple(mark) for bake in bakes for mark in noted.pop(bake, ())}
    for marker in [marker for marker in scene.timeline_markers if (marker.name, marker.frame) in gone]:
        scene.timeline_markers.remove(marker)
    if gone:
        _note(scene, noted)


def mute(scene, bakes):
    """Silence the sound strips of these bakes."""
    for strip in compat.sequencer_strips(scene) if scene.sequence_editor else []:
        if strip.get(BAKE) in bakes:
            strip.mute = True


def extend(scene, last):
    """Let the scene last until frame `last` at least."""
    scene.frame_end = max(scene.frame_end, last)


def frame_rate(scene):
    """Frames a second."""
    return scene.render.fps / scene.render.fps_base


def set_frame_rate(scene, fps):
    """Give a scene a frame rate, which Blender keeps as a whole number over another."""
    scene.render.fps = max(1, round(fps))
    scene.render.fps_base = scene.render.fps / fps


def _noted(scene):
    """Dict of bake -> its markers as (name, frame): markers themselves carry no notes in every Blender."""
    return json.loads(scene.get(BAKE, "{}"))


def _note(scene, noted):
    scene[BAKE] = json.dumps(noted)


def _is_at(strip, path, start):
    return strip.type == "SOUND" and strip.sound and round(strip.frame_start) == start and \
        paths.absolute(strip.sound.filepath) == paths.absolute(str(path))
