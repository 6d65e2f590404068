"""What a photo shows of the skin's relief beyond the wrinkle model: linear shape from shading on what is left over.

Least squares with a prior, in one system: the relief whose shading explains what the model's map does not, as far as
that stands out from what pigment, noise and compression make (an empirical Wiener weight), of wavelengths between those
that the photo resolves and those that are the model's folds.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ..core import skin_regions
from ..core.detail_controls import FOLD_WAVELENGTH, TILE
from ..core.skin_canvas import FACE, canvas
from .detail_cue import LONGEST, broad, unmixing

_DEEPEST = 0.5  # mm
_EXPECTED = 0.1  # mm, standard deviation of relief that stands out
_FINEST = 2.0  # mm, wavelength
_RESOLVED = 4.0  # standard deviations of the blur in the shortest wavelength that is still seen
_COARSEST_BLUR = 1.1  # mm: a photo more blurred than this, or much compressed, shows none
_AROUND = 8.0  # mm, wavelength across which it is judged how far something stands out
_STANDS_OUT = 3.0  # times the variance of what is no relief
_ITERATIONS = 20
_UNEXPLAINED = 0.15  # of the logarithm of brightness
_MARGIN = 8.0  # mm
_SURE = 0.35  # weight of a texel below which nothing is taken from it


def relief(cue, drawn, blur, clutter):
    """The relief that a photo shows and the model does not draw.

    Parameters
    ----------
    cue : detail_cue.Cue; drawn : (R, R) mm, the model's map; blur : mm, standard deviation of the photo's blur
    clutter : standard deviation of the shading that is no relief

    Returns
    -------
    height : (R, R) float32 mm; share : (R, R) float32 0..1, how far what is left over is taken for relief
    """
    if blur > _COARSEST_BLUR:
        return np.zeros_like(drawn), np.zeros_like(drawn)
    gain = float(unmixing()[:, 0].sum())
    left = cue.shading - gain * predicted(cue, drawn, blur)
    fine = left - broad(left, cue.weight, FOLD_WAVELENGTH)
    share = _standing_out(cue, left, fine, clutter).astype(np.float32)
    weight = share * gain**2 * cue.weight / clutter**2
    prior = _prior(len(drawn), max(_FINEST, _RESOLVED * blur))
    right = cue.adjoint(weight * fine / gain)
    height = _solved(lambda h: cue.adjoint(weight * cue.shaded(h)) + _filtered(h, prior), right, prior)
    return np.clip(height, -_DEEPEST, _DEEPEST).astype(np.float32), share


def predicted(cue, drawn, blur):
    """(R, R) the shading that a relief (R, R) mm makes in a photo so blurred (mm), without what is slow."""
    import cv2

    shade = cue.shaded(drawn)
    sigma = blur * len(drawn) / TILE
    if sigma > 0.2:
        shade = cv2.GaussianBlur(shade, (0, 0), sigma)
    return shade - broad(shade, cue.weight, LONGEST)


def _standing_out(cue, left, fine, clutter):
    """(R, R) 0..1: the share of what is left over that neither clutter, nor pigment, nor a misfit accounts for."""
    energy = broad(np.stack([fine**2, cue.pigment**2], -1), cue.weight, _AROUND)
    known = cue.weight > 0.5
    usual = np.maximum(np.median(energy[known], axis=0), 1e-8) if known.any() else (1.0, 1.0)
    noise = _STANDS_OUT * np.maximum(clutter**2, usual[0])
    # Where pigment varies more than elsewhere, so does brightness: moles, stubble, brows.
    noise = noise * np.maximum(energy[..., 1] / usual[1], 1)
    # What the light leaves unexplained broadly is shadow, hair or a hand.
    explained = np.exp(-0.5 * ((left - fine) / _UNEXPLAINED) ** 2)
    return _inside(cue.weight) * explained * np.clip(1 - noise / np.maximum(energy[..., 0], 1e-9), 0, 1)


def _inside(weight):
    """(R, R) 0..1: skin that is well seen, and a little away from lids, lips and everything that hides it."""
    import cv2

    texels = max(1, round(_MARGIN * len(weight) / TILE))
    sure = np.clip((weight - _SURE) / (1 - _SURE), 0, 1) * cv2.resize(_away_from_nostrils(), weight.shape[::-1])
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * texels + 1,) * 2)
    return cv2.GaussianBlur(cv2.erode(sure, disc), (0, 0), texels / 2)


@lru_cache(maxsize=1)
def _away_from_nostrils():
    """(256, 256) float32 0..1: the light in and beside them is none of nine harmonics."""
    return (1 - np.clip(2 * skin_regions.nostrils(canvas(FACE, 256).position), 0, 1)).astype(np.float32)


def _prior(size, finest):
    """(R, R // 2 + 1) what each wave costs: little between the finest wavelength, mm, and the model's folds."""
    rows, columns = np.fft.fftfreq(size), np.fft.rfftfreq(size)
    cycles = np.sqrt(rows[:, None] ** 2 + columns**2) * size / TILE  # a millimetre
    low, high = 1 / FOLD_WAVELENGTH, 1 / finest
    share = np.pi * (high**2 - low**2) * (TILE / size) ** 2  # of all waves that lie in the band
    shape = 1 + (low / np.maximum(cycles, 1e-3)) ** 4 + (cycles / high) ** 4
    return (max(share, 0.02) / _EXPECTED**2 * shape).astype(np.float32)


def _filtered(height, gain):
    return np.fft.irfft2(np.fft.rfft2(height) * gain, s=height.shape)


def _solved(system, right, prior):
    """Conjugate gradients, preconditioned with the prior (Hestenes and Stiefel 1952)."""
    height, residual = np.zeros_like(right, np.float64), right.astype(np.float64)
    guess = _filtered(residual, 1 / prior)
    direction, size = guess, (residual * guess).sum()
    for _ in range(_ITERATIONS):
        if size <= 1e-12:
            break
        image = system(direction)
        step = size / (direction * image).sum()
        height, residual = height + step * direction, residual - step * image
        guess = _filtered(residual, 1 / prior)
        size, before = (residual * guess).sum(), size
        direction = guess + size / before * direction
    return height
