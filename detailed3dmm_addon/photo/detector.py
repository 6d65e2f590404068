"""Where faces are in a picture: BlazeFace over the whole picture, over parts of it, and with the picture tilted.

V. Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", 2019; the network is
MediaPipe's. It sees faces that fill more than about a tenth of what it is shown, tilted by less than
about 30 degrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .crops import Region, cut, reduced, to_picture
from .face_models import DETECTOR, network

_SIZE = 128  # pixels that the network sees
_STRIDES = ((8, 2), (16, 6))  # grid spacing in pixels, answers for each place of the grid
_SCORE = 0.5
_SURE = 0.75  # score from which a face is one
_OVERLAP = 0.3  # intersection over union from which two answers mean one face
_INSIDE = 0.7  # share of a smaller answer within a larger one from which it is part of it
_TILTS = tuple(np.radians([-40, 40]))
_PASSES = ((0, (0.0, *_TILTS)), (1, (0.0,)), (2, (0.0,)))  # which parts are searched, with which tilts
_FURTHER = ((1, _TILTS), (3, (0.0,)), (2, _TILTS), (4, (0.0,)))  # one after the other while there is no sure face
_LONGEST = 2560  # pixels of the picture that is searched
_SMALLEST = 160  # pixels of a part: a face in it is 20 pixels or wider
_STEP = 0.6  # of a part's side from one part to the next


@dataclass(frozen=True)
class Face:
    """A face that was found.

    box : (4,) x0, y0, x1, y1 in pixels, from brows to chin
    keypoints : (6, 2) pixels: eyes, nose, mouth, ears; of each pair first the one on the picture's left
    score : 0..1
    """
    box: np.ndarray
    keypoints: np.ndarray
    score: float

    @property
    def roll(self):
        """Radians by which the line of the eyes is turned, clockwise as seen."""
        across = self.keypoints[1] - self.keypoints[0]
        return float(np.arctan2(across[1], across[0]))

    @property
    def turned_aside(self):
        """Radians, 0 or more: how far the nose stands beside the middle of the eyes. 70 degrees mean a head turned by
        about 80."""
        across = self.keypoints[1] - self.keypoints[0]
        beside = abs((self.keypoints[2] - self.keypoints[:2].mean(0)) @ across)
        return float(np.arctan2(beside, across @ across / 2))


def find_faces(picture):
    """Every face in a picture, however small or tilted (up to about 60 degrees).

    Parts of the picture are searched, smaller and more tilted ones only while no sure face was found.

    Parameters
    ----------
    picture : Picture

    Returns
    -------
    tuple of Face, left to right

    Raises
    ------
    WeightsError
        If the network is missing.
    """
    scale = max(1.0, max(picture.size) / _LONGEST)
    pixels = reduced(picture.pixels, scale)
    found = []
    for level, tilts in _PASSES:
        found += _search(pixels, level, tilts)
    for level, tilts in _FURTHER:
        if max((face.score for face in found), default=0) < _SURE:
            found += _search(pixels, level, tilts)
    faces = [Face(face.box * scale, face.keypoints * scale, face.score) for face in _merged(found)]
    return tuple(sorted(faces, key=lambda face: face.box[0] + face.box[2]))


def _search(pixels, level, tilts):
    """Faces in the parts of one level, which are `2 ** level` times smaller than the picture."""
    size = pixels.shape[1::-1]
    side = max(size) / 2 ** level
    if level and side < _SMALLEST:
        return []
    across, down = (_places(length, side) for length in size)
    return [face for y in down for x in across for tilt in tilts
            for face in _in_region(pixels, Region(np.array([x, y]), side, tilt))]


def _places(length, side):
    """Centres of the overlapping parts of `side` that cover `length`."""
    if side >= length:
        return [length / 2]
    count = int(np.ceil((length - side) / (_STEP * side))) + 1
    return np.linspace(side / 2, length - side / 2, count)


def _in_region(pixels, region):
    """Faces that the network sees in a part of the picture, one or more answers for each."""
    import cv2

    shown = cut(pixels, region, _SIZE) * 2 - 1
    net = network(DETECTOR)
    net.setInput(cv2.dnn.blobFromImage(shown))
    scores, answers = net.forward(("classificators", "regressors"))
    scores = 1 / (1 + np.exp(-np.clip(scores.ravel().astype(float), -100, 100)))
    good = np.flatnonzero(scores >= _SCORE)
    answers = answers[0, good]
    matrix = region.matrix(_SIZE)
    centres = to_picture(answers[:, :2] + _anchors()[good], matrix)
    sides = answers[:, 2:4].mean(1) * region.side / _SIZE
    keypoints = to_picture(answers[:, 4:].reshape(-1, 6, 2) + _anchors()[good, None], matrix)
    return [Face(np.concatenate([centre - side / 2, centre + side / 2]), points, float(score))
            for centre, side, points, score in zip(centres, sides, keypoints, scores[good], strict=True)]


@lru_cache(maxsize=1)
def _anchors():
    """(896, 2) pixels: the place of the grid that each answer is relative to."""
    grids = []
    for stride, repeats in _STRIDES:
        steps = (np.arange(_SIZE // stride) + 0.5) * stride
        grid = np.stack(np.meshgrid(steps, steps), -1).reshape(-1, 2)
        grids.append(np.repeat(grid, repeats, axis=0))
    return np.concatenate(grids)


def _merged(faces):
    """One face for each group of answers that overlap: their mean by score (weighted non-maximum suppression).

    Answers inside a surer one are left out: the network takes an eye or a mouth for a small face.
    """
    faces = sorted(faces, key=lambda face: -face.score)
    while faces:
        union, inside = _overlaps(faces[0].box, np.array([face.box for face in faces]))
        group = [face for face, share in zip(faces, union, strict=True) if share > _OVERLAP]
        weights = np.array([face.score for face in group])
        yield Face(np.average([face.box for face in group], 0, weights),
                   np.average([face.keypoints for face in group], 0, weights), faces[0].score)
        faces = [face for face, *shares in zip(faces, union, inside, strict=True)
                 if shares[0] <= _OVERLAP and shares[1] <= _INSIDE]


def _overlaps(box, boxes):
    """(N,) intersection over union; (N,) intersection over the smaller one."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    shared = np.prod(np.maximum(high - low, 0), 1)
    area, areas = np.prod(box[2:] - box[:2]), np.prod(boxes[:, 2:] - boxes[:, :2], 1)
    return shared / (area + areas - shared), shared / np.minimum(area, areas)
