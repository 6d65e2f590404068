"""Where the eyes in a photo look: irises found between the lids, and the expressions that turn the model's to them."""
from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ..core.base_model import BaseModel
from .illumination import EYES
from .rasteriser import filled
from .surface import triangles

_BALLS = ("M_IrisRight", "M_IrisLeft")  # the person's right eye first, as in `EYES`
# To the person's left, to the right, up, down.
_TURNS = (("eyeLookIn_R", "eyeLookOut_R", "eyeLookUp_R", "eyeLookDown_R"),
          ("eyeLookOut_L", "eyeLookIn_L", "eyeLookUp_L", "eyeLookDown_L"))
_PUPIL = 0.2  # radius in the iris' tile: what its middle is the mean of
# Metres: half the width of the cornea, alike in all adults (F. Rüfer et al., "White-to-white corneal diameter", Cornea
# 24, 2005). With a radius that is too large, an iris half behind its lid would seem to look up.
_IRIS = 0.00586
_RADIUS = 12  # pixels of an iris, once its surroundings have been enlarged
_AROUND = 3.5  # radii that are looked at on each side of where a straight look would put the iris
_RING = 1.5  # radii, how far the white around is compared with the iris
_LIDS = 0.12  # radii by which the opening is taken smaller: lashes, and the lids' own shadow
_OPEN = 0.35  # share of an iris that must be seen
_CONTRAST = 0.25  # difference of logarithms between ring and iris, below which there is no iris
_INNER, _OUTER = 0.5, 0.9  # radii between which an iris' colour is looked up
_DARKEST = 1 / 255
# Standard deviations: of where an iris is found that is seen wholly, and by how much less sure its height is where lids
# hide it, radii; of how far eyes look aside, and up and down; of how differently the two do.
_FOUND, _HIDDEN, _ASIDE, _UP, _APART = 0.1, 0.2, 0.6, 0.6, 0.08
_ROUNDS = 6


class Iris(NamedTuple):
    """An iris in a photo. place : (2,) pixels of its middle; seen : 0..1, how much of it the lids leave free"""
    place: np.ndarray
    seen: float


@dataclass(frozen=True)
class Eye:
    """One eye of a face that looks straight ahead.

    middle : (3,) metres, of the pupil; turned : (4, 3) by how much it moves with each of its `_TURNS`
    """
    middle: np.ndarray
    turned: np.ndarray

    def place(self, turn):
        """(3,) metres of the pupil's middle after a turn (2,), -1..1: to the person's left, and up."""
        return self.middle + _parts(turn) @ self.turned


def looking(picture, view, landmarks, identity, expression, irises=None):
    """The expression with the eyes turned to where they look in a photo, and the colours of the irises there.

    Parameters
    ----------
    picture : (H, W, 3) linear sRGB; view : `camera.Camera` of it; landmarks : (468, 2) its pixels
    identity : (100,); expression : (53,), its eyes straight
    irises : (2, 2) pixels of their middles, right and left, as a network found them, or None to look for them

    Returns
    -------
    (53,) expression, as it was where neither iris can be seen; (N, 3) linear sRGB of the pixels between pupils and
    whites
    """
    eyes, lids = of_face(identity, expression), [landmarks[list(outline)] for outline in EYES]
    found = [find(picture, view, outline, eye) for outline, eye in zip(lids, eyes, strict=True)]
    if irises is not None:  # the network guesses behind closed lids too
        found = [iris and Iris(place, 1.0) for iris, place in zip(found, irises, strict=True)]
    rings = [_ring(picture, iris.place, _radius(view, eye), outline)
             for iris, eye, outline in zip(found, eyes, lids, strict=True) if iris is not None]
    return turned(eyes, found, view, expression), np.concatenate([np.zeros((0, 3), np.float32), *rings])


def of_face(identity, expression):
    """The `Eye`s, right and left, of a face: identity (100,), expression (53,), its eyes straight."""
    model = BaseModel.load()

    def pupils(**turns):
        vertices = model.vertices(identity, np.maximum(expression, model.expression(turns)))
        return np.array([vertices[pupil].mean(0) for pupil in _pupils()])
    straight = pupils()
    ends = np.array([pupils(**{right: 1.0, left: 1.0}) for right, left in zip(*_TURNS, strict=True)])
    return [Eye(straight[side], ends[:, side] - straight[side]) for side in (0, 1)]


