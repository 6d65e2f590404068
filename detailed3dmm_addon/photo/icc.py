"""Colours of a picture with an ICC profile as sRGB: the profiles of cameras and screens, a matrix and three curves.

ICC.1:2022, sections 7 to 10 and F.3. Profiles of other kinds (of printers, with tables) are left alone. numpy only.
"""
from functools import lru_cache

import numpy as np

from ..core.skin_paint import encode

# Linear sRGB to XYZ as profiles have it, under D50: the columns of sRGB's own profile (IEC 61966-2-1).
_SRGB = np.array([[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169],
                  [0.0139322, 0.0971045, 0.7141733]])
_STEPS = 4096  # of the curves, looked up by the nearest
_FINE = 1 << 16  # steps of linear light
_ALIKE = 1.5 / 255  # a profile that differs less from sRGB changes nothing
_ROWS = 256  # that are converted at a time
_HEADER, _TAG = 128, 12  # bytes


def to_srgb(pixels, profile):
    """Pixels as sRGB has them.

    Parameters
    ----------
    pixels : (H, W, 3) float32, 0..1, encoded as the profile says; profile : bytes, an ICC profile

    Returns
    -------
    (H, W, 3) float32, sRGB-encoded; `pixels` themselves where the profile is sRGB, or one that is not read here
    """
    try:
        curves, matrix = _read(bytes(profile))
    except (KeyError, ValueError, IndexError):
        return pixels
    steps = np.linspace(0, 1, 9, dtype=np.float32)
    probe = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(-1, 1, 3)
    if np.abs(_converted(probe, curves, matrix) - probe).max() < _ALIKE:
        return pixels
    return np.concatenate([_converted(pixels[row:row + _ROWS], curves, matrix)
                           for row in range(0, len(pixels), _ROWS)])


def _converted(pixels, curves, matrix):
    at = np.clip(np.round(pixels * (_STEPS - 1)), 0, _STEPS - 1).astype(np.int32)
    linear = np.stack([curve[at[..., channel]] for channel, curve in enumerate(curves)], -1) @ matrix.T
    return _encoding()[np.clip(np.round(linear * (_FINE - 1)), 0, _FINE - 1).astype(np.int32)]


@lru_cache(maxsize=1)
def _encoding():
    """(_FINE,) float32: sRGB's code of linear light."""
    return encode(np.linspace(0, 1, _FINE)).astype(np.float32)


def _read(profile):
    """Three curves (_STEPS,) from codes to linear light, and the (3, 3) matrix from there to linear sRGB.

    Raises KeyError, ValueError or IndexError for what is no such profile.
    """
    if profile[16:24] != b"RGB XYZ " or profile[36:40] != b"acsp":
        raise ValueError("not a profile of red, green and blue")
    count = int.from_bytes(profile[_HEADER:_HEADER + 4], "big")
    tags = {}
    for at in range(_HEADER + 4, _HEADER + 4 + _TAG * count, _TAG):
        start, size = np.frombuffer(profile, ">u4", 2, at + 4)
        tags[profile[at:at + 4]] = profile[start:start + size]
    columns = [_numbers(tags[name], 8)[:3] for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
    curves = [_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC")]
    return curves, np.linalg.solve(_SRGB, np.stack(columns, 1)).astype(np.float32)


def _numbers(tag, start):
    """The s15Fixed16 numbers of a tag from a byte on."""
    return np.frombuffer(tag, ">i4", (len(tag) - start) // 4, start) / 65536


def _curve(tag):
    """(_STEPS,) float32 linear light of a tone curve."""
    x = np.linspace(0, 1, _STEPS)
    if tag[:4] == b"para":
        return _parametric(x, int.from_bytes(tag[8:10], "big"), _numbers(tag, 12)).astype(np.float32)
    if tag[:4] != b"curv":
        raise ValueError("not a tone curve")
    table = np.frombuffer(tag, ">u2", int.from_bytes(tag[8:12], "big"), 12)
    if len(table) > 1:
        return np.interp(x, np.linspace(0, 1, len(table)), table / 65535).astype(np.float32)
    return (x ** (table[0] / 256 if len(table) else 1.0)).astype(np.float32)


def _parametric(x, kind, numbers):
    """A curve of parametricCurveType, section 10.18."""
    g, a, b, c, d, e, f = np.pad(numbers[:(1, 3, 4, 5, 7)[kind]], (0, 7))[:7]
    if kind == 0:
        a, d = 1.0, -1.0
    elif kind in (1, 2):
        c, d, e, f = 0.0, -b / a, c, c
    return np.where(x >= d, np.maximum(a * x + b, 0) ** g + e, c * x + f)
