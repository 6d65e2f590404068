"""What a photo shows of the skin's relief, on the face's tile: shading that the smooth face does not explain.

A relief h turns the normal by its slope, and the shading answers in first order (linear shape from shading, A. P.
Pentland, "Linear shape from shading", IJCV 4, 1990). With S the shading of the smooth face and n its normal

    log S(h) - log S = response . (dh/dcolumn, dh/drow),    response = -(dS/dn . dual tangents) / S

What pigment does is told from it by colour: shading changes red, green and blue alike, melanin and blood do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..core import skin_optics, skin_regions
from ..core.detail_controls import TILE
from ..core.own_base.raster import drawn
from ..core.skin_canvas import FACE, canvas
from . import light as lighting
from .regions import lips
from .surface import normals, triangles
from .texture import brows

LONGEST = 40.0  # mm: what varies more slowly is left to the shape of the face and to the light
_DARKEST, _BRIGHTEST = 0.004, 0.97  # linear: outside, a pixel holds more noise or clipping than skin
_SHADING, _PIGMENT, _NOISE = 0.08, 0.06, 0.03  # what is expected of logarithms: standard deviations
_RESPONSE = 256  # texels a side at which the response is worked out: it is smooth
_BLUR_TEXELS = 1.5  # standard deviation of a Gaussian that few texels still show
_MOST = 3.0  # of the response: where the light grazes, first order is no longer enough
_LEAST_SHADE = 0.15  # of the mean shading: darker is the shadow's side
_EXPECTED = 0.02  # what noise over relief costs the first guess of the height
_SCALES = np.array([4.0, 0.5, 0.5, 1.0, 2.0, 2.0], np.float32)  # what is 1 for the reader


@dataclass(frozen=True)
class Cue:
    """A photo's shading of the relief, row 0 at V = 1.

    shading : (R, R) float32, natural logarithm of what the smooth face does not explain, up to `LONGEST`
    pigment : (R, R) float32, the same of what is coloured like pigment
    weight : (R, R) float32 0..1, how well the texel is known
    response : (R, R, 2) float32, how the shading answers to slopes of the height along columns and rows, one over
        millimetres a texel
    """

    shading: np.ndarray
    pigment: np.ndarray
    weight: np.ndarray
    response: np.ndarray

    def reduced(self, size):
        """The cue at fewer texels a side, averaged where it is known."""
        import cv2

        factor = len(self.weight) / size
        weight = cv2.resize(self.weight, (size, size), interpolation=cv2.INTER_AREA)
        shading, pigment = (
            cv2.resize(part * self.weight, (size, size), interpolation=cv2.INTER_AREA) / np.maximum(weight, 1e-6)
            for part in (self.shading, self.pigment)
        )
        response = cv2.resize(self.response, (size, size), interpolation=cv2.INTER_AREA) / factor
        return Cue(shading, pigment, weight, response)

    def mirrored(self):
        """The cue of the mirror image: the tile is symmetric."""
        parts = (np.ascontiguousarray(part[:, ::-1]) for part in (self.shading, self.pigment, self.weight))
        return Cue(*parts, np.ascontiguousarray(self.response[:, ::-1]) * np.float32([-1, 1]))

    def shaded(self, height):
        """(R, R) the shading that a relief (R, R) in mm adds, first order."""
        return (self.response * _slopes(height)).sum(-1)

    def adjoint(self, values):
        """The adjoint of `shaded` on (R, R)."""
        across, down = np.moveaxis(self.response * values[..., None], -1, 0)
        return -_slopes(across)[..., 0] - _slopes(down)[..., 1]

    def first_height(self):
        """(R, R) mm: the relief by one division of spectra, as if the response were alike everywhere."""
        size = len(self.weight)
        strength = (self.weight * (self.response**2).sum(-1)).sum() / (2 * self.weight.sum() + 1e-6)
        rows, columns = (np.sin(2 * np.pi * f) ** 2 for f in (np.fft.fftfreq(size), np.fft.rfftfreq(size)))
        gain = 1 / (strength * (rows[:, None] + columns) + _EXPECTED * (256 / size) ** 2)
        spectrum = np.fft.rfft2(self.adjoint(self.weight * self.shading))
        return np.fft.irfft2(spectrum * gain, s=self.weight.shape).astype(np.float32)

    def channels(self):
        """(6, R, R) float32 in -1..1 for `detail_reader`: first height, shading, pigment, weight, response."""
        from ..core.dnpm import FAINT

        parts = np.stack(
            [
                np.arcsinh(self.first_height() / FAINT),
                self.shading,
                self.pigment,
                self.weight,
                *np.moveaxis(self.response, -1, 0),
            ]
        )
        parts[1:3] *= self.weight > 0
        return np.clip(parts / _SCALES[:, None, None], -1, 1).astype(np.float32)


def relief_cue(colour, weight, vertices, light):
    """What a photo on the tile shows of the relief.

    Parameters
    ----------
    colour : (R, R, 3) linear sRGB, the photo on the face's tile, lit as it is, row 0 at V = 1
    weight : (R, R) 0..1, how well each texel shows skin; vertices : (26719, 3) metres, posed; light : (9, 3)

    Returns
    -------
    Cue
    """
    import cv2

    size, small = len(weight), min(len(weight), _RESPONSE)
    place, normal = _on_tile(vertices, small)
    shade, response = _response(place, normal, light)
    lit = np.clip(shade.mean(-1) / (_LEAST_SHADE * np.mean(light[0])) - 1, 0, 1)
    shade, lit = (cv2.resize(np.ascontiguousarray(part, np.float32), (size, size)) for part in (shade, lit))
    response = cv2.resize(response, (size, size)) * (size / small)
    bare = cv2.resize(bare_skin(), (size, size))
    extreme = (colour.min(-1) < _DARKEST) | (colour.max(-1) > _BRIGHTEST)
    weight = (weight * lit * bare * ~extreme).astype(np.float32)
    unexplained = np.log(np.maximum(colour, _DARKEST)) - np.log(shade)
    unexplained -= broad(unexplained, weight, LONGEST)
    shading, pigment = np.moveaxis(unexplained @ unmixing(), -1, 0)
    return Cue(*(np.ascontiguousarray(part, np.float32) for part in (shading, pigment, weight, response)))


def broad(values, weight, wavelength):
    """What of values (R, R) or (R, R, C) on the tile is longer than a wavelength in mm, as far as they are known."""
    import cv2

    # A Gaussian that has half its gain at the wavelength, at as few texels as show it.
    sigma = np.sqrt(np.log(2) / 2) / np.pi * wavelength * len(weight) / TILE
    factor = 2 ** max(0, int(np.log2(sigma / _BLUR_TEXELS)))
    small = (len(weight) // factor,) * 2
    layers = np.concatenate([weight[None], np.moveaxis(np.atleast_3d(values), -1, 0) * weight]).astype(np.float32)
    total, *blurred = (
        cv2.GaussianBlur(cv2.resize(layer, small, interpolation=cv2.INTER_AREA), (0, 0), sigma / factor)
        for layer in layers
    )
    mean = np.stack(blurred, -1) / np.maximum(total, 1e-3)[..., None]
    return cv2.resize(mean, weight.shape[::-1], interpolation=cv2.INTER_LINEAR).reshape(values.shape)


@lru_cache(maxsize=1)
def bare_skin():
    """(256, 256) float32 0..1: neither brows nor lips, lids' rims, ears or scalp, on whomever."""
    skin = canvas(FACE, _RESPONSE)
    position = skin.position
    scalp = skin_regions.smoothstep(-8, 0, skin_regions.above_hairline(position))
    covered = [
        np.clip(1.5 * brows(_RESPONSE), 0, 1),
        lips(_RESPONSE, -3, 0),
        scalp,
        skin_regions.ears(position),
        np.clip(1.5 * skin_regions.lid_rim(position), 0, 1),
    ]
    return (skin.mask * np.prod([1 - part for part in covered], axis=0)).astype(np.float32)


