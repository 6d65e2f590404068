"""What an artist may change in a face's relief: bands, regions, how much of age shows, and whose expression.

The network's map and the fine band are the model's answer; everything here is applied to it. numpy only: torch is
needed where a map is resized, and there it is imported.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from . import checks
from .base_model import IDENTITY_SIZE, BaseModel
from .checks import vector
from .errors import ParameterError
from .photo_relief import PhotoRelief

TILE = 290.0  # mm a side of the UV square
FOLD_WAVELENGTH = 12.0  # mm, where the low-pass that separates folds from wrinkles has half its gain
STRONGEST = 4.0
FINE = 2048  # texels a side from which on a map carries the fine band: coarser ones cannot show pores
SIDES = ("_R", "_L")  # the subject's right and left
MASK_SIZE = 256  # texels a side at which regions are computed; they are smooth over centimetres
_LIMIT = 20.0
_OUTSIDE = 0.12  # of `_nearness`: where all regions together are less near, the skin begins to belong to none

# Name -> ellipsoids on the average head, (centre, radii) in mm, subject's left; a region's weight falls with the
# distance in radii. Those of `_PAIRED` exist twice.
_MIDDLE = {
    "forehead": (((0, -98, 88), (58, 70, 24)), ((34, -96, 64), (24, 50, 11))),
    "glabella": (((0, -108, 54), (15, 40, 14)),),
    "nose": (((0, -120, 6), (17, 44, 21)), ((0, -108, 34), (11, 40, 13))),
    "mouth": (((0, -112, -35), (27, 40, 18)),),
    "chin": (((0, -104, -70), (32, 44, 18)),),
    "neck": (((0, -45, -126), (75, 60, 44)),),
}
_PAIRED = {
    "crows_feet": (((59, -72, 34), (14, 40, 20)),),
    "under_eyes": (((32, -92, 24), (21, 44, 9)),),
    "cheeks": (((52, -76, -10), (24, 54, 34)),),
    "nasolabial": (((27, -100, -10), (10, 40, 18)), ((33, -94, -38), (10, 40, 20))),
}
REGIONS = (*_MIDDLE, *(name + side for name in _PAIRED for side in SIDES))


@dataclass(frozen=True, eq=False)
class Style:
    """What a displacement image adds to the identity part of a face's code.

    numbers : (N,) float32, layer by layer; model : int, `Detailed3DMM.fingerprint` of the network they belong to
    """

    numbers: np.ndarray
    model: int

    def __post_init__(self):
        numbers = np.ravel(np.asarray(self.numbers, np.float32))
        if not (np.abs(numbers) <= _LIMIT).all():
            raise ParameterError(f"The style of the detail must lie between {-_LIMIT:g} and {_LIMIT:g}.")
        object.__setattr__(self, "numbers", numbers)


@dataclass(frozen=True, eq=False)
class DetailControls:
    """Strengths of the relief, 1 where nothing is changed.

    folds : of wavelengths above about 12 mm; wrinkles : of the rest of the network's map; pores : of the fine band
    memory : how much of its creases the relaxed face keeps: 0 none, 1 what its age says, 2 twice that
    photo : of what a photo showed beyond the model's map, `photo_relief`
    regions : region name of `REGIONS` -> strength of all that lies there; what is not named is 1
    mask : (H, W) strength 0..1 over the UV square, row 0 at V = 1, or None
    expression_of : (identity (100,), expression (53,)) of the face whose expression detail is shown, or None
    style : Style taken from a displacement image, or None
    photo_relief : PhotoRelief taken from a photo, or None

    Raises
    ------
    ParameterError
        If a strength lies outside 0..4, a region is not known, or an array has the wrong size or holds no numbers.
    """

    folds: float = 1.0
    wrinkles: float = 1.0
    pores: float = 1.0
    memory: float = 1.0
    photo: float = 1.0
    regions: Mapping[str, float] = field(default_factory=dict)
    mask: np.ndarray | None = None
    expression_of: tuple | None = None
    style: Style | None = None
    photo_relief: PhotoRelief | None = None

    def __post_init__(self):
        store = object.__setattr__  # the dataclass is frozen; this only normalises what was given
        for name in STRENGTHS:
            store(self, name, _strength(getattr(self, name), name))
        regions = {name: _strength(value, name) for name, value in checks.table(self.regions, "regions").items()}
        unknown = regions.keys() - set(REGIONS)
        if unknown:
            raise ParameterError(f"There is no region called {min(unknown)!r}: there are {', '.join(REGIONS)}.")
        store(self, "regions", types.MappingProxyType(regions))
        if self.mask is not None:
            store(self, "mask", _checked_mask(self.mask))

    @property
    def local(self):
        """Whether strengths differ from place to place."""
        return self.mask is not None or any(strength != 1 for strength in self.regions.values())

    def relief(self, rest, moved, fade):
        """The network's part of a map.

        rest : (R, R) mm, the relaxed face; moved : (R, R) mm, what the expression adds; fade : (R, R) 0..1, zero at
        the rims, where what a low-pass spreads has to end as well
        """
        height = self.memory * rest + moved
        if self.folds != self.wrinkles:
            height = self.wrinkles * height + (self.folds - self.wrinkles) * (fade * low_pass(height))
        elif self.folds != 1:
            height = self.folds * height
        if self.photo_relief is not None and self.photo:
            height = height + self.photo * (fade * self.photo_relief.shown(moved))
        return height * self.strength(len(height)) if self.local else height

    def strength(self, size):
        """What regions and mask multiply the relief by, (size, size) float32."""
        strength = np.ones((MASK_SIZE, MASK_SIZE), np.float32)
        for index, name in enumerate(REGIONS):
            if self.regions.get(name, 1.0) != 1:
                strength += np.float32(self.regions[name] - 1) * region_masks()[index]
        strength = resized(strength, size)
        return strength if self.mask is None else strength * resized(self.mask, size)


STRENGTHS = ("folds", "wrinkles", "pores", "memory", "photo")


def from_dict(table, mask=None):
    """DetailControls of what `to_dict` returned, or a character file holds; names that are not known are left out.

    mask : as in DetailControls, files hold none
    """
    table = checks.table(table, "detail_controls")
    known = {name: table[name] for name in (*STRENGTHS, "regions") if name in table}
    if table.get("expression_of"):
        known["expression_of"] = _source(table["expression_of"])
    if table.get("style"):
        style = checks.table(table["style"], "detail_controls.style")
        if not {"numbers", "model"} <= style.keys():
            raise ParameterError("detail_controls.style must have numbers and model.")
        known["style"] = Style(_numbers(style["numbers"], "detail_controls.style.numbers"), style["model"])
    if table.get("photo_relief"):
        known["photo_relief"] = PhotoRelief.from_dict(table["photo_relief"])
    return DetailControls(**known, mask=mask)


def to_dict(controls):
    """What differs from the defaults, as plain numbers, lists and dicts; the mask is an image and stays out."""
    table = {name: getattr(controls, name) for name in STRENGTHS if getattr(controls, name) != 1}
    regions = {name: strength for name, strength in controls.regions.items() if strength != 1}
    if regions:
        table["regions"] = regions
    if controls.expression_of is not None:
        identity, expression = controls.expression_of
        named = zip(BaseModel.load().expression_names, _shortest(expression), strict=True)
        table["expression_of"] = {
            "identity": _shortest(identity),
            "expression": {name: value for name, value in named if value},
        }
    if controls.style is not None:
        table["style"] = {"numbers": _shortest(controls.style.numbers), "model": controls.style.model}
    if controls.photo_relief is not None:
        table["photo_relief"] = controls.photo_relief.to_dict()
    return table


def with_pores(controls, depth):
    """The fine band `depth` times as deep: it takes the place of the pores that the skin's material has."""
    return replace(controls, pores=min(controls.pores * depth, STRONGEST))


