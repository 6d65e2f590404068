"""Heads beside the base model's span, and what the face mesh's inner layers make of their pictures.

A regression that saw only heads of the model takes every departure from it for a person it knows. So identities here
are drawn wider than the model's, smooth deformations that it cannot make are added, and skin is recoloured, blotched,
covered and degraded. The truth is the identity that comes nearest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np

from detailed3dmm_addon.core.base_model import IDENTITY_SIZE, BaseModel
from detailed3dmm_addon.photo import face_mesh
from detailed3dmm_addon.photo.picture import Picture
from detailed3dmm_addon.photo.shape_prior import features
from training.teacher.sampling import sample_expression

from . import portrait, rows, sightings
from .scenes import SIZE, Scene, background, developed, lamps, through_jpeg, turned

LOOKS = 48
WIDEST = 3.5  # standard deviations of an identity
NEUTRAL = 0.35  # share of faces at rest
YAW, PITCH, ROLL = np.radians([24, 10, 8])  # standard deviations
WAVES, SHORTEST, LONGEST, BENT = 24, 0.018, 0.07, 2.2e-3  # of a deformation: metres, BENT its largest rms at 4 cm
EVEN = 0.7  # share of deformations that are alike on both sides
COVERED = 0.12  # share of pictures with something in front of the face
A_PART = 50  # pictures in a file
SKIN_STEP, SKIN_REACH = 6, 0.085  # every so many vertices of the skin, metres from the face's middle
UNCERTAINTY = 3.0  # mm squared: what the nearest identity may leave of a vertex


@dataclass(frozen=True)
class Strangers(rows.Rows):
    """Pictures in which the face was found, one a row.

    features : (N, 2, F) float16, of the picture and of another look at its mirror image; yaw : (N,) radians;
    identity : (N, 100), the nearest to the head; expression : (N, 53); seed : (N,)
    """

    features: np.ndarray
    yaw: np.ndarray
    identity: np.ndarray
    expression: np.ndarray
    seed: np.ndarray



def gather(folder, count, progress=None):
    """Draw and see `count` pictures, those that are not in `folder` yet; returns Strangers of all."""
    return rows.gather(Strangers, folder, _row, count, A_PART, progress)


def stranger(seed):
    """(identity (100,), expression (53,), deformation: a function of points (N, 3) in metres) of one head."""
    rng = np.random.default_rng((seed, 77))
    return _person(rng)


def scene(seed):
    """The picture of this seed; equal seeds give equal pictures."""
    rng = np.random.default_rng((seed, 77))
    identity, expression, bend = _person(rng)
    vertices = bend(BaseModel.load().vertices(identity, expression))
    camera = random_camera(rng, SIZE)
    picture, fragments = portrait.draw(vertices, camera, _look(rng), lamps(rng), background(rng))
    picture = _degraded(covered(developed(picture, fragments.mask, rng), rng), rng)
    return Scene(picture, identity, expression, camera, vertices, fragments)


def nearest_identity(vertices):
    """(100,) the identity whose skin comes nearest to this head's, size and pose aside.

    vertices : (n, 3) metres of a head at rest, those of `skin_vertices`
    """
    mean, solve = _skin()
    return solve @ (1000 * (_laid_upon(vertices, mean) - mean)).ravel()


@lru_cache(maxsize=1)
def skin_vertices():
    """(n,) some vertices of the front of the face."""
    base = BaseModel.load()
    topology, marks = base.topology, base.mean[base.landmarks]
    skin = np.unique(topology.faces[topology.face_material == topology.materials.index("M_Face")])
    skin = skin[skin >= 0]
    middle = marks[33] + 0.3 * (marks[27] - marks[33])  # from below the nose towards its bridge
    return skin[np.linalg.norm(base.mean[skin] - middle, axis=1) < SKIN_REACH][::SKIN_STEP]


@lru_cache(maxsize=1)
def _skin():
    """(n, 3) the mean face's skin; (100, 3 n) from millimetres off it to an identity."""
    base, chosen = BaseModel.load(), skin_vertices()
    modes = 1000 * base.modes(chosen).transpose(1, 2, 0).reshape(-1, IDENTITY_SIZE)
    normal = modes.T @ modes / UNCERTAINTY + np.eye(IDENTITY_SIZE)
    return base.mean[chosen], np.linalg.solve(normal, modes.T / UNCERTAINTY)


def _laid_upon(points, other):
    """Points (n, 3) moved, turned and scaled onto others: Umeyama (1991)."""
    a, b = points - points.mean(0), other - other.mean(0)
    left, singular, right = np.linalg.svd(b.T @ a)
    sign = np.array([1, 1, np.sign(np.linalg.det(left @ right))])
    turn = left @ (sign[:, None] * right)
    return (singular * sign).sum() / (a**2).sum() * a @ turn.T + other.mean(0)


