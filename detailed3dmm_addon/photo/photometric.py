"""What the shading of a photo tells of a face's shape, beyond its landmarks. numpy and scipy.

At a point x of the skin with the normal n, with I the photo, a the colour that skin usually has there and S the
shading by nine harmonics, in logarithms,

    residual = log I(pixel of x) - log a - log S(n)

is what a face does not explain. Points and normals follow the model's coefficients, and so a Gauss-Newton step of the
fit to landmarks (`landmark_fit.refit`) can go by both: V. Blanz and T. Vetter, "A morphable model for the synthesis of
3D faces", SIGGRAPH 1999, for which S. Romdhani and T. Vetter, CVPR 2005, joined several cues as here.

With the true face a residual is pigment, shadow and shine, and neighbours have that in common: thousands of points are
not thousands of witnesses. It is taken for a Gaussian process, alike over distances as measured on drawn heads of known
geometry, plus any amount of what is known to darken or brighten a face: a change of the light, and hollows, which get
less of it (C. E. Rasmussen and C. K. I. Williams, "Gaussian Processes for Machine Learning", 2006, section 2.7). Its
standard deviation on those heads is 0.11; it is taken for four times as much, as other makes of skin and light differ
in more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ..core.base_model import IDENTITY_SIZE, BaseModel
from ..core.skin_canvas import FACE
from . import light as lighting
from .camera import STEPS, Camera
from .face_points import FacePoints
from .illumination import Illumination, usual_skin
from .rasteriser import rasterise
from .surface import OPAQUE, in_picture, normals, triangles

LOOKED_AT = 400  # pixels on the longer side of the face with what is around it: finer is pores
_SPACING = 0.0045  # metres between points
_ASIDE, _LOWEST = 100.0, -0.085  # degrees about the head's axis, metres: where the face ends
_CHANNELS = np.array([0.5, 0.35, 0.15])  # of red, green, blue: pigment changes red least
_BLUR, _DARKEST = 0.0015, 0.002  # metres, linear: finer and darker is noise
_STANDARD_DEVIATION = 0.45  # of the residual: natural logarithms
_REACH, _FAR_REACH = 0.0095, 0.025  # metres over which residuals are alike; in the share `_FAR` of their variance
_FAR, _ALONE = 0.12, 0.05  # and the share in which each stands alone
_BROAD, _BROAD_REACH = 1.0, 0.025  # logarithms, metres: light thrown back and painted shadow; in effect a high pass
_LIGHT = 20.0  # variance of the amounts of light and hollows over that of residuals
_HOLLOWS, _HOLLOW = (0.012, 0.03), 0.3  # metres around a point; of the residual for an ordinary hollow
_HORIZON, _SECTORS = 0.08, 16  # metres up and down, directions in which what hides the light from a point is looked for
_LEAST_OPEN = 0.15  # share of the light that reaches any point: the rest is thrown back by skin around
_CUT = 3.0  # robust standard deviations at which a point counts for a quarter
_LEAST_SPREAD = 0.05
_LEAST, _FEWEST = 0.1, 200  # weight of a point, points
_GRAZING, _FACING = 0.2, 0.5  # cosines to the line of sight: worth nothing, worth all
_SHADOW, _LIT = 0.15, 0.35  # shading over the mean: worth nothing, worth all
_NOISY, _CLEAR, _CLIPPED = 0.004, 0.014, 0.95  # linear: worth nothing, worth all; worth nothing again
_BEHIND = 0.004  # metres by which the surface before a point may be nearer


class View(NamedTuple):
    """A photo as shading is looked at.

    picture : (H, W, 3) linear sRGB, the face with what is around it; camera : Camera of that; whole : the fit's Camera
    of the whole photo; lit : illumination.Illumination of `picture`
    """

    picture: np.ndarray
    camera: Camera
    whole: Camera
    lit: Illumination


def terms(base, fit, views):
    """What `landmark_fit.refit` takes beside landmarks.

    Parameters
    ----------
    base : `core.base_model.BaseModel`; fit : `landmark_fit.Fit`; views : for each photo a `View`, or None for a photo
        whose shading tells nothing

    Returns
    -------
    list of `Shading` or None
    """
    skin = _Skin(base, fit.identity)
    return [view and Shading(skin, view, base.vertices(fit.identity, expression))
            for view, expression in zip(views, fit.expressions, strict=True)]


class Shading:
    """The energy of what one photo's shading leaves unexplained, as a quadratic around a face.

    vertices : (26719, 3) metres, the face as it is known so far, for what hides what
    """

    def __init__(self, skin, view, vertices):
        import cv2

        self._skin, self._view = skin, view
        pixels_a_metre = view.camera.focal / view.camera.translation[2]
        self._linear = cv2.GaussianBlur(view.picture, (0, 0), max(_BLUR * pixels_a_metre, 0.5))
        self._log = np.log(np.maximum(self._linear, _DARKEST)) @ np.float32(_CHANNELS)
        self._slope = np.stack(np.gradient(self._log)[::-1], -1)  # along x, y
        points, mesh = in_picture(vertices, view.camera), triangles()
        fragments = rasterise(points, mesh.vertices[mesh.of(*OPAQUE)], view.camera.size)
        self._shown = fragments.shows(points[skin.vertices], _BEHIND)

    def __call__(self, identity, expression, camera):
        """Gradient (160,) and Gauss-Newton matrix (160, 160) by identity, the camera's `STEPS` and expression; zeros
        where hardly any skin is seen."""
        residual, slopes, light, weights = self.linear(identity, expression, camera)
        seen = np.flatnonzero(weights > _LEAST)
        if len(seen) < _FEWEST:
            return np.zeros(slopes.shape[1]), np.zeros(2 * slopes.shape[1:])
        residual, slopes, light = residual[seen], slopes[seen], light[seen]
        weights = weights[seen] * _robust(residual, light, weights[seen])
        return _quadratic(residual, slopes, _covariance(self._skin.sites, seen, light, weights))

    def linear(self, identity, expression, camera):
        """The residual (N,) at the points of skin, its slopes (N, 160), how it changes with the light (N, 10), and how
        much it is worth (N,) 0..1."""
        skin, camera = self._skin, self._near(camera)
        positions = skin.points.positions(identity, expression)
        place, (normal, length) = positions[skin.own], skin.normals(positions)
        pixels = camera.project(place)
        shade = lighting.shading(self._view.lit.light, normal)
        skin_colour = skin.usual + np.log(self._view.lit.tone.colour)
        residual = _sampled(self._log, pixels) - (np.log(shade) + skin_colour) @ _CHANNELS
        light = np.column_stack([lighting.basis(normal) / (shade @ _CHANNELS)[:, None], np.ones(len(shade))])
        slopes = self._slopes(positions, expression, camera, pixels, (normal, length), shade)
        return residual, slopes, light, self._worth(camera, place, normal, shade)

    def _slopes(self, positions, expression, camera, pixels, normals, shade):
        """(N, 160): by the normals' turn, and as points come to lie on other pixels."""
        skin, light = self._skin, self._view.lit.light
        by_normal = -sum(weight * lighting.gradient(light[:, channel], normals[0]) / shade[:, [channel]]
                         for channel, weight in enumerate(_CHANNELS))
        moves = np.concatenate([skin.points.modes, skin.points.by_expression(expression)], 2)
        turned = skin.normal_slopes(positions, by_normal, *normals) @ moves.reshape(-1, moves.shape[2])
        by_point, by_step = camera.derivatives(positions[skin.own])
        by_step[..., [STEPS.index("right"), STEPS.index("down")]] *= self._scale  # pixels of the whole photo
        along = _sampled(self._slope, pixels)[:, None]
        moved = (along @ by_point @ moves[skin.own])[:, 0]
        both = turned + moved
        return np.concatenate([both[:, :IDENTITY_SIZE], (along @ by_step)[:, 0], both[:, IDENTITY_SIZE:]], 1)

    def _worth(self, camera, place, normal, shade):
        """(N,) 0..1: seen, skin, neither at a slant nor in shadow nor clipped."""
        pixels, view = camera.project(place), camera.in_view(place)
        facing = -(normal @ camera.rotation.T * view).sum(1) / np.linalg.norm(view, axis=1)
        colour = _sampled(self._linear, pixels)
        worth = _sampled(self._view.lit.skin, pixels) * self._shown
        worth = worth * _ramp(facing, _GRAZING, _FACING) * _ramp(colour.min(1), _NOISY, _CLEAR)
        bright = shade.mean(1) / self._view.lit.light[0].mean()
        return worth * _ramp(bright, _SHADOW, _LIT) * (colour.max(1) < _CLIPPED)

    @property
    def _scale(self):
        return self._view.camera.focal / self._view.whole.focal

    def _near(self, camera):
        """The camera of the close picture, for one of the whole photo."""
        view = self._view
        centre = view.camera.centre + (camera.centre - view.whole.centre) * self._scale
        return replace(camera, focal=camera.focal * self._scale, centre=centre, size=view.camera.size)


