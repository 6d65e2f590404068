"""Wrinkles that follow the sliders: Blender's handlers say that something changed, a timer looks what and updates it.

Handlers only wake the timer. The timer compares what each face's sliders say with what its image shows: a difference is
drawn at the preview resolution, and once nothing moved for `SETTLE` seconds the expression keys are adapted to the
identity and the image is drawn at the final resolution. Then the timer ends. In background mode and in renders, where
timers do not run, frame changes update faces at once. Nothing here holds Blender data, so undo leaves nothing dangling.
"""
import time
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field

import bpy
import numpy as np
from bpy.app.handlers import persistent

from ..core.errors import Detailed3DMMError
from . import bake, detail, images, material, mesh, parameters
from .jobs import finished

SETTLE = 0.4  # seconds without change after which the hand rests
IDLE = 2.0  # seconds after which it may be kept waiting while the skin is painted in full
TICK = 0.02
_NOTHING = (None, None, 0)
STAMP = "detailed3dmm_stamp"  # on the image: what a packed image shows, so that opening a file redraws nothing


@dataclass
class _State:
    # session_uid of a face -> what its image shows: (checksum of its sliders, of its expression, resolution)
    drawn: dict = field(default_factory=dict)
    changed: float = 0.0  # when a difference was last seen
    rendering: bool = False
    paused: bool = False
    problem: str = ""


_state = _State()


def problem():
    """Why wrinkles cannot be computed, as one sentence; empty where they can."""
    return _state.problem


def wake():
    """Something may have changed: look soon."""
    if not bpy.app.background and not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=0.0, persistent=True)


def touch():
    """Something changes under the user's hand: wait for it to rest, then look."""
    _moved()
    wake()


def update_now(scene, depsgraph=None):
    """Bring every face of a scene up to date at its final resolution, before returning.

    depsgraph : the one being rendered, whose expression values may be ahead of the scene's; None reads the scene's.
    """
    for obj in mesh.faces(scene):
        _settle(obj)
        if not obj.detailed3dmm.shot.show:
            _try_draw(obj, int(obj.detailed3dmm.final_resolution), _expression(obj, depsgraph))


def draw(obj, resolution=0):
    """Bring one face up to date before returning.

    Parameters
    ----------
    obj : a face object
    resolution : int, pixels a side; 0 is the final resolution of the face

    Returns
    -------
    (R, R) float32, millimetres

    Raises
    ------
    Detailed3DMMError
        If PyTorch or the trained weights are missing.
    """
    return finished(drawing(obj, resolution))


def drawing(obj, resolution=0):
    """`draw` step by step: yields the share that is done; the map is the generator's value."""
    _settle(obj)
    yield 0.1
    expression = _expression(obj)
    size = resolution or int(obj.detailed3dmm.final_resolution)
    state = _checksum(_inputs(obj, expression)), _checksum(expression), size
    heights = bake.displacement(obj, size, expression)
    yield 0.6
    _show(obj, state, heights)
    return heights


def fingerprint(obj):
    """A number that changes with everything that a face's wrinkles follow from, but for their resolution."""
    return _checksum(_inputs(obj, _expression(obj)))


@contextmanager
def paused():
    """While it lasts, no face is drawn: frames change for another reason than being looked at."""
    _state.paused = True
    try:
        yield
    finally:
        _state.paused = False
        wake()


def forget():
    """Trust no image: undo may have brought back other pixels than the ones last drawn."""
    for known in _state.drawn:
        _state.drawn[known] = _NOTHING
    detail.forget()
    wake()


def _tick():
    if _state.rendering or _state.paused:
        return SETTLE
    rested = time.monotonic() - _state.changed
    waiting = False
    for obj in mesh.faces(bpy.context.scene):
        waiting |= _follow(obj, rested >= SETTLE)
        if rested >= SETTLE and _skin_is_seen():
            waiting |= _paint(obj, in_full=rested >= IDLE)
    if waiting:
        return TICK
    return SETTLE if _mask_is_painted() else None  # no handler tells of strokes


def _follow(obj, resting):
    """One look at one face; gives whether there is still something to do for it."""
    settings = obj.detailed3dmm
    if not mesh.is_moved(obj):
        mesh.move_identity(obj)
        _moved()
    expression = _expression(obj)
    everything, expression_drawn, resolution = _drawn(obj)
    if resting or expression_drawn != _checksum(expression):
        _settle(obj)
    if not settings.live or settings.shot.show:
        return not resting
    if everything != _checksum(_inputs(obj, expression)):
        _moved()
        _try_draw(obj, int(settings.preview_resolution), expression)
        return True
    if resting and resolution != int(settings.final_resolution):
        _try_draw(obj, int(settings.final_resolution), expression)
    return not resting


