"""Wrinkles as physics: a thin stiff skin on a soft foundation that buckles under in-plane compression.

The energy density per unit of neutral area, for a height h (mm, outwards) over a skin with in-plane strain E is

    1/2 Y |E + 1/2 grad h (x) grad h|^2 + 1/2 B (laplacian h)^2 + 1/2 K (h - r)^2 (1 + a tanh((h - r) / h0))

the Foeppl-von Karman plate on a Winkler foundation (see e.g. Cerda & Mahadevan, PRL 90, 2003), all operators taken in
the neutral metric. With K = 1, B = K (lambda / 2 pi)^4 and Y = 2 K (lambda / 2 pi)^2 / eps_c a compression beyond eps_c
buckles into waves of length lambda. r is the height at rest (creases that stay), a < 0 makes the foundation softer
outwards than inwards: broad round ridges between narrow valleys, as skin has.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

FOUNDATION_ASYMMETRY = -0.75
ASYMMETRY_HEIGHT = 0.25  # mm


@dataclass(frozen=True)
class Skin:
    """What buckles: maps (R, R), float32.

    strain, metric : (R, R, 2, 2) Green strain and neutral first fundamental form, map coordinates;
    wavelength : mm; critical_strain : > 0; rest : mm; mask : bool, where there is skin.
    """

    strain: np.ndarray
    metric: np.ndarray
    wavelength: np.ndarray
    critical_strain: np.ndarray
    rest: np.ndarray
    mask: np.ndarray


def coefficients(skin):
    """The maps that the energy reads, as one (14, R, R) tensor: computed once a solve."""
    metric = np.where(skin.mask[..., None, None], skin.metric, np.eye(2) * 1e4)
    determinant = np.maximum(metric[..., 0, 0] * metric[..., 1, 1] - metric[..., 0, 1] ** 2, 1e-6)
    area = np.sqrt(determinant)
    k2 = (skin.wavelength / (2 * math.pi)) ** 2
    stretch = 2 * k2 / skin.critical_strain
    weight = area * skin.mask
    weight = weight / weight[skin.mask].mean()
    maps = [
        metric[..., 1, 1] / determinant, -metric[..., 0, 1] / determinant, metric[..., 0, 0] / determinant,
        skin.strain[..., 0, 0], skin.strain[..., 0, 1], skin.strain[..., 1, 1],
        area, 1 / area, stretch, k2 * k2, weight, skin.rest, skin.mask.astype(np.float32),
    ]  # fmt: skip
    return torch.from_numpy(np.stack(maps).astype(np.float32))


def energy(height, maps):
    """Total energy of a height map (R, R) under `coefficients` maps, dimension mm^2 times texels."""
    i_uu, i_ut, i_tt, e_uu, e_ut, e_tt, area, per_area, stretch, bending, weight, rest, mask = maps
    size = height.shape[-1]
    h = height * mask
    hu, ht = (torch.roll(h, -1, 1) - h) * size, (torch.roll(h, -1, 0) - h) * size
    a, b, c = e_uu + 0.5 * hu * hu, e_ut + 0.5 * hu * ht, e_tt + 0.5 * ht * ht
    m_uu, m_ut, m_tu, m_tt = i_uu * a + i_ut * b, i_uu * b + i_ut * c, i_ut * a + i_tt * b, i_ut * b + i_tt * c
    flux_u, flux_t = area * (i_uu * hu + i_ut * ht), area * (i_ut * hu + i_tt * ht)
    laplacian = (flux_u - torch.roll(flux_u, 1, 1) + flux_t - torch.roll(flux_t, 1, 0)) * size * per_area
    lifted = h - rest
    foundation = lifted * lifted * (1 + FOUNDATION_ASYMMETRY * torch.tanh(lifted / ASYMMETRY_HEIGHT))
    membrane = stretch * (m_uu * m_uu + 2 * m_ut * m_tu + m_tt * m_tt)
    return 0.5 * ((membrane + bending * laplacian * laplacian + foundation) * weight).sum()


@torch.compile(dynamic=False)
def _adam_step(height, first, second, maps, rate, bias1, bias2):
    """One step of Adam (Kingma & Ba 2015) on the energy, fused by the compiler."""
    gradient = torch.func.grad(energy)(height, maps)
    first = 0.9 * first + 0.1 * gradient
    second = 0.98 * second + 0.02 * gradient * gradient
    return height - rate * (first * bias1) / ((second * bias2).sqrt() + 1e-8), first, second


def relax(height, maps, steps, rate):
    """Lets a height map (R, R) settle: `steps` of Adam, the rate falling along half a cosine."""
    first, second = torch.zeros_like(height), torch.zeros_like(height)
    for step in range(1, steps + 1):
        pace = torch.tensor(rate * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * step / steps))))
        bias = torch.tensor(1 / (1 - 0.9**step)), torch.tensor(1 / (1 - 0.98**step))
        height, first, second = _adam_step(height, first, second, maps, pace, *bias)
    return height * maps[12]
