"""FaceScape's bilinear model: `facescape_bm_v1.6_847_50_52_id_front.npz` and its kin, or `core_847_50_52.npy` (1.3).

Version 1.6: `shape_bm_core` (3 V, 52, N), millimetres, Y up, a vertex's coordinates one after the other; shape = core .
identity . expression, where expression 0 is neutral and the rest are whole faces too; `id_mean`, `id_var` (N,);
`fv_indices`, `ft_indices` (F, 3) from 1; `texcoords` (T, 2); `lm_list_v16` (68,).
Earlier: core (N, 52, 3 V) alone in the .npy; beside it `factors_id_847_50_52.npy` (847, N), `predef_faces.pkl` (for a
face its vertices, normals, texture coordinates, from 1, and material) and `predef_texcoords.pkl`.
Format: https://github.com/zhuhao-nju/facescape, doc/doc_bilinear_model.md; names of the expressions: its issue 52.
"""

from __future__ import annotations

import numpy as np

from ..errors import FileFormatError
from . import pickles
from .model import MorphableModel, as_faces, y_up_to_blender

KEYS = {"shape_bm_core", "id_mean", "fv_indices"}
EXPRESSIONS = 52
_MILLIMETRE = 0.001
# A face with an expression stays this close to the neutral one, as a share of the neutral face's size.
_LARGEST_EXPRESSION = 0.2

# In the file's order, from 1 on, by our names; ARKit's own name where ours has a left and a right one.
EXPRESSION_NAMES = (
    "eyeBlink_L", "eyeBlink_R", "eyeSquint_L", "eyeSquint_R", "eyeLookDown_L", "eyeLookDown_R", "eyeLookIn_L",
    "eyeLookIn_R", "eyeWide_L", "eyeWide_R", "eyeLookOut_L", "eyeLookOut_R", "eyeLookUp_L", "eyeLookUp_R", "browDown_L",
    "browDown_R", "browInnerUp", "browOuterUp_L", "browOuterUp_R", "jawOpen", "mouthClose", "jawLeft", "jawRight",
    "jawForward", "mouthUpperUp_L", "mouthUpperUp_R", "mouthLowerDown_L", "mouthLowerDown_R", "mouthRollUpper",
    "mouthRollLower", "mouthSmile_L", "mouthSmile_R", "mouthDimple_L", "mouthDimple_R", "mouthStretch_L",
    "mouthStretch_R", "mouthFrown_L", "mouthFrown_R", "mouthPress_L", "mouthPress_R", "mouthPucker", "mouthFunnel",
    "mouthLeft", "mouthRight", "mouthShrugLower", "mouthShrugUpper", "noseSneer_L", "noseSneer_R", "cheekPuff",
    "cheekSquint_L", "cheekSquint_R")


def read(data, path):
    """The model of version 1.6 in `data`, a mapping with the keys above; UVs and landmarks where it has them."""
    identity = np.asarray(data["id_mean"]).ravel()
    spread = np.sqrt(np.maximum(np.asarray(data["id_var"]).ravel(), 0)) if "id_var" in data else np.ones_like(identity)
    uv, faces_uv = None, None
    if "texcoords" in data and "ft_indices" in data:
        uv, faces_uv = np.asarray(data["texcoords"])[:, :2], _from_one(data["ft_indices"], path)
    faces = _from_one(data["fv_indices"], path)
    model = _model(np.asarray(data["shape_bm_core"]), identity, spread, faces, uv, faces_uv, path)
    return model if "lm_list_v16" not in data else _with_landmarks(model, data["lm_list_v16"], path)


def read_core(core, path):
    """The model of an earlier version: its core, and what lies beside it in the folder of `path`."""
    if core.ndim != 3 or core.shape[1] != EXPRESSIONS or core.shape[2] % 3:
        raise FileFormatError(f"{path} is an array {core.shape}, not a core of FaceScape's bilinear model.")
    factors = _beside(path, path.name.replace("core", "factors_id"), pickles.load_npy)
    corners = _beside(path, "predef_faces.pkl", pickles.load)
    try:
        faces = np.array([face[0][:3] for face in corners], np.int64) - 1
        faces_uv = np.array([face[2][:3] for face in corners], np.int64) - 1
        factors = np.asarray(factors, np.float64).reshape(-1, len(core))
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise FileFormatError(f"{path}: factors_id or predef_faces.pkl beside it belong to another model.") from error
    uv = None
    if (path.parent / "predef_texcoords.pkl").is_file():
        uv = np.asarray(pickles.load(path.parent / "predef_texcoords.pkl"), np.float64)[:, :2]
    return _model(core.transpose(2, 1, 0), factors.mean(0), factors.std(0), as_faces(faces), uv,
                  None if uv is None else as_faces(faces_uv), path)


def _model(core, identity, spread, faces, uv, faces_uv, path):
    if core.ndim != 3 or core.shape[1] != EXPRESSIONS or core.shape[0] % 3 or core.shape[2] != len(identity) \
            or len(spread) != len(identity):
        raise FileFormatError(f"{path}: its core {core.shape} does not fit {len(identity)} identity numbers and "
                              f"{EXPRESSIONS} expressions.")
    shapes = np.stack([core[:, index] @ identity.astype(core.dtype) for index in range(EXPRESSIONS)])
    neutral, offsets = shapes[0], shapes[1:] - shapes[0]
    if np.isfinite(shapes).all() and np.linalg.norm(offsets, axis=1).max() > _LARGEST_EXPRESSION * _size(neutral):
        raise FileFormatError(f"{path} holds its expressions as principal components (the \"id_exp\" file): take "
                              "facescape_bm_v1.6_847_50_52_id_front.npz instead.")
    modes = core[:, 0].T * spread[:, None]
    return MorphableModel("FaceScape", _points(neutral), _points(modes), _points(offsets), EXPRESSION_NAMES, faces, uv,
                          faces_uv)


def _size(flat):
    points = flat.reshape(-1, 3)
    return np.linalg.norm(points - points.mean(0))


def _points(flat):
    return y_up_to_blender(flat.reshape(*flat.shape[:-1], -1, 3)) * np.float32(_MILLIMETRE)


def _with_landmarks(model, indices, path):
    indices = np.asarray(indices).ravel()
    if indices.dtype.kind not in "iu" or indices.min() < 0 or indices.max() >= len(model.mean):
        raise FileFormatError(f"{path}: its landmarks name vertices that are not there.")
    return MorphableModel(**{**vars(model), "landmarks": model.mean[indices]})


def _from_one(indices, path):
    indices = np.asarray(indices)
    if indices.ndim != 2 or indices.shape[1] != 3 or indices.dtype.kind not in "iu":
        raise FileFormatError(f"{path}: its faces {indices.shape} are not triangles.")
    return as_faces(indices.astype(np.int64) - 1)


def _beside(path, name, load):
    if not (path.parent / name).is_file():
        raise FileFormatError(f"{path} needs {name} beside it, from the same archive of FaceScape.")
    return load(path.parent / name)
