"""Meshes on disk: ``mesh.npz`` for programs, ``mesh.obj`` for everything else.

Both are in metres and in Blender's axes (Z up, face towards -Y), with the vertex order and the UVs of the model.
"""
from pathlib import Path

import numpy as np

from .errors import ParameterError


def write_npz(path, vertices, topology, vertices_neutral=None):
    """Write ``vertices``, ``faces`` (-1 pads triangles), ``uv``, ``faces_uv`` and, where given, ``vertices_neutral``.

    Parameters
    ----------
    path : str or Path
    vertices : (V, 3) array, metres, expression applied
    topology : `core.base_model.Topology`
    vertices_neutral : (V, 3) array or None, metres, without the expression
    """
    arrays = {
        "vertices": _checked(vertices), "faces": np.asarray(topology.faces, np.int32),
        "uv": np.asarray(topology.uv, np.float32), "faces_uv": np.asarray(topology.faces_uv, np.int32),
    }
    if vertices_neutral is not None:
        arrays["vertices_neutral"] = _checked(vertices_neutral)
    with Path(path).open("wb") as file:
        np.savez_compressed(file, **arrays)


def write_obj(path, vertices, topology):
    """Write a Wavefront OBJ with UVs and one material name for each part of the head.

    Parameters
    ----------
    path : str or Path
    vertices : (V, 3) array, metres
    topology : `core.base_model.Topology`
    """
    lines = ["# Detailed3DMM: metres, Z up, face towards -Y"]
    lines += [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in _checked(vertices).tolist()]
    lines += [f"vt {u:.6f} {v:.6f}" for u, v in np.asarray(topology.uv).tolist()]
    corners = np.stack([topology.faces, topology.faces_uv], axis=-1) + 1
    # One group a material, as programs that import OBJ expect; faces inside it keep their order.
    for index, material in enumerate(topology.materials):
        lines.append(f"usemtl {material}")
        for face in corners[np.asarray(topology.face_material) == index].tolist():
            lines.append("f " + " ".join(f"{vertex}/{uv}" for vertex, uv in face if vertex > 0))
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _checked(vertices):
    vertices = np.asarray(vertices, np.float32)
    if vertices.ndim != 2 or vertices.shape[1] != 3:
        raise ParameterError(f"Vertices are rows of three numbers, these are {vertices.shape}.")
    if not np.isfinite(vertices).all():
        raise ParameterError("The mesh holds values that are not finite numbers.")
    return vertices