@lru_cache(maxsize=2)
def tile(size):
    """Corners (T', 3) of the triangle under each texel, their weights (T', 3), and which texels (size, size) bool."""
    mesh = triangles()
    face = mesh.of(FACE)
    number = np.repeat(np.arange(face.sum()), 3).reshape(-1, 3, 1)
    corners = np.broadcast_to(np.eye(3), (len(number), 3, 3))
    values, mask = drawn(mesh.uv[face], np.concatenate([number, corners], axis=2), size)
    values = values[mask]
    weights = values[:, 1:] / np.maximum(values[:, 1:].sum(1, keepdims=True), 1e-6)
    return mesh.vertices[face][np.rint(values[:, 0]).astype(np.intp)], weights, mask


def at_texels(values, size):
    """Values at vertices (V, C) -> (size, size, C) float32 on the face's tile, zero where there is no surface."""
    corners, weights, mask = tile(size)
    result = np.zeros((size, size, values.shape[1]), np.float32)
    result[mask] = np.einsum("tk,tkc->tc", weights, np.asarray(values, np.float32)[corners])
    return result


def _on_tile(vertices, size):
    """Places (size, size, 3) in mm and unit normals (size, size, 3)."""
    values = np.concatenate([vertices * 1000, normals(vertices, triangles().vertices)], axis=1)
    values = at_texels(values, size)
    normal = values[..., 3:]
    length = np.linalg.norm(normal, axis=-1, keepdims=True)
    # Off the surface any direction will do.
    return values[..., :3], np.where(length > 1e-3, normal / np.maximum(length, 1e-3), (0, -1, 0)).astype(np.float32)


