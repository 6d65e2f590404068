"""What a face object stores, and sliders that are views of it.

Stored: identity, person, age, skin, detail settings. The semantic and the linked expression sliders are derived: they
read and write the identity and the shape keys, so that nothing exists twice and undo has nothing to forget.
"""
import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..core import skin
from ..core.character import DEFAULT_AGE
from ..core.person import OLDEST, PERSON_CODE_SIZE, USUAL_PERSON, YOUNGEST
from ..core.semantic import SLIDERS, SemanticSliders
from . import expressions, images, live, material, mesh, parameters, presets, strings
from .detail_properties import DETAILED3DMM_PG_detail
from .reconstruct_properties import DETAILED3DMM_PG_photo, DETAILED3DMM_PG_photo_file
from .shot_properties import DETAILED3DMM_PG_shot
from .speech_properties import DETAILED3DMM_PG_speech

SHAPE_PREFIX, BOTH_PREFIX = "shape_", "both_"
OVERRIDABLE = {"LIBRARY_OVERRIDABLE"}
STILL = set()  # not animatable: what a derived slider moves is


def _identity_changed(settings, _context):
    obj = settings.id_data
    if parameters.is_silent() or mesh.problem(obj):
        return
    if bpy.app.background:
        mesh.update_identity(obj)  # no timer will follow
        return
    mesh.move_identity(obj)
    live.wake()


def _detail_changed(_settings, _context):
    live.wake()


def _skin_changed(settings, _context):
    obj = settings.id_data
    if not parameters.is_silent() and not mesh.problem(obj):
        material.update_skin(obj, obj.detailed3dmm.skin.read())
        live.touch()


def _mode_changed(settings, _context):
    obj = settings.id_data
    if settings.image and not mesh.problem(obj):
        images.show(obj)


def _shape_value(name, settings):
    # Rounded to what the panel shows: it would print the tail of a value near zero.
    return round(SemanticSliders.load().value(parameters.identity(settings), name), 2)


def _set_shape_value(name, settings, value):
    moved = SemanticSliders.load().moved(parameters.identity(settings), name, value)
    parameters.set_identity(settings, moved)
    _identity_changed(settings, None)


def _blocks(settings):
    keys = settings.id_data.data.shape_keys
    return keys.key_blocks if keys else {}


def _both_value(keys, settings):
    blocks = _blocks(settings)
    return sum(blocks[key].value for key in keys if key in blocks) / len(keys)


def _set_both_value(keys, settings, value):
    blocks = _blocks(settings)
    for key in keys:
        if key in blocks:
            blocks[key].value = value


def _gaze_value(name, settings):
    positive, negative = expressions.GAZE[name]
    return _both_value(positive, settings) - _both_value(negative, settings)


def _set_gaze_value(name, settings, value):
    positive, negative = expressions.GAZE[name]
    _set_both_value(positive, settings, max(value, 0.0))
    _set_both_value(negative, settings, max(-value, 0.0))


def _choose_character(settings, _context):
    obj = settings.id_data
    if settings.character_preset != presets.NONE and not mesh.problem(obj):
        mesh.apply_character(obj, presets.character(settings.character_preset), with_expression=False)
        live.wake()


def _choose_expression(settings, context):
    obj = settings.id_data
    if settings.expression_preset != presets.NONE and not mesh.problem(obj):
        parameters.set_expression(obj, presets.expression(settings.expression_preset))
        parameters.key_if_recording(context, obj, mesh.expression_names())
        live.wake()


def _resolution_items(smallest, largest):
    return [(name, f"{name} x {name}", "", size) for size, name in strings.RESOLUTIONS.items()
            if smallest <= size <= largest]


def _chunk():
    return FloatVectorProperty(
        name="Identity", description=strings.TIPS["identity"], size=parameters.CHUNK_SIZE, min=-10.0, max=10.0,
        soft_min=-3.0, soft_max=3.0, precision=2, update=_identity_changed, options=STILL, override=OVERRIDABLE)


def _view(read, write, subject, low, high):
    """Range, get and set of a derived slider. Blender takes plain functions only, and clamps only what a mouse sets."""
    return {"min": low, "max": high, "get": lambda settings: read(subject, settings),
            "set": lambda settings, value: write(subject, settings, min(max(value, low), high))}


def _shape_slider(slider):
    return FloatProperty(
        name=slider.label, description=slider.tooltip, precision=2, step=10, options=STILL,
        **_view(_shape_value, _set_shape_value, slider.name, slider.minimum, slider.maximum))


def _both_slider(control):
    name = strings.LABELS[control.stem]
    return FloatProperty(
        name=name, description=strings.TIPS["both"].format(name=name), precision=3, options=STILL,
        **_view(_both_value, _set_both_value, control.keys, 0.0, 1.0))


def _gaze_slider(name):
    return FloatProperty(
        name=strings.LABELS[name], description=strings.TIPS[name], precision=3, options=STILL,
        **_view(_gaze_value, _set_gaze_value, name, -1.0, 1.0))


def _skin_slider(parameter):
    return FloatProperty(
        name=parameter.label, description=parameter.tooltip, min=parameter.minimum, max=parameter.maximum,
        default=parameter.default, precision=2, update=_skin_changed, options=STILL, override=OVERRIDABLE)


