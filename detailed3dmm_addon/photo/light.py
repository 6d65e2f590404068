"""The light of a photo as nine spherical harmonics for each of red, green and blue. numpy, and scipy to fit.

A matte surface blurs the light that falls on it so much that nine numbers hold over 98 % of its shading: R. Ramamoorthi
and P. Hanrahan, "An efficient representation for irradiance environment maps", SIGGRAPH 2001.

Directions are in the axes of the base model (Z up, face towards -Y); colours are linear sRGB. The nine are those of
the shading itself, the cosine lobe included: shading = basis(normal) @ light, and colour = albedo * shading.
"""
from functools import lru_cache

import numpy as np

from ..core.errors import ParameterError

TERMS = 9
# Shares of the cosine lobe in the bands 0, 1 and 2, over that of band 0: Ramamoorthi and Hanrahan, equation 8.
_LOBE = np.array([1.0, 2 / 3, 1 / 4])
_BAND = np.array([0, 1, 1, 1, 2, 2, 2, 2, 2])
# The harmonics' constants over that of band 0, so that light[0] is the mean shading over all directions.
SCALE = np.sqrt(np.array([1, 3, 3, 3, 15, 15, 5, 15, 15])) * np.array([1, 1, 1, 1, 1, 1, 0.5, 1, 0.5])
_DARKEST = 0.02  # of the mean shading: what no photo's pixel can be divided by
_LAMPS = 60  # directions that light is made of
_ROUNDS = 6
_OUTLIER = 1.5  # robust standard deviations beyond which a pixel counts less


def basis(normals):
    """The nine harmonics at unit normals (..., 3) -> (..., 9): 1, then y, z, x, then xy, yz, 3zz - 1, xz, xx - yy."""
    x, y, z = np.moveaxis(np.asarray(normals), -1, 0)
    one = np.ones_like(x)
    return np.stack([one, y, z, x, x * y, y * z, 3 * z * z - 1, x * z, x * x - y * y], -1) * SCALE.astype(one.dtype)


def shading(light, normals):
    """How bright a white matte surface is.

    Parameters
    ----------
    light : (9, 3); normals : (..., 3), unit length

    Returns
    -------
    (..., 3), linear; never darker than a small share of the mean, as light is never negative
    """
    light = np.asarray(light)
    return np.maximum(basis(normals) @ light, _DARKEST * np.maximum(light[0], 1e-6))


def gradient(light, normals):
    """How the shading changes with the normal.

    Parameters
    ----------
    light : (9,), of one colour; normals : (..., 3), unit length

    Returns
    -------
    (..., 3): what moves along the surface of the unit sphere, times this, is what the shading gains
    """
    x, y, z = np.moveaxis(np.asarray(normals), -1, 0)
    c = np.asarray(light) * SCALE.astype(np.asarray(light).dtype)
    return np.stack([c[3] + c[4] * y + c[7] * z + 2 * c[8] * x, c[1] + c[4] * x + c[5] * z - 2 * c[8] * y,
                     c[2] + c[5] * y + 6 * c[6] * z + c[7] * x], -1)


def lamp(direction, colour=(1.0, 1.0, 1.0)):
    """The nine (9, 3) of a far lamp seen in `direction` (3,), unit length, that shades a surface facing it by
    `colour` at most (a little more or less, as nine harmonics are not all)."""
    return (basis(np.asarray(direction, float)) * _LOBE[_BAND] / 4)[:, None] * np.asarray(colour, float)


def ambient(colour=(1.0, 1.0, 1.0)):
    """The nine (9, 3) of light that comes from everywhere alike and shades every surface by `colour`."""
    return np.concatenate([np.asarray(colour, float)[None], np.zeros((TERMS - 1, 3))])