def find(picture, view, lids, eye):
    """The `Iris` of an eye, or None where none can be told.

    Parameters
    ----------
    picture : (H, W, 3) linear sRGB; view : `camera.Camera` of it; lids : (N, 2) pixels, their outline; eye : Eye

    The place of the disc, as large as an iris is, that is darkest against the ring around it, as far as both lie
    between the lids: J. Daugman's integro-differential operator (1993), with areas for circles; in red light, in which
    skin is as bright as the white of the eye.
    """
    import cv2

    scale = _RADIUS / _radius(view, eye)
    corner = view.project(eye.middle[None])[0] - _AROUND * _RADIUS / scale
    size = (round(2 * _AROUND * _RADIUS),) * 2
    to_photo = np.array([[1 / scale, 0, corner[0]], [0, 1 / scale, corner[1]]])
    red = cv2.warpAffine(np.ascontiguousarray(picture[..., 0], np.float32), to_photo, size,
                         flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)
    red = np.log(np.maximum(red, _DARKEST))
    opening = filled((lids - corner) * scale, size[::-1]).astype(np.float32)
    opening = cv2.erode(opening, _disc(_LIDS * _RADIUS).astype(np.uint8))
    inside, within, total, wide = (
        cv2.filter2D(image, -1, _disc(radius), borderType=cv2.BORDER_CONSTANT)
        for radius in (_RADIUS, _RING * _RADIUS) for image in (red * opening, opening))
    within = np.maximum(within, 0)  # which a filter by spectra undershoots
    ring, around = total - inside, np.maximum(wide - within, 0)
    seen = (within > _OPEN * _disc(_RADIUS).sum()) & (around > 0.1 * within) & (opening > 0)
    contrast = np.where(seen, ring / np.maximum(around, 1) - inside / np.maximum(within, 1), 0)
    if contrast.max() < _CONTRAST:
        return None
    # A disc that is hardly seen may have much contrast by chance: what divides the opening best counts (the variance
    # between two classes; N. Otsu, "A threshold selection method from gray-level histograms", 1979).
    divided = contrast * np.sqrt(around * within / np.maximum(around + within, 1))
    # The middle of the best places: finer than a pixel, and calmer than the single best.
    best = np.argwhere(divided > 0.97 * divided.max())[:, ::-1].mean(0)
    return Iris(corner + best / scale, float(within.ravel()[divided.argmax()] / _disc(_RADIUS).sum()))


def turned(eyes, found, view, expression):
    """The expression (53,) whose eyes look as irises that were found do.

    Parameters
    ----------
    eyes : the two `Eye`s; found : for each its `Iris`, or None; view : `camera.Camera`
    expression : (53,), its eyes straight

    Returns
    -------
    (53,) expression

    Gauss-Newton on four turns; the two eyes look alike but for little, so that one tells of both.
    """
    turns, apart = np.zeros((2, 2)), np.array([[1, 0, -1, 0], [0, 1, 0, -1]]) / _APART
    for _ in range(_ROUNDS):
        matrix, right = apart.T @ apart + np.diag(1 / np.array([_ASIDE, _UP] * 2) ** 2), np.zeros(4)
        for side, (eye, iris) in enumerate(zip(eyes, found, strict=True)):
            if iris is None:
                continue
            spread = np.array([_FOUND, _FOUND + _HIDDEN * (1 - iris.seen)])
            own, weight = slice(2 * side, 2 * side + 2), 1 / (spread * _radius(view, eye))
            middle, slopes = _seen(eye, view, turns[side])
            slopes = weight[:, None] * slopes
            matrix[own, own] += slopes.T @ slopes
            right[own] += slopes.T @ (weight * (iris.place - middle) + slopes @ turns[side])
        turns = np.clip(np.linalg.solve(matrix, right), -1, 1).reshape(2, 2)
    model = BaseModel.load()
    values = {name: value for names, turn in zip(_TURNS, turns, strict=True)
              for name, value in zip(names, _parts(turn), strict=True)}
    return np.maximum(expression, model.expression(values))


def _ring(picture, place, radius, lids):
    """(N, 3) pixels of an iris apart from its pupil, between the lids."""
    y, x = np.mgrid[:picture.shape[0], :picture.shape[1]]
    away = np.hypot(x - place[0], y - place[1]) / radius
    return picture[(away > _INNER) & (away < _OUTER) & (filled(lids, picture.shape[:2]) > 0)]


def _seen(eye, view, turn):
    """(2,) pixels of a pupil's middle, and (2, 2) its slopes by the turn."""
    signs = np.where(turn < 0, -1, 1)
    rows = [0 if turn[0] >= 0 else 1, 2 if turn[1] >= 0 else 3]
    place = eye.place(turn)
    by_point = view.derivatives(place[None])[0][0]
    return view.project(place[None])[0], by_point @ (eye.turned[rows] * signs[:, None]).T


def _parts(turn):
    """(4,) shares of the `_TURNS` in a turn (2,)."""
    aside, up = turn
    return np.maximum([aside, -aside, up, -up], 0)


def _radius(view, eye):
    """Radius of an iris in pixels."""
    return view.focal * _IRIS / view.in_view(eye.middle[None])[0, 2]


@lru_cache(maxsize=1)
def _pupils():
    """Vertices of the pupils, right and left."""
    mesh = triangles()
    middle = np.linalg.norm(mesh.uv - 0.5, axis=2).max(1) < _PUPIL
    return [np.unique(mesh.vertices[mesh.of(ball) & middle]) for ball in _BALLS]


def _disc(radius):
    import cv2

    side = 2 * int(np.ceil(radius)) + 1
    disc = np.zeros((side, side), np.float32)
    cv2.circle(disc, (side // 2, side // 2), int(round(radius)), 1, -1)
    return disc
