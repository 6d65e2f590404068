"""The training data of the base model, made exactly symmetric, in the product's units and axes."""
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .mirror import mirror_identity, mirror_names, mirror_vertices, symmetric_involution

DATA_VARIABLE = "DETAILED3DMM_DATA"
MODEL_FILE = "ict_face_model.npz"
INDEX_FILE = "ict_vertex_indices.json"
LEFT_OUT = ("cheekRaiser_L", "cheekRaiser_R")  # they repeat cheekSquint
FLIP = np.array([-1.0, 1.0, 1.0])


@dataclass
class FaceData:
    """The source model, float64, metres, Blender axes (Z up, face towards -Y), mirror-symmetric to rounding.

    mean : (V, 3); modes : (100, V, 3), one standard deviation each; offsets : (53, V, 3), for the mean face;
    image : (V,) the vertex on the other side; key_image : (53,) the expression of the other side;
    identity_image : (100, 100) what takes an identity to its mirror image.
    """
    mean: np.ndarray
    modes: np.ndarray
    names: list
    offsets: np.ndarray
    faces: np.ndarray
    uv: np.ndarray
    faces_uv: np.ndarray
    materials: list
    face_material: np.ndarray
    image: np.ndarray
    key_image: np.ndarray
    identity_image: np.ndarray

    def material_vertices(self, *materials):
        """Sorted vertices of the faces of these materials."""
        chosen = np.isin(self.face_material, [self.materials.index(name) for name in materials])
        vertices = np.unique(self.faces[chosen])
        return vertices[vertices >= 0]


def data_folder(given=None):
    """The folder of the training data: `given`, else the environment variable ``DETAILED3DMM_DATA``; None without."""
    folder = given or os.environ.get(DATA_VARIABLE)
    return Path(folder) if folder and (Path(folder) / MODEL_FILE).exists() else None


def read(folder):
    """Read ``ict_face_model.npz`` (see training/README.md for its keys) and make it symmetric.

    Parameters
    ----------
    folder : path of the training data

    Returns
    -------
    FaceData
    """
    with np.load(Path(folder) / MODEL_FILE) as source:
        names = [str(name) for name in source["expression_names"]]
        kept = [i for i, name in enumerate(names) if name not in LEFT_OUT]
        names = [names[i] for i in kept]
        image = mirror_vertices(source["mean"], source["faces"])
        key_image = mirror_names(names)
        mean, modes = _product(source["mean"]), _product(source["identity"])
        offsets = _product(source["expression"][kept])
        identity_image = symmetric_involution(mirror_identity(source["identity"], image))
        return FaceData(
            mean=(mean + mean[image] * FLIP) / 2,
            modes=(modes + np.tensordot(identity_image, modes[:, image] * FLIP, 1)) / 2,
            names=names, offsets=(offsets + offsets[key_image][:, image] * FLIP) / 2,
            faces=source["faces"], uv=source["uv"], faces_uv=source["faces_uv"],
            materials=[str(name) for name in source["materials"]],
            face_material=source["face_material"].astype(np.int32),
            image=image, key_image=key_image, identity_image=identity_image)


def _product(points):
    """Centimetres with Y up and Z to the viewer -> metres in Blender's axes."""
    x, y, z = np.moveaxis(points.astype(np.float64) / 100, -1, 0)
    return np.stack([x, -z, y], -1)
