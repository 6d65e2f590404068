"""Triangle meshes as surfaces: normals, areas, loose parts, and the closest point on them."""

from __future__ import annotations

from functools import cached_property

import numpy as np

_SPACING = 0.0025  # metres between the samples that find candidates: finer than features of a face
_FINEST = 8  # samples along an edge, however long it is
_CANDIDATES = 8
_FAR = 0.08  # metres beyond which closer is not looked for: everything is equally far there, and the search slow
_NORMAL_WEIGHT = 0.006  # metres that a difference of 1 between normals counts as: lips and lids are thinner than that
_SAME_SIDE = 0.3  # cosine between normals from which two surfaces count as facing the same way


class Surface:
    """A triangle mesh that answers where its closest point is.

    vertices : (V, 3), metres; triangles : (T, 3)
    """

    def __init__(self, vertices, triangles):
        self.vertices = np.asarray(vertices, np.float64)
        self.triangles = np.asarray(triangles)
        self.normals = vertex_normals(self.vertices, self.triangles)

    def closest(self, points, normals):
        """The closest point of the surface that faces the same way: the inside of a lip is not taken for the outside.

        Parameters
        ----------
        points : (N, 3), metres; normals : (N, 3), unit vectors

        Returns
        -------
        triangle : (N,) index into `triangles`; weights : (N, 3) barycentric; position : (N, 3); distance : (N,) metres
        """
        tree, owners = self._samples
        keys = np.concatenate([points, normals * _NORMAL_WEIGHT], axis=1)
        # What is not found has the number of samples as its index: any triangle will do.
        near = owners[tree.query(keys, k=_CANDIDATES, distance_upper_bound=_FAR)[1] % len(owners)]
        corners = self.vertices[self.triangles[near]]  # (N, candidates, 3 corners, 3)
        weights = _closest_weights(points[:, None], corners)
        positions = np.einsum("nck,nckd->ncd", weights, corners)
        offset = np.sum((positions - points[:, None]) ** 2, -1)
        turned_away = np.einsum("nck,nk->nc", self._facets[near], normals) < _SAME_SIDE
        best = np.argmin(offset + turned_away * _NORMAL_WEIGHT**2, axis=1)
        row = np.arange(len(points))
        return near[row, best], weights[row, best], positions[row, best], np.sqrt(offset[row, best])

    def at(self, triangle, weights, values=None):
        """(N, C) per-vertex `values` (V, C), positions where none are given, at points on the surface."""
        values = self.vertices if values is None else values
        return np.einsum("nk,nkc->nc", weights, values[self.triangles[triangle]])

    @cached_property
    def _facets(self):
        return _unit(facet_normals(self.vertices, self.triangles))

    @cached_property
    def _samples(self):
        """KD-tree of points all over the surface, each with its normal, and the triangle of each."""
        from scipy.spatial import cKDTree

        corners = self.vertices[self.triangles]
        longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(1)
        steps = np.clip(np.ceil(longest / _SPACING), 1, _FINEST).astype(int)
        positions, owners = [], []
        for count in np.unique(steps):
            chosen = np.flatnonzero(steps == count)
            positions.append(np.einsum("sk,tkd->tsd", _grid_weights(count), corners[chosen]).reshape(-1, 3))
            owners.append(np.repeat(chosen, count**2))
        owners = np.concatenate(owners)
        keys = np.concatenate([np.concatenate(positions), self._facets[owners] * _NORMAL_WEIGHT], axis=1)
        return cKDTree(keys), owners


