"""Strengths of a face's wrinkles by band and by region, its painted mask, and whose detail it shows.

What has a slider is a property; the rest (the source of the expression detail, the style taken from an image, what a
newer version wrote) is kept as JSON. Both together are the table `detail_controls` of a character file.
"""

import json
import time
import zlib

import bpy
import numpy as np

from ..core.detail_controls import REGIONS, SIDES, STRENGTHS

REGION_PREFIX, BOTH_PREFIX = "region_", "both_"
REREAD = 0.4  # seconds between two looks at a mask that is being painted
_stamps = {}  # session_uid of a mask -> (when it was read, checksum)


def rows(linked):
    """Names of the regions' properties as a panel shows them; with linked sides one for each pair."""
    if not linked:
        return [REGION_PREFIX + name for name in REGIONS]
    return list(dict.fromkeys(
        BOTH_PREFIX + stem(name) if name.endswith(SIDES) else REGION_PREFIX + name for name in REGIONS))


def strengths(settings):
    """Names of the strengths that do anything on this face: only one from a photo has a relief of the photo."""
    return [name for name in STRENGTHS if name != "photo" or "photo_relief" in settings.more]


def stem(name):
    """A region's name without its side."""
    return name.removesuffix(SIDES[0]).removesuffix(SIDES[1])


def read(settings):
    """The table that a character file holds: only what differs from 1, and what has no slider."""
    table = {name: _value(settings, name) for name in STRENGTHS if getattr(settings, name) != 1}
    regions = {name: _value(settings, REGION_PREFIX + name) for name in REGIONS
               if getattr(settings, REGION_PREFIX + name) != 1}
    return {**table, **({"regions": regions} if regions else {}), **more(settings)}


def write(settings, table):
    """Set everything from such a table; the mask stays."""
    regions = table.get("regions", {})
    for name in STRENGTHS:
        setattr(settings, name, table.get(name, 1.0))
    for name in REGIONS:
        setattr(settings, REGION_PREFIX + name, regions.get(name, 1.0))
    set_more(settings, {key: value for key, value in table.items() if key not in (*STRENGTHS, "regions")})


def more(settings):
    """What has no slider: `expression_of`, `style`, keys that this version does not know."""
    return json.loads(settings.more or "{}")


def set_more(settings, table):
    settings.more = json.dumps(table) if table else ""


def numbers(settings):
    """All that the relief follows from, as float32: equal numbers, equal relief."""
    stamp = _mask_stamp(settings) if settings.mask else 0
    words = [zlib.crc32(settings.more.encode()), stamp]
    halves = [half for word in words for half in (word >> 16, word & 0xFFFF)]  # float32 holds 24 bits
    sliders = [getattr(settings, name) for name in (*STRENGTHS, *(REGION_PREFIX + name for name in REGIONS))]
    return np.array([*sliders, *halves], np.float32)


def mask(settings):
    """The painted mask (H, W) float32 in 0..1, row 0 at V = 1; None where the face has none."""
    image = settings.mask
    if image is None or not image.size[0] or not image.size[1]:  # a file that is missing has no pixels
        return None
    pixels = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(pixels)
    pixels = pixels.reshape(image.size[1], image.size[0], image.channels)
    return np.clip(pixels[::-1, :, :min(3, image.channels)].mean(-1), 0, 1)


def _mask_stamp(settings):
    """Checksum of the mask, read again now and then while somebody paints."""
    known = settings.mask.session_uid
    read_at, stamp = _stamps.get(known, (None, 0))
    if read_at is None or bpy.app.background or _is_painting() and time.monotonic() - read_at >= REREAD:
        values = mask(settings)
        stamp = 0 if values is None else zlib.crc32(np.uint16(values * 65535).tobytes())
        _stamps[known] = time.monotonic(), stamp
    return stamp


def _is_painting():
    return bpy.context.mode == "PAINT_TEXTURE"


def forget(changed=None):
    """Masks may have changed, those with these session_uids or all: read them again."""
    for known in set(_stamps) if changed is None else _stamps.keys() & changed:
        _stamps[known] = None, 0


def _value(settings, name):
    return float(str(np.float32(getattr(settings, name))))  # the shortest decimal that reads back as the same float32
