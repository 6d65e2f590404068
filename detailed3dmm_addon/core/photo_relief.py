"""What a photo showed of a person's skin that the wrinkle model does not draw: scars, moles, a crease of its own.

It was seen under one expression. Where another expression folds the skin differently, it fades: there the model knows
better what the skin does. How much expression folds the skin is kept beside it, coarsely.
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from . import checks
from .errors import ParameterError

SIZE, COARSE = 512, 64  # texels a side, of the relief and of how much the expression folds the skin
_TOLERANCE = 0.08  # mm: expressions that differ so much in what they fold let the relief fade to 60 %
_REACH = 2.0  # texels of `COARSE`, over which folding is averaged
_STEP = 0.004  # mm, of what is stored
_KEYS = {"height": SIZE, "folding": COARSE}


@dataclass(frozen=True, eq=False)
class PhotoRelief:
    """A relief that lies on top of the model's map.

    height : (512, 512) float32 mm, row 0 at V = 1; folding : (64, 64) float32 mm, `folding` of what the photo's
    expression adds to the relaxed face
    """

    height: np.ndarray
    folding: np.ndarray

    def __post_init__(self):
        for name, size in _KEYS.items():
            values = np.asarray(getattr(self, name), np.float32)
            if values.shape != (size, size) or not np.isfinite(values).all():
                raise ParameterError(f"The {name} of a photo's relief is {size} x {size} numbers.")
            object.__setattr__(self, name, values)

    def shown(self, moved):
        """The relief (R, R) mm beside what an expression adds to the relaxed face (R, R) mm."""
        apart = (folding(moved) - self.folding) / _TOLERANCE
        size = len(moved)
        return _resized(self.height, size) * _resized(np.exp(-0.5 * apart**2), size)

    def to_dict(self):
        """As JSON holds it: 8 bits a texel, compressed."""
        return {name: _packed(getattr(self, name)) for name in _KEYS}

    @classmethod
    def from_dict(cls, table):
        """What `to_dict` gave; raises ParameterError."""
        table = checks.table(table, "detail_controls.photo_relief")
        if not _KEYS.keys() <= table.keys():
            raise ParameterError("detail_controls.photo_relief must have height and folding.")
        return _unpacked(*(table[name] for name in _KEYS))


def folding(moved):
    """(64, 64) mm: root mean square, smooth, of what an expression adds to the relaxed face (R, R) mm."""
    from scipy.ndimage import gaussian_filter

    return np.sqrt(np.maximum(gaussian_filter(_resized(moved**2, COARSE), _REACH), 0)).astype(np.float32)


def _packed(values):
    steps = np.clip(np.rint(values / _STEP), -127, 127).astype(np.int8)
    return base64.b85encode(zlib.compress(steps.tobytes(), 9)).decode("ascii")


@lru_cache(maxsize=8)  # sliders ask for it again and again
def _unpacked(*texts):
    fields = []
    for text, (name, size) in zip(texts, _KEYS.items(), strict=True):
        try:
            steps = np.frombuffer(zlib.decompress(base64.b85decode(text)), np.int8).reshape(size, size)
        except (ValueError, TypeError, AttributeError, zlib.error) as error:
            raise ParameterError(f"The {name} of detail_controls.photo_relief is damaged.") from error
        fields.append(steps * np.float32(_STEP))
    return PhotoRelief(*fields)


def _resized(values, size):
    from .detail_controls import resized  # which imports this module

    return resized(values.astype(np.float32), size)
