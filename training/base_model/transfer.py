"""Expressions carried over to other faces: deformation transfer (Sumner and Popovic 2004), linear in identity.

Each triangle's edges deform on any face as they do on the mean face. For one expression, with S the triangle's
deformation gradient and e an edge of the face of some identity, the offsets d minimise

    sum over edges of  c |d_a - d_b - (S - 1) (e_a - e_b)|^2

with the mean face's cotangent weights c. The edges are linear in identity and so is the solution: one linear system,
solved for each mode, gives the offsets of every face.
"""
import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

STILL = 2e-5  # metres: what an expression moves less than this stays where it is on every face
ANCHOR = 10.0  # weight of staying there, against cotangents of about 1
STEEPEST = 1.5  # largest entry of a deformation gradient that a thin triangle may claim


class Transfer:
    """Solves the offsets' change by identity on one surface.

    Parameters
    ----------
    mean : (V, 3); modes : (100, V, 3); triangles : (T, 3) of the surface, any vertices of V
    """

    def __init__(self, mean, modes, triangles):
        self.vertices = np.unique(triangles)
        self.triangles = np.searchsorted(self.vertices, triangles)
        self.mean = mean[self.vertices]
        corners = self.mean[self.triangles]
        self._weights = _cotangents(corners)  # (T, 3), of the edge opposite to each corner
        edges = self.triangles[:, [1, 2, 0]], self.triangles[:, [2, 0, 1]]
        count = len(self.vertices)
        rows = sp.coo_matrix((self._weights.ravel(), (edges[0].ravel(), edges[1].ravel())), (count, count))
        adjacency = (rows + rows.T).tocsr()
        self._laplacian = sp.diags(np.asarray(adjacency.sum(1)).ravel()) - adjacency
        moved = modes[:, self.vertices]
        self._mode_edges = (moved[:, edges[0]] - moved[:, edges[1]]).astype(np.float32)  # (100, T, 3, 3)
        ends = np.arange(edges[0].size)
        signs = np.concatenate([np.ones(ends.size), -np.ones(ends.size)])
        self._gather = sp.csr_matrix((signs, (np.concatenate([edges[0].ravel(), edges[1].ravel()]), np.tile(ends, 2))),
                                     (count, ends.size))

    def changes(self, offsets):
        """How `offsets` (V, 3) of the mean face change with each mode.

        Returns
        -------
        (100, n, 3) for the vertices in `self.vertices`, metres for one standard deviation
        """
        offsets = offsets[self.vertices]
        gradients = _gradients(self.mean[self.triangles], offsets[self.triangles])
        still = np.linalg.norm(offsets, axis=1) < STILL
        solver = splu((self._laplacian + ANCHOR * sp.diags(still.astype(float))).tocsc())
        result = np.zeros((len(self._mode_edges), *offsets.shape))
        for target, edges in zip(result, self._mode_edges, strict=True):
            wanted = np.einsum("tij,tej->tei", gradients, edges) * self._weights[:, :, None]
            target[:] = solver.solve(self._gather @ wanted.reshape(-1, 3))
        result[:, still] = 0
        return result


def _gradients(corners, offsets):
    """(T, 3, 3) deformation gradient less the identity, from corners (T, 3, 3) and their offsets."""
    def frame(points):
        first, second = points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]
        normal = np.cross(first, second)
        return np.stack([first, second, normal / np.sqrt(np.linalg.norm(normal, axis=1) + 1e-14)[:, None]], -1)
    before, after = frame(corners), frame(corners + offsets)
    scale = np.linalg.norm(before, axis=(1, 2))[:, None, None]
    squared = before @ before.transpose(0, 2, 1) + 1e-4 * scale ** 2 * np.eye(3)
    gradients = (after - before) @ before.transpose(0, 2, 1) @ np.linalg.inv(squared)
    return np.clip(gradients, -STEEPEST, STEEPEST)


def _cotangents(corners):
    """(T, 3) half cotangent of the angle at each corner, kept between 0.05 and 5."""
    result = []
    for i in range(3):
        a, b = corners[:, (i + 1) % 3] - corners[:, i], corners[:, (i + 2) % 3] - corners[:, i]
        result.append((a * b).sum(1) / (2 * np.linalg.norm(np.cross(a, b), axis=1) + 1e-14))
    return np.clip(np.stack(result, 1), 0.05, 5)
