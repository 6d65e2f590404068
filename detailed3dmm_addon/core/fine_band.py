"""The fine band of displacement, pores and fine lines, for maps of 2048 texels and more; moves with the skin's strain.

At rest it is drawn (`fine_marks`); an expression sharpens it along compression and blurs it along stretch: K. Nagano et
al., "Skin Microstructure Deformation with Displacement Map Convolution" (SIGGRAPH 2015).
"""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np

from .base_model import BaseModel
from .errors import ParameterError
from .fine_marks import NARROW, WIDE, furrows
from .person import OLDEST, YOUNGEST, checked_person
from .skin_canvas import FACE
from .skin_regions import smoothstep

SQUARE = 290.0  # mm a side of the texture square
DEEPEST = 0.19  # mm that no value exceeds
GROUND = 0.42  # mm, standard deviation of the profile with which the ground rises beside a furrow
GRAIN, GRAIN_WAVES = 0.0022, (0.9, 0.28)  # mm: root mean square, longest and shortest wave
_GRAIN_TILES = 8  # a side of the texture square
RIM = 1.6  # mm over which the band fades in from the tile's edge, lids and lips
STRAIN_SCALE, STEER = 0.15, 0.24  # strain at which steering reaches half its limit; the limit: 1/4 stops a full wave
STEER_STEP = 3 * SQUARE / 4096  # mm between the taps of the steering filter
_REMEMBERED = 2
SPACING = 1.9  # profile deviations between deposits along a furrow: their ripple is below 1 %
_STRIP = 16  # rows steered at a time: they stay in the cache


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

        Raises
        ------
        ParameterError
            If the person code or the strain has the wrong shape or holds a value that is not a finite number.
        """
        rest = self._rest(checked_person(person), float(np.clip(age, YOUNGEST, OLDEST)), resolution)
        if strain is None or not np.any(strain):
            return rest.copy()
        return _steered(rest, _checked(strain))

    def _rest(self, person, age, resolution):
        key = (person.tobytes(), age, resolution)
        if key not in self._rests:
            self._rests[key] = _drawn(person, age, resolution)
            while len(self._rests) > _REMEMBERED:
                self._rests.popitem(last=False)
        self._rests.move_to_end(key)
        return self._rests[key]


def _checked(strain):
    strain = np.asarray(strain, np.float32)
    if strain.ndim != 3 or strain.shape[0] != strain.shape[1] or strain.shape[2] != 3:
        raise ParameterError(f"The strain must be a square map of three components, not {strain.shape}.")
    if not np.isfinite(strain).all():
        raise ParameterError("The strain holds a value that is not a finite number.")
    return strain


def _drawn(person, age, resolution):
    """The relaxed face's map: furrows, and ground that rises beside them by as much as they take away.

    Each profile is drawn at the level of a pyramid at which it is about a texel wide.
    """
    import cv2

    groups = furrows(person, age)
    with ThreadPoolExecutor(2) as pool:
        narrow = pool.submit(_deposited, groups, resolution, NARROW, lambda wide: 1 - wide)
        wide = pool.submit(_deposited, groups, resolution // 2, WIDE, lambda wide: wide)
        narrow, wide = narrow.result(), wide.result()
    quarter = (resolution // 4, resolution // 4)
    ground = cv2.resize(narrow, quarter, interpolation=cv2.INTER_AREA)
    ground += cv2.resize(wide, quarter, interpolation=cv2.INTER_AREA)
    wide = _blurred(wide, WIDE)
    wide -= cv2.resize(_blurred(ground, GROUND), wide.shape, interpolation=cv2.INTER_LINEAR)
    height = _blurred(narrow, NARROW)
    height += cv2.resize(wide, height.shape, interpolation=cv2.INTER_LINEAR)
    _add_grain(height, person)
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
        chosen = np.flatnonzero(share_of > 0.01)
        length = np.hypot(*(group.end[chosen] - group.start[chosen]).T) * size
        count = np.maximum(np.ceil(length * (SQUARE / size / (SPACING * sigma))), 1)
        volume = length / count * share_of[chosen] * np.float32((2 * np.pi) ** 0.5 * sigma * size / SQUARE)
        first = np.concatenate([group.start[chosen] * size - 0.5, group.depth[chosen, :1] * volume[:, None]], 1)
        last = np.concatenate([group.end[chosen] * size - 0.5, group.depth[chosen, 1:] * volume[:, None]], 1)
        for n in np.unique(count):  # furrows with as many deposits are one array
            same = count == n
            _splat(layer, torch.from_numpy(first[same]), torch.from_numpy(last[same]), int(n), size)
    return layer.view(size, size).numpy()


def _splat(layer, first, last, count, size):
    """Add `count` values a row, between two ends (N, 3: column, row, value), to the four texels around each."""
    import torch

    places = (torch.arange(count) + 0.5) / count
    x, y, value = (torch.addcmul(first[:, i, None], (last - first)[:, i, None], places).ravel() for i in range(3))
    left, top = x.floor(), y.floor()
    right, down = x - left, y - top
    corner = top.int().clamp_(0, size - 2) * size + left.int().clamp_(0, size - 2)
    below = value * down
    above = value - below
    for step, row in ((0, above), (size, below)):
        there = row * right
        layer.index_add_(0, corner + (step + 1), there)
        layer.index_add_(0, corner + step, row - there)


def _add_grain(height, person):
    """Add the unevenness of the cells between the lines: noise of two tiles, mixed by the person."""
    import cv2

    side = -(-len(height) // _GRAIN_TILES)
    angle = float(person @ np.random.default_rng(7).standard_normal(len(person)))
    tile = np.tensordot([np.cos(angle), np.sin(angle)], _grain_tiles(), 1).astype(np.float32)
    tile = cv2.resize(tile, (side, side), interpolation=cv2.INTER_AREA)
    for top in range(0, len(height), side):
        for left in range(0, len(height), side):
            part = height[top : top + side, left : left + side]
            part += tile[: part.shape[0], : part.shape[1]]


@lru_cache(maxsize=1)
def _grain_tiles(size=512):
    """Two periodic tiles (2, size, size) mm of noise between `GRAIN_WAVES`."""
    noise = np.fft.rfft2(np.random.default_rng(8).standard_normal((2, size, size)))
    row, column = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)
    frequency = np.hypot(row, column) * size * _GRAIN_TILES / SQUARE  # waves a mm
    longest, shortest = GRAIN_WAVES
    tiles = np.fft.irfft2(noise * smoothstep(0.5, 1.5, frequency * longest) * np.exp(-((frequency * shortest) ** 2)))
    return GRAIN * tiles / tiles.std()


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
    taps = _taps(STEER_STEP * resolution / SQUARE)
    reach = max(taps)
    size = np.sqrt(strain[..., 0] ** 2 + 2 * strain[..., 1] ** 2 + strain[..., 2] ** 2)
    weights = strain * (STEER / (STRAIN_SCALE + size))[..., None]
    columns = cv2.resize(weights, (resolution, len(weights)), interpolation=cv2.INTER_LINEAR)
    columns = np.ascontiguousarray(columns.transpose(2, 0, 1))
    rows = (np.arange(resolution) + 0.5) * len(weights) / resolution - 0.5
    padded = np.pad(rest, reach)
    out = np.empty_like(rest)

    def steer(top):
        part = slice(top, min(top + _STRIP, resolution))
        strip = _steer_strip(padded[part.start : part.stop + 2 * reach], _between(columns, rows[part]), taps)
        np.clip(strip, -DEEPEST, DEEPEST, out=out[part])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(steer, range(0, resolution, _STRIP)))
    return out


def _taps(step):
    """Whole steps and their shares whose second differences together are those of a fractional step, in texels."""
    low = max(int(step), 1)
    share = max(step**2 - low**2, 0) / ((low + 1) ** 2 - low**2)
    return {tap: weight for tap, weight in ((low, 1 - share), (low + 1, share)) if weight > 1e-6}


def _between(columns, rows):
    """Rows of (3, G, R) at fractional places, linearly."""
    rows = np.clip(rows, 0, columns.shape[1] - 1)
    low = np.minimum(rows.astype(int), columns.shape[1] - 2)
    share = (rows - low).astype(np.float32)[:, None]
    start = columns[:, low]
    return start + (columns[:, low + 1] - start) * share


def _steer_strip(padded, weights, taps):
    """One strip (n, R) of a map padded by the largest tap, steered by weights (3: lateral, shear, vertical, n, R)."""
    rows, width = weights.shape[1:]
    reach = max(taps)

    def shifted(down, right):
        return padded[reach + down : reach + down + rows, reach + right : reach + right + width]

    out = shifted(0, 0).copy()
    for tap, share in taps.items():
        lateral = shifted(0, tap) + shifted(0, -tap) - 2 * shifted(0, 0)
        vertical = shifted(tap, 0) + shifted(-tap, 0) - 2 * shifted(0, 0)
        twice_mixed = shifted(tap, tap) + shifted(-tap, -tap) - shifted(tap, -tap) - shifted(-tap, tap)
        terms = weights[0] * lateral + weights[1] * (0.5 * twice_mixed) + weights[2] * vertical
        out += np.float32(share) * terms
    return out
