"""How displacement maps are compared: band-passed correlation, squared error, energy by facial region."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from training.teacher.regions import REGIONS, weight
from training.teacher.skin_mesh import SkinMesh
from training.teacher.uv_surface import MM_PER_UNIT

BAND_MM = (2.0, 20.0)
MEASURED = {
    "forehead": ("forehead",), "glabella": ("glabella",), "nose bridge": ("bunny_L", "bunny_R", "nose_root"),
    "crow's feet": ("crow_L", "crow_R"), "under the eyes": ("lower_lid_L", "lower_lid_R"),
    "nasolabial": ("nasolabial_L", "nasolabial_R"), "cheeks": ("cheek_L", "cheek_R"),
    "lips": ("upper_lip", "lower_lip"), "chin": ("chin",), "neck": ("neck",),
}  # fmt: skip
INSIDE = 0.45  # weight from which a texel belongs to its region
FAINT = 0.005  # mm rms: what is fainter has no pattern to correlate with
TOLERANCE = 0.15  # of the teacher's energy


def band_pass(height, band=BAND_MM):
    """Keeps a band of wavelengths: (..., R, R) mm -> the same; by default 2 to 20 mm, those of wrinkles."""
    size = height.shape[-1]
    cycles = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)) * size / MM_PER_UNIT
    keep = 1 / (1 + (1 / band[1] / np.maximum(cycles, 1e-9)) ** 8) / (1 + (cycles * band[0]) ** 8)
    banded = np.empty(height.shape, np.float32)
    for index in np.ndindex(height.shape[:-2]):  # one by one: spectra of a whole set would not fit into memory
        banded[index] = np.fft.irfft2(np.fft.rfft2(height[index]) * keep, s=(size, size))
    return banded


def correlation(a, b):
    """Pearson correlation of two maps, or of each pair in (N, R, R)."""
    a, b = (x.reshape(*x.shape[:-2], -1) for x in (a, b))
    a, b = a - a.mean(-1, keepdims=True), b - b.mean(-1, keepdims=True)
    return (a * b).sum(-1) / np.maximum(np.sqrt((a * a).sum(-1) * (b * b).sum(-1)), 1e-12)


def rms(height):
    """Root mean square of maps (..., R, R), mm."""
    return np.sqrt((height**2).mean((-2, -1)))


def squared_error(output, target):
    """Squared error as a share of the target's energy, both (N, R, R)."""
    return float(((output - target) ** 2).sum() / np.maximum((target**2).sum(), 1e-12))


def agreement(output, target, faint=FAINT):
    """How band-passed maps (N, R, R) agree with others: dict of figure name -> number.

    The median counts every map alike, those aside whose target has less than `faint` mm rms; texels together count
    deep maps more.
    """
    clear = rms(target) > min(faint, 0.5 * rms(target).max())  # never none
    return {
        "correlation, all texels": float(correlation(output.reshape(1, -1, 1), target.reshape(1, -1, 1))[0]),
        "correlation, median map": float(np.median(correlation(output[clear], target[clear]))),
        "squared error, share": squared_error(output, target),
    }


@lru_cache(maxsize=2)
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


def energy_by_region(output, target, masks, floor=0.01):
    """Energy of maps over that of their targets, both band-passed (N, R, R), in each region.

    Maps count where the target's region has at least `floor` mm rms.

    Returns
    -------
    dict of region -> dict with the median ratio, the share of maps within `TOLERANCE`, and how many maps count
    """
    figures = {}
    for name in MEASURED:
        ours, wanted = ((maps[:, masks[name]] ** 2).mean(-1) for maps in (output, target))
        counted = wanted > floor**2
        ratio = ours[counted] / wanted[counted]
        if len(ratio):
            within = float((np.abs(ratio - 1) <= TOLERANCE).mean())
            figures[name] = {"median": float(np.median(ratio)), "within 15 %": within, "maps": len(ratio)}
    return figures