def low_pass(height, wavelength=FOLD_WAVELENGTH):
    """What of a map (R, R) over the UV square is longer than a wavelength in mm."""
    spectrum = np.fft.rfft2(height) * low_pass_gain(len(height), wavelength)
    return np.fft.irfft2(spectrum, s=height.shape).astype(np.float32)


def low_pass_gain(size, wavelength):
    """Gaussian gain (size, size // 2 + 1) float32 of a map's spectrum (rfft2), a half at the wavelength in mm."""
    rows, columns = np.fft.fftfreq(size), np.fft.rfftfreq(size)
    cycles = (rows[:, None] ** 2 + columns**2) * (size / TILE) ** 2  # squared, per square millimetre
    return np.exp(-np.log(2) * wavelength**2 * cycles).astype(np.float32)


@lru_cache(maxsize=1)
def region_masks():
    """Masks (len(REGIONS), 256, 256) float32 in 0..1, whose sum is 1 at most: what is left lies in no region."""
    from .skin_canvas import FACE, canvas

    position = canvas(FACE, MASK_SIZE).position
    near = [_nearness(position, ellipsoids) for ellipsoids in _MIDDLE.values()]
    left = _side(position[..., 0])
    for ellipsoids in _PAIRED.values():
        both = _nearness(position, ellipsoids)
        near += [both * (1 - left), both * left]
    near = np.stack(near)
    masks = (near / np.maximum(near.sum(0), _OUTSIDE)).astype(np.float32)
    masks.setflags(write=False)
    return masks


