"""The face skin as a surface over its UV square. numpy only.

Map coordinates are (u, t) with t = 1 - v, so that row 0 of a map lies at V = 1. Lengths are millimetres.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SKIN_MATERIAL = "M_Face"
MM_PER_UNIT = 290.0  # median length of the face's UV square


@dataclass(frozen=True)
class Raster:
    """Which triangle covers each texel of a square map, and where in it the texel's centre lies.

    index : (R, R) int32, triangle or -1; barycentric : (R, R, 3) float32; mask : (R, R) bool.
    """

    index: np.ndarray
    barycentric: np.ndarray

    @property
    def mask(self):
        return self.index >= 0


class UVSurface:
    """The triangles of the face skin and how maps over the square are read off its vertices.

    Parameters
    ----------
    topology : any object with `faces`, `faces_uv` (F, 4; -1 pads), `uv` (N, 2), `materials` and `face_material`
    """

    def __init__(self, topology):
        chosen = np.asarray(topology.face_material) == list(topology.materials).index(SKIN_MATERIAL)
        faces, faces_uv = np.asarray(topology.faces)[chosen], np.asarray(topology.faces_uv)[chosen]
        quads = faces[:, 3] >= 0
        self.triangles = np.concatenate([faces[:, :3], faces[quads][:, [0, 2, 3]]])
        uv_triangles = np.concatenate([faces_uv[:, :3], faces_uv[quads][:, [0, 2, 3]]])
        uv = np.asarray(topology.uv, np.float64)
        self.corners = np.stack([uv[:, 0], 1 - uv[:, 1]], -1)[uv_triangles]  # (T, 3, 2)
        self.vertex_count = int(self.triangles.max()) + 1
        edges = np.stack([self.corners[:, 1] - self.corners[:, 0], self.corners[:, 2] - self.corners[:, 0]], -1)
        self.area = np.abs(np.linalg.det(edges))
        self.inverse_edges = np.linalg.inv(edges + (self.area < 1e-12)[:, None, None] * np.eye(2))

    def rasterise(self, size):
        """Raster of `size` x `size` texels; a texel belongs to a triangle when its centre lies inside."""
        index = np.full((size, size), -1, np.int32)
        barycentric = np.zeros((size, size, 3), np.float32)
        for triangle, points in enumerate(self.corners * size - 0.5):
            x0, y0 = np.maximum(np.floor(points.min(0)).astype(int), 0)
            x1, y1 = np.minimum(np.ceil(points.max(0)).astype(int), size - 1)
            if self.area[triangle] < 1e-12 or x1 < x0 or y1 < y0:
                continue
            offset = np.stack(np.meshgrid(np.arange(x0, x1 + 1), np.arange(y0, y1 + 1)), -1) - points[0]
            b = offset @ self.inverse_edges[triangle].T / size
            b = np.concatenate([1 - b.sum(-1, keepdims=True), b], -1)
            inside = (b > -1e-3).all(-1)
            index[y0 : y1 + 1, x0 : x1 + 1][inside] = triangle
            barycentric[y0 : y1 + 1, x0 : x1 + 1][inside] = b[inside]
        return Raster(index, barycentric)

    def sample(self, raster, per_vertex):
        """Values (n, ...) at the skin's vertices -> map (R, R, ...), zero outside the skin."""
        size = len(raster.index)
        out = np.zeros((size, size) + per_vertex.shape[1:], np.float32)
        corners = per_vertex[self.triangles[raster.index[raster.mask]]]
        out[raster.mask] = np.einsum("nk,nk...->n...", raster.barycentric[raster.mask], corners)
        return out