@dataclass(frozen=True, eq=False)
class _Sites:
    """Points of plain skin.

    vertices : (N,) of the base model; usual : (N, 3) logarithm of colour over plain skin's; hollow : (N, 3) what
    darkens hollows, logarithms; alike, broad : (N, N) covariances over that of a point with itself
    """

    vertices: np.ndarray
    usual: np.ndarray
    hollow: np.ndarray
    alike: np.ndarray
    broad: np.ndarray


class _Skin:
    """Points of skin with their normals, on a person."""

    def __init__(self, base, identity):
        sites, mesh = _sites(), triangles()
        self.base, self.sites, self.vertices, self.usual = base, sites, sites.vertices, sites.usual
        around = mesh.vertices[mesh.of(FACE)]
        around = around[np.isin(around, sites.vertices).any(1)]
        ring, corners = np.unique(around, return_inverse=True)
        self._triangles, self.own = corners.reshape(-1, 3), np.searchsorted(ring, sites.vertices)
        self.points = FacePoints(base, ring[:, None].repeat(3, 1), np.eye(3)[np.zeros(len(ring), int)])
        self.points.focus(identity)
        self._incidence(len(ring))

    def _incidence(self, count):
        from scipy.sparse import csr_matrix

        site = np.full(count, -1)
        site[self.own] = np.arange(len(self.own))
        triangle, corner = np.nonzero(site[self._triangles] >= 0)
        self._of_triangle, self._of_site = triangle, site[self._triangles[triangle, corner]]
        self._sum = csr_matrix((np.ones(len(triangle)), (self._of_site, triangle)),
                               shape=(len(self.own), len(self._triangles)))

    def normals(self, positions):
        """Unit normals (N, 3) at the points, and the length (N,) of the sums that they are made of."""
        a, b, c = (positions[self._triangles[:, corner]] for corner in range(3))
        total = self._sum @ np.cross(b - a, c - a)
        length = np.linalg.norm(total, axis=1)
        return total / length[:, None], length

    def normal_slopes(self, positions, by_normal, normal, length):
        """Sparse (N, 3 R): how values at the points change with `positions` (R, 3), from how they change with the
        normals, (N, 3).

        The sum of the triangles around is that of b x c + c x a + a x b over their corners.
        """
        from scipy.sparse import csr_matrix

        across = by_normal - (by_normal * normal).sum(1, keepdims=True) * normal
        across = (across / length[:, None])[self._of_site]
        corners = self._triangles[self._of_triangle]
        a, b, c = (positions[corners[:, corner]] for corner in range(3))
        values = np.stack([np.cross(b - c, across), np.cross(c - a, across), np.cross(a - b, across)], 1)
        columns = 3 * corners[..., None] + np.arange(3)
        return csr_matrix((values.ravel(), (self._of_site.repeat(9), columns.ravel())),
                          shape=(len(normal), positions.size))


