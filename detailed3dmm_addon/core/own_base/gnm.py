"""GNM Head: `gnm_head.npz` of Google's Generative aNthropometric Model, version 3, Apache-2.0.

Keys: `template_vertex_positions` (17821, 3), metres, Y up; `vertex_identity_basis` (253, V, 3) and `expression_basis`
(383, V, 3), per standard deviation; `expression_names`; `quads` (Q, 4) with `quad_uvs` (Q, 4, 2), or `triangles` (T, 3)
with `triangle_uvs` (T, 3, 2), from 0. Landmarks: `head_sparse_68.txt` of the repository, a row a point: three vertices,
each with its weight. UVs may lie in several UDIM tiles.
Format: https://github.com/google/GNM, gnm/shape/gnm_xnp.py.
"""

from __future__ import annotations

import numpy as np

from ..errors import FileFormatError
from .model import LANDMARKS, MorphableModel, as_faces, embedded_points, y_up_to_blender

KEYS = {"template_vertex_positions", "vertex_identity_basis", "expression_basis"}
LANDMARK_FILES = ("head_sparse_68.txt",)


def read(data, path):
    """The model in `data`, a mapping with the keys above."""
    expression = np.asarray(data["expression_basis"])
    names = [str(name) for name in data["expression_names"]] if "expression_names" in data else \
        [f"expression{number:03d}" for number in range(len(expression))]
    faces, corners = _faces(data, path)
    uv, faces_uv = (None, None) if corners is None else _uv(corners, faces, path)
    mean, identity = (y_up_to_blender(data[key]) for key in ("template_vertex_positions", "vertex_identity_basis"))
    return MorphableModel("GNM Head", mean, identity, y_up_to_blender(expression), tuple(names), faces, uv, faces_uv)


def landmarks(path, vertices):
    """(68, 3) points of a landmark file: rows of vertex, weight, vertex, weight, vertex, weight."""
    try:
        table = np.loadtxt(path, ndmin=2)
    except (ValueError, UnicodeDecodeError) as error:
        raise FileFormatError(f"{path} is not a table of numbers.") from error
    if table.shape != (LANDMARKS, 6) or not np.isfinite(table).all():
        raise FileFormatError(f"{path}: {LANDMARKS} rows of three vertices with their weights are needed.")
    corners = table[:, ::2].astype(np.int64)
    if corners.min() < 0 or corners.max() >= len(vertices):
        raise FileFormatError(f"{path}: its landmarks name vertices that are not there.")
    return embedded_points(vertices, corners, table[:, 1::2])


def _faces(data, path):
    """(F, 4) faces and their corners' UVs (F, 4, 2) or None: quads where there are some."""
    for faces_key, uv_key in (("quads", "quad_uvs"), ("triangles", "triangle_uvs")):
        if faces_key not in data:
            continue
        faces = np.asarray(data[faces_key])
        if faces.ndim != 2 or faces.shape[1] not in (3, 4) or not len(faces):
            raise FileFormatError(f"{path}: its {faces_key} have the shape {faces.shape}.")
        corners = np.asarray(data[uv_key], np.float64) if uv_key in data else None
        if corners is not None and corners.shape != (*faces.shape, 2):
            raise FileFormatError(f"{path}: its {uv_key} {corners.shape} do not fit its {faces_key} {faces.shape}.")
        if faces.shape[1] == 3:
            faces = as_faces(faces)
            corners = None if corners is None else np.concatenate([corners, corners[:, :1]], axis=1)
        else:
            faces = np.where((faces[:, 3:] == faces[:, :1]) | (faces[:, 3:] == faces[:, 2:3]),
                             as_faces(faces[:, :3]), faces.astype(np.int64))
        return faces, corners
    raise FileFormatError(f"{path} has neither quads nor triangles.")


def _uv(corners, faces, path):
    """UV points (T, 2) and faces (F, 4) of corners (F, 4, 2): equal points are one, or seams would be everywhere."""
    if not np.isfinite(corners).all():
        raise FileFormatError(f"{path}: its texture coordinates hold values that are not finite numbers.")
    uv, index = np.unique(np.round(corners.reshape(-1, 2), 7), axis=0, return_inverse=True)
    return uv, np.where(faces < 0, -1, index.reshape(faces.shape))
