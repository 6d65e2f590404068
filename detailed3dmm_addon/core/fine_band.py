"""The fine band of displacement, pores and fine lines, for maps of 2048 texels and more; moves with the skin's strain.

At rest it is drawn (`fine_marks`); an expression sharpens it along compression and blurs it along stretch: K. Nagano et
al., "Skin Microstructure Deformation with Displacement Map Convolution" (SIGGRAPH 2015).
"""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import pairwise

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
_TOGETHER = 4096  # furrows drawn at a time: they and the texels around them stay in the cache
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
    import torch

    groups = furrows(person, age)
    with ThreadPoolExecutor(2) as pool:
        narrow = pool.submit(_deposited, groups, resolution, NARROW, lambda wide: 1 - wide)
        wide = pool.submit(_deposited, groups, resolution // 2, WIDE, lambda wide: wide)
        fade, grain = pool.submit(_rim_fade), pool.submit(_grain, person, resolution)
        narrow, wide, fade, grain = (made.result() for made in (narrow, wide, fade, grain))
    quarter = (resolution // 4, resolution // 4)
    ground = cv2.resize(narrow, quarter, interpolation=cv2.INTER_AREA)
    ground += cv2.resize(wide, quarter, interpolation=cv2.INTER_AREA)
    wide = _blurred(wide, WIDE)
    wide -= cv2.resize(_blurred(ground, GROUND), wide.shape, interpolation=cv2.INTER_LINEAR)
    height, larger = _blurred(narrow, NARROW), np.empty_like(narrow)
    height += cv2.resize(wide, height.shape, dst=larger, interpolation=cv2.INTER_LINEAR)
    side = len(grain)
    for top in range(0, resolution, side):
        for left in range(0, resolution, side):
            part = height[top : top + side, left : left + side]
            part += grain[: part.shape[0], : part.shape[1]]
    height *= cv2.resize(-fade, height.shape, dst=larger, interpolation=cv2.INTER_LINEAR)
    return torch.from_numpy(height).clamp_(-DEEPEST, DEEPEST).numpy()


def _deposited(groups, size, sigma, share):
    """Volume a texel of furrows of Gaussian profile, d sqrt(2 pi) sigma a length at depth d, over the texel's area.

    groups : list of `Furrows`; size : texels a side; share : function of `Furrows.wide`. Gives (size, size) mm.
    """
    import torch

    layer = torch.zeros(size * size)
    for group in groups:
        for first in range(0, len(group.wide), _TOGETHER):
            part = group[first : first + _TOGETHER]
            _splat(layer, *_deposits(part, share(part.wide), size, sigma), size)
    return layer.view(size, size).numpy()


def _deposits(furrows, share, size, sigma):
    """Columns, rows and volumes of the deposits that make up furrows, each a tensor as long as there are deposits."""
    import torch

    start, end, depth, share = map(torch.from_numpy, (furrows.start, furrows.end, furrows.depth, share))
    first, way = start * size - 0.5, (end - start) * size
    length = torch.linalg.vector_norm(way, dim=1)
    count = (length * (SQUARE / size / (SPACING * sigma))).ceil_().clamp_(min=1)
    volume = depth * (length / count * share * ((2 * np.pi) ** 0.5 * sigma * size / SQUARE))[:, None]
    # index_select is several times faster here than indexing.
    furrow = torch.repeat_interleave(count.int())
    before = count.cumsum(0) - count
    place = (torch.arange(len(furrow)) - before.index_select(0, furrow) + 0.5) / count.index_select(0, furrow)
    ends = (*zip(first.T, way.T, strict=True), (volume[:, 0], volume[:, 1] - volume[:, 0]))
    return [torch.addcmul(a.index_select(0, furrow), d.index_select(0, furrow), place) for a, d in ends]


def _splat(layer, x, y, value, size):
    """Add values at columns and rows (N,) of a map (size * size,) to the four texels around each."""
    left, top = x.floor(), y.floor()
    right, down = x - left, y - top
    corner = top.int().clamp_(0, size - 2) * size + left.int().clamp_(0, size - 2)
    below = value * down
    above = value - below
    for step, row in ((0, above), (size, below)):
        there = row * right
        layer.index_add_(0, corner + (step + 1), there)
        layer.index_add_(0, corner + step, row - there)


def _grain(person, resolution):
    """The unevenness of the cells between the lines, a tile to repeat: two noises that the person mixes."""
    import cv2

    side = -(-resolution // _GRAIN_TILES)
    angle = float(person @ np.random.default_rng(7).standard_normal(len(person)))
    tile = np.cos(angle) * _grain_tiles()[0] + np.sin(angle) * _grain_tiles()[1]
    return cv2.resize(tile, (side, side), interpolation=cv2.INTER_AREA)


@lru_cache(maxsize=1)
def _grain_tiles(size=512):
    """Two periodic tiles (2, size, size) mm of noise between `GRAIN_WAVES`."""
    noise = np.fft.rfft2(np.random.default_rng(8).standard_normal((2, size, size)))
    row, column = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)
    frequency = np.hypot(row, column) * size * _GRAIN_TILES / SQUARE  # waves a mm
    longest, shortest = GRAIN_WAVES
    tiles = np.fft.irfft2(noise * smoothstep(0.5, 1.5, frequency * longest) * np.exp(-((frequency * shortest) ** 2)))
    return (GRAIN * tiles / tiles.std()).astype(np.float32)


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

    resolution, grid = len(rest), len(strain)
    taps = _taps(STEER_STEP * resolution / SQUARE)
    reach = max(taps)
    size = np.sqrt(strain[..., 0] ** 2 + 2 * strain[..., 1] ** 2 + strain[..., 2] ** 2)
    weights = strain * (STEER / (STRAIN_SCALE + size))[..., None] * np.float32([1, 0.5, 1])
    columns = cv2.resize(weights, (resolution, grid), interpolation=cv2.INTER_LINEAR).transpose(2, 0, 1)
    change = np.diff(columns, axis=1, append=columns[:, -1:])
    row = np.clip((np.arange(resolution) + 0.5) * grid / resolution - 0.5, 0, grid - 1)
    above = row.astype(int)
    share = (row - above).astype(np.float32)[:, None]
    padded = np.pad(rest, reach)
    out = rest.copy()

    def steer(part):
        k = above[part.start]
        rows = slice(part.start, part.stop + 2 * reach)
        _steer_strip(out[part], padded[rows], columns[:, k], change[:, k], share[part], taps)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(steer, _strips(above)))
    return out


def _strips(above):
    """Slices of at most `_STRIP` rows, those of one slice between the same two rows of the coarse grid."""
    ends = [0, *(np.flatnonzero(np.diff(above)) + 1), len(above)]
    for first, last in pairwise(ends):
        for top in range(first, last, _STRIP):
            yield slice(top, min(top + _STRIP, last))


def _taps(step):
    """Whole steps and their shares whose second differences together are those of a fractional step, in texels."""
    low = max(int(step), 1)
    share = max(step**2 - low**2, 0) / ((low + 1) ** 2 - low**2)
    return {tap: np.float32(weight) for tap, weight in ((low, 1 - share), (low + 1, share)) if weight > 1e-6}


def _steer_strip(out, padded, weights, change, share, taps):
    """Steer rows of a map in place.

    out : (n, R) mm; padded : the map, wider than `out` by the largest tap all around; weights, change : (3: lateral,
    mixed, vertical, R), the strain's weights above the strip and how much others they are below; share : (n, 1) of
    the way from above to below
    """
    for tap, part in taps.items():
        differences = _second_differences(padded, max(taps), tap)
        for difference, start, way in zip(differences, weights, change, strict=True):
            weight = (part * share) * way
            weight += part * start
            difference *= weight
            out += difference
    np.clip(out, -DEEPEST, DEEPEST, out=out)


def _second_differences(padded, reach, tap):
    """Lateral, twice mixed and vertical differences over `tap` texels, without the margin of `reach` texels."""
    rows, columns = np.subtract(padded.shape, 2 * reach)

    def shifted(down, right):
        return padded[reach + down : reach + down + rows, reach + right : reach + right + columns]

    twice = 2 * shifted(0, 0)
    yield shifted(0, tap) + shifted(0, -tap) - twice
    yield shifted(tap, tap) + shifted(-tap, -tap) - shifted(tap, -tap) - shifted(-tap, tap)
    yield shifted(tap, 0) + shifted(-tap, 0) - twice
