"""Which triangle each pixel sees, where on it, and how far away: a z-buffer in numpy.

Pixel coordinates are OpenCV's: x right, y down, (0, 0) the centre of the top left pixel.
"""
from dataclasses import dataclass

import numpy as np

from ..core.errors import ParameterError

NOTHING = -1
_SLACK = 1e-5  # of a barycentric weight: a pixel centre on an edge that two triangles share belongs to both
_PORTION = 500_000  # pixels of boxes worked on at a time: bounds the memory
_SIDES = np.unique(np.ceil(1.3 ** np.arange(40)).astype(int))  # of boxes, in pixels; up to 27,000
_SMALLEST = 1e-9  # square pixels below which a triangle is seen edge on


@dataclass(frozen=True)
class Fragments:
    """What a picture of (height, width) pixels sees of a mesh.

    triangle : (H, W) int32, `NOTHING` beside the mesh; barycentric : (H, W, 3) float32, weights of the triangle's
    corners in space (perspective is accounted for), zero beside the mesh; depth : (H, W) float32, infinite beside it
    """
    triangle: np.ndarray
    barycentric: np.ndarray
    depth: np.ndarray

    @property
    def mask(self):
        """(H, W) bool: where there is mesh."""
        return self.triangle != NOTHING

    def interpolate(self, values, triangles):
        """Values at the mesh's vertices (V, ...) -> at the pixels (H, W, ...), zero beside the mesh.

        triangles : (T, 3), those that were drawn
        """
        values = np.asarray(values, np.float32)
        result = np.zeros((*self.triangle.shape, *values.shape[1:]), np.float32)
        at = self.mask
        weights = self.barycentric[at].reshape(-1, 3, *[1] * (values.ndim - 1))
        result[at] = (values[triangles[self.triangle[at]]] * weights).sum(1)
        return result

    def shows(self, points, tolerance):
        """Whether points are in the picture with nothing in front of them.

        Parameters
        ----------
        points : (N, 3), x and y in pixels, depth
        tolerance : how much nearer than a point the surface in front of it may be, in the unit of depth

        Returns
        -------
        (N,) bool
        """
        height, width = self.depth.shape
        x, y = np.rint(points[:, 0]), np.rint(points[:, 1])
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        x, y = (np.where(inside, value, 0).astype(np.intp) for value in (x, y))
        return inside & (points[:, 2] <= self.depth[y, x] + tolerance)


def rasterise(points, triangles, size, both_sides=False):
    """Draw a mesh.

    Parameters
    ----------
    points : (V, 3), x and y in pixels, depth along the line of sight (positive, any unit)
    triangles : (T, 3) int, anticlockwise as seen from outside
    size : (width, height) of the picture in pixels
    both_sides : also draw triangles seen from behind, which a closed surface hides

    Returns
    -------
    Fragments; triangles with a corner that is not in front of the camera are left out

    Raises
    ------
    ParameterError
        If `points` is not (V, 3).

    1 / depth is linear in the picture, and so is every quantity over depth: J. F. Blinn, "Hyperbolic interpolation",
    IEEE Computer Graphics and Applications 12 (1992).
    """
    points = np.asarray(points, np.float64)
    if points.ndim != 2 or points.shape[1] != 3:
        raise ParameterError(f"Points are rows of x, y and depth, these are {points.shape}.")
    width, height = size
    corners = points[triangles]
    with np.errstate(invalid="ignore"):
        doubled = _doubled_area(corners)
        front = np.abs(doubled) > _SMALLEST if both_sides else doubled < -_SMALLEST
        drawn = np.flatnonzero(front & (_least(corners[..., 2].T) > 0))
    buffer = _Buffer(width, height)
    first, extent = _boxes(corners[drawn], width, height)
    seen = np.flatnonzero(extent[:, 0] * extent[:, 1])
    drawn, first, extent = drawn[seen], first[seen], extent[seen]
    weights = _weight_planes(corners[drawn], first, doubled[drawn])
    nearness = 1 / corners[drawn, :, 2]
    for box, group in _groups(extent):
        buffer.draw(drawn[group], first[group], box, weights[group], nearness[group])
    return buffer.fragments()


