"""Folds: what age and weight do to the shape between the creases. Broad, deep, drawn as soft strokes and cushions.

Bags and tear troughs under the eyes, the cheek's weight over the nasolabial fold, jowls, hollow temples and cheeks,
neck bands (platysma), hooded lids: the sites of the clinical grading scales (Carruthers et al. 2008; Lemperle et al.
2001).
Coordinates as in `crease_lines`; heights in mm of a face of eighty.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from .crease_lines import MIDLINE, spline

SOFTNESS_MM = 1.6


def strokes(rng):
    """(knots, height mm, width mm) of soft strokes on the subject's right, and on the midline."""
    j = rng.normal
    bag, trough = rng.uniform(0.9, 1.7), rng.uniform(0.7, 1.2)
    weight, jowl = rng.uniform(1.1, 1.9), rng.uniform(1.0, 2.0)
    return [
        ([[114, 89], [105, 91.5], [96, 90]] + j(0, 0.5, (3, 2)), bag, 3.4),
        ([[119, 88.5], [111, 95.5], [101, 98.5], [91, 95.5]] + j(0, 0.6, (4, 2)), -trough, 2.6),
        ([[108, 104], [99, 108], [91, 107]] + j(0, 0.8, (3, 2)), -0.5 * trough, 3.2),
        ([[122, 123], [115.5, 134.5], [109, 146], [104, 158]] + j(0, 0.5, (4, 2)), -rng.uniform(0.9, 1.5), 2.4),
        ([[114, 124], [107.5, 134], [100.5, 145], [95.5, 157]] + j(0, 0.8, (4, 2)), weight, 5.5),
        ([[109, 168], [106, 178], [106.5, 190]] + j(0, 0.6, (3, 2)), -rng.uniform(0.7, 1.2), 2.6),
        ([[98, 178], [96, 190], [99, 199]] + j(0, 1.0, (3, 2)), jowl, 7.0),
        ([[112, 199], [117, 203]] + j(0, 0.8, (2, 2)), -0.5 * jowl, 4.0),
        ([[62, 50], [60, 68]] + j(0, 1.5, (2, 2)), -rng.uniform(0.6, 1.6), 11.0),
        ([[80, 128], [82, 148]] + j(0, 1.5, (2, 2)), -rng.uniform(0.5, 1.7), 11.0),
        ([[89, 70], [98, 69], [108, 71]] + j(0, 0.6, (3, 2)), rng.uniform(0.4, 1.0), 3.2),
        ([[131, 224], [128, 250], [123, 276]] + j(0, 1.2, (3, 2)), rng.uniform(0.6, 1.5), 3.6),
        ([[138, 62], [137, 70]] + j(0, 0.4, (2, 2)), rng.uniform(0.2, 0.5), 3.4),
    ]


def central_strokes(rng):
    j = rng.normal
    return [
        ([[MIDLINE - 14, 219], [MIDLINE, 217], [MIDLINE + 14, 219]] + j(0, 0.8, (3, 2)), rng.uniform(0.8, 1.8), 7.0),
        ([[MIDLINE, 226], [MIDLINE, 262]] + j(0, 0.8, (2, 2)), -rng.uniform(0.3, 0.8), 4.5),
    ]


def draw(rng, metric):
    """Height (R, R) mm of a folded old face, metric (R, R, 2, 2) as in `SkinMesh`, each side with its own accidents."""
    right, left = strokes(rng), strokes(rng)
    flipped = [(np.asarray(k) * [-1, 1] + [2 * MIDLINE, 0], h, w) for k, h, w in left]
    height = np.zeros(metric.shape[:2], np.float32)
    for knots, amount, width in right + flipped + central_strokes(rng):
        _add(height, np.asarray(knots, float), amount, width, metric)
    return gaussian_filter(height, SOFTNESS_MM / (2 * MIDLINE) * len(height))


def _add(height, knots, amount, width, metric):
    size = len(height)
    scale = size / (2 * MIDLINE)
    knots = np.concatenate([[1.35 * knots[0] - 0.35 * knots[1]], knots, [1.35 * knots[-1] - 0.35 * knots[-2]]])
    points = spline(knots)[::4]
    low = np.maximum(((points.min(0) - 4 * width) * scale).astype(int), 0)
    high = np.minimum(((points.max(0) + 4 * width) * scale).astype(int) + 1, size)
    window = (slice(low[1], high[1]), slice(low[0], high[0]))
    texels = (np.stack(np.mgrid[window][::-1], -1) + 0.5) / scale
    _, nearest = cKDTree(points).query(texels.reshape(-1, 2))
    offset = texels.reshape(-1, 2) - points[nearest]
    g = metric[window].reshape(-1, 2, 2) / (2 * MIDLINE) ** 2
    distance = np.einsum("ni,nij,nj->n", offset, g, offset).reshape(texels.shape[:2])
    along = np.sin(np.pi * np.linspace(0.02, 0.98, len(points)))[nearest].reshape(texels.shape[:2])
    height[window] += amount * along * np.exp(-distance / width**2)