def _response(place, normal, light):
    """Shading (R, R, 3) of the smooth face, and what slopes add to its logarithm (R, R, 2)."""
    light = np.asarray(light, np.float32)
    shade = lighting.shading(light, normal)
    down, across = np.gradient(place, axis=(0, 1))
    gradient = lighting.gradient(light.mean(1), normal)
    aa, ab, bb = (across * across).sum(-1), (across * down).sum(-1), (down * down).sum(-1)
    determinant = np.maximum(aa * bb - ab * ab, 1e-3 * aa * bb + 1e-6)
    along, below = (gradient * across).sum(-1), (gradient * down).sum(-1)
    response = np.stack([bb * along - ab * below, aa * below - ab * along], -1) / determinant[..., None]
    response = -response / shade.mean(-1, keepdims=True)
    # Across the rims of eyes and mouth neighbouring texels lie far apart: there is no surface between them.
    joined = np.maximum(aa, bb) < (4 * TILE / len(place)) ** 2
    return shade, (np.clip(response, -_MOST, _MOST) * joined[..., None]).astype(np.float32)


def _slopes(height):
    """(R, R, 2): central differences along columns and rows, the tile continued periodically."""
    return np.stack([(np.roll(height, -1, axis) - np.roll(height, 1, axis)) / 2 for axis in (1, 0)], -1)


@lru_cache(maxsize=1)
def unmixing():
    """(3, 2): logarithms of red, green, blue -> the most probable shading and pigment."""
    middle, more_melanin, more_blood = (
        np.log(skin_optics.skin_colour(np.float32(melanin), np.float32(blood)))
        for melanin, blood in ((0.35, 0.45), (0.45, 0.45), (0.35, 0.6))
    )
    melanin, blood = (np.sqrt(3) * part / np.linalg.norm(part) for part in (more_melanin - middle, more_blood - middle))
    shading = _SHADING**2 * np.ones(3)
    pigment = _PIGMENT**2 * (melanin + blood)
    covariance = _SHADING**2 + _PIGMENT**2 * (np.outer(melanin, melanin) + np.outer(blood, blood))
    return np.linalg.solve(covariance + _NOISE**2 * np.eye(3), np.stack([shading, pigment], 1)).astype(np.float32)
