"""The light of a photo as nine spherical harmonics for each of red, green and blue. numpy only.

A matte surface blurs the light that falls on it so much that nine numbers hold over 98 % of its shading: R. Ramamoorthi
and P. Hanrahan, "An efficient representation for irradiance environment maps", SIGGRAPH 2001.

Directions are in the axes of the base model (Z up, face towards -Y); colours are linear sRGB. The nine are those of
the shading itself, the cosine lobe included: shading = basis(normal) @ light, and colour = albedo * shading.
"""
import numpy as np

from ..core.errors import ParameterError

TERMS = 9
# Shares of the cosine lobe in the bands 0, 1 and 2, over that of band 0: Ramamoorthi and Hanrahan, equation 8.
_LOBE = np.array([1.0, 2 / 3, 1 / 4])
_BAND = np.array([0, 1, 1, 1, 2, 2, 2, 2, 2])
# The harmonics' constants over that of band 0, so that light[0] is the mean shading over all directions.
_SCALE = np.sqrt(np.array([1, 3, 3, 3, 15, 15, 5, 15, 15])) * np.array([1, 1, 1, 1, 1, 1, 0.5, 1, 0.5])
_DARKEST = 0.02  # of the mean shading: what no photo's pixel can be divided by
_ROUNDS = 8
_OUTLIER = 1.5  # robust standard deviations beyond which a pixel counts less


def basis(normals):
    """The nine harmonics at unit normals (..., 3) -> (..., 9): 1, then y, z, x, then xy, yz, 3zz - 1, xz, xx - yy."""
    x, y, z = np.moveaxis(np.asarray(normals), -1, 0)
    one = np.ones_like(x)
    return np.stack([one, y, z, x, x * y, y * z, 3 * z * z - 1, x * z, x * x - y * y], -1) * _SCALE.astype(one.dtype)


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


def lamp(direction, colour=(1.0, 1.0, 1.0)):
    """The nine (9, 3) of a far lamp seen in `direction` (3,), unit length, that shades a surface facing it by
    `colour` at most (a little more or less, as nine harmonics are not all)."""
    return (basis(np.asarray(direction, float)) * _LOBE[_BAND] / 4)[:, None] * np.asarray(colour, float)


def ambient(colour=(1.0, 1.0, 1.0)):
    """The nine (9, 3) of light that comes from everywhere alike and shades every surface by `colour`."""
    return np.concatenate([np.asarray(colour, float)[None], np.zeros((TERMS - 1, 3))])


def fit_light(colours, albedo, normals, weights=None, stiffness=0.02):
    """The light under which surfaces of known albedo have these colours.

    Parameters
    ----------
    colours : (N, 3) linear; albedo : (N, 3) or (3,), linear; normals : (N, 3), unit length
    weights : (N,) 0 or more, or None for ones
    stiffness : how strongly terms that the pixels say little about are held at zero: with a face turned to one side
        nobody can know the light on the other

    Returns
    -------
    (9, 3)

    Raises
    ------
    ParameterError
        If there are fewer than 9 pixels with any weight.

    Least squares, reweighted (Huber) so that shine and shadow, which are no matte shading, count little. The penalty
    grows with the band as the lobe's inverse: what a matte surface shows of a band says so much less of the light.
    """
    colours, albedo = np.asarray(colours, float), np.broadcast_to(np.asarray(albedo, float), np.shape(colours))
    weights = np.ones(len(colours)) if weights is None else np.asarray(weights, float)
    if np.count_nonzero(weights) < TERMS:
        raise ParameterError(f"Light cannot be told from {np.count_nonzero(weights)} pixels: {TERMS} are needed.")
    terms = basis(np.asarray(normals, float))
    penalty = stiffness * (1 / _LOBE[_BAND] - 1) ** 2
    robust = weights
    for _ in range(_ROUNDS):
        light = np.stack([_solve(terms * albedo[:, [c]], colours[:, c], robust, penalty) for c in range(3)], 1)
        residual = np.linalg.norm(colours - albedo * (terms @ light), axis=1)
        spread = 1.4826 * np.median(residual[weights > 0])
        robust = weights / np.maximum(residual / (_OUTLIER * spread + 1e-9), 1)
    return light


def brightest(light):
    """Unit vector (3,) towards where most of the light comes from; straight ahead where it comes from all sides."""
    direction = np.asarray(light)[[3, 1, 2]].mean(1)
    length = np.linalg.norm(direction)
    return direction / length if length > 1e-6 else np.array([0.0, -1.0, 0.0])


def _solve(terms, values, weights, penalty):
    """Least squares with a penalty in units of the first term's own weight."""
    weighted = terms * weights[:, None]
    normal = weighted.T @ terms
    normal[np.diag_indices(TERMS)] += penalty * normal[0, 0]
    return np.linalg.solve(normal, weighted.T @ values)
