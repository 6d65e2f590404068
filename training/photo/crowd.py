"""Very many heads beside the base model's span, with hair, and by how much the face mesh errs in their pictures.

As in `strangers`, but wilder: heads are stretched, tapered and grown as those of children and of peoples that the base
model saw few of, and wear hair. `quick_portrait` draws them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.skin_canvas import FACE
from detailed3dmm_addon.core.skin_paint import encode
from detailed3dmm_addon.photo import correspondence, face_mesh
from detailed3dmm_addon.photo.picture import Picture
from detailed3dmm_addon.photo.shape_prior import features
from detailed3dmm_addon.photo.surface import triangles
from training.teacher.sampling import sample_expression

from . import portrait, quick_portrait, rows, sightings
from .scenes import background, lamps, through_jpeg
from .strangers import EVEN, NEUTRAL, WIDEST, covered, random_camera

SIZE = 288  # pixels
LOOKS, TEXELS = 48, {FACE: 384}  # of a person's textures; those of the back of the head:
TEXELS_BEHIND = 128
WAVES, SHORTEST, LONGEST, BENT = 16, 0.018, 0.07, 2.2e-3  # of a deformation: metres, BENT its largest rms at 4 cm
GROWN = 0.5  # share of heads that are stretched and tapered
BALD = 0.4  # share of heads without hair
GENTLE = 0.5  # share of pictures that little happens to
A_PART = 50  # pictures in a file


@dataclass(frozen=True)
class Crowd(rows.Rows):
    """Pictures in which the face was found, one a row.

    features : (N, 2, F) float16, of the picture and of another look at its mirror image
    shift : (N, 2, 468, 2) float32 from the landmarks of each look to where the points are, eye distances along the
    sides of the square that was looked at; expression : (N, 53); yaw : (N,) radians; seed : (N,)
    """

    features: np.ndarray
    shift: np.ndarray
    expression: np.ndarray
    yaw: np.ndarray
    seed: np.ndarray



def gather(folder, count, mirror, progress=None):
    """Draw and see `count` pictures, those that are not in `folder` yet; returns Crowd of all.

    mirror : (468,) the landmark on the other side of the face
    """
    return rows.gather(Crowd, folder, lambda seed: _row(seed, mirror), count, A_PART, progress)


@dataclass(frozen=True)
class Scene:
    """One picture, (SIZE, SIZE, 3) float32, sRGB-encoded 0..1, and what it shows: vertices (26719, 3) metres without
    the hair, expression (53,)."""

    picture: np.ndarray
    expression: np.ndarray
    camera: object
    vertices: np.ndarray


def scene(seed):
    """The picture of this seed; equal seeds give equal pictures."""
    rng, base = np.random.default_rng((seed, 1977)), BaseModel.load()
    identity, expression, bend = _person(rng)
    vertices = bend(base.vertices(identity, expression))
    hair, worn = _hair(rng, vertices)
    camera = random_camera(rng, SIZE)
    appearance, light = _look(rng), lamps(rng)
    picture, fragments = quick_portrait.draw(worn, camera, appearance, light, background(rng, SIZE), hair)
    middle = np.median(picture[fragments.mask].mean(1))
    picture = encode(np.clip(picture * rng.uniform(0.1, 0.45) / middle, 0, 1)).astype(np.float32)
    return Scene(_degraded(covered(picture, rng), rng), expression, camera, vertices)


def _person(rng):
    """(identity, expression, deformation: a function of points (N, 3) in metres) of one head."""
    base = BaseModel.load()
    identity = np.clip(rng.uniform(0.6, 1.7) * rng.standard_normal(100), -WIDEST, WIDEST).astype(np.float32)
    at_rest = rng.random() < NEUTRAL
    expression = np.zeros(53, np.float32) if at_rest else sample_expression(rng, base.expression_names)
    size = rng.uniform(0, BENT)
    length = np.exp(rng.uniform(np.log(SHORTEST), np.log(LONGEST), WAVES))
    waves = _Waves(rng.standard_normal((WAVES, 3)) / length[:, None], rng.uniform(0, 2 * np.pi, WAVES),
                   rng.standard_normal((WAVES, 3)) * size * np.sqrt(2 / WAVES) * length[:, None] / 0.04)
    even, growth = rng.random() < EVEN, rng.normal(0, 1, 7) * (rng.random() < GROWN)
    flip = np.array([-1, 1, 1], np.float32)

    def bend(points):
        offset = waves(points)
        if even:
            offset = (offset + waves(points * flip) * flip) / np.sqrt(2)
        return _grown(points + offset, growth).astype(np.float32)

    return identity, expression, bend


class _Waves:
    """A smooth displacement of space. direction : (n, 3) radians a metre; phase : (n,); amount : (n, 3) metres"""

    def __init__(self, direction, phase, amount):
        self._of = tuple(np.asarray(values, np.float32) for values in (direction, phase, amount))

    def __call__(self, points):
        direction, phase, amount = self._of
        return np.cos(np.asarray(points, np.float32) @ direction.T + phase) @ amount


def _grown(points, amount):
    """Points (N, 3) of a head that is wider or narrower, deeper, taller, and all of that more at the top or the bottom.

    amount : (7,), about 1 each
    """
    centre = np.array([0, -0.06, 0])
    _x, y, z = (points - centre).T
    across = 1 + 0.03 * amount[0] + 0.35 * amount[1] * z + 0.25 * amount[2] * y
    deep = 1 + 0.03 * amount[3] + 0.3 * amount[4] * z
    tall = 1 + 0.03 * amount[5] + 0.35 * amount[6] * z
    return (points - centre) * np.column_stack([across, deep, tall]) + centre


def _hair(rng, vertices):
    """(Hair, vertices that wear it); from a line that falls from the brow to the temples and behind the ears."""
    base = BaseModel.load()
    if rng.random() < BALD:
        return quick_portrait.Hair(np.zeros(len(vertices), np.float32), np.zeros(3)), vertices
    marks = vertices[base.landmarks]
    aside, behind, height = np.abs(vertices[:, 0]), vertices[:, 1] - marks[27, 1], vertices[:, 2]
    line = marks[17:27, 2].mean() + rng.uniform(0.025, 0.065)
    line = line - rng.uniform(0.3, 1.2) * np.clip(aside - 0.03, 0, 0.1)
    line = line - rng.uniform(0.3, 1.0) * np.clip(behind - 0.03, 0, 0.15)
    line = np.maximum(line, marks[8, 2] + rng.uniform(-0.08, 0.08))
    cover = np.clip((height - line) / rng.uniform(0.002, 0.012) + 0.5, 0, 1).astype(np.float32)
    colour = np.exp(rng.uniform(np.log(0.01), np.log(0.4))) * np.array([1, rng.uniform(0.5, 1), rng.uniform(0.25, 0.9)])
    thick = rng.uniform(0, 0.02)
    locks = _Waves(rng.standard_normal((8, 3)) * rng.uniform(60, 300), rng.uniform(0, 2 * np.pi, 8), np.ones((8, 1)))
    thickness = cover * thick * np.clip(1 + 0.13 * locks(vertices)[:, 0], 0.2, 2)
    outwards = quick_portrait.normals(vertices, triangles().vertices.astype(np.int64))
    return quick_portrait.Hair(cover, colour), (vertices + outwards * thickness[:, None]).astype(np.float32)


@lru_cache(maxsize=LOOKS)
def _painted(number):
    """portrait.Look with smaller textures; for each, its mean colour and the logarithm of what it is over that."""
    look, parts = portrait.look(number), {}
    for tile, colour in look.colours.items():
        size = TEXELS.get(tile, TEXELS_BEHIND)
        colour = cv2.resize(np.clip(colour, 1e-3, 1).astype(np.float32), (size, size), interpolation=cv2.INTER_AREA)
        middle = colour.reshape(-1, 3).mean(0)
        parts[tile] = middle, np.log(colour / middle)
    return look, parts


def _look(rng):
    """A person's textures, tinted, with more or less contrast, blurred or not, blotched."""
    look, parts = _painted(int(rng.integers(LOOKS)))
    contrast, blurred, blur = np.exp(rng.normal(0, 0.25)), rng.random() < 0.3, rng.uniform(0.5, 3)
    strength, tint = rng.uniform(0, 0.2), np.exp(rng.normal(0, 0.12, 3))
    colours = {}
    for tile, (middle, relative) in parts.items():
        if blurred:
            relative = cv2.GaussianBlur(relative, (0, 0), blur)
        coarse = rng.standard_normal((int(rng.integers(4, 24)),) * 2, np.float32)
        blotches = strength * cv2.resize(coarse, relative.shape[:2], interpolation=cv2.INTER_CUBIC)[..., None]
        colour = np.exp(contrast * relative + blotches) * (middle * tint)
        colours[tile] = np.minimum(colour, 1).astype(np.float32)
    return portrait.Look(colours, look.iris, look.oil)


