"""The fine band of displacement, pores and fine lines, for maps of 2048 texels and more; moves with the skin's strain.

At rest it is drawn (`fine_marks`); an expression sharpens it along compression and blurs it along stretch: K. Nagano et
al., "Skin Microstructure Deformation with Displacement Map Convolution" (SIGGRAPH 2015).
"""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache

import numpy as np

from .base_model import BaseModel
from .fine_marks import NARROW, WIDE, furrows
from .person import OLDEST, YOUNGEST, checked_person
from .skin_canvas import FACE
from .skin_regions import smoothstep

SQUARE = 290.0  # mm a side of the texture square
DEEPEST = 0.19  # mm that no value exceeds
GROUND = 0.42  # mm, standard deviation of the profile with which the ground rises beside a furrow
RIM = 1.6  # mm over which the band fades in from the tile's edge, lids and lips
STRAIN_SCALE, STEER = 0.22, 0.24  # strain at which steering reaches half its limit; the limit: 1/4 stops a full wave
STEER_STEP = 0.2  # mm between the taps of the steering filter
_REMEMBERED = 2
SPACING = 1.4  # texels between deposits along a furrow: less than twice a profile's deviation
_STRIP = 128  # rows steered at a time: they stay in the cache


class FineBand:
    """Fine relief of a person's face.

    >>> height = FineBand().height(None, person=np.zeros(24), age=40, resolution=4096)
    """

    def __init__(self):
        self._rests = OrderedDict()

    def height(self, strain, person, age, resolution):
        """Fine displacement of a face.

        Parameters
        ----------
        strain : (G, G, 3) Green strain (lateral, shear, vertical; negative where skin is compressed) over the texture
            square, row 0 at V = 1, or None for the relaxed face
        person : (24,) person code; age : years; resolution : texels a side

        Returns
        -------
        (resolution, resolution) float32, mm along the normal, row 0 at V = 1, without a mean, 0 at the rims
        """
        rest = self._rest(checked_person(person), float(np.clip(age, YOUNGEST, OLDEST)), resolution)
        if strain is None or not np.any(strain):
            return rest.copy()
        return _steered(rest, np.asarray(strain, np.float32))

    def _rest(self, person, age, resolution):
        key = (person.tobytes(), age, resolution)
        if key not in self._rests:
            self._rests[key] = _drawn(person, age, resolution)
            while len(self._rests) > _REMEMBERED:
                self._rests.popitem(last=False)
        self._rests.move_to_end(key)
        return self._rests[key]


