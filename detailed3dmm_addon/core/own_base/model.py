"""A morphable model of somebody else's, in our units and axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import FileFormatError

SMALLEST_HEAD, LARGEST_HEAD = 0.1, 0.6  # metres, the longest side of a mesh that can be a head
LANDMARKS = 68  # the Multi-PIE / iBUG scheme: 17 of the jaw line, 51 of brows, nose, eyes and lips


@dataclass(frozen=True, eq=False)
class MorphableModel:
    """A linear 3D morphable model: mean + weights @ identity + weights @ expression.

    name : what it is called in files and menus
    mean : (V, 3) float32, metres, Blender's axes (Z up, face towards -Y, the subject's left +X)
    identity : (N, V, 3) float32, metres per unit weight; expression : (M, V, 3), the same
    expression_names : M names; ARKit's, as our shape keys have them, where the file's maker says what they mean
    faces : (F, 4) int32, -1 pads triangles
    uv : (T, 2) float32 or None, V up; faces_uv : (F, 4) int32 or None
    landmarks : (68, 3) float32 in metres, rows of NaN where the scheme's point is not known; or None
    """

    name: str
    mean: np.ndarray
    identity: np.ndarray
    expression: np.ndarray
    expression_names: tuple
    faces: np.ndarray
    uv: np.ndarray | None = None
    faces_uv: np.ndarray | None = None
    landmarks: np.ndarray | None = None

    @property
    def triangles(self):
        """(T, 3) int32: quads are cut in two."""
        return triangulated(self.faces)

    @property
    def triangles_uv(self):
        """(T, 3) int32, rows as in `triangles`; the file must have UVs."""
        return triangulated(self.faces_uv, self.faces)


def triangulated(corners, faces=None):
    """(T, 3) triangles of polygons (F, 4), -1 pads; `faces` (F, 4) says which are quads where `corners` do not."""
    is_quad = (corners if faces is None else faces)[:, 3] >= 0
    return np.concatenate([corners[:, :3], corners[is_quad][:, [0, 2, 3]]])


def checked(model, path):
    """`model` with its arrays in their types, after a look at each; raises FileFormatError with one sentence."""
    count = len(model.mean)
    mean = _finite(model.mean, (count, 3), "mean shape", path)
    extent = float(np.ptp(mean, axis=0).max()) if count else 0.0
    if not SMALLEST_HEAD <= extent <= LARGEST_HEAD:
        raise FileFormatError(f"{path} holds a shape {extent:.3g} m across: a head model, 0.1 to 0.6 m, is needed.")
    identity = _finite(model.identity, (len(model.identity), count, 3), "identity basis", path)
    expression = _finite(model.expression, (len(model.expression_names), count, 3), "expression basis", path)
    faces = _corners(model.faces, count, "faces", path)
    uv, faces_uv = None, None
    if model.uv is not None:
        uv = _finite(model.uv, (len(model.uv), 2), "texture coordinates", path)
        faces_uv = _corners(model.faces_uv, len(uv), "texture faces", path)
        if faces_uv.shape != faces.shape or ((faces_uv < 0) != (faces < 0)).any():
            raise FileFormatError(f"{path}: the texture coordinates belong to another mesh than the shape does.")
    return MorphableModel(model.name, mean, identity, expression, tuple(model.expression_names), faces, uv, faces_uv,
                          _landmarks(model.landmarks, path))


def as_faces(triangles):
    """(F, 4) int32 with -1 in the last column from triangles (F, 3)."""
    triangles = np.asarray(triangles, np.int64)
    return np.concatenate([triangles, np.full((len(triangles), 1), -1)], axis=1)


def y_up_to_blender(vectors):
    """(..., 3) vectors with Y up and the face towards +Z, as most published models have it, in Blender's axes."""
    vectors = np.asarray(vectors)
    return np.stack([vectors[..., 0], -vectors[..., 2], vectors[..., 1]], axis=-1)


def embedded_points(vertices, corners, weights):
    """(L, 3) points that lie at barycentric `weights` (L, 3) between the vertices `corners` (L, 3)."""
    return np.einsum("lk,lkc->lc", weights, vertices[corners])


def _finite(array, shape, what, path):
    array = np.asarray(array)
    if array.shape != shape:
        raise FileFormatError(f"{path}: its {what} has the shape {array.shape}, expected is {shape}.")
    if array.dtype.kind not in "fiu" or not np.isfinite(array).all():
        raise FileFormatError(f"{path}: its {what} holds values that are not finite numbers.")
    return np.ascontiguousarray(array, np.float32)


def _corners(corners, count, what, path):
    corners = np.asarray(corners)
    if corners.ndim != 2 or corners.shape[1] != 4 or corners.dtype.kind not in "iu" or not len(corners):
        raise FileFormatError(f"{path}: its {what} are not a table of whole numbers.")
    if corners.max() >= count or corners[:, :3].min() < 0 or corners[:, 3].min() < -1:
        raise FileFormatError(f"{path}: its {what} name points that are not there.")
    return np.ascontiguousarray(corners, np.int32)


def _landmarks(points, path):
    if points is None:
        return None
    points = np.asarray(points, np.float32)
    if points.shape != (LANDMARKS, 3) or np.isinf(points).any():
        raise FileFormatError(f"{path}: its landmarks are not {LANDMARKS} points.")
    return points if np.isfinite(points).all(1).sum() >= 4 else None  # fewer fix no similarity