def _degraded(picture, rng):
    """Blur, fewer pixels, noise and JPEG: in one half of the pictures mostly little of it, in the other up to a lot."""
    gentle = rng.random() < GENTLE
    picture = cv2.GaussianBlur(picture, (0, 0), 0.3 + 2.6 * rng.random() ** (8 if gentle else 4))
    if rng.random() < 0.3:
        small = int(SIZE / rng.uniform(1, 6))
        picture = cv2.resize(cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA), (SIZE, SIZE),
                             interpolation=cv2.INTER_LINEAR)
    noise = 0.05 * rng.random() ** 4 if gentle else 0.06 * rng.random() ** 2
    picture = picture + noise * rng.standard_normal(picture.shape, np.float32)
    quality = int(rng.uniform(50 if gentle else 18, 98))
    return through_jpeg(picture, quality)


def _row(seed, mirror):
    """One row of Crowd as a dict, None where the face was not found."""
    drawn, rng = scene(seed), np.random.default_rng((seed, 5))
    found = face_mesh.landmarks(Picture(drawn.picture), sightings.true_face(drawn))
    if found.presence < sightings.PRESENCE:
        return None
    region = face_mesh.region_of(found)
    across, mirrored = sightings.in_mirror(region, SIZE), np.ascontiguousarray(drawn.picture[:, ::-1])
    across = sightings.moved(across, rng)
    places = drawn.camera.project(_points(drawn.vertices))
    looks = ((drawn.picture, region, places), (mirrored, across, (places * (-1, 1) + (SIZE - 1, 0))[mirror]))
    return {
        "features": np.stack([features(picture, square) for picture, square, _ in looks]).astype(np.float16),
        "shift": np.stack([shift(face_mesh.look(*look[:2]), look[1], look[2]) for look in looks]).astype(np.float32),
        "expression": drawn.expression,
        "yaw": found.yaw,
        "seed": seed,
    }


def _points(vertices):
    """(468, 3) metres: the points that landmarks mean, on a head."""
    known = correspondence.load()
    return np.einsum("lk,lkc->lc", known.barycentric, vertices[known.triangles])


def shift(seen, region, places):
    """(468, 2) from landmarks seen in a square to places (468, 2) in pixels: eye distances along the square's sides."""
    cos, sin = np.cos(region.angle), np.sin(region.angle)
    return (places - seen.points) @ np.array([[cos, -sin], [sin, cos]]) / seen.size