def _drawn(person, age, resolution):
    """The relaxed face's map: furrows, and ground that rises beside them by as much as they take away.

    Each profile is drawn at the level of a pyramid at which it is about a texel wide.
    """
    import cv2

    groups = furrows(person, age)
    narrow = _deposited(groups, resolution, NARROW, lambda wide: 1 - wide)
    wide = _deposited(groups, resolution // 2, WIDE, lambda wide: wide)
    quarter = (resolution // 4, resolution // 4)
    ground = cv2.resize(narrow, quarter, interpolation=cv2.INTER_AREA)
    ground += cv2.resize(wide, quarter, interpolation=cv2.INTER_AREA)
    wide = _blurred(wide, WIDE)
    wide -= cv2.resize(_blurred(ground, GROUND), wide.shape, interpolation=cv2.INTER_LINEAR)
    height = _blurred(narrow, NARROW)
    height += cv2.resize(wide, height.shape, interpolation=cv2.INTER_LINEAR)
    height *= cv2.resize(-_rim_fade(), height.shape, interpolation=cv2.INTER_LINEAR)
    return np.clip(height, -DEEPEST, DEEPEST, out=height)


def _deposited(groups, size, sigma, share):
    """Volume a texel of furrows of Gaussian profile, d sqrt(2 pi) sigma a length at depth d, over the texel's area.

    groups : list of `Furrows`; size : texels a side; share : function of `Furrows.wide`. Gives (size, size) mm.
    """
    import torch

    layer = torch.zeros(size * size)
    for group in groups:
        share_of = share(group.wide)
        chosen = share_of > 0.01
        start, end = (torch.from_numpy(part[chosen]) * size - 0.5 for part in (group.start, group.end))
        length = (end - start).norm(dim=1)
        count = (length / SPACING).ceil().long().clamp(min=1)
        line_density = (2 * np.pi) ** 0.5 * sigma / (SQUARE / size)
        volume = length / count * torch.from_numpy(share_of[chosen]) * line_density
        furrow = torch.repeat_interleave(torch.arange(len(count)), count)
        place = (torch.arange(len(furrow)) - (count.cumsum(0) - count)[furrow] + 0.5) / count[furrow]
        first, last = (torch.from_numpy(group.depth[chosen, i]) * volume for i in (0, 1))
        columns = [(start[:, 0], end[:, 0]), (start[:, 1], end[:, 1]), (first, last)]
        x, y, value = (torch.lerp(a[furrow], b[furrow], place) for a, b in columns)
        _splat(layer, x, y, value, size)
    return layer.view(size, size).numpy()


def _splat(layer, x, y, value, resolution):
    """Add values to the four texels around points."""
    left, top = x.floor(), y.floor()
    right, down = x - left, y - top
    corner = top.long().clamp(0, resolution - 2) * resolution + left.long().clamp(0, resolution - 2)
    for step, weight in ((0, (1 - right) * (1 - down)), (1, right * (1 - down)),
                         (resolution, (1 - right) * down), (resolution + 1, right * down)):  # fmt: skip
        layer.index_add_(0, corner + step, weight * value)


def _blurred(field, sigma):
    """A field of deposits spread by a Gaussian of `sigma` mm, a texel's own spread counted in."""
    import cv2

    texel = SQUARE / len(field)
    # In mm2: a bilinear deposit has spread by 1/6 of a texel's square, its mean over a texel's area should by 1/12.
    remaining = sigma**2 - texel**2 / 12
    if remaining <= (0.2 * texel) ** 2:
        return field
    sigma = remaining**0.5 / texel
    size = 2 * int(np.ceil(2.7 * sigma)) + 1
    return cv2.GaussianBlur(field, (size, size), sigma, borderType=cv2.BORDER_CONSTANT)


@lru_cache(maxsize=1)
def _rim_fade(size=1024):
    """(size, size) float32: 0 off the skin and at its rims, 1 a little inside."""
    import cv2

    topology = BaseModel.load().topology
    faces = topology.faces_uv[topology.face_material == topology.materials.index(FACE)]
    corners = topology.uv[np.where(faces < 0, faces[:, :1], faces)].astype(np.float64)
    corners -= np.floor(corners.mean((0, 1)))
    pixels = np.round(((corners * (1, -1) + (0, 1)) * size - 0.5) * 16).astype(np.int32)
    mask = np.zeros((size, size), np.uint8)
    for quad in pixels:
        cv2.fillConvexPoly(mask, quad, 1, shift=4)
    mask[[0, -1]] = mask[:, [0, -1]] = 0
    distance = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) - 2
    return smoothstep(0, RIM * size / SQUARE, distance).astype(np.float32)


def _steered(rest, strain):
    """Rest map sharpened along compression and blurred along stretch.

    To first order Nagano's directional kernels are the strain contracted with the map's second differences,
    h + sum_ij w(E)_ij d_ij h, which needs no principal axes and turns smoothly with the strain.
    """
    import cv2

    resolution = len(rest)
    reach = max(1, round(STEER_STEP * resolution / SQUARE))
    size = np.sqrt(strain[..., 0] ** 2 + 2 * strain[..., 1] ** 2 + strain[..., 2] ** 2)
    weights = strain * (STEER / (STRAIN_SCALE + size))[..., None]
    columns = cv2.resize(weights, (resolution, len(weights)), interpolation=cv2.INTER_LINEAR)
    rows = (np.arange(resolution) + 0.5) * len(weights) / resolution - 0.5
    padded = np.pad(rest, reach)
    out = np.empty_like(rest)
    for top in range(0, resolution, _STRIP):
        part = slice(top, min(top + _STRIP, resolution))
        out[part] = _steer_strip(padded[part.start : part.stop + 2 * reach], _between(columns, rows[part]), reach)
    return np.clip(out, -DEEPEST, DEEPEST, out=out)


def _between(columns, rows):
    """Rows of (G, R, 3) at fractional places, linearly."""
    rows = np.clip(rows, 0, len(columns) - 1)
    low = np.minimum(rows.astype(int), len(columns) - 2)
    share = (rows - low).astype(np.float32)[:, None, None]
    return columns[low] * (1 - share) + columns[low + 1] * share


def _steer_strip(padded, weights, reach):
    """One strip: padded (n + 2 reach, R + 2 reach), weights (n, R, 3) of lateral, shear and vertical differences."""
    n, width = weights.shape[:2]

    def shifted(down, right):
        return padded[reach + down * reach :, reach + right * reach :][:n, :width]

    centre = shifted(0, 0)
    lateral = shifted(0, 1) + shifted(0, -1) - 2 * centre
    vertical = shifted(1, 0) + shifted(-1, 0) - 2 * centre
    mixed = 0.25 * (shifted(1, 1) + shifted(-1, -1) - shifted(1, -1) - shifted(-1, 1))
    return centre + weights[..., 0] * lateral + 2 * weights[..., 1] * mixed + weights[..., 2] * vertical
