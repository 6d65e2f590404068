"""What the session scripts of this folder share; it lies beside Blender's log, where they import it from."""
import importlib
import time

import bpy

MODULE = "bl_ext.user_default.detailed3dmm"
SETTLED = 0.6  # seconds: longer than the add-on waits for the hand to rest
PATIENCE = 200  # seconds: software rendering on a busy machine
steps_seen = []  # of modal jobs: (operator, seconds that the window waited, what the step returned)


def part(name):
    """A module of the add-on."""
    return importlib.import_module(f"{MODULE}.{name}")


def faces():
    return [obj for obj in bpy.data.objects if obj.detailed3dmm.is_face]


def face():
    """The first face, None where there is none."""
    return next(iter(faces()), None)


def until(condition, what):
    """Wait until something is so; `what` is said where it never is."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, what
        yield 0.1
    yield SETTLED


def watch_jobs():
    """From now on the steps of modal jobs are in `steps_seen`."""
    stepped = part("blender.jobs").Stepped
    original = stepped._step

    def step(self, context):
        begin = time.monotonic()
        result = original(self, context)
        steps_seen.append((self.bl_idname, time.monotonic() - begin, result))
        return result
    stepped._step = step