@lru_cache(maxsize=1)
def _sites():
    """Points of plain skin on the front and the sides of the face, `_SPACING` apart."""
    base, mesh = BaseModel.load(), triangles()
    face = mesh.of(FACE)
    texture = np.zeros((len(base.mean), 2))
    texture[mesh.vertices[face].ravel()] = mesh.uv[face].reshape(-1, 2)
    vertices = np.unique(mesh.vertices[face])
    usual, plain = usual_skin(texture[vertices])
    x, y, z = base.mean[vertices].T
    aside = np.degrees(np.arctan2(np.abs(x), -y - 0.02))
    inside = np.flatnonzero((plain > 0.5) & (aside < _ASIDE) & (z > _LOWEST))
    chosen = inside[_thinned(base.mean[vertices[inside]])]
    places, around = base.mean[vertices[chosen]].astype(float), base.mean[vertices[_thinned(base.mean[vertices])]]
    normal = normals(base.mean, mesh.vertices[face])[vertices[chosen]].astype(float)
    hollow = np.column_stack([_sunk(places, normal), np.log(_open_to_light(places, normal, around))])
    return _Sites(vertices[chosen], np.log(usual[chosen]), hollow, *_likeness(places))


def _thinned(places):
    """Numbers of places (N, 3) of which no two are nearer than `_SPACING`."""
    from scipy.spatial import cKDTree

    tree, taken, kept = cKDTree(places), np.zeros(len(places), bool), []
    for number in np.random.default_rng(0).permutation(len(places)):
        if not taken[number]:
            kept.append(number)
            taken[tree.query_ball_point(tree.data[number], _SPACING)] = True
    return np.sort(kept)


