"""Drawing triangles into a texture tile, fast enough for 4096 texels a side."""

from __future__ import annotations

import numpy as np

_SHIFT = 8  # binary digits after the point that OpenCV's polygons keep
_ROWS = 256  # rows of texels at a time: bounds the memory
_SMALLEST = 1e-6  # texels squared below which a triangle is a line


def drawn(corners, values, size):
    """What triangles draw: values at texel centres, linear within each triangle.

    Parameters
    ----------
    corners : (T, 3, 2) texture coordinates in the tile 0..1; values : (T, 3, C) at them; size : texels a side

    Returns
    -------
    values : (size, size, C) float32, row 0 at V = 1, zero off the triangles; mask : (size, size) bool
    """
    import cv2

    pixels = np.stack([corners[..., 0], 1 - corners[..., 1]], -1) * size - 0.5
    edge, other = pixels[:, 1] - pixels[:, 0], pixels[:, 2] - pixels[:, 0]
    good = np.abs(edge[:, 0] * other[:, 1] - edge[:, 1] * other[:, 0]) > _SMALLEST
    pixels, values = pixels[good], np.asarray(values, np.float64)[good]
    owner = np.full((size, size), -1, np.int32)
    for number, points in enumerate(np.round(pixels * 2**_SHIFT).astype(np.int32)):
        cv2.fillConvexPoly(owner, points, number, lineType=cv2.LINE_8, shift=_SHIFT)
    slopes = np.linalg.solve(np.concatenate([pixels, np.ones((*pixels.shape[:2], 1))], axis=2), values)
    slopes = slopes.astype(np.float32)  # (T, 3: x, y, 1, C)
    # Polygons take in every texel they touch: beyond its corners a triangle goes on with their values.
    low, high = values.min(1).astype(np.float32), values.max(1).astype(np.float32)
    result = np.zeros((size, size, values.shape[2]), np.float32)
    for start in range(0, size, _ROWS):
        y, x = np.nonzero(owner[start:start + _ROWS] >= 0)
        triangle = owner[start:start + _ROWS][y, x]
        slope = slopes[triangle]
        value = slope[:, 0] * x[:, None] + slope[:, 1] * (y + start)[:, None] + slope[:, 2]
        result[start + y, x] = np.clip(value, low[triangle], high[triangle])
    return result, owner >= 0
