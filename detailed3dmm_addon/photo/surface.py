"""The surface of the base model as triangles: what a picture of it is drawn from. numpy only."""
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..core.base_model import BaseModel
from ..core.skin_canvas import BACK, FACE

# What hides what lies behind it; lashes and tears do not, nor does the shell of shadow before the eyes.
OPAQUE = (FACE, BACK, "M_GumsTongue", "M_Teeth", "M_ScleraLeft", "M_ScleraRight")


@dataclass(frozen=True)
class Triangles:
    """All triangles of the head, outside anticlockwise.

    vertices : (T, 3) int32; uv : (T, 3, 2) float64, in the tile 0..1 of their material;
    material : (T,) int32, index into the names of the topology
    """
    vertices: np.ndarray
    uv: np.ndarray
    material: np.ndarray

    def of(self, *names):
        """(T,) bool: which triangles belong to these materials."""
        materials = BaseModel.load().topology.materials
        return np.isin(self.material, [materials.index(name) for name in names])


@lru_cache(maxsize=1)
def triangles():
    """The triangles of the base model, quads cut in two."""
    topology = BaseModel.load().topology
    quads = topology.faces[:, 3] >= 0
    vertices, uv = (np.concatenate([faces[:, :3], faces[quads][:, [0, 2, 3]]])
                    for faces in (topology.faces, topology.faces_uv))
    material = np.concatenate([topology.face_material, topology.face_material[quads]]).astype(np.int32)
    corners = topology.uv[uv].astype(np.float64)
    # Tiles lie beside each other in texture space; a corner on a tile's edge must not fall into the next.
    corners -= np.floor(corners.mean(1, keepdims=True))
    return Triangles(vertices.astype(np.int32), corners, material)


def normals(vertices, faces):
    """Unit normals of a mesh at its vertices, the mean of the triangles around, weighted with their area.

    Parameters
    ----------
    vertices : (V, 3), any unit
    faces : (T, 3) int, anticlockwise as seen from outside

    Returns
    -------
    (V, 3) float32; zero where no triangle of any area is around
    """
    vertices = np.asarray(vertices, np.float64)
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    across = np.cross(b - a, c - a)
    total = np.stack([
        sum(np.bincount(faces[:, corner], across[:, axis], len(vertices)) for corner in range(3))
        for axis in range(3)], axis=1)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.divide(total, length, out=np.zeros_like(total), where=length > 0).astype(np.float32)


def in_picture(vertices, camera):
    """Vertices (V, 3) metres as a camera sees them: x and y in pixels, depth in metres; what `rasterise` draws."""
    return np.concatenate([camera.project(vertices), camera.in_view(vertices)[:, 2:]], axis=1)
