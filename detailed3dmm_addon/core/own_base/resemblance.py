"""The face of ours that resembles another head most: our identity modes, fitted to its surface.

Bending alone cannot tell where on a smooth cheek a point belongs; our identity modes know how places move from person
to person. So they go first, and the plate (`registration`) has only the rest to do.
"""

from __future__ import annotations

import numpy as np

from .alignment import Similarity, fitted

ROUNDS = 12
_NOISE = 0.001  # metres: how far apart two heads may stay where modes could bring them together
_LANDMARK_NOISE = 0.003  # metres: how well people agree on a landmark
_EFFECTIVE = 400  # independent measurements that all the points of a surface together are worth
_FIRST_REACH, _LAST_REACH = 0.04, 0.012  # metres beyond which a closest point is none
_SAME_SIDE = 0.5


def resembling(head, surface, aligned, landmarks):
    """Fit identity and pose in turn with closest points, the distance to the tangent plane being what counts.

    Parameters
    ----------
    head : our mean head, with `vertices`, `triangles`, `modes`, `measured` and `landmark_rows`
    surface : `Surface` of the other head; aligned : `Similarity` to start from
    landmarks : (68, 3) metres, NaN where not known, or None

    Yields
    ------
    (`Similarity`, (100,) identity) after each of `ROUNDS` solves
    """
    points = head.vertices[head.measured]
    modes = np.ascontiguousarray(np.moveaxis(head.modes[:, head.measured], 0, -1))  # (N, 3, 100)
    identity = np.zeros(modes.shape[2])
    marks = np.zeros(0, int)
    if landmarks is not None:
        known = np.isfinite(landmarks).all(1)
        known[:17] = False  # the jaw line: schemes differ along it
        marks, landmarks = head.landmark_rows[known], landmarks[known]
    for reach in np.geomspace(_FIRST_REACH, _LAST_REACH, ROUNDS):
        shape = points + modes @ identity
        # The mean's normals do: from face to face they turn by less than the matching forgives.
        moved, normals = aligned(shape), aligned.turned(head.normals[head.measured])
        triangle, weights, positions, distances = surface.closest(moved, normals)
        planes = surface.at(triangle, weights, surface.normals)
        good = (distances < reach) & (np.einsum("nc,nc->n", planes, normals) > _SAME_SIDE)
        unknown = np.concatenate([modes, _motions(shape)], axis=2)  # (N, 3, 107)
        rows, aims = _planes(unknown[good], points[good], aligned, positions[good], planes[good])
        if len(marks):
            more, theirs = _marks(unknown[marks], points[marks], aligned, landmarks)
            rows, aims = np.concatenate([rows, more]), np.concatenate([aims, theirs])
        prior = np.concatenate([np.ones(len(identity)), np.full(unknown.shape[2] - len(identity), 1e-6)])
        solution = np.linalg.solve(rows.T @ rows + np.diag(prior), rows.T @ aims)
        identity, motion = np.split(solution, [len(identity)])
        shape = points + modes @ identity
        aligned = fitted(shape, aligned(shape + _motions(shape) @ motion))
        yield aligned, identity


def _motions(points):
    """(N, 3, 7) what small turns, shifts and growth do to points."""
    x, y, z = points.T
    zero, one = np.zeros_like(x), np.ones_like(x)
    columns = [[zero, -z, y], [z, zero, -x], [-y, x, zero], [one, zero, zero], [zero, one, zero], [zero, zero, one],
               [x, y, z]]
    return np.stack([np.stack(column, -1) for column in columns], -1)


def _in_our_frame(aligned: Similarity, positions):
    return (positions - aligned.translation) @ aligned.rotation / aligned.scale


def _planes(unknown, points, aligned, positions, normals):
    """Rows (n, 107) and right side (n,) of the distances to the planes, in units of their noise."""
    normals = normals @ aligned.rotation
    weight = np.sqrt(_EFFECTIVE / max(len(points), 1)) / _NOISE
    offset = _in_our_frame(aligned, positions) - points
    return weight * np.einsum("nc,ncu->nu", normals, unknown), weight * np.einsum("nc,nc->n", normals, offset)


def _marks(unknown, points, aligned, landmarks):
    """Rows (3 L, 107) and right side (3 L,) of the landmarks, in units of their noise."""
    offset = _in_our_frame(aligned, landmarks) - points
    return unknown.reshape(-1, unknown.shape[2]) / _LANDMARK_NOISE, offset.ravel() / _LANDMARK_NOISE
