"""What the face mesh sees in drawn pictures, with the truth beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.photo import face_mesh
from detailed3dmm_addon.photo.camera import Camera
from detailed3dmm_addon.photo.crops import Region
from detailed3dmm_addon.photo.detector import Face
from detailed3dmm_addon.photo.picture import Picture
from detailed3dmm_addon.photo.surface import triangles

from . import rows
from .portrait import OPAQUE
from .scenes import SIZE, scene

LOOKS = 5  # the plain one, two moved ones, two in the mirror
PRESENCE = 0.7
A_PART = 25  # pictures in a file


@dataclass(frozen=True)
class Sightings(rows.Rows):
    """Pictures in which the face was found, one a row.

    looks : (N, LOOKS, 468, 3) float32, pixels and depth as the network answered; those in the mirror lie in its picture
    identity : (N, 100); expression : (N, 53); focal : (N,); centre : (N, 2); rotation : (N, 3, 3); translation : (N, 3)
    triangle : (N, 468) int32 row of `surface.triangles()` under each point of the first look, -1 beside the head;
    barycentric : (N, 468, 3); seed : (N,)
    """
    looks: np.ndarray
    identity: np.ndarray
    expression: np.ndarray
    focal: np.ndarray
    centre: np.ndarray
    rotation: np.ndarray
    translation: np.ndarray
    triangle: np.ndarray
    barycentric: np.ndarray
    seed: np.ndarray


    def camera(self, row):
        """The Camera of one picture."""
        return Camera(float(self.focal[row]), self.centre[row], (SIZE, SIZE), self.rotation[row], self.translation[row])


def gather(folder, count, progress=None):
    """See `count` pictures, those that are not in `folder` yet; returns Sightings of all."""
    return rows.gather(Sightings, folder, _sighting, count, A_PART, progress)


def _sighting(seed):
    """One row of Sightings as a dict, None where the face was not found."""
    drawn = scene(seed)
    rng = np.random.default_rng((seed, 1))
    first = face_mesh.landmarks(Picture(drawn.picture), true_face(drawn))
    if first.presence < PRESENCE:
        return None
    looks = [first] + [face_mesh.look(drawn.picture, moved(face_mesh.region_of(first), rng)) for _ in range(2)]
    mirrored = np.ascontiguousarray(drawn.picture[:, ::-1])
    across = in_mirror(face_mesh.region_of(first), SIZE)
    looks += [face_mesh.look(mirrored, moved(across, rng)) for _ in range(2)]
    x, y = np.clip(np.rint(first.points), 0, SIZE - 1).astype(int).T
    hit = drawn.fragments.triangle[y, x]
    opaque = np.flatnonzero(triangles().of(*OPAQUE))
    camera = drawn.camera
    return {"looks": np.stack([np.column_stack([seen.points, seen.depth]) for seen in looks]).astype(np.float32),
            "identity": drawn.identity, "expression": drawn.expression, "focal": camera.focal, "centre": camera.centre,
            "rotation": camera.rotation, "translation": camera.translation,
            "triangle": np.where(hit >= 0, opaque[hit], -1).astype(np.int32),
            "barycentric": drawn.fragments.barycentric[y, x], "seed": seed}


def true_face(drawn):
    """Where a good detector would find the face."""
    points = drawn.camera.project(drawn.vertices[BaseModel.load().landmarks])
    eyes = points[36:42].mean(0), points[42:48].mean(0)
    low, high = points.min(0), points.max(0)
    return Face(np.concatenate([low, high]), np.array([*eyes, *[points[30]] * 4]), 1.0)


def in_mirror(region, width):
    """Where a region lies in the mirror image of a picture of that width."""
    x, y = region.centre
    return Region(np.array([width - 1 - x, y]), region.side, -region.angle)


def moved(region, rng):
    """A region a little beside this one."""
    return replace(region, centre=region.centre + rng.uniform(-0.03, 0.03, 2) * region.side,
                   side=region.side * rng.uniform(0.92, 1.08), angle=region.angle + rng.uniform(-0.1, 0.1))
