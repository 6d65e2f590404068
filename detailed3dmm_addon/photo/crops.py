"""Square pieces of a picture, turned and scaled: what networks look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_COARSEST = 2.0  # picture pixels to a pixel of the piece from which on the picture is averaged first


@dataclass(frozen=True)
class Region:
    """A square of a picture.

    centre : (2,) pixels; side : length in pixels; angle : radians from the picture's x axis to the square's own,
    clockwise as seen
    """
    centre: np.ndarray
    side: float
    angle: float = 0.0

    def matrix(self, size):
        """(2, 3) affine map from pixels of the square, drawn with `size` x `size` of them, to pixels of the picture.

        The square's pixel 0 lies on its edge, as in MediaPipe.
        """
        scale = self.side / size
        turn = scale * np.array([[np.cos(self.angle), -np.sin(self.angle)], [np.sin(self.angle), np.cos(self.angle)]])
        return np.column_stack([turn, np.asarray(self.centre) - turn @ (size / 2, size / 2)])


def to_picture(points, matrix):
    """Points (..., 2) of a square in the picture's pixels; `matrix` as `Region.matrix` gives it."""
    return points @ matrix[:, :2].T + matrix[:, 2]


def cut(pixels, region, size, replicate=False):
    """Draw a square of the picture.

    Parameters
    ----------
    pixels : (H, W, 3) float32
    region : Region, which may reach beyond the picture
    size : pixels of the result along each side
    replicate : whether the picture's edge goes on beyond it; else there is black

    Returns
    -------
    (size, size, 3) float32
    """
    import cv2

    matrix = region.matrix(size)
    pixels, matrix = _around(pixels, matrix, size)
    if region.side / size >= _COARSEST:
        small = reduced(pixels, int(region.side / size))
        ratio = np.array(small.shape[1::-1]) / pixels.shape[1::-1]
        matrix = matrix * ratio[:, None]
        matrix[:, 2] += (ratio - 1) / 2  # pixels are counted at their centres
        pixels = small
    border = cv2.BORDER_REPLICATE if replicate else cv2.BORDER_CONSTANT
    return cv2.warpAffine(pixels, matrix, (size, size), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                          borderMode=border)


def _around(pixels, matrix, size):
    """The part of the picture that the square covers, with the map into it."""
    corners = to_picture(np.array([[0, 0], [size, 0], [0, size], [size, size]], float), matrix)
    limit = np.array(pixels.shape[1::-1])
    low = np.clip(np.floor(corners.min(0)) - 2, 0, limit - 1).astype(int)
    high = np.clip(np.ceil(corners.max(0)) + 3, low + 1, limit).astype(int)
    matrix = matrix.copy()
    matrix[:, 2] -= low
    return pixels[low[1]:high[1], low[0]:high[0]], matrix


def reduced(pixels, factor):
    """The picture with `factor` x `factor` pixels, 1 or more, averaged to one."""
    import cv2

    if factor <= 1:
        return pixels
    height, width = (max(round(length / factor), 1) for length in pixels.shape[:2])
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
