"""The character and expression presets as menus with thumbnails, read when a menu is first shown."""
from dataclasses import dataclass, field

import bpy.utils.previews

from ..core import presets as library
from ..core.base_model import BaseModel
from . import strings


@dataclass
class _Menu:
    """One kind of preset: what Blender shows, and the presets by name."""
    items: list = field(default_factory=list)  # kept: Blender does not keep the texts of items that a function returns
    by_name: dict = field(default_factory=dict)


NONE = strings.NO_PRESET[0]  # what a new face's menu shows: no preset was chosen

_menus = {}
_previews = None


def character_items(_settings, _context):
    return _menu("characters", library.character_presets).items


def expression_items(_settings, _context):
    return _menu("expressions", library.expression_presets).items


def character(name):
    """The preset character called `name`, as a core.character.Character."""
    return _menu("characters", library.character_presets).by_name[name].character


def expression(name):
    """Values of all 53 expression keys, by name, of the preset called `name`."""
    values = _menu("expressions", library.expression_presets).by_name[name].expression
    return {key: values.get(key, 0.0) for key in BaseModel.load().expression_names}


def forget():
    """Let go of thumbnails and menus."""
    global _previews
    _menus.clear()
    if _previews is not None:
        bpy.utils.previews.remove(_previews)
        _previews = None


def _menu(kind, read):
    global _previews
    if kind not in _menus:
        if _previews is None:
            _previews = bpy.utils.previews.new()
        found = read()
        items = [(preset.name, preset.label, "", _icon(kind, preset), number) for number, preset in enumerate(found, 1)]
        _menus[kind] = _Menu([(*strings.NO_PRESET, "MONKEY", 0), *items], {preset.name: preset for preset in found})
    return _menus[kind]


def _icon(kind, preset):
    if preset.thumbnail is None:
        return 0
    return _previews.load(f"{kind}/{preset.name}", str(preset.thumbnail), "IMAGE").icon_id
