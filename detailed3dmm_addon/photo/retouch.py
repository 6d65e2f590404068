"""What a photo bakes into the colour of skin although it is none: shine, and the shadow in folds.

Both come back in a render from its own light, from the skin's oil and from the displacement map, which folds where the
face does. Maps hold natural logarithms of linear colours on the face's tile, row 0 at V = 1.
"""
from functools import lru_cache

import numpy as np

from ..core import skin_regions
from ..core.skin_canvas import FACE, canvas, landmarks
from .regions import lips

_SIZE = 256  # texels a side at which it is worked out: 1.2 mm on the cheek
_AROUND = 0.05  # share of the tile over which skin is compared with the skin around it
_BRIGHT, _SHINE_LEFT = 0.05, 0.2  # logarithm beyond which brighter skin shines, and how much of that stays
_MIX = 0.1  # logarithm of a shine that takes half of its hue with it
_FOLD, _LONG = 7, 10  # texels: half of the widest fold's width, half of the shortest one's length
_DIRECTIONS = 12
_SHADOW = (0.06, 0.16)  # logarithms: shallower lines are the skin's grain, deeper ones show no skin any more
_SOFT, _GLOSS = 1.5, 2.5  # texels over which a fold's shadow ends, and over which shine is spread: grain is finer
_LEAST = 0.05  # weight below which a texel tells nothing
_NECK = (-79, -87)  # mm below the middle of the face, between which the chin's shadow takes over
_EYE, _NOSE, _CORNER = (22, 30, 13), (15, 30, 26), (4, 20, 4)  # mm: there dark lines are features
_LIP, _RED = (-4, -2), (0, 2)  # mm within the lips' outline, which is dark as well; where they are red for sure


def retouched(known, weight):
    """Skin without shine, and without the shadows of folds and below the chin, which count as not seen.

    Parameters
    ----------
    known : (R, R, 3) float32 logarithms, R a multiple of 256; weight : (R, R) float32 0..1, how well a texel is known

    Returns
    -------
    known : (R, R, 3) float32; weight : (R, R) float32
    """
    import cv2

    small, share = (cv2.resize(part, (_SIZE,) * 2, interpolation=cv2.INTER_AREA) for part in (
        known * weight[..., None], weight))
    small = small / np.maximum(share, 1e-3)[..., None]
    around, on_lips = _around(small, share * plain()), lips(_SIZE, *_RED)
    # Lips are compared with lips.
    around = around + on_lips[..., None] * (_around(small, share * on_lips) - around)
    small = np.where(share[..., None] > _LEAST, small, around)
    shine = _shine(small, around)
    hue = small - around
    hue -= hue.mean(2, keepdims=True)
    correction = shine[..., None] + (shine / (shine + _MIX))[..., None] * hue
    seen = _face() * (1 - skin_regions.smoothstep(*_SHADOW, _shadow(small)))
    correction, seen = (cv2.resize(part, known.shape[1::-1], interpolation=cv2.INTER_LINEAR)
                        for part in (correction, seen.astype(np.float32)))
    return known - correction, weight * seen


def _around(small, share):
    """The mean skin around each texel, the brighter ones counted less."""
    import cv2

    weight, sigma = share, _AROUND * _SIZE
    for _ in range(2):
        total = cv2.GaussianBlur(weight, (0, 0), sigma)
        around = cv2.GaussianBlur(small * weight[..., None], (0, 0), sigma) / np.maximum(total, 1e-4)[..., None]
        brighter = (small - around).mean(2)
        weight = share * np.exp(-np.maximum(brighter, 0) / _BRIGHT)
    return around


def _shine(small, around):
    """(R, R) by how much skin is brighter than skin varies."""
    import cv2

    brighter = cv2.GaussianBlur((small - around).mean(2), (0, 0), _GLOSS)
    return (1 - _SHINE_LEFT) * np.maximum(brighter - _BRIGHT, 0) * np.maximum(plain(), lips(_SIZE, *_LIP))


def _shadow(small):
    """(R, R) depth of dark lines: what closing with a disc fills, and with a line along them does not.

    Moles and freckles are filled by both and stay. P. Soille, "Morphological Image Analysis", 2003, section 8.2.
    """
    import cv2

    grey = small.mean(2)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _FOLD + 1,) * 2)
    lines = [cv2.morphologyEx(grey, cv2.MORPH_CLOSE, _line(np.pi * step / _DIRECTIONS)) for step in range(_DIRECTIONS)]
    depth = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, disc) - np.minimum.reduce(lines)
    return cv2.GaussianBlur(cv2.dilate(depth, np.ones((3, 3))), (0, 0), _SOFT) * _foldable()


def _line(angle):
    """Structuring element: a line at an angle."""
    import cv2

    element = np.zeros((2 * _LONG + 1,) * 2, np.uint8)
    along = np.round(_LONG * np.array([np.cos(angle), np.sin(angle)])).astype(int)
    cv2.line(element, (_LONG - along).tolist(), (_LONG + along).tolist(), 1)
    return element


@lru_cache(maxsize=1)
def _face():
    """(R, R) 0..1, without the neck and without the corners of the mouth, where no light is what it seems."""
    position = canvas(FACE, _SIZE).position
    corners = np.clip(2 * skin_regions.blob(position, landmarks()[48], _CORNER), 0, 1)
    return (skin_regions.smoothstep(*_NECK[::-1], position[..., 2]) * (1 - corners)).astype(np.float32)


@lru_cache(maxsize=1)
def _foldable():
    """(R, R) 0..1, skin on which a dark line is a fold: not on the nose either."""
    tile, points = canvas(FACE, _SIZE), landmarks()
    return plain() * (1 - np.clip(2 * skin_regions.blob(tile.position, points[29], _NOSE), 0, 1)).astype(np.float32)


@lru_cache(maxsize=1)
def plain():
    """(R, R) 0..1, skin apart from brows, eyes, nostrils and lips."""
    tile, points = canvas(FACE, _SIZE), landmarks()
    eyes = skin_regions.blob(tile.position, (points[36] + points[39]) / 2, _EYE)
    brows = np.maximum.reduce([skin_regions.blob(tile.position, points[mark], (14, 25, 11)) for mark in range(17, 22)])
    features = np.maximum.reduce([
        np.clip(2 * eyes, 0, 1), np.clip(2 * brows, 0, 1), np.clip(2 * skin_regions.nostrils(tile.position), 0, 1)])
    return (1 - np.maximum(features, lips(_SIZE, *_LIP))).astype(np.float32)
