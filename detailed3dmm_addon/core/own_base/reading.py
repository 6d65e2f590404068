"""Which model a file holds, told by its content and not by its name."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import FileFormatError
from . import facescape, flame, gnm, pickles
from .model import as_faces, checked

_ZIP, _NPY, _PICKLE = b"PK", b"\x93NUMPY", b"\x80"


def read_model(path, uv=None, landmarks=None):
    """Read a morphable model.

    Parameters
    ----------
    path : str or Path, a file of FLAME, FaceScape or GNM Head as their makers publish it
    uv : str or Path or None, FLAME's texture coordinates: FLAME_texture.npz or a template OBJ; looked for beside `path`
        under their usual names where none is given
    landmarks : str or Path or None, FLAME's landmark embedding or GNM's head_sparse_68.txt; looked for likewise

    Returns
    -------
    `MorphableModel`

    Raises
    ------
    FileFormatError
        If a file is none of these, is damaged, or asks to run code; one sentence says which and what is wrong.
    """
    path = Path(path)
    try:
        model = _recognised(_content(path), path)
        model = checked(model, path)
        uv = uv or _beside(path, flame.UV_FILES if model.name == "FLAME" else ())
        if uv is not None:
            model = _with_uv(model, Path(uv))
        landmarks = landmarks or _beside(path, {"FLAME": flame.LANDMARK_FILES,
                                                "GNM Head": gnm.LANDMARK_FILES}.get(model.name, ()))
        if landmarks is not None:
            model = _with_landmarks(model, Path(landmarks))
        return model
    except pickles.DAMAGED as error:
        raise FileFormatError(f"{path} is not the model that its names promise: its arrays do not fit.") from error
    except OSError as error:
        raise FileFormatError(f"{error.filename or path} cannot be read ({error.strerror or 'damaged'}).") from error


def _content(path):
    """What a file holds: a mapping of names to arrays, or one array."""
    with path.open("rb") as file:
        start = file.read(6)
    if start.startswith(_ZIP):
        return _Archive(path)
    if start == _NPY:
        return pickles.load_npy(path)
    if start.startswith(_PICKLE):
        return pickles.load(path)
    raise FileFormatError(f"{path} is neither a pickle nor a numpy file, as FLAME, FaceScape and GNM Head are.")


class _Archive(dict):
    """The arrays of an .npz, each read when asked for: a model's file holds more than we use, objects among it."""

    def __init__(self, path):
        self._path = path
        super().__init__(dict.fromkeys(self._opened(lambda file: file.files)))

    def __getitem__(self, key):
        return self._opened(lambda file: file[key])

    def _opened(self, look):
        try:
            with np.load(self._path, allow_pickle=False) as file:
                return look(file)
        except (*pickles.DAMAGED, zipfile.BadZipFile, zlib.error) as error:
            raise FileFormatError(f"{self._path} is truncated or damaged, or not a model.") from error


def _recognised(data, path):
    if isinstance(data, dict):
        for reader in (flame, facescape, gnm):
            if set(data) >= reader.KEYS:
                return reader.read(data, path)
    elif isinstance(data, np.ndarray):
        return facescape.read_core(data, path)
    raise FileFormatError(f"{path} is not a model of FLAME, FaceScape or GNM Head: their names are not in it.")


def _beside(path, names):
    return next((path.parent / name for name in names if (path.parent / name).is_file()), None)


def _with_uv(model, path):
    """The model with the texture coordinates of `path`, whose faces must be the model's own."""
    uv, faces_uv = _read_obj(path) if path.suffix.lower() == ".obj" else _read_texture(path)
    if len(faces_uv) != len(model.faces):
        raise FileFormatError(f"{path} is another mesh's: it has {len(faces_uv)} faces, the model {len(model.faces)}.")
    return checked(replace(model, uv=uv, faces_uv=faces_uv), path)


def _read_texture(path):
    data = _content(path)
    if not isinstance(data, dict) or not {"vt", "ft"} <= set(data):
        raise FileFormatError(f"{path} has no texture coordinates: the keys vt and ft are needed.")
    corners = np.asarray(data["ft"])
    if corners.ndim != 2 or corners.shape[1] != 3:
        raise FileFormatError(f"{path}: its texture faces have the shape {corners.shape}, triangles are needed.")
    return np.asarray(data["vt"])[..., :2], as_faces(corners)


def _read_obj(path):
    """UVs and texture faces of a Wavefront OBJ; its vertices are not read."""
    points, faces = [], []
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            words = line.split()
            if line.startswith("vt "):
                points.append([float(word) for word in words[1:3]])
            elif line.startswith("f "):
                corners = [int(word.split("/")[1]) - 1 for word in words[1:5]]
                faces.append([*corners, -1][:4])
        return np.array(points, float).reshape(-1, 2), np.array(faces, np.int64).reshape(-1, 4)
    except (ValueError, IndexError) as error:
        raise FileFormatError(f"{path} is not an OBJ file with texture coordinates.") from error


def _with_landmarks(model, path):
    if model.name == "GNM Head":
        points = gnm.landmarks(path, model.mean)
    else:
        embedding = _content(path)
        if not isinstance(embedding, dict):
            raise FileFormatError(f"{path} is not a landmark embedding of FLAME.")
        points = flame.landmarks(embedding, model.mean, model.faces, path)
    return checked(replace(model, landmarks=points), path)
