"""A flat chart of the face in millimetres, in which skin marks can be laid out without the texture's distortion.

The face's texture square stretches the skin up to threefold (neck, chin). The chart is the map of the square to the
plane whose metric comes closest to the skin's, as rigid as possible: L. Liu et al., "A Local/Global Approach to Mesh
Parameterization" (SGP 2008), on a grid, where the global step is a Poisson equation that a cosine transform solves.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from .skin_canvas import FACE, canvas

GRID = 128  # nodes a side
STEP = 1.0  # mm between nodes of the way back
_FINER = 6
_ROUNDS = 12


class Chart:
    """Chart coordinates (mm, x to the right, y down) and texture coordinates (0..1, row coordinate down).

    xy : (GRID, GRID, 2) chart coordinates of the square's texels; origin : (2,) mm, the chart's corner;
    uv : (H, W, 2) float32, texture coordinates of points `STEP` apart, from `origin`; NaN off the square
    """

    def __init__(self, position, mask):
        self.xy = _integrated(_stretch(position, mask))
        self.origin = self.xy.min((0, 1))
        self.size = self.xy.max((0, 1)) - self.origin
        self.uv = self._inverse()

    def _inverse(self):
        """Texels laid out in the chart, many times finer than they are; each goes to its nearest node."""
        import cv2

        side = GRID * _FINER
        at = cv2.resize((self.xy - self.origin) / STEP, (side, side), interpolation=cv2.INTER_LINEAR)
        node = np.rint(at).astype(np.int32)
        width, height = np.ceil(self.size / STEP).astype(int) + 1
        index = (node[..., 1] * width + node[..., 0]).ravel()
        count = np.bincount(index, minlength=width * height)

        def mean(values):
            total = np.bincount(index, values.ravel(), width * height)
            return np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0).reshape(height, width)

        column, row = np.meshgrid(*2 * [(np.arange(side) + 0.5) / side])
        uv = np.stack([mean(column), mean(row)], -1)
        right, down = (mean(node[..., i] - at[..., i])[..., None] for i in (0, 1))  # from the texels' mean to the node
        uv_down, uv_right = np.gradient(uv, axis=(0, 1))
        return (uv + np.nan_to_num(uv_right * right + uv_down * down)).astype(np.float32)

    def to_uv(self, xy):
        """Texture coordinates (N, 2) of chart points (N, 2); NaN off the square."""
        return sample(self.uv, (xy - self.origin) / STEP)

    def of_uv(self, uv):
        """Chart points (N, 2) of texture coordinates (N, 2), the row coordinate down."""
        return sample(self.xy.astype(np.float32), np.asarray(uv) * GRID - 0.5)


@lru_cache(maxsize=1)
def chart():
    """The chart of the average face."""
    face = canvas(FACE, 256)
    factor = face.size // GRID
    position = face.position.reshape(GRID, factor, GRID, factor, 3).mean((1, 3))
    return Chart(position, face.mask.reshape(GRID, factor, GRID, factor).all((1, 3)))


def sample(grid, points):
    """A map (H, W) or (H, W, C) between its nodes: values (N,) or (N, C) at points (N, 2: column, row)."""
    import cv2

    points = np.ascontiguousarray(points, np.float32)
    columns = 16384  # OpenCV's maps have at most 32767 points a row
    padded = np.zeros((-(-len(points) // columns), columns, 2), np.float32)
    padded.reshape(-1, 2)[: len(points)] = points
    out = cv2.remap(grid, padded, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return out.reshape(-1, *grid.shape[2:])[: len(points)]


def _stretch(position, mask):
    """Square roots (GRID, GRID, 2, 2) of the skin's metric, mm a texel; off the skin those of the nearest texel."""
    import cv2

    down, right = np.gradient(position.astype(np.float64), axis=(0, 1))
    a, b, c = (right * right).sum(-1), (right * down).sum(-1), (down * down).sum(-1)
    root = np.sqrt(np.maximum(a * c - b * b, 1e-12))
    trace = np.sqrt(a + c + 2 * root)
    stretch = np.stack([a + root, b, b, c + root], -1).reshape(*mask.shape, 2, 2) / trace[..., None, None]
    inner = cv2.erode(mask.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)), borderValue=0)
    _, nearest = cv2.distanceTransformWithLabels(1 - inner, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    return stretch[inner > 0][nearest - 1]


def _integrated(stretch):
    """Chart (GRID, GRID, 2) whose gradients come closest to rotations of `stretch`, and the rotations with it."""
    target = stretch
    for _ in range(_ROUNDS):
        xy = np.stack([_poisson(target[..., i, 0], target[..., i, 1]) for i in (0, 1)], -1)
        down, right = np.gradient(xy, axis=(0, 1))
        turned = np.stack([right, down], -1) @ np.swapaxes(stretch, -1, -2)
        angle = np.arctan2(turned[..., 1, 0] - turned[..., 0, 1], turned[..., 0, 0] + turned[..., 1, 1])
        cos, sin = np.cos(angle), np.sin(angle)
        target = np.stack([cos, -sin, sin, cos], -1).reshape(stretch.shape) @ stretch
    return xy


def _poisson(right, down):
    """Field (N, N) with zero mean whose gradients come closest to the ones given, by cosine transform."""
    import cv2

    across, along = 0.5 * (right[:, 1:] + right[:, :-1]), 0.5 * (down[1:] + down[:-1])
    divergence = np.diff(np.pad(across, ((0, 0), (1, 1))), axis=1) + np.diff(np.pad(along, ((1, 1), (0, 0))), axis=0)
    waves = 2 * np.cos(np.pi * np.arange(len(right)) / len(right)) - 2
    eigenvalues = waves[:, None] + waves
    eigenvalues[0, 0] = 1
    spectrum = cv2.dct(divergence) / eigenvalues
    spectrum[0, 0] = 0
    return cv2.idct(spectrum)