def _paint(obj, in_full):
    """Paint the skin, small first; gives whether more is to be done later."""
    skin = obj.detailed3dmm.skin.read()
    material.paint(obj, skin, preview=not in_full)
    return not material.is_painted(obj, skin)


def _mask_is_painted():
    return bpy.context.mode == "PAINT_TEXTURE" and any(
        obj.detailed3dmm.detail.mask for obj in mesh.faces(bpy.context.scene))


def _skin_is_seen():
    """Whether a viewport shows materials: painting takes seconds that solid shading need not wait for."""
    return any(area.spaces.active.shading.type in {"MATERIAL", "RENDERED"}
               for window in bpy.context.window_manager.windows for area in window.screen.areas
               if area.type == "VIEW_3D")


def _moved():
    _state.changed = time.monotonic()


def _settle(obj):
    if not mesh.is_adapted(obj):
        mesh.update_identity(obj)


def _try_draw(obj, resolution, expression):
    """Draw unless the image is up to date; a failure is kept for the panel, and not tried again until a change."""
    state = (_checksum(_inputs(obj, expression)), _checksum(expression), resolution)
    if _drawn(obj) == state:
        return
    try:
        _draw(obj, state, expression)
        _state.problem = ""
    except Detailed3DMMError as error:
        _state.problem = str(error)
        _state.drawn[obj.session_uid] = (*state[:2], int(obj.detailed3dmm.final_resolution))


def _draw(obj, state, expression):
    _show(obj, state, bake.displacement(obj, state[2], expression))


def _show(obj, state, heights):
    images.write_image(obj, heights)[STAMP] = state
    _state.drawn[obj.session_uid] = state
    material.update_pores(obj)


def _expression(obj, depsgraph=None):
    source = obj.evaluated_get(depsgraph) if depsgraph else obj
    return parameters.expression(source, mesh.expression_names())


def _inputs(obj, expression):
    """All numbers that the displacement follows from, but for its resolution."""
    settings = obj.detailed3dmm
    return np.concatenate([
        parameters.identity(settings), expression, parameters.person(settings),
        np.array([settings.age, settings.detail_strength, settings.use_detail, settings.skin.pores], np.float32),
        detail.numbers(settings.detail)])


def _checksum(numbers):
    # ID properties hold signed 32-bit integers.
    return int(np.array(zlib.crc32(numbers.astype(np.float32).tobytes()), np.uint32).view(np.int32))


def _drawn(obj):
    """What the image of a face shows, as in `_State.drawn`; of a face never met, what the image itself says."""
    if obj.session_uid not in _state.drawn:
        image = images.own_image(obj)
        _state.drawn[obj.session_uid] = tuple(image.get(STAMP, _NOTHING))
    return _state.drawn[obj.session_uid]


@persistent
def _on_depsgraph_update(_scene, depsgraph):
    if depsgraph.id_type_updated("IMAGE"):
        detail.forget({update.id.session_uid for update in depsgraph.updates})
    if depsgraph.id_type_updated("OBJECT") or depsgraph.id_type_updated("KEY") or depsgraph.id_type_updated("MESH"):
        wake()


@persistent
def _on_frame_change(scene, depsgraph):
    if _state.paused:
        return
    if bpy.app.background or _state.rendering:
        update_now(scene, depsgraph)
    else:
        wake()


@persistent
def _on_render_start(scene, *_):
    _state.rendering = True
    for obj in mesh.faces(scene):
        material.paint(obj, obj.detailed3dmm.skin.read())
    update_now(scene)


@persistent
def _on_render_end(*_):
    _state.rendering = False
    wake()


@persistent
def _on_undo(*_):
    forget()


@persistent
def _on_load(*_):
    _state.drawn.clear()
    detail.forget()
    _watch_shading()
    wake()


@persistent
def _on_save(*_):
    for obj in bpy.data.objects:
        if not mesh.problem(obj):
            _settle(obj)
            material.paint(obj, obj.detailed3dmm.skin.read(), preview=True)
    images.pack_images()


def _watch_shading():
    """Wake when a viewport starts to show materials. Opening a file ends such a subscription."""
    bpy.msgbus.subscribe_rna(key=(bpy.types.View3DShading, "type"), owner=_state, args=(), notify=wake)


_HANDLERS = {
    "depsgraph_update_post": _on_depsgraph_update, "frame_change_post": _on_frame_change,
    "undo_post": _on_undo, "redo_post": _on_undo, "load_post": _on_load, "save_pre": _on_save,
    "render_init": _on_render_start, "render_complete": _on_render_end, "render_cancel": _on_render_end,
}


def register():
    for name, function in _HANDLERS.items():
        getattr(bpy.app.handlers, name).append(function)
    _watch_shading()


def unregister():
    for name, function in _HANDLERS.items():
        getattr(bpy.app.handlers, name).remove(function)
    bpy.msgbus.clear_by_owner(_state)
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    _state.drawn.clear()
