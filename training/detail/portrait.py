"""Grey pictures of a face in raking light, without a renderer: a depth buffer, smooth normals, displacement as bump."""

from __future__ import annotations

import cv2
import numpy as np
from scipy.ndimage import map_coordinates

from training.teacher.skin_mesh import SkinMesh

BACKGROUND = 0.16
EXTENT = (-88, 88, -98, 128)  # left, right, bottom, top of a portrait, mm
RAKING = (0.84, -0.42, 0.40)  # towards the lamp
SHOWN = ("M_Face", "M_BackHead", "M_GumsTongue", "M_Teeth", "M_ScleraLeft", "M_ScleraRight")
TONE = {"M_Face": 0.80, "M_BackHead": 0.80, "M_GumsTongue": 0.22, "M_Teeth": 0.75}
LINING = 0.12
LINED_MM = (-45.0, 70.0)  # what of the back of the head lies in front of the first and below the second lines the mouth
SCLERA, IRIS, PUPIL = 0.80, 0.28, 0.04
IRIS_MM, PUPIL_MM = 5.9, 2.3
SQUARES_AT_ONCE = 1_000_000  # pixels
FINEST_TILE = 4  # pixels: triangles are drawn in squares of this size, twice that, ...


class Portraits:
    """Draws the faces of one base model."""

    def __init__(self, base):
        topology = base.topology
        self.skin = SkinMesh(topology)
        self.landmarks = base.landmarks
        parts = [self._triangles(topology, name) for name in SHOWN]
        self.triangles = np.concatenate(parts)
        self.part = np.repeat(np.arange(len(SHOWN)), [len(p) for p in parts])

    def _triangles(self, topology, name):
        if name == "M_Face":
            return self.skin.triangles  # in the order of the skin's UV corners
        faces = topology.faces[topology.face_material == topology.materials.index(name)]
        return np.concatenate([faces[:, :3], faces[faces[:, 3] >= 0][:, [0, 2, 3]]])

    def draw(self, vertices, height, width=300, extent=EXTENT, yaw=0.0, light=RAKING):
        """Picture (H, W) in 0..1, orthographic, seen from the front.

        vertices : (V, 3) metres, posed; height : (R, R) mm along the normal, any R; width : pixels;
        extent : left, right, bottom, top in mm, after the head has turned by `yaw` radians; light : towards the lamp
        """
        vertices = vertices * 1000 @ _turn(yaw).T
        scale = 2 * width / (extent[1] - extent[0])  # twice the pixels, averaged at the end
        shape = (2 * int(width * (extent[3] - extent[2]) / (extent[1] - extent[0])), 2 * width)
        pixels = np.stack([(vertices[:, 0] - extent[0]) * scale, (extent[3] - vertices[:, 2]) * scale], -1)
        triangle, corners = nearest_triangles(pixels, vertices[:, 1], self.triangles, shape)
        seen = np.flatnonzero(triangle >= 0)
        at, corners = triangle[seen], corners[seen]
        normals = _interpolated(_vertex_normals(vertices, self.triangles), self.triangles[at], corners)
        skin = self.part[at] == 0
        normals[skin] -= self._slope(vertices, height, at[skin], corners[skin])
        normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
        points = _interpolated(vertices, self.triangles[at], corners)
        picture = np.full(shape[0] * shape[1], BACKGROUND, np.float32)
        picture[seen] = self._tones(points, at) * _shade(normals, np.asarray(light) / np.linalg.norm(light))
        return cv2.resize(picture.reshape(shape), (shape[1] // 2, shape[0] // 2), interpolation=cv2.INTER_AREA)

    def _slope(self, vertices, height, triangle, corners):
        """Gradient of the height along the surface (n, 3), mm per mm: Blinn's bump mapping (1978)."""
        size, points = len(height), vertices[self.skin.triangles]
        edges = np.stack([points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]], -1)
        jacobian = self.skin.to_vertices(edges @ self.skin.inverse_edges, smoothing=1)
        jacobian = _interpolated(jacobian, self.skin.triangles[triangle], corners)
        column, row = np.einsum("nk,nkc->cn", corners, self.skin.corners[triangle]) * size - 0.5
        slopes = np.gradient(height, 1 / size)[::-1]
        by_u, by_t = (map_coordinates(slope, (row, column), order=1, mode="nearest") for slope in slopes)
        along_u, along_t = jacobian[..., 0], jacobian[..., 1]
        uu, ut, tt = ((a * b).sum(-1) for a, b in ((along_u, along_u), (along_u, along_t), (along_t, along_t)))
        rise_u, rise_t = tt * by_u - ut * by_t, uu * by_t - ut * by_u  # the metric's inverse times the slopes
        return (rise_u[:, None] * along_u + rise_t[:, None] * along_t) / (uu * tt - ut * ut)[:, None]

    def _tones(self, points, triangle):
        """How light each visible place is painted."""
        part = self.part[triangle]
        tones = np.array([TONE.get(name, SCLERA) for name in SHOWN], np.float32)[part]
        inner = (part == SHOWN.index("M_BackHead")) & (points[:, 1] < LINED_MM[0]) & (points[:, 2] < LINED_MM[1])
        tones[inner] = LINING
        for name in ("M_ScleraLeft", "M_ScleraRight"):
            eye = part == SHOWN.index(name)
            if eye.any():
                tones[eye] = _eye(points[eye] - self._eye_front(points, eye))
        return tones

    @staticmethod
    def _eye_front(points, eye):
        return points[eye][points[eye][:, 1].argmin()]


def _eye(offset):
    """Tones of an eyeball by the distance from its front, mm."""
    distance = np.hypot(offset[:, 0], offset[:, 2])
    return np.where(distance < PUPIL_MM, PUPIL, np.where(distance < IRIS_MM, IRIS, SCLERA)).astype(np.float32)


def nearest_triangles(pixels, depth, triangles, shape):
    """Depth buffer: the triangle (H * W,) nearest to the viewer in each pixel, or -1, and barycentrics (H * W, 3).

    pixels : (V, 2) columns and rows; depth : (V,), smaller is nearer
    """
    nearest = np.full(shape[0] * shape[1], np.inf, np.float32)
    index = np.full(len(nearest), -1, np.int32)
    weights = np.zeros((len(nearest), 3), np.float32)
    corners, low = pixels[triangles], np.floor(pixels[triangles].min(1)).astype(int)
    reach = np.ceil(corners.max(1) - low).max(-1).astype(int) + 1
    visible = (corners.max(1) > 0).all(-1) & (low < shape[::-1]).all(-1)
    tile = FINEST_TILE
    while visible.any():
        fitting = np.flatnonzero(visible & (reach <= tile))
        for chosen in np.array_split(fitting, len(fitting) * tile**2 // SQUARES_AT_ONCE + 1):
            _draw_squares(chosen, tile, corners, low, depth[triangles], shape, nearest, index, weights)
        visible &= reach > tile
        tile *= 2
    return index, weights


def _draw_squares(chosen, tile, corners, low, depth, shape, nearest, index, weights):
    """Draws triangles that fit into squares of `tile` pixels into the depth buffer."""
    down, across = np.indices((tile, tile)).reshape(2, 1, -1)
    columns, rows = low[chosen, 0, None] + across, low[chosen, 1, None] + down
    first, second, third = np.moveaxis(corners[chosen], 1, 0).astype(np.float32)
    (a, c), (b, d) = (second - first).T[..., None], (third - first).T[..., None]  # the edges, columns of a 2 x 2 matrix
    determinant = a * d - b * c
    x, y = (columns + np.float32(0.5)) - first[:, :1], (rows + np.float32(0.5)) - first[:, 1:]
    with np.errstate(divide="ignore", invalid="ignore"):  # triangles seen edge on cover no pixel
        u, v = (d * x - b * y) / determinant, (a * y - c * x) / determinant
    inside = (u > -1e-4) & (v > -1e-4) & (u + v < 1.0001)
    inside &= (columns >= 0) & (rows >= 0) & (columns < shape[1]) & (rows < shape[0])
    row, _ = np.nonzero(inside)
    cell, u, v = rows[inside] * shape[1] + columns[inside], u[inside], v[inside]
    barycentrics = np.stack([1 - u - v, u, v], -1)
    distance = (barycentrics * depth[chosen[row]]).sum(-1)
    order = np.argsort(-distance)
    order = order[distance[order] < nearest[cell[order]]]
    cell = cell[order]
    nearest[cell], index[cell], weights[cell] = distance[order], chosen[row[order]], barycentrics[order]


def _shade(normals, light):
    """Lambert's law with a faint sheen, a little light from the camera and from everywhere."""
    half = light + [0, -1, 0]
    sheen = np.clip(normals @ (half / np.linalg.norm(half)), 0, 1) ** 16
    return 0.08 + 0.92 * np.clip(normals @ light, 0, 1) + 0.14 * np.clip(-normals[:, 1], 0, 1) + 0.10 * sheen


def _vertex_normals(vertices, triangles):
    points = vertices[triangles]
    faces = np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])
    normals = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], faces)
    return normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-12)


def _interpolated(per_vertex, triangles, corners):
    return np.einsum("nk,nk...->n...", corners, per_vertex[triangles])


def _turn(yaw):
    c, s = np.cos(yaw), np.sin(yaw)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