def _sunk(places, normal):
    """(N, 2) how far places (N, 3) lie below what is around them, near and wide, `_HOLLOW` for an ordinary one."""
    from scipy.spatial import cKDTree

    tree, depths = cKDTree(places), []
    for reach in _HOLLOWS:
        around = np.array([places[near].mean(0) for near in tree.query_ball_point(places, reach)])
        depths.append(((around - places) * normal).sum(1))
    return _HOLLOW * np.stack(depths, 1) / np.std(depths, axis=1)


def _open_to_light(places, normal, around):
    """(N,) share of light from everywhere that reaches places (N, 3), with other places (M, 3) in its way.

    By the horizon in each direction: L. Bavoil, M. Sainz and R. Dimitrov, "Image-space horizon-based ambient
    occlusion", SIGGRAPH talks 2008.
    """
    side = np.cross(normal, (0, 0, 1.0))
    frames = np.stack([side, np.cross(normal, side), normal], 1)
    shares = np.empty(len(places))
    for number, (place, frame) in enumerate(zip(places, frames, strict=True)):
        across, along, height = frame @ (around[np.abs(around[:, 2] - place[2]) < _HORIZON] - place).T
        higher = height > 0
        across, along, height = across[higher], along[higher], height[higher]
        sector = ((np.arctan2(along, across) / (2 * np.pi) + 0.5) * _SECTORS).astype(int) % _SECTORS
        horizon = np.zeros(_SECTORS)
        np.maximum.at(horizon, sector, height / np.sqrt(across**2 + along**2 + height**2))
        shares[number] = 1 - (horizon**2).mean()
    return np.maximum(shares, _LEAST_OPEN)


def _likeness(places):
    """(N, N) twice: how alike residuals are at places (N, 3), and what is broad."""
    from scipy.spatial.distance import cdist

    squared = cdist(places, places, "sqeuclidean")
    near, far, broad = (np.exp(-squared / (2 * reach**2)) for reach in (_REACH, _FAR_REACH, _BROAD_REACH))
    return (1 - _FAR) * near + _FAR * far, broad


def _robust(residual, light, weights):
    """(N,) 0..1, after S. Geman and D. E. McClure (1987): what no light explains counts little."""
    amount = np.linalg.lstsq(light * weights[:, None], residual * weights, rcond=None)[0]
    left = residual - light @ amount
    spread = max(1.4826 * np.median(np.abs(left - np.median(left))), _LEAST_SPREAD)
    return 1 / (1 + (left / (_CUT * spread)) ** 2) ** 2


def _covariance(sites, seen, light, weights):
    """(n, n) of residuals at those of the `_Sites` that are seen (n,)."""
    causes = np.column_stack([light, sites.hollow[seen]])
    pairs = np.ix_(seen, seen)
    alone = np.diag(_ALONE + 1 / np.maximum(weights, 0.02) - 1)
    alike = sites.alike[pairs] + _LIGHT * causes @ causes.T
    return _STANDARD_DEVIATION**2 * (alike + alone) + _BROAD**2 * sites.broad[pairs]


def _quadratic(residual, slopes, covariance):
    """Gradient and Gauss-Newton matrix of residual @ inverse(covariance) @ residual / 2."""
    from scipy.linalg import solve_triangular

    root = np.linalg.cholesky(covariance)
    white = solve_triangular(root, np.column_stack([residual, slopes]), lower=True)
    return white[:, 1:].T @ white[:, 0], white[:, 1:].T @ white[:, 1:]


def _sampled(image, pixels):
    """Values of an image (H, W, ...) at pixels (N, 2), bilinear; beyond the edge, those at the edge.

    OpenCV's rounds places to a 32nd of a pixel, which slopes show.
    """
    height, width = image.shape[:2]
    x, y = np.clip(pixels, 0, (width - 1.001, height - 1.001)).T
    column, row = x.astype(int), y.astype(int)
    right, down = (share.reshape(-1, *[1] * (image.ndim - 2)) for share in (x - column, y - row))
    above, below = ((1 - right) * image[line, column] + right * image[line, column + 1] for line in (row, row + 1))
    return (1 - down) * above + down * below


def _ramp(values, nothing, everything):
    return np.clip((values - nothing) / (everything - nothing), 0, 1)