class DETAILED3DMM_PG_skin(bpy.types.PropertyGroup):
    """Skin, hair, eyes and teeth, one number each: core.skin.PARAMETERS."""
    __annotations__ = {
        **{parameter.name: _skin_slider(parameter) for parameter in skin.PARAMETERS},
        skin.SEED: IntProperty(name="Seed", description=strings.TIPS["skin_seed"], min=0, update=_skin_changed,
                               options=STILL, override=OVERRIDABLE),
    }

    def read(self):
        """Dict of parameter name -> number, as core.skin.complete gives it."""
        values = {parameter.name: getattr(self, parameter.name) for parameter in skin.PARAMETERS}
        return {**values, skin.SEED: self.seed}

    def write(self, values):
        """Set every parameter from such a dict, then update the material once."""
        with parameters.silently():
            for name, value in values.items():
                setattr(self, name, value)
        _skin_changed(self, None)


class DETAILED3DMM_PG_face(bpy.types.PropertyGroup):
    """A face's parameters, and sliders that are views of them."""
    __annotations__ = {
        "is_face": BoolProperty(options={"HIDDEN"}),
        **{chunk: _chunk() for chunk in parameters.CHUNKS},
        "person": FloatVectorProperty(
            name="Person", description=strings.TIPS["person"], size=PERSON_CODE_SIZE,
            default=USUAL_PERSON.tolist(), min=-10.0, max=10.0, soft_min=-3.0, soft_max=3.0, update=_detail_changed,
            override=OVERRIDABLE),
        "age": FloatProperty(
            name="Age", description=strings.TIPS["age"], min=YOUNGEST, max=OLDEST, default=DEFAULT_AGE, precision=0,
            step=100, update=_detail_changed, override=OVERRIDABLE),
        "skin": PointerProperty(type=DETAILED3DMM_PG_skin, override=OVERRIDABLE),
        "detail": PointerProperty(type=DETAILED3DMM_PG_detail, override=OVERRIDABLE),
        "speech": PointerProperty(type=DETAILED3DMM_PG_speech, override=OVERRIDABLE),
        "shot": PointerProperty(type=DETAILED3DMM_PG_shot, override=OVERRIDABLE),
        "photo": PointerProperty(type=DETAILED3DMM_PG_photo, override=OVERRIDABLE),
        "pose": StringProperty(options={"HIDDEN"}),
        "extra": StringProperty(options={"HIDDEN"}),
        "image": PointerProperty(type=bpy.types.Image, name="Image", description=strings.TIPS["image"]),
        "use_detail": BoolProperty(
            name="Wrinkles", description=strings.TIPS["use_detail"], default=True, update=_detail_changed,
            override=OVERRIDABLE),
        "detail_strength": FloatProperty(
            name="Strength", description=strings.TIPS["detail_strength"], default=1.0, min=0.0, soft_max=2.0, max=4.0,
            update=_detail_changed, override=OVERRIDABLE),
        "live": BoolProperty(
            name="Live", description=strings.TIPS["live"], default=True, update=_detail_changed, options=STILL),
        "preview_resolution": EnumProperty(
            name="Preview", description=strings.TIPS["preview_resolution"], items=_resolution_items(128, 1024),
            default="256", update=_detail_changed, options=STILL),
        "final_resolution": EnumProperty(
            name="Final", description=strings.TIPS["final_resolution"], items=_resolution_items(256, 4096),
            default="1024", update=_detail_changed, options=STILL),
        "detail_mode": EnumProperty(
            name="Surface", description=strings.TIPS["detail_mode"], items=strings.DETAIL_MODES,
            update=_mode_changed, options=STILL),
        "link_sides": BoolProperty(
            name="Link Sides", description=strings.TIPS["link_sides"], default=True, options=STILL),
        "character_preset": EnumProperty(
            name="Character", description=strings.TIPS["character_preset"], items=presets.character_items,
            update=_choose_character, options={"SKIP_SAVE"}),
        "expression_preset": EnumProperty(
            name="Expression", description=strings.TIPS["expression_preset"], items=presets.expression_items,
            update=_choose_expression, options={"SKIP_SAVE"}),
        **{SHAPE_PREFIX + slider.name: _shape_slider(slider) for slider in SLIDERS},
        **{BOTH_PREFIX + control.stem: _both_slider(control) for control in expressions.PAIRS},
        **{name: _gaze_slider(name) for name in expressions.GAZE},
    }


CLASSES = (DETAILED3DMM_PG_skin, DETAILED3DMM_PG_detail, DETAILED3DMM_PG_speech, DETAILED3DMM_PG_shot,
           DETAILED3DMM_PG_photo_file, DETAILED3DMM_PG_photo, DETAILED3DMM_PG_face)
_register_classes, _unregister_classes = bpy.utils.register_classes_factory(CLASSES)


def register():
    _register_classes()
    bpy.types.Object.detailed3dmm = PointerProperty(type=DETAILED3DMM_PG_face, override=OVERRIDABLE)


def unregister():
    del bpy.types.Object.detailed3dmm
    _unregister_classes()
    presets.forget()
