"""Where on the base model the face mesh's landmarks lie, and how far off it is, from pictures with known truth.

Differences between a landmark and its point are measured upright (turned back by the landmarks' own roll), in the
landmarks' own eye distances: what a fit to a photograph can know.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import linear_sum_assignment

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.own_base.surface import Surface
from detailed3dmm_addon.photo.face_mesh import Landmarks
from detailed3dmm_addon.photo.surface import normals, triangles

from .scenes import SIZE

MIRRORED = 3  # number of a look in the mirror
FRONTAL = np.radians(40)  # up to this yaw the place of a point is estimated
FACING = 0.25  # cosine to the line of sight from which a point counts as seen
ROUNDS = 8
OUTLIER = 2.0  # robust standard deviations
AHEAD = np.radians(15)  # from this yaw on a picture says nothing of errors from the front


@dataclass(frozen=True)
class Seen:
    """Landmarks of many pictures beside the geometry that they show.

    landmarks : list of N Landmarks; cameras : list of N Camera; vertices : (N, V, 3) float32, metres;
    identity : (N, 100); expression : (N, 53)
    """
    landmarks: list
    cameras: list
    vertices: np.ndarray
    identity: np.ndarray
    expression: np.ndarray


def seen(sightings, look=0):
    """Seen of Sightings, with the answers of one of the looks that are not in the mirror."""
    base = BaseModel.load()
    rows = range(len(sightings.seed))
    return Seen(
        [Landmarks(answer[:, :2], answer[:, 2], 1.0) for answer in sightings.looks[:, look]],
        [sightings.camera(row) for row in rows],
        np.stack([base.vertices(sightings.identity[row], sightings.expression[row]) for row in rows]),
        sightings.identity, sightings.expression)


@lru_cache(maxsize=1)
def mean_surface():
    """The skin of the mean face, as `Surface` over the rows of `face_triangles`."""
    return Surface(BaseModel.load().mean, face_triangles())


@lru_cache(maxsize=1)
def face_triangles():
    """(T, 3) vertices of the triangles of the face's skin."""
    surface = triangles()
    return surface.vertices[surface.of("M_Face")]


@dataclass(frozen=True)
class Places:
    """One point of the skin for each landmark: corners (L, 3) vertices of its triangle, weights (L, 3)."""
    corners: np.ndarray
    weights: np.ndarray

    def positions(self, vertices):
        """(L, 3) where the points are on a face."""
        return np.einsum("lk,lkc->lc", self.weights, vertices[self.corners])

    @staticmethod
    def nearest(positions, directions):
        """Points of the mean face's skin next to positions (L, 3), on skin that faces `directions` (L, 3)."""
        triangle, weights, _position, _distance = mean_surface().closest(positions, directions)
        return Places(face_triangles()[triangle], weights)


def first_places(sightings):
    """Places from what lay under the landmarks in the pictures: the median of the points hit, on the mean face."""
    base, surface = BaseModel.load(), triangles()
    corners = surface.vertices[sightings.triangle]  # (N, L, 3)
    hits = np.einsum("nlk,nlkc->nlc", sightings.barycentric, base.mean[corners])
    skin = surface.of("M_Face")[sightings.triangle] & (sightings.triangle >= 0)
    hits = np.where(skin[..., None], hits, np.nan)
    positions = np.nanmedian(hits, axis=0)
    return Places.nearest(positions, _outwards(positions))


def mirror_of(sightings):
    """(468,) for each landmark the one on the other side of the face, its own inverse: what sees it in the mirror."""
    plain, mirrored = sightings.looks[:, 0, :, :2], sightings.looks[:, MIRRORED, :, :2] * (-1, 1) + (SIZE - 1, 0)
    distance = np.median(np.linalg.norm(plain[:, :, None] - mirrored[:, None], axis=3), axis=0)
    pairs = linear_sum_assignment(distance + distance.T)[1]
    if (pairs[pairs] != np.arange(len(pairs))).any():
        raise ValueError("the landmarks' two sides do not match: more pictures are needed")
    return pairs


