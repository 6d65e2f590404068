"""Non-rigid registration of our head's skin onto another head.

After B. Amberg, S. Romdhani, T. Vetter, "Optimal Step Nonrigid ICP Algorithms for Surface Registration" (2007): for
each stiffness from high to low, closest points and an exact solve in turn. The unknowns are offsets of the vertices;
what is stiff is their bilaplacian, a thin plate, so that large smooth differences between two heads cost little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .surface import laplacian, vertex_normals

# Stiffness, weight of the landmarks, distance (metres) beyond which a closest point is none.
_SCHEDULE = ((100.0, 20.0, 0.03), (30.0, 10.0, 0.025), (10.0, 5.0, 0.02), (3.0, 2.0, 0.015), (1.0, 1.0, 0.012),
             (0.3, 0.5, 0.01))
_ROUNDS = 3  # closest points and solves at each stiffness
_SAME_SIDE = 0.5  # cosine between normals below which a closest point is none
STEPS = len(_SCHEDULE) * _ROUNDS


@dataclass(frozen=True)
class Template:
    """What is bent: vertices (V, 3) metres, triangles (T, 3), which vertices look for closest points (V,) bool, and the
    vertices that are landmarks (L,)."""

    vertices: np.ndarray
    triangles: np.ndarray
    searching: np.ndarray
    landmarks: np.ndarray


def bent(template, surface, closed, landmarks=None):
    """Bend the template onto a surface, step by step.

    Parameters
    ----------
    template : `Template`, already aligned
    surface : `Surface` of the other head's skin
    closed : (V',) bool, vertices of `surface` where no open edge ends: what is drawn to the rim of a hole has no match
    landmarks : (L, 3) metres or None, where the template's landmarks belong, NaN where that is not known

    Yields
    ------
    (V, 3) vertices after each of `STEPS` solves
    """
    from scipy.sparse import diags
    from scipy.sparse.linalg import splu

    plate = laplacian(template.vertices, template.triangles)
    plate = (plate.T @ plate).tocsc()
    pins, aims = _pins(template, landmarks)
    vertices = template.vertices
    for stiffness, pinned, reach in _SCHEDULE:
        for _ in range(_ROUNDS):
            weights, targets = _matches(template, vertices, surface, closed, reach)
            weights[pins] += pinned
            targets[pins] += pinned * (aims - template.vertices[pins])
            # A little weight everywhere keeps the system regular where nothing is matched at all.
            system = (stiffness * plate + diags(weights + 1e-9)).tocsc()
            factor = splu(system, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
            vertices = template.vertices + factor.solve(targets)
            yield vertices


def _matches(template, vertices, surface, closed, reach):
    """Weights (V,) of the closest points, and weight times offset (V, 3) from the template to them."""
    normals = vertex_normals(vertices, template.triangles)
    index = np.flatnonzero(template.searching)
    triangle, corner_weights, positions, distances = surface.closest(vertices[index], normals[index])
    facing = np.einsum("nc,nc->n", surface.at(triangle, corner_weights, surface.normals), normals[index])
    inner = (corner_weights * closed[surface.triangles[triangle]]).sum(1) > 0.5
    good = (facing > _SAME_SIDE) & (distances < reach) & inner
    weights = np.zeros(len(vertices))
    targets = np.zeros_like(vertices)
    # Geman-McClure: a match far away, at a place that the other head lacks, pulls less.
    weights[index[good]] = (1 / (1 + (distances[good] / (0.5 * reach)) ** 2)) ** 2
    targets[index[good]] = weights[index[good], None] * (positions[good] - template.vertices[index[good]])
    return weights, targets


def _pins(template, landmarks):
    if landmarks is None:
        return np.zeros(0, int), np.zeros((0, 3))
    known = np.isfinite(landmarks).all(1)
    known[:17] = False  # the jaw line: its points slide along the jaw from scheme to scheme
    return template.landmarks[known], landmarks[known]
