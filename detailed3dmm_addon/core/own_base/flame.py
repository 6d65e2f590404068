"""FLAME: `generic_model.pkl`, `flame2023.pkl`, `flame2023_no_jaw.pkl`, or the same keys in an .npz.

Keys: `v_template` (5023, 3), metres, Y up; `shapedirs` (5023, 3, 400), 300 identity modes and 100 of expression, each
in standard deviations; `f` (9976, 3), from 0. Pose correctives and joints stay in the file: expressions are ours.
The UVs come in files of their own: `FLAME_texture.npz` (`vt`, `ft`), or the template as an OBJ.
Format: T. Li et al., "Learning a Model of Facial Shape and Expression from 4D Scans" (2017), https://flame.is.tue.mpg.de
"""

from __future__ import annotations

import numpy as np

from ..errors import FileFormatError
from .model import LANDMARKS, MorphableModel, as_faces, embedded_points, y_up_to_blender

KEYS = {"v_template", "shapedirs", "f"}
UV_FILES = ("FLAME_texture.npz", "head_template.obj", "head_template_mesh.obj")
LANDMARK_FILES = ("flame_static_embedding.pkl", "landmark_embedding.npy")
_IDENTITIES = 300


def read(data, path):
    """The model in `data`, a mapping with the keys above. UVs and landmarks are given to it later."""
    mean, modes = np.asarray(data["v_template"]), np.asarray(data["shapedirs"])
    if modes.ndim != 3 or mean.ndim != 2 or modes.shape[:2] != mean.shape or mean.shape[1:] != (3,):
        raise FileFormatError(f"{path}: shapedirs {modes.shape} does not fit v_template {mean.shape}.")
    modes = y_up_to_blender(np.moveaxis(modes, 2, 0))
    expression = modes[_IDENTITIES:]
    faces = np.asarray(data["f"])
    if faces.ndim != 2 or faces.shape[1] != 3:
        raise FileFormatError(f"{path}: its faces have the shape {faces.shape}, triangles are needed.")
    return MorphableModel("FLAME", y_up_to_blender(mean), modes[:_IDENTITIES], expression,
                          tuple(f"expression{number:03d}" for number in range(len(expression))), as_faces(faces))


def landmarks(embedding, vertices, faces, path):
    """(68, 3) points of a landmark embedding, NaN where it has none.

    embedding : mapping with `lmk_face_idx` (51,) or (68,) and `lmk_b_coords` (n, 3), as FLAME's site has it, or with
    `full_lmk_faces_idx` (1, 68) and `full_lmk_bary_coords` (1, 68, 3), as DECA has it
    """
    for faces_key, weights_key in (("full_lmk_faces_idx", "full_lmk_bary_coords"), ("lmk_face_idx", "lmk_b_coords")):
        if faces_key in embedding and weights_key in embedding:
            break
    else:
        raise FileFormatError(f"{path} is not a landmark embedding of FLAME.")
    try:
        chosen = np.asarray(embedding[faces_key]).astype(np.int64).ravel()
        weights = np.asarray(embedding[weights_key]).astype(np.float64).reshape(-1, 3)
    except (TypeError, ValueError) as error:
        raise FileFormatError(f"{path}: its landmarks are not numbers.") from error
    if len(chosen) not in (LANDMARKS - 17, LANDMARKS) or len(weights) != len(chosen) \
            or chosen.min() < 0 or chosen.max() >= len(faces):
        raise FileFormatError(f"{path}: its landmarks do not lie on this mesh.")
    points = np.full((LANDMARKS, 3), np.nan)
    points[LANDMARKS - len(chosen):] = embedded_points(vertices, faces[chosen, :3], weights)
    return points
