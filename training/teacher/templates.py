"""Crease templates: what each family of expressions folds at full strength on the mean face, two variants each.

A person's creases are these, blended and warped (`core.creases`). Solved on one face, they are everybody's resting
height: the buckling of each identity then falls into the same creases instead of a chaotic pattern of its own.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.ndimage import gaussian_filter

from . import buckling
from .teacher import both
from .uv_surface import MM_PER_UNIT

FAMILIES = {
    "forehead": {**both("browInnerUp"), **both("browOuterUp")},
    "frown": {**both("browDown"), **both("eyeSquint", 0.3)},
    "grief": {**both("browInnerUp"), **both("browDown", 0.4)},
    "sneer": both("noseSneer"),
    "squint": {**both("eyeSquint"), **both("cheekSquint", 0.7)},
    "smile": {**both("mouthSmile"), **both("cheekSquint")},
    "chin": {"mouthShrugLower": 1.0, "mouthRollLower": 0.2},
    "pucker": {"mouthPucker": 1.0, "mouthFunnel": 0.2},
    "mouth_corner": {**both("mouthFrown"), **both("mouthStretch", 0.4)},
    "press": {**both("mouthPress"), **both("mouthDimple", 0.8)},
}
# How much of a family's creases stays on the resting face of the old, relative to the deepest.
RESTING = np.array([1.0, 1.0, 0.5, 0.35, 1.0, 0.6, 0.15, 0.6, 0.9, 0.5], np.float32)
FAMILY_AGE = 62.0  # years: old enough that every crease of the family is there


def solve_templates(teacher, seed=11, progress=lambda items: items):
    """Template planes (families, 2, R, R) in mm, mirror-symmetric."""
    rng = np.random.default_rng(seed)
    jobs = [(f, v) for f in range(len(FAMILIES)) for v in range(2)]
    planes = np.zeros((len(FAMILIES), 2, teacher.size, teacher.size), np.float32)
    for family, variant in progress(jobs):
        planes[family, variant] = _solve(teacher, list(FAMILIES.values())[family], rng)
    return planes


def _solve(teacher, expression, rng):
    setting = teacher.setting(np.zeros(100), teacher.expression_vector(expression))
    ageing = teacher.critical_strain_at(FAMILY_AGE)
    # Irregular skin makes lines that end, branch and vary in spacing instead of a washboard.
    spacing = 0.16 * _even_noise(rng, teacher.size, 24) + 0.08 * _even_noise(rng, teacher.size, 8)
    wavelength = setting.wavelength * np.exp(spacing)
    critical = setting.critical_strain * ageing * np.exp(
        0.40 * _even_noise(rng, teacher.size, 18) + 0.35 * _even_noise(rng, teacher.size, 6)
    )
    start = 0.05 * _even_noise(rng, teacher.size, 3)
    maps = buckling.coefficients(setting.skin(wavelength, critical, np.zeros_like(wavelength)))
    height = buckling.relax(torch.from_numpy(start.astype(np.float32)), maps, steps=450, rate=0.03).numpy()
    return 0.5 * (height + height[:, ::-1])


def _even_noise(rng, size, wavelength_mm):
    """Smooth unit-variance noise, mirror-symmetric, of about this grain."""
    noise = gaussian_filter(rng.standard_normal((size, size)), wavelength_mm / MM_PER_UNIT * size / 2.5)
    noise = noise + noise[:, ::-1]
    return noise / noise.std()