def _person(rng):
    base = BaseModel.load()
    identity = rng.uniform(0.6, 1.5) * rng.standard_normal(IDENTITY_SIZE)
    at_rest = rng.random() < NEUTRAL
    expression = np.zeros(53, np.float32) if at_rest else sample_expression(rng, base.expression_names)
    return np.clip(identity, -WIDEST, WIDEST).astype(np.float32), expression, _deformation(rng)


def _deformation(rng):
    """A smooth displacement of space: waves in random directions, longer ones larger."""
    size = rng.uniform(0, BENT)
    length = np.exp(rng.uniform(np.log(SHORTEST), np.log(LONGEST), WAVES))
    direction = rng.standard_normal((WAVES, 3)) / length[:, None]
    phase = rng.uniform(0, 2 * np.pi, WAVES)
    amount = rng.standard_normal((WAVES, 3)) * size * np.sqrt(2 / WAVES) * length[:, None] / 0.04
    even = rng.random() < EVEN
    flip = np.array([-1, 1, 1])

    def waves(points):
        return np.cos(points @ direction.T + phase) @ amount

    def bend(points):
        offset = waves(points)
        if even:
            offset = (offset + waves(points * flip) * flip) / np.sqrt(2)
        return points + offset.astype(np.float32)

    return bend


def random_camera(rng, size):
    """Camera of a picture of `size` x `size` pixels that sees the whole face."""
    yaw = np.clip(rng.normal(0, YAW), -1.2, 1.2)
    pitch = np.clip(rng.normal(0, PITCH), -0.5, 0.5)
    rotation = turned(yaw, pitch, rng.normal(0, ROLL))
    distance = np.exp(rng.uniform(np.log(0.4), np.log(2.5)))
    pixels = rng.uniform(0.8, 1.25) * size / 0.29  # a metre at the face
    centre = size * (0.5 + rng.uniform(-0.05, 0.05, 2))
    return portrait.camera_at(rotation, centre, pixels * distance, distance, (size, size))


def _look(rng):
    """A person's textures, with more or less contrast, blurred or not, blotched."""
    look = portrait.look(int(rng.integers(LOOKS)))
    contrast, blurred, blur = np.exp(rng.normal(0, 0.25)), rng.random() < 0.3, rng.uniform(0.5, 4)
    colours = {}
    for tile, colour in look.colours.items():
        colour = np.clip(colour, 1e-3, 1)
        middle = colour.reshape(-1, 3).mean(0)
        colour = middle * (colour / middle) ** contrast
        if blurred:
            colour = cv2.GaussianBlur(colour, (0, 0), blur)
        coarse = rng.standard_normal((int(rng.integers(4, 24)),) * 2).astype(np.float32)
        blotches = cv2.resize(coarse, colour.shape[:2], interpolation=cv2.INTER_CUBIC)
        colour = colour * np.exp(rng.uniform(0, 0.2) * blotches)[..., None]
        colours[tile] = np.clip(colour, 0, 1).astype(np.float32)
    return replace(look, colours=colours)


def covered(picture, rng):
    """Sometimes with a plain ellipse before the face."""
    if rng.random() >= COVERED:
        return picture.astype(np.float32)
    size = len(picture)
    centre, axes = rng.uniform(0.25, 0.75, 2) * size, rng.uniform(0.06, 0.22, 2) * size
    mask = np.zeros((size, size), np.float32)
    cv2.ellipse(mask, tuple(map(int, centre)), tuple(map(int, axes)), float(rng.uniform(0, 180)), 0, 360, 1, -1)
    return (picture * (1 - mask[..., None]) + mask[..., None] * rng.random(3)).astype(np.float32)


def _degraded(picture, rng):
    """Blur, fewer pixels, noise and JPEG, from none to worse than in `scenes`."""
    picture = cv2.GaussianBlur(picture, (0, 0), 0.4 + 3.5 * rng.random() ** 4)
    if rng.random() < 0.3:
        small = int(SIZE / rng.uniform(1, 7))
        picture = cv2.resize(
            cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA),
            (SIZE, SIZE),
            interpolation=cv2.INTER_LINEAR,
        )
    picture = picture + rng.normal(0, 0.06 * rng.random() ** 2, picture.shape)
    return through_jpeg(picture, int(rng.uniform(18, 98)))


def _row(seed):
    """One row of Strangers as a dict, None where the face was not found."""
    drawn, rng = scene(seed), np.random.default_rng((seed, 1))
    found = face_mesh.landmarks(Picture(drawn.picture), sightings.true_face(drawn))
    if found.presence < sightings.PRESENCE:
        return None
    region = face_mesh.region_of(found)
    across = sightings.in_mirror(region, SIZE)
    seen = np.stack([features(drawn.picture, region), features(drawn.picture[:, ::-1], sightings.moved(across, rng))])
    identity, expression, bend = stranger(seed)
    base, chosen = BaseModel.load(), skin_vertices()
    at_rest = base.mean[chosen] + np.einsum("kvc,k->vc", base.modes(chosen), identity)
    return {
        "features": seen.astype(np.float16),
        "yaw": found.yaw,
        "identity": nearest_identity(bend(at_rest)),
        "expression": expression,
        "seed": seed,
    }
