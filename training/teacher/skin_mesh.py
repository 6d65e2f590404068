"""In-plane strain of the posed skin at the resolution of the mesh: what the teacher's physics is driven by."""

from __future__ import annotations

import numpy as np

from .uv_surface import UVSurface


class SkinMesh(UVSurface):
    """The skin's surface with its metric: strains per triangle and per vertex, in millimetres and map coordinates."""

    def __init__(self, topology):
        super().__init__(topology)
        self._fans, self._fan_weights = _padded_fans(self.triangles, self.area, self.vertex_count)
        self._neighbours, self._neighbour_weights = _padded_neighbours(self.triangles, self.vertex_count)

    def metric(self, vertices):
        """First fundamental form (T, 2, 2) in map coordinates of a surface with `vertices` (>= n, 3) in mm."""
        points = vertices[self.triangles]
        jacobian = np.stack([points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]], -1) @ self.inverse_edges
        return np.swapaxes(jacobian, 1, 2) @ jacobian

    def to_vertices(self, per_triangle, smoothing=0):
        """Area-weighted mean over each vertex' triangles, then `smoothing` rounds of averaging with the neighbours."""
        values = per_triangle.reshape(len(per_triangle), -1)
        values = np.einsum("vk,vkc->vc", self._fan_weights, values[self._fans])
        for _ in range(smoothing):
            values = 0.5 * values + 0.5 * np.einsum("vk,vkc->vc", self._neighbour_weights, values[self._neighbours])
        return values.reshape((-1,) + per_triangle.shape[1:])

    def strain(self, neutral, posed, smoothing=8):
        """Green strain (g_posed - g_neutral) / 2 at the vertices, (n, 2, 2), and the neutral metric, both smoothed."""
        rest = self.metric(neutral)
        return self.to_vertices(0.5 * (self.metric(posed) - rest), smoothing), self.to_vertices(rest, 2)


def _padded_fans(triangles, area, count):
    """Triangles around each vertex as an index table (V, K) with weights that sum to one."""
    vertex = triangles.ravel()
    triangle = np.repeat(np.arange(len(triangles)), 3)
    return _padded_table(vertex, triangle, area[triangle] + 1e-12, count)


def _padded_neighbours(triangles, count):
    a, b = triangles.ravel(), np.roll(triangles, -1, 1).ravel()
    pairs = np.unique(np.concatenate([np.stack([a, b], 1), np.stack([b, a], 1)]), axis=0)
    return _padded_table(pairs[:, 0], pairs[:, 1], np.ones(len(pairs)), count)


def _padded_table(row, entry, weight, count):
    order = np.argsort(row, kind="stable")
    row, entry, weight = row[order], entry[order], weight[order]
    start = np.searchsorted(row, np.arange(count))
    slot = np.arange(len(row)) - start[row]
    table = np.zeros((count, slot.max() + 1), np.int64)
    weights = np.zeros(table.shape)
    table[row, slot], weights[row, slot] = entry, weight
    return table, weights / np.maximum(weights.sum(1, keepdims=True), 1e-12)
