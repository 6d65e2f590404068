"""Wrinkles as physics: a thin stiff skin on a soft foundation that buckles under in-plane compression.

The energy density per unit of neutral area, for a height h (mm, outwards) over a skin with in-plane strain E, is

    1/2 Y |E + 1/2 (grad h (x) grad h - grad r (x) grad r)|^2 + 1/2 B (laplacian (h - s))^2
        + 1/2 K (h - r)^2 (1 + a tanh((h - r) / h0))

the Foeppl-von Karman plate on a Winkler foundation (see e.g. Cerda & Mahadevan, PRL 90, 2003), all operators taken in
the neutral metric. With K = 1, B = K (lambda / 2 pi)^4 and Y = 2 K (lambda / 2 pi)^2 / eps_c a compression beyond eps_c
buckles into waves of length lambda. r is the height at rest and s the shape that the skin is used to bend into: skin
that has creased a thousand times bends into that crease freely. a > 0 makes the foundation stiffer outwards than
inwards: skin folds in between banks that hardly rise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import torch

FOUNDATION_ASYMMETRY = 0.6
ASYMMETRY_HEIGHT = 0.25  # mm


@dataclass(frozen=True)
class Skin:
    """What buckles: maps (R, R), float32.

    strain, metric : (R, R, 2, 2) Green strain and neutral first fundamental form, map coordinates;
    wavelength : mm; critical_strain : > 0; rest : mm; mask : bool, where there is skin;
    habit : mm, the shape that bends freely, or None for `rest`; stiffness : factor of B, or None for 1.
    """

    strain: np.ndarray
    metric: np.ndarray
    wavelength: np.ndarray
    critical_strain: np.ndarray
    rest: np.ndarray
    mask: np.ndarray
    habit: np.ndarray | None = None
    stiffness: np.ndarray | None = None


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
        area, 1 / area, stretch, k2 * k2 * (1 if skin.stiffness is None else skin.stiffness), weight,
        skin.rest, skin.rest if skin.habit is None else skin.habit, skin.mask.astype(np.float32),
    ]  # fmt: skip
    return torch.from_numpy(np.stack(maps).astype(np.float32))


def energy(height, maps):
    """Total energy of a height map (R, R) under `coefficients` maps, dimension mm^2 times texels."""
    i_uu, i_ut, i_tt, e_uu, e_ut, e_tt, area, per_area, stretch, bending, weight, rest, habit, mask = maps
    size = height.shape[-1]
    h = height * mask
    (h_u, h_t), (r_u, r_t), (s_u, s_t) = (_slopes(map, size) for map in (h, rest, habit))
    a, b, c = (
        e_uu + 0.5 * (h_u * h_u - r_u * r_u),
        e_ut + 0.5 * (h_u * h_t - r_u * r_t),
        e_tt + 0.5 * (h_t * h_t - r_t * r_t),
    )
    m_uu, m_ut, m_tu, m_tt = i_uu * a + i_ut * b, i_uu * b + i_ut * c, i_ut * a + i_tt * b, i_ut * b + i_tt * c
    b_u, b_t = h_u - s_u, h_t - s_t
    flux_u, flux_t = area * (i_uu * b_u + i_ut * b_t), area * (i_ut * b_u + i_tt * b_t)
    laplacian = (flux_u - torch.roll(flux_u, 1, 1) + flux_t - torch.roll(flux_t, 1, 0)) * size * per_area
    lifted = h - rest
    foundation = lifted * lifted * (1 + FOUNDATION_ASYMMETRY * torch.tanh(lifted / ASYMMETRY_HEIGHT))
    membrane = stretch * (m_uu * m_uu + 2 * m_ut * m_tu + m_tt * m_tt)
    return 0.5 * ((membrane + bending * laplacian * laplacian + foundation) * weight).sum()


def _slopes(map, size):
    return (torch.roll(map, -1, 1) - map) * size, (torch.roll(map, -1, 0) - map) * size


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
    return height * maps[-1]


def relax_from_half(skin, start, coarse_steps, fine_steps, rate):
    """Lets heights (R, R) settle coarse to fine, as numpy: what changes on the way from `start` is mostly smooth, so it
    settles at half the resolution, where a step costs a quarter."""
    half = relax(torch.from_numpy(_halved(start)), coefficients(_half(skin)), coarse_steps, rate)
    change = cv2.resize(half.numpy() - _halved(start), start.shape[::-1], interpolation=cv2.INTER_CUBIC)
    return relax(torch.from_numpy(start + change * skin.mask), coefficients(skin), fine_steps, 0.3 * rate).numpy()


def _half(skin):
    optional = (None if m is None else _halved(m) for m in (skin.habit, skin.stiffness))
    maps = (skin.strain, skin.metric, skin.wavelength, skin.critical_strain)
    maps = (np.ascontiguousarray(m[::2, ::2]) for m in maps)
    return Skin(*maps, _halved(skin.rest), np.ascontiguousarray(skin.mask[::2, ::2]), *optional)


def _halved(map):
    return cv2.resize(map, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
