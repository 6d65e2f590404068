"""What a camera makes of a lit face: pose, picture, and everything that makes pictures bad; and back onto the tile."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from detailed3dmm_addon.core.skin_canvas import FACE
from detailed3dmm_addon.core.skin_paint import decode, encode
from detailed3dmm_addon.photo import light as harmonics
from detailed3dmm_addon.photo.detail_cue import at_texels
from detailed3dmm_addon.photo.rasteriser import rasterise
from detailed3dmm_addon.photo.surface import OPAQUE, in_picture, normals, triangles
from training.photo.portrait import camera_at
from training.photo.scenes import through_jpeg, turned

from .skins import SIZE, noise

PIXELS = 384
YAW, PITCH, ROLL = np.radians([50, 20, 20])
MM_PER_PIXEL = 290 / PIXELS  # at the face, about
GRAZING, FACING = 0.12, 0.45  # as `photo.texture` weighs slant
TOLERANCE = 0.0015
MISFIT, MISFIT_REACH = 1.2, 45.0  # mm: how far, and how smoothly, a fitted face lies beside the photo's


@dataclass(frozen=True)
class View:
    """A posed face before a camera: where each pixel looks on the tile, and where each texel is seen.

    look_up : (PIXELS, PIXELS, 2) float32, texels; face : (PIXELS, PIXELS) bool; texels : (SIZE, SIZE, 2) pixels;
    worth : (SIZE, SIZE) 0..1; normal : (SIZE, SIZE, 3)
    """

    look_up: np.ndarray
    face: np.ndarray
    texels: np.ndarray
    worth: np.ndarray
    normal: np.ndarray


def view(vertices, rng):
    """A random view of a face (26719, 3)."""
    rotation = turned(*np.clip(rng.standard_normal(3) * 0.5, -1, 1) * (YAW, PITCH, ROLL))
    distance = np.exp(rng.uniform(np.log(0.4), np.log(2.5)))
    focal = rng.uniform(0.9, 1.3) * distance / (MM_PER_PIXEL / 1000)
    camera = camera_at(rotation, np.full(2, PIXELS / 2), focal, distance, (PIXELS, PIXELS))
    mesh, points = triangles(), in_picture(vertices, camera)
    opaque = np.flatnonzero(mesh.of(*OPAQUE))
    fragments = rasterise(points, mesh.vertices[opaque], camera.size)
    triangle = opaque[fragments.triangle]
    face = fragments.mask & mesh.of(FACE)[triangle]
    uv = (mesh.uv[triangle[face]] * fragments.barycentric[face][..., None]).sum(1)
    look_up = np.zeros((PIXELS, PIXELS, 2), np.float32)
    look_up[face] = np.stack([uv[:, 0] * SIZE - 0.5, (1 - uv[:, 1]) * SIZE - 0.5], 1)
    values = at_texels(np.concatenate([points, vertices, normals(vertices, mesh.vertices)], axis=1), SIZE)
    normal = values[..., 6:] / np.maximum(np.linalg.norm(values[..., 6:], axis=-1, keepdims=True), 1e-3)
    away = values[..., 3:6] + rotation.T @ camera.translation
    facing = -(normal * away).sum(-1) / np.maximum(np.linalg.norm(away, axis=-1), 1e-3)
    tolerance = TOLERANCE / np.maximum(facing, GRAZING)
    shown = fragments.shows(values[..., :3].reshape(-1, 3).astype(float), tolerance.ravel()).reshape(facing.shape)
    worth = shown * np.clip((facing - GRAZING) / (FACING - GRAZING), 0, 1) * _inner(face, values[..., :2])
    return View(look_up, face, np.ascontiguousarray(values[..., :2]), worth.astype(np.float32), normal)


def _inner(face, texels):
    distance = cv2.distanceTransform(face.astype(np.uint8), cv2.DIST_L2, 5)
    inner = np.clip((distance - 1.5) / (2 / MM_PER_PIXEL), 0, 1)
    return cv2.remap(inner, np.ascontiguousarray(texels), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)


def lamps(rng):
    """(9, 3) soft light; (3,) unit vector to the key lamp and (3,) its colour."""

    def direction():
        vector = rng.standard_normal(3) * (1.2, 0.5, 0.7) + (0, -0.6, 0.5)
        return vector / np.linalg.norm(vector)

    def colour():
        return np.exp(rng.uniform(-0.25, 0.25) * np.array([1, 0, -1]))

    soft = harmonics.ambient(rng.uniform(0.1, 0.5) * colour())
    for _ in range(rng.integers(0, 3)):
        soft = soft + harmonics.lamp(direction(), rng.uniform(0.1, 0.5) * colour())
    return soft, direction(), rng.uniform(0.2, 1.2) * colour()


def photographed(colour, seen, rng):
    """The photo of a lit tile (SIZE, SIZE, 3), linear, back on the tile where a fit would put it.

    Returns
    -------
    (SIZE, SIZE, 3) linear; (SIZE, SIZE) how well each texel is known, as far as the product would notice; how far the
    picture blurs the tile, texels
    """
    picture = cv2.remap(np.float32(colour), seen.look_up, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    around = np.float32(rng.uniform(0.02, 0.6) * rng.uniform(0.7, 1, 3))
    picture = np.where(seen.face[..., None], picture, around)
    picture *= rng.uniform(0.10, 0.32) / np.median(picture[seen.face].mean(1))
    picture = encode(np.clip(picture, 0, 1)).astype(np.float32)
    hidden = np.zeros((PIXELS, PIXELS), np.float32)
    if rng.random() < 0.25:
        picture = _occluded(picture, hidden, rng)
    picture, sigma = degraded(picture, rng)
    picture = decode(picture).astype(np.float32)
    misfit = np.stack([noise(rng, MISFIT_REACH * SIZE / 290) for _ in range(2)], -1)
    texels = seen.texels + misfit * (rng.uniform(0, MISFIT) / MM_PER_PIXEL / np.sqrt(2))
    worth = seen.worth * (1 - cv2.remap(hidden, texels, None, cv2.INTER_LINEAR))
    if rng.random() < 0.3:  # hair, a beard, whatever the product takes for no skin
        worth = worth * np.clip(1 + 2 * noise(rng, rng.uniform(15, 60)) + rng.uniform(0, 3), 0, 1)
    photo = cv2.remap(picture, texels, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return photo, worth, sigma / _pixels_a_texel(seen)


def _pixels_a_texel(seen):
    across, down = (np.gradient(seen.texels, axis=axis) for axis in (1, 0))
    area = np.abs(across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0])
    return float(np.sqrt(np.median(area[seen.worth > 0.5]))) if (seen.worth > 0.5).any() else 1.0


def degraded(picture, rng):
    """An encoded picture (H, W, 3) 0..1 after blur, loss of pixels, noise and JPEG, from none to bad; how far it is
    blurred, pixels."""
    size = picture.shape[1::-1]
    sigma = np.exp(rng.uniform(np.log(0.2), np.log(10))) if rng.random() < 0.35 else rng.uniform(0.2, 0.8)
    picture = cv2.GaussianBlur(picture, (0, 0), sigma)
    if rng.random() < 0.3:
        factor = rng.uniform(1, 8)
        small = tuple(int(side / factor) for side in size)
        sigma = np.hypot(sigma, 0.5 * factor)
        picture = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
        picture = cv2.resize(picture, size, interpolation=int(rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC])))
    deviation = rng.uniform(0, 15 if rng.random() < 0.4 else 3) / 255
    picture = picture + rng.normal(0, deviation, picture.shape).astype(np.float32)
    if rng.random() < 0.8:
        quality = int(rng.uniform(20, 100) if rng.random() < 0.5 else rng.uniform(75, 100))
        picture = through_jpeg(picture, quality)
    return np.clip(picture, 0, 1), sigma


def _occluded(picture, hidden, rng):
    """Something before the face, noticed (marked in `hidden`) more often than not."""
    centre = rng.uniform(0.15, 0.85, 2) * PIXELS
    axes, turn = rng.uniform(0.04, 0.25, 2) * PIXELS, rng.uniform(0, 180)
    cover = np.zeros((PIXELS, PIXELS), np.float32)
    cv2.ellipse(cover, (tuple(centre), tuple(2 * axes), turn), 1.0, -1, cv2.LINE_AA)
    if rng.random() < 0.7:
        hidden[:] = cv2.GaussianBlur(cv2.dilate(cover, np.ones((9, 9))), (0, 0), 2)
    colour = np.float32(rng.uniform(0, 1, 3) + rng.uniform(0, 0.1) * noise(rng, 3, PIXELS)[..., None])
    return picture + cover[..., None] * (np.clip(colour, 0, 1) - picture)
