"""The sliders of the wrinkles' bands and regions, their mask, and what is kept beside them: see `detail`."""
import bpy
from bpy.props import FloatProperty, PointerProperty, StringProperty

from ..core.detail_controls import REGIONS, SIDES, STRENGTHS, STRONGEST
from . import detail, live, strings
from .detail import BOTH_PREFIX, REGION_PREFIX, stem

OVERRIDABLE = {"LIBRARY_OVERRIDABLE"}


def _changed(_settings, _context):
    live.wake()


def _mask_changed(_settings, _context):
    detail.forget()
    live.wake()


def _both_value(name, settings):
    return sum(getattr(settings, REGION_PREFIX + name + side) for side in SIDES) / len(SIDES)


def _set_both_value(name, settings, value):
    for side in SIDES:
        setattr(settings, REGION_PREFIX + name + side, value)


def _strength(name):
    return FloatProperty(
        name=strings.DETAIL_LABELS[name], description=strings.TIPS[f"detail_{name}"], default=1.0, min=0.0,
        soft_max=2.0, max=STRONGEST, precision=2, update=_changed, override=OVERRIDABLE)


def _region(name):
    side = next((strings.LABELS[side] for side in SIDES if name.endswith(side)), "")
    label = strings.DETAIL_LABELS[stem(name)]
    return FloatProperty(
        name=f"{label} {side}".strip(), description=strings.TIPS["region"], default=1.0, min=0.0, soft_max=2.0,
        max=STRONGEST, precision=2, update=_changed, override=OVERRIDABLE)


def _both(name):
    return FloatProperty(
        name=strings.DETAIL_LABELS[name], description=strings.TIPS["region"], min=0.0, soft_max=2.0, max=STRONGEST,
        precision=2, options=set(), get=lambda settings: _both_value(name, settings),
        set=lambda settings, value: _set_both_value(name, settings, min(max(value, 0.0), STRONGEST)))


class DETAILED3DMM_PG_detail(bpy.types.PropertyGroup):
    """The controls of a face's wrinkles, as core.detail_controls describes them."""
    __annotations__ = {
        **{name: _strength(name) for name in STRENGTHS},
        **{REGION_PREFIX + name: _region(name) for name in REGIONS},
        **{BOTH_PREFIX + stem(name): _both(stem(name)) for name in REGIONS if name.endswith(SIDES[0])},
        "mask": PointerProperty(type=bpy.types.Image, name="Mask", description=strings.TIPS["mask"],
                                update=_mask_changed),
        "more": StringProperty(options={"HIDDEN"}, update=_changed),
    }
