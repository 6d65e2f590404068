"""Reading and writing a face's parameters as numpy vectors, from the object's properties and its shape keys."""
from contextlib import contextmanager

import numpy as np

from ..core.character import IDENTITY_SIZE, PERSON_CODE_SIZE

CHUNK_SIZE = 25  # Blender's vector properties hold 32 numbers at most
CHUNKS = tuple(f"identity_{index}" for index in range(IDENTITY_SIZE // CHUNK_SIZE))

_writing = 0


@contextmanager
def silently():
    """While it lasts, writing a property does not update the mesh: several are about to change together."""
    global _writing
    _writing += 1
    try:
        yield
    finally:
        _writing -= 1


def is_silent():
    return _writing > 0


def identity(settings):
    """Identity coefficients (100,) float32, sigma units, of a face's property group."""
    values = np.empty(IDENTITY_SIZE, np.float32)
    for index, chunk in enumerate(CHUNKS):
        getattr(settings, chunk).foreach_get(values[index * CHUNK_SIZE:(index + 1) * CHUNK_SIZE])
    return values


def set_identity(settings, values):
    """Write identity coefficients (100,) without updating the mesh."""
    with silently():
        for index, chunk in enumerate(CHUNKS):
            setattr(settings, chunk, values[index * CHUNK_SIZE:(index + 1) * CHUNK_SIZE].tolist())


def person(settings):
    """Person code (24,) float32."""
    values = np.empty(PERSON_CODE_SIZE, np.float32)
    settings.person.foreach_get(values)
    return values


def expression(obj, names):
    """Values (len(names),) float32 of the shape keys called `names`."""
    blocks = obj.data.shape_keys.key_blocks
    values = np.empty(len(blocks), np.float32)
    blocks.foreach_get("value", values)
    by_name = dict(zip(blocks.keys(), values, strict=True))
    return np.array([by_name[name] for name in names], np.float32)


def set_expression(obj, values):
    """Set shape key values from a dict of key name -> value."""
    blocks = obj.data.shape_keys.key_blocks
    for name, value in values.items():
        blocks[name].value = value


def key_expression(obj, names):
    """Set a keyframe on the shape keys called `names`, at the current frame."""
    blocks = obj.data.shape_keys.key_blocks
    for name in names:
        blocks[name].keyframe_insert("value", group="Expression")


def key_if_recording(context, obj, names):
    """Set keyframes where the user has Auto Keying on, as moving a slider by hand would."""
    if context.scene.tool_settings.use_keyframe_insert_auto:
        key_expression(obj, names)
