"""Corrections at a few vertices carried smoothly into the skin around them."""
import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra
from scipy.sparse.linalg import splu


class Spread:
    """Biharmonic continuation of given displacements, zero beyond a distance along the surface.

    Parameters
    ----------
    mean : (V, 3) metres; triangles : (T, 3) of the skin; pinned : vertices whose displacement is given;
    reach : metres along edges from the pinned ones
    """

    def __init__(self, mean, triangles, pinned, reach):
        self.pinned = np.asarray(pinned)
        edges = np.unique(np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]],
                                                  triangles[:, [2, 0]]]), 1), axis=0)
        length = np.linalg.norm(mean[edges[:, 0]] - mean[edges[:, 1]], axis=1)
        graph = sp.coo_matrix((np.maximum(length, 1e-6), edges.T), (len(mean),) * 2).tocsr()
        distance = dijkstra(graph, directed=False, indices=self.pinned, min_only=True, limit=2 * reach)
        self.vertices = np.flatnonzero(distance < reach)
        patch = np.flatnonzero(distance < 1.5 * reach)
        stiffness = sp.coo_matrix((1 / np.maximum(length, 2e-4), edges.T), (len(mean),) * 2).tocsr()
        stiffness = stiffness[patch][:, patch]
        stiffness = stiffness + stiffness.T
        laplacian = sp.diags(np.asarray(stiffness.sum(1)).ravel()) - stiffness
        bending = (laplacian @ laplacian).tocsr()
        free = np.isin(patch, np.setdiff1d(self.vertices, self.pinned))
        self._free = np.searchsorted(self.vertices, patch[free])
        self._given = np.searchsorted(self.vertices, self.pinned)
        at_pinned = np.searchsorted(patch, self.pinned)
        self._solver = splu(bending[free][:, free].tocsc())
        self._load = bending[free][:, at_pinned]

    def __call__(self, displacement):
        """(..., P, 3) at the pinned vertices -> (..., n, 3) at `vertices`."""
        displacement = np.asarray(displacement)
        flat = np.moveaxis(displacement, -2, 0).reshape(len(self.pinned), -1)
        moved = np.zeros((len(self.vertices), flat.shape[1]))
        moved[self._given] = flat
        moved[self._free] = -self._solver.solve(self._load @ flat)
        shape = (len(self.vertices), *displacement.shape[:-2], displacement.shape[-1])
        return np.moveaxis(moved.reshape(shape), 0, -2)
