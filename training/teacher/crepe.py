"""Crepe: the net of fine crossing lines that thin, dry, moving skin shows between its creases.

Two families of lines, a little to either side of the direction in which the site creases, as zero lines of noise that
is smoothed along that direction (line integral convolution, Cabral & Leedom 1993). Spacing 2.5-4 mm.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter

from .uv_surface import MM_PER_UNIT

ANGLE = 0.42  # radians to either side
SPACING_MM = 1.3  # grain of the noise across the lines
LENGTH_MM = 13.0
DEPTH_MM = 0.13


def draw(rng, direction, amount):
    """Height (R, R) mm. direction : (R, R) angle of the site's creases, radians; amount : (R, R) 0..1."""
    valleys = [_lines(rng, direction + sign * ANGLE * (1 + 0.3 * _smooth(rng, len(direction), 25))) for sign in (-1, 1)]
    height = -DEPTH_MM * (valleys[0] + 0.8 * valleys[1]) * np.clip(1 + 0.6 * _smooth(rng, len(direction), 9), 0, 2)
    return ((height - gaussian_filter(height, 6 / MM_PER_UNIT * len(height))) * amount).astype(np.float32)


def _lines(rng, angle):
    size = len(angle)
    noise = _smooth(rng, size, SPACING_MM)
    step = 0.8
    x, y = np.meshgrid(np.arange(size, dtype=np.float32), np.arange(size, dtype=np.float32))
    dx, dy = (step * f(angle).astype(np.float32) for f in (np.cos, np.sin))
    total = noise.copy()
    steps = int(LENGTH_MM / 2 / MM_PER_UNIT * size / step)
    for sign in (-1, 1):
        px, py = x.copy(), y.copy()
        for _ in range(steps):
            px, py = (px + sign * cv2.remap(dx, px, py, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
                      py + sign * cv2.remap(dy, px, py, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))  # fmt: skip
            total += cv2.remap(noise, px, py, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    total /= total.std()
    return np.exp(-((total / 0.26) ** 2))


def _smooth(rng, size, grain_mm):
    noise = gaussian_filter(rng.standard_normal((size, size)), grain_mm / MM_PER_UNIT * size / 2.5, mode="wrap")
    return (noise / noise.std()).astype(np.float32)