def fit_light(colours, albedo, normals, weights=None, evenness=0.02, whiteness=0.1):
    """The light under which surfaces of known albedo have these colours.

    Parameters
    ----------
    colours : (N, 3) linear; albedo : (N, 3) or (3,), linear; normals : (N, 3), unit length
    weights : (N,) 0 or more, or None for ones
    evenness : how strongly light from all sides alike is preferred where the pixels say little: of a face turned to
        one side nobody can know the light on the other
    whiteness : how strongly lamps of one colour are preferred

    Returns
    -------
    (9, 3), of lamps in many directions, none of which is negative

    Raises
    ------
    ParameterError
        If there are fewer than 9 pixels with any weight.

    Least squares over lamps of no negative brightness, reweighted (Huber) so that shine and shadow, which are no matte
    shading, count little.
    """
    colours, albedo = np.asarray(colours, float), np.broadcast_to(np.asarray(albedo, float), np.shape(colours))
    weights = np.ones(len(colours)) if weights is None else np.asarray(weights, float)
    if np.count_nonzero(weights) < TERMS:
        raise ParameterError(f"Light cannot be told from {np.count_nonzero(weights)} pixels: {TERMS} are needed.")
    terms = basis(np.asarray(normals, float))
    robust = weights
    for _ in range(_ROUNDS):
        tint = _middle(colours / albedo, robust)
        grey = _lamps_for(terms, (colours / albedo / tint).mean(1), albedo.mean(1) ** 2 * robust, evenness)
        light = _lamps() @ np.stack([_lamps_for(terms * albedo[:, [channel]], colours[:, channel], robust, whiteness,
                                                tint[channel] * grey) for channel in range(3)], 1)
        residual = np.linalg.norm(colours - albedo * (terms @ light), axis=1)
        spread = 1.4826 * np.median(residual[weights > 0])
        robust = weights / np.maximum(residual / (_OUTLIER * spread + 1e-9), 1)
    return light


def brightest(light):
    """Unit vector (3,) towards where most of the light comes from; straight ahead where it comes from all sides."""
    direction = np.asarray(light)[[3, 1, 2]].mean(1)
    length = np.linalg.norm(direction)
    return direction / length if length > 1e-6 else np.array([0.0, -1.0, 0.0])


def as_lamps(light):
    """The few lamps that make this light, the brightest first.

    Parameters
    ----------
    light : (9, 3)

    Returns
    -------
    directions : (n, 3), unit length; colours : (n, 3), linear, the shading of a white surface that faces the lamp
    """
    from scipy.optimize import nnls

    light = np.asarray(light, float)
    # Least squares that must not be negative choose few of many: nine at most.
    chosen = np.flatnonzero(nnls(_lamps(), light.mean(1))[0] > 0)
    colours = np.stack([nnls(_lamps()[:, chosen], light[:, channel])[0] for channel in range(3)], 1)
    order = np.argsort(-colours.sum(1))
    return _directions()[chosen[order]], colours[order]


def _directions():
    """(K, 3) unit vectors spread evenly over the sphere: a spiral with the golden angle."""
    number = np.arange(_LAMPS)
    height = 1 - (2 * number + 1) / _LAMPS
    angle, radius = np.pi * (3 - np.sqrt(5)) * number, np.sqrt(1 - height**2)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), height], 1)


@lru_cache(maxsize=1)
def _lamps():
    """(9, K): the nine of a lamp in each of the directions."""
    return np.stack([lamp(direction)[:, 0] for direction in _directions()], 1)


def _middle(values, weights):
    """(3,) weighted mean."""
    return weights @ values / weights.sum()


def _lamps_for(terms, values, weights, stiffness, expected=None):
    """(K,) brightness of the lamps: least squares, none negative.

    stiffness : of a penalty for differences from `expected` (K,), or where that is None, from their own mean
    """
    from scipy.optimize import nnls

    # As many equations as terms say all that the pixels say.
    root = np.sqrt(weights)
    orthogonal, triangular = np.linalg.qr(terms * root[:, None])
    seen = triangular @ _lamps()
    penalty = np.eye(_LAMPS) - (1 / _LAMPS if expected is None else 0)
    goal = np.zeros(_LAMPS) if expected is None else expected
    scale = np.sqrt(stiffness / _LAMPS) * np.linalg.norm(seen.sum(1))
    return nnls(np.concatenate([seen, scale * penalty]),
                np.concatenate([orthogonal.T @ (values * root), scale * goal]))[0]
