"""Where the vertices of another model's head lie on ours."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from ..base_model import IDENTITY_SIZE, BaseModel
from ..errors import FileFormatError, ParameterError
from . import alignment, registration, resemblance
from .head import FACE, OUTER, SKIN, OurHead, bodies
from .pickles import DAMAGED
from .surface import (
    Surface,
    boundary,
    edges,
    facet_normals,
    laplacian,
    largest_part,
    parts,
    vertex_areas,
)

FORMAT = 1
_REACH = 0.005  # metres: farther from the bent template a vertex has no place on it
_FACING = 0.3  # cosine between normals below which it has none either
_LARGEST_SCALE = 2.0
_STRETCHED = 4.0  # a triangle this much larger in our UVs than its neighbours lies across a gap in them
_BODY_REACH = 0.03  # metres between a loose part and the eye or jaw that it follows
ALIGNED, RESEMBLING, BENT = 0.1, 0.25, 0.9  # progress when each step is done


@dataclass(frozen=True, eq=False)
class Correspondence:
    """For each of a model's V vertices a place on our head.

    corners : (V, 3) int32, vertices of our head, and weights : (V, 3) float32 between them
    placed : (V,) bool, where that place is real: elsewhere (in the nose, at parts that ours lacks) it is a guess
    uv : (V, 2) float32, the place in our UV square; mapped : (V,) float32, 1 where our displacement covers it, else 0
    scale : (V,) float32, how much longer things are there than on our mean head
    follows : (V,) int32, which of our eyes and jaws a loose part moves with (`head.bodies`), -1 the skin, -2 nothing
    rotation : (3, 3), translation : (3,) metres, similarity : the alignment's scale; from our head to theirs
    residual : (2,) float32, mm, median and 95th percentile of the distance of mapped vertices from our bent skin
    """

    corners: np.ndarray
    weights: np.ndarray
    placed: np.ndarray
    uv: np.ndarray
    mapped: np.ndarray
    scale: np.ndarray
    follows: np.ndarray
    rotation: np.ndarray
    translation: np.ndarray
    similarity: np.ndarray
    residual: np.ndarray

    def save(self, path):
        """Write as .npz; OSError where that cannot be done."""
        with Path(path).open("wb") as file:
            np.savez_compressed(file, format=FORMAT, **vars(self))

    @classmethod
    def load(cls, path):
        """Read what `save` wrote; raises FileFormatError."""
        try:
            with np.load(path, allow_pickle=False) as file:
                if int(file["format"]) != FORMAT:
                    raise FileFormatError(f"{path} has another version than {FORMAT}: make the correspondence again.")
                found = cls(**{field.name: file[field.name] for field in fields(cls)})
        except (*DAMAGED, OSError) as error:
            raise FileFormatError(f"{path} is not a correspondence of Detailed3DMM, or is damaged.") from error
        found.check(len(found.corners), path)
        return found

    def check(self, vertices, what="The correspondence"):
        """Raise FileFormatError unless it is one for a mesh of `vertices` vertices."""
        shapes = {"corners": (vertices, 3), "weights": (vertices, 3), "uv": (vertices, 2), "rotation": (3, 3),
                  "translation": (3,), "similarity": (), "residual": (2,),
                  **dict.fromkeys(("placed", "mapped", "scale", "follows"), (vertices,))}
        if any(getattr(self, name).shape != shape for name, shape in shapes.items()) or \
                not 0 <= self.corners.min(initial=0) <= self.corners.max(initial=0) < SKIN:
            raise FileFormatError(f"{what} belongs to another mesh.")


def register(model, landmarks=None) -> Generator[float, None, Correspondence]:
    """Find where a model's vertices lie on our head, step by step.

    Parameters
    ----------
    model : `MorphableModel`
    landmarks : (68, 3) metres, NaN where not known; None takes the model's own, and where it has none the shapes decide

    Yields
    ------
    Progress 0..1; whoever stops asking has cancelled.

    Returns
    -------
    `Correspondence`, the value of the generator

    Raises
    ------
    ParameterError
        If the two heads cannot be brought together.
    """
    head = OurHead()
    triangles = model.triangles.astype(np.int64)
    theirs = model.mean.astype(np.float64)
    is_skin = largest_part(theirs, triangles)
    skin = Surface(theirs, _facing_out(triangles[is_skin[triangles].all(1)], theirs))
    landmarks = model.landmarks if landmarks is None else np.asarray(landmarks)
    if landmarks is not None:
        aligned = alignment.from_landmarks(head.vertices[head.landmarks], landmarks.astype(np.float64))
    else:
        aligned = alignment.from_shapes(head.vertices[:FACE], head.normals[:FACE], skin)
    yield ALIGNED
    identity = np.zeros(IDENTITY_SIZE)
    steps = resemblance.resembling(head, skin, aligned, landmarks)
    for number, (aligned, identity) in enumerate(steps, 1):  # noqa: B007
        yield ALIGNED + (RESEMBLING - ALIGNED) * number / resemblance.ROUNDS
    shape = aligned(head.vertices + np.tensordot(identity, head.modes, 1))
    template = registration.Template(shape, head.triangles, np.arange(SKIN) < OUTER, head.landmarks)
    closed = ~boundary(skin.triangles, len(theirs))
    bent = shape
    for number, bent in enumerate(registration.bent(template, skin, closed, landmarks), 1):  # noqa: B007
        yield RESEMBLING + (BENT - RESEMBLING) * number / registration.STEPS
    lookalike = aligned(BaseModel.load().neutral(identity))
    found = _placed(model, head, skin, bent, aligned, _followed(model, is_skin, lookalike))
    yield 1.0
    return found


def _facing_out(triangles, vertices):
    """Triangles turned so that the mesh as a whole faces outwards, away from its middle."""
    centres = vertices[triangles].mean(1)
    outwards = np.einsum("tc,tc->t", facet_normals(vertices, triangles), centres - centres.mean(0)).sum() > 0
    return triangles if outwards else triangles[:, ::-1]


def _placed(model, head, skin, bent, aligned, followed):
    """The correspondence, given our skin bent onto theirs."""
    count = len(model.mean)
    index = np.unique(skin.triangles)
    points, normals = skin.vertices[index], skin.normals[index]
    ours = Surface(bent, head.triangles)
    triangle, weights, _, distance = ours.closest(points, normals)
    facing = np.einsum("nc,nc->n", ours.at(triangle, weights, ours.normals), normals)
    at_neck = (weights * head.neck[head.triangles[triangle]]).sum(1) > 0.99
    good = (distance < _REACH) & (facing > _FACING) & ~at_neck
    mapped = good & head.is_face[triangle]
    if mapped.sum() < 100:
        raise ParameterError("The two heads could not be brought together: give the model's landmarks, and look if "
                             "its mean is an upright head of real size.")
    uv = _our_uv(head, bent, points, normals, triangle, weights)
    mapped &= ~_across_gaps(uv, points, skin.triangles, index, count)
    ratio = _local_scale(head, bent)[head.triangles[triangle]]
    spread = {"corners": head.triangles[triangle], "weights": weights, "placed": good, "uv": uv, "mapped": mapped,
              "scale": (ratio * weights).sum(1)}
    full = {name: _over_all(values, index, count, aligned.scale if name == "scale" else 0)
            for name, values in spread.items()}
    types = {"corners": np.int32, "placed": bool}
    return Correspondence(
        **{name: values.astype(types.get(name, np.float32)) for name, values in full.items()},
        follows=followed, rotation=aligned.rotation, translation=aligned.translation,
        similarity=np.asarray(aligned.scale), residual=np.float32(1000 * np.percentile(distance[mapped], [50, 95])))


def _our_uv(head, bent, points, normals, triangle, weights):
    """(N, 2) places in our UV square; points off the face take the closest that is on it, so that edges can fade."""
    face = Surface(bent, head.triangles[head.is_face])
    corners = head.triangles_uv[triangle]
    off = np.flatnonzero(~head.is_face[triangle])
    weights = weights.copy()
    if len(off):
        nearest, weights[off], _, _ = face.closest(points[off], normals[off])
        corners[off] = head.triangles_uv[head.is_face][nearest]
    return np.einsum("nk,nkc->nc", weights, head.uv[corners].astype(np.float64))


def _across_gaps(uv, points, triangles, index, count):
    """(N,) bool: vertices with an edge that is far longer in our UVs than on the head."""
    row = np.full(count, -1)
    row[index] = np.arange(len(index))
    pairs = row[edges(triangles)[0]]
    ratio = np.linalg.norm(uv[pairs[:, 0]] - uv[pairs[:, 1]], axis=1) / np.maximum(
        np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1), 1e-6)
    result = np.zeros(len(index), bool)
    result[pairs[ratio > _STRETCHED * np.median(ratio)]] = True
    return result


def _local_scale(head, bent):
    """(S,) how much longer our bent skin is than the mean head's, smoothed over a few millimetres."""
    from scipy.sparse import identity

    areas = [vertex_areas(vertices, head.triangles) for vertices in (head.vertices, bent)]
    around = identity(SKIN) + abs(laplacian(head.vertices, head.triangles)) * 0.5
    for _ in range(4):
        areas = [around @ area for area in areas]
    return np.clip(np.sqrt(areas[1] / areas[0]), 1 / _LARGEST_SCALE, _LARGEST_SCALE)


def _over_all(values, index, count, default):
    full = np.full((count, *values.shape[1:]), default, values.dtype)
    full[index] = values
    return full


def _followed(model, is_skin, lookalike):
    """(V,) which body each loose part moves with: the one that is closest, -1 the skin itself, -2 none.

    lookalike : (26719, 3) metres, our head of most resemblance, in its place
    """
    from scipy.spatial import cKDTree

    labels = parts(model.triangles.astype(np.int64), len(model.mean))
    trees = [cKDTree(lookalike[body]) for body in bodies()]
    follows = np.full(len(model.mean), -1, np.int32)
    for label in np.unique(labels[~is_skin]):
        part = labels == label
        distances = [tree.query(model.mean[part])[0].mean() for tree in trees]
        follows[part] = np.argmin(distances) if min(distances) < _BODY_REACH else -2
    return follows