def refined(places, shown, mirror):
    """Places at which the points are seen as near to the landmarks as can be, over all pictures from about the front.

    Gauss-Newton in each point's triangle, with a robust weight for each picture; both sides of the face share what
    they show.
    """
    for _ in range(ROUNDS):
        steps, sizes = np.zeros((len(mirror), 2, 2)), np.zeros((len(mirror), 2))
        for error, slope, facing in _frontal(places, shown):
            spread = 1.4826 * np.median(np.linalg.norm(error[facing > 0], axis=1)) / 1.18
            weight = facing / np.maximum(np.linalg.norm(error, axis=1) / (OUTLIER * spread), 1)
            steps += np.einsum("l,lci,lcj->lij", weight, slope, slope)
            sizes += np.einsum("l,lci,lc->li", weight, slope, error)
        damping = 1e-3 * np.trace(steps, axis1=1, axis2=2) + 1e-12  # for triangles that are all but a line
        move = np.linalg.solve(steps + damping[:, None, None] * np.eye(2), sizes[..., None])[..., 0]
        mean = BaseModel.load().mean[places.corners]
        edges = mean[:, 1:] - mean[:, :1]
        target = places.positions(BaseModel.load().mean) + np.einsum("li,lic->lc", move, edges)
        target = (target + target[mirror] * (-1, 1, 1)) / 2
        places = Places.nearest(target, directions(places))
    return places


def directions(places):
    """(L, 3) unit normals of the triangles that the points lie in, on the mean face."""
    corners = BaseModel.load().mean[places.corners]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)


def _frontal(places, shown):
    """For each picture from about the front: (L, 2) error, (L, 2, 2) slope by the two weights, (L,) 1 where seen."""
    corners = places.corners
    for landmarks, camera, vertices in zip(shown.landmarks, shown.cameras, shown.vertices, strict=True):
        if abs(landmarks.yaw) > FRONTAL:
            continue
        positions = places.positions(vertices)
        by_point, _ = camera.derivatives(positions)
        edges = (vertices[corners[:, 1:]] - vertices[corners[:, :1]]).transpose(0, 2, 1)
        yield ((landmarks.points - camera.project(positions)) / landmarks.size, by_point @ edges / landmarks.size,
               (_cosines(places, camera, vertices) > FACING).astype(float))


def _cosines(places, camera, vertices):
    """(L,) between the skin's normal and the line of sight at the points."""
    corners = vertices[places.corners]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    sight = -camera.rotation.T @ camera.translation - corners.mean(1)
    return (normal * sight).sum(1) / np.maximum(np.linalg.norm(normal, axis=1) * np.linalg.norm(sight, axis=1), 1e-12)


def errors(places, shown):
    """(N, L, 2) from the points to their landmarks, upright, in eye distances; (N,) the landmarks' yaw."""
    result = []
    for landmarks, camera, vertices in zip(shown.landmarks, shown.cameras, shown.vertices, strict=True):
        away = landmarks.points - camera.project(places.positions(vertices))
        result.append(away @ turned(landmarks.roll) / landmarks.size)
    return np.array(result), np.array([landmarks.yaw for landmarks in shown.landmarks])


def turned(angle):
    """(2, 2): a row of pixels times it is turned back by `angle`."""
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def both_sides(error, yaw, mirror):
    """The errors and what they would be in the mirror: (2 N, L, 2), (2 N,)."""
    return np.concatenate([error, error[:, mirror] * (-1, 1)]), np.concatenate([yaw, -yaw])


def spread(error, yaw):
    """(L,) standard deviation along one axis, from the front, of errors (N, L, 2) seen at `yaw` (N,)."""
    weight = np.maximum(1 - np.abs(yaw) / AHEAD, 0)
    covariance = _robust_covariance(error - _robust_mean(error, weight), weight)
    return np.sqrt(np.trace(covariance, axis1=1, axis2=2) / 2)


def _robust_mean(error, weight):
    mean = np.average(error, 0, weight)
    for _ in range(10):
        away = np.linalg.norm(error - mean, axis=2)
        spread = np.median(away[weight > 0], 0) + 1e-9
        robust = weight[:, None] / np.maximum(away / (1.7 * spread), 1)
        mean = np.einsum("nl,nlc->lc", robust, error) / robust.sum(0)[:, None]
    return mean


def _robust_covariance(around, weight):
    """Covariances (L, 2, 2) with errors beyond four medians drawn in."""
    away = np.linalg.norm(around, axis=2)
    limit = 4 * np.median(away[weight > 0], 0)
    around = around * np.minimum(1, limit / np.maximum(away, 1e-9))[..., None]
    return np.einsum("n,nli,nlj->lij", weight, around, around) / weight.sum()


def _outwards(positions):
    """(L, 3) the normals of the skin of the mean face near positions, which lie on its outside."""
    base = BaseModel.load()
    surface = triangles()
    skin = np.unique(face_triangles())
    direction = normals(base.mean, surface.vertices)[skin]
    # Of near vertices the one that is furthest to the front: the inside of lips and lids lies behind.
    distance = np.linalg.norm(positions[:, None] - base.mean[skin][None], axis=2)
    front = np.where(distance < np.sort(distance, 1)[:, 8:9] + 1e-9, base.mean[skin, 1], np.inf).argmin(1)
    return direction[front]
