"""Similarity between our mean head and another model's: from landmarks, or from the shapes alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_STARTS = [(pitch, lift) for pitch in (-0.2, 0.0, 0.2) for lift in (-0.015, 0.0, 0.015)]  # radians; metres
_FIRST_ROUNDS, _ROUNDS = 8, 20  # of every start; of the best one after them
_POINTS = 800
_TRIM = 0.7  # share of the points that count: the rest may lie where the other mesh has nothing
_TIP = 0.003  # metres behind the foremost point that still are the tip of the nose


@dataclass(frozen=True)
class Similarity:
    """scale * rotation @ point + translation."""

    scale: float
    rotation: np.ndarray  # (3, 3)
    translation: np.ndarray  # (3,), metres

    def __call__(self, points):
        return self.scale * np.asarray(points) @ self.rotation.T + self.translation

    def turned(self, vectors):
        """(..., 3) directions or offsets, rotated alone."""
        return np.asarray(vectors) @ self.rotation.T


def fitted(source, target, with_scale=True):
    """The similarity that brings `source` (N, 3) onto `target` (N, 3) best in the least-squares sense.

    S. Umeyama, "Least-squares estimation of transformation parameters between two point patterns" (1991), eq. 40-42.
    """
    centre, aim = source.mean(0), target.mean(0)
    a, b = source - centre, target - aim
    u, values, vt = np.linalg.svd(b.T @ a / len(a))
    sign = np.array([1, 1, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    rotation = (u * sign) @ vt
    scale = float((values * sign).sum() / (a**2).sum() * len(a)) if with_scale else 1.0
    return Similarity(scale, rotation, aim - scale * rotation @ centre)


def from_landmarks(ours, theirs):
    """From the landmarks (68, 3) that both have; the jaw line, which nobody places twice alike, counts in fours.

    ours : (68, 3); theirs : (68, 3), NaN where not known
    """
    known = np.isfinite(theirs).all(1)
    known[:17] &= np.arange(17) % 4 == 0
    return fitted(ours[known], theirs[known])


def from_shapes(points, normals, surface):
    """By iterated closest points from several starts, the best of which wins.

    Parameters
    ----------
    points, normals : (N, 3), of our face
    surface : `Surface` of the other head, in metres and Blender's axes

    Both are upright heads of real size, so a start is the noses' tips together, nodded and lifted a little.
    """
    chosen = np.linspace(0, len(points) - 1, min(_POINTS, len(points))).astype(int)
    points, normals = points[chosen], normals[chosen]
    vertices = surface.vertices[np.unique(surface.triangles)]
    trials = [_iterated(points, normals, surface, _start(points, vertices, *start), _FIRST_ROUNDS) for start in _STARTS]
    best = min(trials, key=lambda trial: trial[1])[0]
    return _iterated(points, normals, surface, best, _ROUNDS)[0]


def _start(points, vertices, pitch, lift):
    cos, sin = np.cos(pitch), np.sin(pitch)
    rotation = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])
    return Similarity(1.0, rotation, _nose(vertices) + [0, 0, lift] - rotation @ _nose(points))


def _nose(points):
    """(3,) the tip: what lies foremost (towards -Y) of the upper three quarters, where no chest is."""
    low, high = points[:, 2].min(), points[:, 2].max()
    points = points[points[:, 2] > low + 0.25 * (high - low)]
    return points[points[:, 1] < points[:, 1].min() + _TIP].mean(0)


def _iterated(points, normals, surface, similarity, rounds):
    """The similarity after some rounds of closest points, and the trimmed root mean square distance, metres."""
    for number in range(rounds):
        moved = similarity(points)
        _, _, positions, distances = surface.closest(moved, similarity.turned(normals))
        near = np.argsort(distances)[:int(_TRIM * len(points))]
        # Scale last: before the places are right it only shrinks the head onto the nearest patch.
        similarity = fitted(points[near], positions[near], with_scale=number > rounds // 2)
    return similarity, float(np.sqrt(np.mean(distances[near] ** 2)))
