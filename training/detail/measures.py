"""How displacement maps are compared: band-passed correlation, energy by facial region."""

from __future__ import annotations

import numpy as np

from training.teacher.regions import REGIONS, weight
from training.teacher.skin_mesh import SkinMesh
from training.teacher.uv_surface import MM_PER_UNIT

BAND_MM = (2.0, 20.0)
MEASURED = {
    "forehead": ("forehead",), "glabella": ("glabella",), "nose bridge": ("bunny_L", "bunny_R", "nose_root"),
    "crow's feet": ("crow_L", "crow_R"), "under the eyes": ("lower_lid_L", "lower_lid_R"), "chin": ("chin",),
}  # fmt: skip
INSIDE = 0.45  # weight from which a texel belongs to its region


def band_pass(height, band=BAND_MM):
    """Keeps the wavelengths of wrinkles: (..., R, R) mm -> the same, components of 2 to 20 mm."""
    size = height.shape[-1]
    cycles = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)) * size / MM_PER_UNIT
    keep = 1 / (1 + (1 / band[1] / np.maximum(cycles, 1e-9)) ** 8) / (1 + (cycles * band[0]) ** 8)
    return np.fft.irfft2(np.fft.rfft2(height) * keep, s=(size, size)).astype(np.float32)


def correlation(a, b):
    """Pearson correlation of two maps, or of each pair in (N, R, R)."""
    a, b = (x.reshape(*x.shape[:-2], -1) for x in (a, b))
    a, b = a - a.mean(-1, keepdims=True), b - b.mean(-1, keepdims=True)
    return (a * b).sum(-1) / np.maximum(np.sqrt((a * a).sum(-1) * (b * b).sum(-1)), 1e-12)


def region_masks(model, size):
    """Texels of each measured region, name -> (size, size) bool; paired regions also by side, as in "crow's feet L"."""
    mesh = SkinMesh(model.topology)
    raster = mesh.rasterise(size)
    vertices = model.neutral(np.zeros(100, np.float32))[: mesh.vertex_count] * 1000
    masks = {}
    for name, parts in MEASURED.items():
        for side in ("", "_L", "_R"):
            chosen = [p for p in parts if p.endswith(side)]
            if chosen:
                field = np.max([weight(REGIONS[p], vertices, model.landmarks) for p in chosen], axis=0)
                masks[name + side.replace("_", " ")] = mesh.sample(raster, field[:, None])[..., 0] > INSIDE
    return masks


def region_energy(height, masks):
    """Mean square of the band-passed map in each region, mm^2."""
    banded = band_pass(height)
    return {name: float((banded[mask] ** 2).mean()) for name, mask in masks.items()}
