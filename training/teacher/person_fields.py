"""The smooth fields that a person code drives: even or odd about the midline, stored with the weights."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from detailed3dmm_addon.core.creases import FIELD_GRID

from .uv_surface import MM_PER_UNIT

WARP_RMS_MM = 1.6  # a field; eight of them move creases by about 4.5 mm, half a forehead wavelength
CORRELATION = 1.3  # grid texels
CHOICE_CORRELATION = 2.6  # of the choice between drawings: long lines should seldom change from one to the other


def draw(families, mirror_identity, seed=7):
    """Fields for `CreasePlacement`, as a dict of float32 arrays.

    mirror_identity : (100, 100) matrix of the identity coefficients of the mirror image.
    """
    rng = np.random.default_rng(seed)
    return {
        "variant_noise": np.stack([_field(rng, +1, CHOICE_CORRELATION) for _ in range(families)]),
        "side_noise": np.stack([_field(rng, -1, CHOICE_CORRELATION) for _ in range(families)]),
        "warp_fields": np.stack([_warp(rng, sign) for sign in [1] * 4 + [-1] * 4]),
        "skin_fields": np.stack(
            [0.13 * _field(rng, sign) for sign in (1, 1, 1, -1)] + [0.10 * np.ones((FIELD_GRID,) * 2, np.float32)]
            + [0.08 * _field(rng, +1)]
        ),
        "identity_effect": _identity_effect(rng, mirror_identity),
    }  # fmt: skip


def _field(rng, sign, correlation=CORRELATION):
    """Unit-variance smooth noise; `sign` +1 makes it even, -1 odd about the face's midline."""
    noise = gaussian_filter(rng.standard_normal((FIELD_GRID, FIELD_GRID)), correlation, mode="nearest")
    noise = noise + sign * noise[:, ::-1]
    return (noise / noise.std()).astype(np.float32)


def _warp(rng, sign):
    """A symmetric warp moves the two sides apart alike: its lateral part is odd, its vertical part even."""
    return np.stack([_field(rng, -sign), _field(rng, sign)]) * np.float32(WARP_RMS_MM / MM_PER_UNIT)


def _identity_effect(rng, mirror):
    """Random but mirror-consistent: even numbers read the symmetric part of the identity, odd ones the rest."""
    effect = rng.standard_normal((14, len(mirror))) * np.exp(-np.arange(len(mirror)) / 20)
    signs = np.array([1] * 4 + [-1] * 4 + [1, 1, 1, -1, 1, 1])
    effect = 0.5 * (effect + signs[:, None] * (effect @ mirror))
    norms = np.linalg.norm(effect, axis=1, keepdims=True)
    return (0.5 * effect / np.where(norms > 1e-6, norms, 1)).astype(np.float32)