class _Buffer:
    """The nearest triangle of each pixel so far."""

    def __init__(self, width, height):
        self.width, self.height = width, height
        self.triangle = np.full(width * height, NOTHING, np.int32)
        self.weights = np.zeros((width * height, 3), np.float32)  # in the picture, over depth
        self.nearness = np.zeros(width * height, np.float32)  # 1 / depth

    def draw(self, names, first, box, planes, nearness):
        """Draw triangles whose pixels lie in boxes of one size.

        names : (n,) their numbers; first : (n, 2) the first pixel of each box; box : (width, height);
        planes : (n, 3, 3), weight of each corner = plane . (x, y, 1) from there; nearness : (n, 3) at the corners
        """
        columns, rows = (np.arange(side, dtype=np.float32) for side in box)
        along, down, start = planes.astype(np.float32).T[..., None, None]
        weights = along * columns + (down * rows[:, None] + start)  # (3, n, rows, columns)
        owner, y, x = np.nonzero(_least(weights) >= -_SLACK)
        weights = np.maximum(weights[:, owner, y, x].T, 0) * nearness.astype(np.float32)[owner]
        x, y = x + first[owner, 0], y + first[owner, 1]
        # A box may be larger than its triangle's bounds, and reach over the edge of the picture.
        inside = np.flatnonzero((x < self.width) & (y < self.height))
        self._keep_nearest(y[inside] * self.width + x[inside], names[owner[inside]], weights[inside])

    def _keep_nearest(self, pixel, name, weights):
        nearness = weights[:, 0] + weights[:, 1] + weights[:, 2]
        np.maximum.at(self.nearness, pixel, nearness)
        nearest = np.flatnonzero(nearness == self.nearness[pixel])
        pixel = pixel[nearest]
        self.triangle[pixel], self.weights[pixel] = name[nearest], weights[nearest]

    def fragments(self):
        shape = self.height, self.width
        barycentric = self.weights / np.maximum(self.nearness, np.finfo(np.float32).tiny)[:, None]
        with np.errstate(divide="ignore"):
            depth = 1 / self.nearness
        return Fragments(self.triangle.reshape(shape), barycentric.reshape(*shape, 3), depth.reshape(shape))


def _least(three):
    """The smallest of three arrays: what `min` along a short axis gives, ten times as fast."""
    return np.minimum(np.minimum(three[0], three[1]), three[2])


def _doubled_area(corners):
    """(T,) twice the area in the picture; negative for triangles that show their outside, as y points down."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    return (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])


def _weight_planes(corners, first, doubled):
    """(T, 3, 3): the weight of each corner in the picture is plane . (x, y, 1), x and y counted from `first`."""
    local = corners[..., :2] - first[:, None]
    planes = np.empty((len(corners), 3, 3))
    for corner in range(3):
        p, q = local[:, corner - 2], local[:, corner - 1]
        planes[:, corner] = np.stack(
            [p[:, 1] - q[:, 1], q[:, 0] - p[:, 0], p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]], 1)
    return planes / doubled[:, None, None]


def _boxes(corners, width, height):
    """First pixel (T, 2) and extent (T, 2) of the pixels inside each triangle's bounds, 0 outside the picture."""
    places = np.moveaxis(corners[..., :2], 1, 0)
    low = np.clip(np.ceil(_least(places) - _SLACK), 0, (width, height))
    high = np.clip(np.floor(-_least(-places) + _SLACK), -1, (width - 1, height - 1))
    return low.astype(np.int64), np.maximum(high - low + 1, 0).astype(np.int64)


def _groups(extent):
    """Pairs (box, numbers of the triangles): those whose extents (T, 2) fit the same box are drawn together."""
    rounded = np.asarray(_SIDES)[np.searchsorted(_SIDES, extent)]
    key = rounded[:, 0] << 32 | rounded[:, 1]
    order = np.argsort(key, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(key[order])) + 1):
        box = tuple(rounded[group[0]].tolist()) if len(group) else (1, 1)
        portion = max(1, _PORTION // (box[0] * box[1]))
        for start in range(0, len(group), portion):
            yield box, group[start:start + portion]


def filled(outline, shape):
    """(H, W) uint8: 1 inside an outline (N, 2) of pixels and on it, in a picture of shape (H, W)."""
    import cv2

    return cv2.fillPoly(np.zeros(shape, np.uint8), [np.round(outline).astype(np.int32)], 1)
