"""Which pictures are drawn: persons, expressions, poses, cameras, light, and what happens to the picture afterwards."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.skin_paint import encode
from detailed3dmm_addon.photo import light as harmonics
from detailed3dmm_addon.photo.camera import FRONTAL, Camera, rotation_of
from training.teacher.sampling import sample_expression

from .portrait import Lamps, camera_at, draw, look

SIZE = 384  # pixels
LOOKS = 24
YAW, PITCH, ROLL = np.radians([78, 25, 20])  # the largest
NEUTRAL = 0.2  # share of faces at rest


@dataclass(frozen=True)
class Scene:
    """One picture and what it shows.

    picture : (SIZE, SIZE, 3) float32, sRGB-encoded 0..1; identity : (100,); expression : (53,); camera : Camera;
    vertices : (26719, 3) metres; fragments : rasteriser.Fragments of `portrait.OPAQUE`
    """
    picture: np.ndarray
    identity: np.ndarray
    expression: np.ndarray
    camera: Camera
    vertices: np.ndarray
    fragments: object


def scene(seed):
    """The picture of this seed; equal seeds give equal pictures."""
    rng = np.random.default_rng(seed)
    base = BaseModel.load()
    identity = np.clip(rng.standard_normal(100), -2.5, 2.5).astype(np.float32)
    at_rest = rng.random() < NEUTRAL
    expression = np.zeros(53, np.float32) if at_rest else sample_expression(rng, base.expression_names)
    vertices = base.vertices(identity, expression)
    camera = _camera(rng)
    picture, fragments = draw(vertices, camera, look(int(rng.integers(LOOKS))), lamps(rng), background(rng))
    picture = developed(picture, fragments.mask, rng)
    return Scene(_degraded(picture, rng), identity, expression, camera, vertices, fragments)


def _camera(rng):
    rotation = turned(*rng.uniform(-1, 1, 3) * (YAW, PITCH, ROLL))
    distance = np.exp(rng.uniform(np.log(0.35), np.log(2.5)))
    pixels = rng.uniform(0.8, 1.25) * SIZE / 0.29  # a metre at the face
    centre = SIZE * (0.5 + rng.uniform(-0.05, 0.05, 2))
    return camera_at(rotation, centre, pixels * distance, distance, (SIZE, SIZE))


def turned(yaw, pitch, roll):
    """(3, 3) rotation of a camera that sees a head turned so, radians."""
    return rotation_of([0, 0, roll]) @ rotation_of([pitch, 0, 0]) @ rotation_of([0, -yaw, 0]) @ FRONTAL


def lamps(rng):
    """Light from everywhere, a key lamp and up to two more."""
    def direction():
        vector = rng.standard_normal(3) * (1, 0.5, 0.7) + (0, -0.7, 0.5)
        return vector / np.linalg.norm(vector)

    def colour():
        return np.exp(rng.uniform(-0.25, 0.25) * np.array([1, 0, -1]))

    total = harmonics.ambient(rng.uniform(0.25, 0.7) * colour())
    for _ in range(rng.integers(0, 3)):
        total = total + harmonics.lamp(direction(), rng.uniform(0.1, 0.5) * colour())
    return Lamps(total, direction(), rng.uniform(0.2, 1.0) * colour(), bool(rng.random() < 0.5))


def background(rng, size=SIZE):
    """Blotches of two colours, linear."""
    coarse = rng.random((int(rng.integers(2, 12)),) * 2).astype(np.float32)
    mix = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)[..., None]
    first, second = rng.uniform(0, 0.6, (2, 1)) * rng.uniform(0.6, 1.0, (2, 3))
    return np.clip((1 - mix) * first + mix * second, 0, 1)


def developed(linear, mask, rng):
    """Exposed for the face and encoded."""
    middle = np.median(linear[mask].mean(1))
    return encode(np.clip(linear * rng.uniform(0.10, 0.32) / middle, 0, 1)).astype(np.float32)


def _degraded(picture, rng):
    """Blur, fewer pixels, noise and JPEG, from none to bad."""
    picture = cv2.GaussianBlur(picture, (0, 0), 0.5 + 2.0 * rng.random() ** 4)
    if rng.random() < 0.3:
        small = int(SIZE / rng.uniform(1, 5))
        picture = cv2.resize(cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA), (SIZE, SIZE),
                             interpolation=cv2.INTER_LINEAR)
    picture = picture + rng.normal(0, 0.04 * rng.random() ** 2, picture.shape)
    return through_jpeg(picture, int(rng.uniform(35, 98)))


def through_jpeg(picture, quality):
    """A picture (H, W, 3), encoded 0..1, as it comes back from a JPEG file of that quality: float32."""
    _, packed = cv2.imencode(".jpg", np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8),
                             [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(packed, cv2.IMREAD_COLOR).astype(np.float32) / 255
