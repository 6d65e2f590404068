"""The skin that a photo gave a face: how much of it is the photo's, and what follows the photo when that is read anew.

What an artist has set since stays; what nobody has touched is told by what the photo gave, which the face keeps.
"""
import json
from numbers import Real

import numpy as np

from ..core.detail_controls import REGIONS
from ..photo.reconstruction import PHOTO
from . import detail, parameters

_RELIEF = "photo_relief"
_SAME = 1e-4  # of sliders, which hold 32-bit numbers


def keep(settings, character):
    """Remember what a photo gave this face's skin.

    settings : DETAILED3DMM_PG_face; character : core.character.Character, as the photo gave it
    """
    settings.photo.skin = json.dumps(
        {"detail": character.detail.tolist(), "detail_controls": character.detail_controls})


def follow(settings, character):
    """Let creases, strengths of regions and the photo's relief be those of a new reading, unless they were changed.

    settings : DETAILED3DMM_PG_face; character : core.character.Character, of the photo read anew
    """
    if not settings.photo.skin:  # made before faces kept it
        return
    given = json.loads(settings.photo.skin)
    with parameters.silently():
        if np.allclose(parameters.person(settings), given["detail"], atol=_SAME):
            settings.person = character.detail.tolist()
        detail.write(settings.detail, _followed(
            detail.read(settings.detail), given["detail_controls"], character.detail_controls))
    _tell(settings, character)
    keep(settings, character)


def shares(settings):
    """{"creases" or "age": 0..1}: how much of them is the photo's; what is not known is left out."""
    told = json.loads(settings.extra or "{}").get(PHOTO)
    return {name: told[name] for name in ("creases", "age") if isinstance(told, dict)
            and isinstance(told.get(name), Real)}


def _followed(now, given, new):
    """The table of detail controls `now` with those of `new` in place of those that still are as `given`."""
    table, regions = dict(now), dict(now.get("regions", {}))
    for name in REGIONS:
        values = [source.get("regions", {}).get(name, 1.0) for source in (now, given, new)]
        if abs(values[0] - values[1]) < _SAME:
            regions[name] = values[2]
    table["regions"] = regions
    if table.get(_RELIEF) == given.get(_RELIEF) and _RELIEF in new:
        table[_RELIEF] = new[_RELIEF]
    return table


def _tell(settings, character):
    """Keep with the face how sure the new reading is; of an age that was given, what was known before."""
    extra = json.loads(settings.extra or "{}")
    before = extra.get(PHOTO)
    extra[PHOTO] = {**(before if isinstance(before, dict) else {}), **character.extra.get(PHOTO, {})}
    settings.extra = json.dumps(extra)