def facet_normals(vertices, triangles):
    """(T, 3) normals of triangles, as long as twice their areas."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    return np.cross(b - a, c - a)


def vertex_normals(vertices, triangles):
    """(V, 3) unit normals, weighted by area; zero where no triangle is."""
    facets = facet_normals(vertices, triangles)
    return _unit(sum(_gathered(triangles[:, k], facets, len(vertices)) for k in range(3)))


def vertex_areas(vertices, triangles):
    """(V,) a third of the areas of the triangles around each vertex."""
    areas = np.linalg.norm(facet_normals(vertices, triangles), axis=1) / 6
    return sum(np.bincount(triangles[:, k], areas, len(vertices)) for k in range(3))


def edges(triangles):
    """(E, 2) edges, each once with the smaller vertex first, and (E,) how many triangles share each."""
    pairs = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
    return np.unique(pairs, axis=0, return_counts=True)


def boundary(triangles, count):
    """(V,) bool: vertices on an open edge."""
    pairs, shared = edges(triangles)
    result = np.zeros(count, bool)
    result[pairs[shared == 1]] = True
    return result


def parts(triangles, count):
    """(V,) number of the loose part that each vertex belongs to; vertices without triangles are parts of their own."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    pairs, _ = edges(triangles)
    graph = coo_matrix((np.ones(len(pairs)), pairs.T), (count, count))
    return connected_components(graph, directed=False)[1]


def largest_part(vertices, triangles):
    """(V,) bool: the loose part with the largest surface, which on a head is its skin."""
    labels = parts(triangles, len(vertices))
    return labels == np.argmax(np.bincount(labels, vertex_areas(vertices, triangles)))


def laplacian(vertices, triangles):
    """(V, V) sparse Laplacian of a mesh with the weights of inverse edge lengths.

    Rows sum to zero; symmetric; positive whatever the triangles' shapes, as the cotangents of thin ones are not.
    """
    from scipy.sparse import coo_matrix, diags

    pairs, _ = edges(triangles)
    lengths = np.linalg.norm(vertices[pairs[:, 0]] - vertices[pairs[:, 1]], axis=1)
    weights = lengths.mean() / np.maximum(lengths, 0.1 * lengths.mean())
    half = coo_matrix((weights, pairs.T), (len(vertices),) * 2)
    adjacent = (half + half.T).tocsr()
    return (diags(np.asarray(adjacent.sum(1)).ravel()) - adjacent).tocsc()


def _unit(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-20)


def _gathered(index, values, count):
    return np.stack([np.bincount(index, values[:, axis], count) for axis in range(values.shape[1])], axis=1)


def _grid_weights(count):
    """(count**2, 3) barycentric centres of the small triangles that cut a triangle's edges in `count`."""
    i, j = np.meshgrid(np.arange(count), np.arange(count), indexing="ij")
    upright, turned = i + j < count, i + j < count - 1
    corner = np.stack([i, j], -1)
    points = np.concatenate([corner[upright] + 1 / 3, corner[turned] + 2 / 3])
    return np.concatenate([points, count - points.sum(1, keepdims=True)], axis=1) / count


def _closest_weights(points, corners):
    """Barycentric weights (..., 3) of the points of triangles `corners` (..., 3, 3) closest to `points` (..., 3).

    The foot of the perpendicular where it lies inside; else the closest of the three edges' points.
    """
    a, b, c = corners[..., 0, :], corners[..., 1, :], corners[..., 2, :]
    ab, ac, ap = b - a, c - a, points - a
    d00, d01, d11 = (ab * ab).sum(-1), (ab * ac).sum(-1), (ac * ac).sum(-1)
    d20, d21 = (ap * ab).sum(-1), (ap * ac).sum(-1)
    area = np.maximum(d00 * d11 - d01 * d01, 1e-30)
    v, w = (d11 * d20 - d01 * d21) / area, (d00 * d21 - d01 * d20) / area
    foot = np.stack([1 - v - w, v, w], axis=-1)
    inside = (foot >= 0).all(-1)
    on_edges = []
    for start, end in ((0, 1), (1, 2), (2, 0)):
        line = corners[..., end, :] - corners[..., start, :]
        along = ((points - corners[..., start, :]) * line).sum(-1) / np.maximum((line * line).sum(-1), 1e-30)
        weights = np.zeros((*along.shape, 3))
        weights[..., end] = np.clip(along, 0, 1)
        weights[..., start] = 1 - weights[..., end]
        on_edges.append(weights)
    on_edges = np.stack(on_edges, axis=-2)  # (..., 3 edges, 3)
    distances = np.sum((np.einsum("...ek,...kd->...ed", on_edges, corners) - points[..., None, :]) ** 2, -1)
    edge = np.take_along_axis(on_edges, np.argmin(distances, -1)[..., None, None], axis=-2)[..., 0, :]
    return np.where(inside[..., None], foot, edge)
