"""Our own head as the correspondence sees it: the skin that is bent, and what is rigid inside."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ..base_model import IDENTITY_SIZE, BaseModel
from .model import triangulated
from .surface import boundary, vertex_normals

# ICT-FaceKit's vertex order: face, then head and neck, then the sockets of mouth and eyes, which are skin as well.
FACE, OUTER, SKIN = 9409, 11248, 14062
_FACE_MATERIAL, _SKIN_MATERIALS = "M_Face", ("M_Face", "M_BackHead")
_EVERY = 3  # of our vertices, one in so many finds the resemblance
_MOVES = 0.001  # metres by which an open jaw moves a tooth that belongs to it


class OurHead:
    """The skin of our mean head.

    vertices : (S, 3) metres; triangles, triangles_uv : (T, 3); uv : (U, 2); is_face : (T,) bool; landmarks : (68,);
    modes : (100, S, 3) metres a standard deviation of identity; measured : vertices that find the resemblance, and
    landmark_rows : which of those are the landmarks; neck : (S,) bool, the open edge, beyond which nothing has a place
    """

    def __init__(self):
        base = BaseModel.load()
        topology = base.topology
        materials = [topology.materials.index(name) for name in _SKIN_MATERIALS]
        chosen = np.isin(topology.face_material, materials)
        faces, faces_uv = topology.faces[chosen], topology.faces_uv[chosen]
        self.vertices = base.mean[:SKIN].astype(np.float64)
        self.triangles = triangulated(faces).astype(np.int64)
        self.triangles_uv = triangulated(faces_uv, faces)
        self.uv = topology.uv
        quads = faces[:, 3] >= 0
        is_face = topology.face_material[chosen] == topology.materials.index(_FACE_MATERIAL)
        self.is_face = np.concatenate([is_face, is_face[quads]])
        self.normals = vertex_normals(self.vertices, self.triangles)
        self.landmarks = base.landmarks
        self.modes = base.modes(np.arange(SKIN))
        self.measured = np.union1d(np.arange(0, OUTER, _EVERY), base.landmarks)
        self.landmark_rows = np.searchsorted(self.measured, base.landmarks)
        self.neck = boundary(self.triangles, SKIN)


@lru_cache(maxsize=1)
def bodies():
    """What is rigid: four arrays of vertices, right eye, left eye, upper teeth, lower teeth."""
    base = BaseModel.load()
    teeth = _vertices(base.topology, "M_Teeth")
    opened = base.vertices(np.zeros(IDENTITY_SIZE), base.expression({"jawOpen": 1.0}))
    moves = np.linalg.norm(opened[teeth] - base.mean[teeth], axis=1) > _MOVES
    return (_vertices(base.topology, "M_ScleraRight", "M_IrisRight"),
            _vertices(base.topology, "M_ScleraLeft", "M_IrisLeft"), teeth[~moves], teeth[moves])


def _vertices(topology, *materials):
    chosen = np.isin(topology.face_material, [topology.materials.index(name) for name in materials])
    found = np.unique(topology.faces[chosen])
    return found[found >= 0]
