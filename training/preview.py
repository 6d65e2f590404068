"""Quick looks at displacement on a face without a renderer: an orthographic splat of the UV surface in raking light."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter, zoom

BACKGROUND = 0.16


def relief(positions, height, mask, light=(0.75, -0.55, 0.45), view=(0, 0), pixels=560, extent=(-90, 90, -95, 135)):
    """Grey picture (H, W) in 0..1 of a surface lit from the side.

    positions : (R, R, 3) mm, Blender axes; height : (R', R') mm along the normal; light : towards the lamp;
    view : yaw and pitch, radians; extent : left, right, bottom, top of the picture, mm.
    """
    factor = len(height) / len(positions)
    if factor != 1:
        positions = np.stack([zoom(positions[..., i], factor, order=1) for i in range(3)], -1)
        mask = zoom(mask.astype(np.uint8), factor, order=0) > 0
    smooth = np.stack([gaussian_filter(positions[..., i], 1.5 * factor) for i in range(3)], -1)
    surface = smooth + height[..., None] * _normals(smooth)
    turned = surface @ _turn(*view).T
    normals = _normals(surface) @ _turn(*view).T
    light = np.asarray(light, float) / np.linalg.norm(light)
    shade = 0.10 + 0.80 * np.clip(normals @ light, 0, 1) + 0.12 * np.clip(-normals[..., 1], 0, 1)
    return _splat(turned, shade, normals, mask, pixels, extent)


def _normals(surface):
    n = np.cross(np.gradient(surface, axis=0), np.gradient(surface, axis=1))
    n /= np.linalg.norm(n, axis=-1, keepdims=True) + 1e-9
    return n * np.sign(-np.median(n[..., 1]))


def _turn(yaw, pitch):
    c, s, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    return np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]]) @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def _splat(points, shade, normals, mask, pixels, extent):
    left, right, bottom, top = extent
    scale = pixels / (right - left)
    rows = int((top - bottom) * scale)
    seen = mask & (normals[..., 1] < -0.05)
    x = ((points[..., 0][seen] - left) * scale).astype(int)
    y = ((top - points[..., 2][seen]) * scale).astype(int)
    inside = (x >= 0) & (x < pixels) & (y >= 0) & (y < rows)
    depth, value, cell = points[..., 1][seen][inside], shade[seen][inside], (y * pixels + x)[inside]
    nearest = np.full(rows * pixels, np.inf)
    np.minimum.at(nearest, cell, depth)
    front = depth < nearest[cell] + 1.5
    total = np.bincount(cell[front], value[front], rows * pixels)
    count = np.bincount(cell[front], minlength=rows * pixels)
    total, count = (gaussian_filter(a.reshape(rows, pixels).astype(float), 0.6) for a in (total, count))
    return np.where(count > 0.02, total / np.maximum(count, 1e-6), BACKGROUND)