def resized(image, size):
    """A field (H, W) at (size, size) texels: linear between texels, averaged over those that become one."""
    if image.shape == (size, size):
        return image
    import torch
    from torch.nn import functional as F

    image = torch.from_numpy(np.ascontiguousarray(image))[None, None]
    return F.interpolate(image, (size, size), mode="bilinear", antialias=size < max(image.shape))[0, 0].numpy()


def _nearness(position, ellipsoids):
    """1 at the centre of any of the ellipsoids, falling with the distance in radii; the same on both sides."""
    mirrored = np.stack([np.abs(position[..., 0]), position[..., 1], position[..., 2]], -1)
    distances = [(((mirrored - centre) / radii) ** 2).sum(-1) for centre, radii in ellipsoids]
    return np.exp(-1.6 * np.minimum.reduce(distances))


def _side(x, width=5.0):
    """0 on the subject's right, 1 on the left, smooth over the middle."""
    t = np.clip(x / (2 * width) + 0.5, 0, 1)
    return t * t * (3 - 2 * t)


def _strength(value, name):
    return checks.number(value, f"The strength of {name}", 0, STRONGEST)


def _source(table):
    from .character import check_names  # which imports this module

    names = BaseModel.load().expression_names
    table = checks.table(table, "detail_controls.expression_of")
    values = checks.table(table.get("expression", {}), "detail_controls.expression_of.expression")
    check_names(values, names, "expression")
    expression = _numbers([values.get(name, 0.0) for name in names], "detail_controls.expression_of.expression")
    identity = _numbers(table.get("identity", [0.0] * IDENTITY_SIZE), "detail_controls.expression_of.identity")
    return vector(identity, IDENTITY_SIZE, "identity of detail_controls.expression_of"), expression


def _numbers(values, name):
    try:
        array = np.asarray(values, np.float32)
    except (TypeError, ValueError, OverflowError) as error:
        raise ParameterError(f"{name} must be numbers.") from error
    if not (np.abs(array) <= _LIMIT).all():
        raise ParameterError(f"{name} must lie between {-_LIMIT:g} and {_LIMIT:g}.")
    return array


def _checked_mask(mask):
    mask = np.asarray(mask, np.float32)
    if mask.ndim != 2 or not mask.size:
        raise ParameterError(f"A mask of the detail has rows and columns, this one is {mask.shape}.")
    if not np.isfinite(mask).all():
        raise ParameterError("The mask of the detail holds values that are not finite numbers.")
    return np.clip(mask, 0, 1)


def _shortest(array):
    # The shortest decimal that reads back as the same float32.
    return [float(str(value)) for value in np.asarray(array, np.float32)]
