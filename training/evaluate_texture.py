"""Measures textures made of drawn photos whose colours are known: CIELAB distances on skin and lips.

    python -m training.evaluate_texture --heads 12

Heads have painted skin of any tone with lips from bare to red, no hair, and stand in any light, turned by up to 30
degrees. A photo shows only the product of skin and light, so colours are compared as they are, and once the middle of
the skin is taken as known.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import cv2
import numpy as np

from detailed3dmm_addon.core import skin, skin_paint, skin_regions
from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.skin_canvas import BACK, FACE, canvas
from detailed3dmm_addon.core.skin_optics import iris_colours
from detailed3dmm_addon.core.steps import finished
from detailed3dmm_addon.photo import reconstruction
from detailed3dmm_addon.photo.picture import Picture
from detailed3dmm_addon.photo.retouch import plain
from training.photo import portrait, quick_portrait, scenes
from training.teacher.sampling import sample_expression

SIZE, TEXELS = 640, 256  # pixels of a photo, texels a side that are compared
TURNED = np.radians([30, 12, 8])  # yaw, pitch and roll, at most
NEUTRAL, NOISE, QUALITY = 0.4, 0.008, 92  # share of faces at rest; of the picture; JPEG
MIDDLE, LOW, HIGH = 65, -80, 95  # degrees from the front, mm: of the face that is compared
LIPS = (1, 7)  # mm within their outline


@dataclass(frozen=True)
class Errors:
    """CIELAB distances of one texture from the truth: of skin as it is, of skin and lips once the middle of the skin is
    taken as known; and by how much lips are redder than skin (a*), found and true."""

    skin: float
    relative: float
    lips: float
    red: tuple


def photograph(seed):
    """(SIZE, SIZE, 3) float32, sRGB-encoded, and the face tile's colours, (R, R, 3) linear."""
    rng, base = np.random.default_rng((seed, 77)), BaseModel.load()
    age = float(rng.uniform(18, 75))
    person = {**skin.random(seed + 1000, age), "lip_tone": float(rng.uniform(0, 1))}
    colours = {tile: skin_paint.paint(person, age, tile, size).colour for tile, size in ((FACE, 1024), (BACK, 256))}
    look = portrait.Look(colours, np.array(iris_colours(person["iris_hue"], person["iris_darkness"])), person["oil"])
    identity = np.clip(rng.standard_normal(100), -2.5, 2.5).astype(np.float32)
    at_rest = rng.random() < NEUTRAL
    expression = np.zeros(53, np.float32) if at_rest else sample_expression(rng, base.expression_names)
    vertices = base.vertices(identity, expression)
    rotation = scenes.turned(*rng.uniform(-1, 1, 3) * TURNED)
    distance = np.exp(rng.uniform(np.log(0.5), np.log(2.0)))
    camera = portrait.camera_at(rotation, np.full(2, SIZE / 2), SIZE / 0.33 * distance, distance, (SIZE, SIZE))
    bald = quick_portrait.Hair(np.zeros(len(vertices), np.float32), np.zeros(3))
    picture, fragments = quick_portrait.draw(vertices, camera, look, scenes.lamps(rng), scenes.background(rng, SIZE),
                                             bald)
    exposed = picture * rng.uniform(0.2, 0.32) / np.median(picture[fragments.mask].mean(1))
    noisy = skin_paint.encode(np.clip(exposed, 0, 1)) + rng.normal(0, NOISE, picture.shape)
    return scenes.through_jpeg(np.clip(noisy, 0, 1), QUALITY), colours[FACE]


def errors(found, truth):
    """Errors of a texture (R, R, 3) against the truth (R, R, 3), linear sRGB."""
    found, truth = (cv2.resize(colour, (TEXELS,) * 2, interpolation=cv2.INTER_AREA) for colour in (found, truth))
    face, lips = regions()
    middle = np.median(np.log(truth[face]) - np.log(np.maximum(found[face], 1e-3)), axis=0)
    raw, shifted, true = (_lab(colour) for colour in (found, found * np.exp(middle), truth))
    red = tuple(float(lab[lips][:, 1].mean() - lab[face][:, 1].mean()) for lab in (shifted, true))
    return Errors(_apart(raw, true, face), _apart(shifted, true, face), _apart(shifted, true, lips), red)


def regions():
    """(R, R) bool: plain skin of the face without brows, eyes, nostrils and lips; and lips."""
    tile = canvas(FACE, TEXELS)
    x, y, z = np.moveaxis(tile.position, -1, 0)
    middle = np.degrees(np.abs(np.arctan2(x, -y - 20))) < MIDDLE
    within = skin_regions.lip_distance(tile)
    face = tile.mask & middle & (z > LOW) & (z < HIGH) & (plain() > 0.9)
    return face, (within > LIPS[0]) & (within < LIPS[1])


def _apart(one, other, where):
    return float(np.linalg.norm(one[where] - other[where], axis=-1).mean())


def _lab(linear):
    return cv2.cvtColor(skin_paint.encode(np.clip(linear, 0, 1)).astype(np.float32), cv2.COLOR_RGB2Lab)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--heads", type=int, default=12)
    options = parser.parse_args()
    measured = []
    for seed in range(options.heads):
        picture, truth = photograph(seed)
        made = finished(reconstruction.reconstruct([reconstruction.Photo(Picture(picture))]))
        measured.append(errors(made.texture.colour, truth))
        print(f"head {seed:3d}: {measured[-1]}", flush=True)
    mean = {name: np.mean([getattr(one, name) for one in measured]) for name in ("skin", "relative", "lips")}
    off = np.array([one.red[0] - one.red[1] for one in measured])
    print(f"mean: skin {mean['skin']:.2f}, its tone known {mean['relative']:.2f}, lips {mean['lips']:.2f}; "
          f"redness of lips beside skin off by {np.abs(off).mean():.2f} ({off.mean():+.2f})")


if __name__ == "__main__":
    main()
