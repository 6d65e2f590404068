"""Skin on the face's tile: pigments of a person, freckles, stubble and make-up, and the grain that every skin has."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from detailed3dmm_addon.core import skin, skin_paint, skin_regions
from detailed3dmm_addon.core.skin_canvas import FACE, canvas

LOOKS = 40
SIZE = 256


@lru_cache(maxsize=LOOKS)
def look(seed):
    """(256, 256, 3) float32, linear: the painted skin of a random person."""
    age = float(np.random.default_rng(seed).uniform(18, 80))
    painted = skin_paint.paint(skin.random(seed, age), age, FACE, 2 * SIZE).colour
    return cv2.resize(painted, (SIZE, SIZE), interpolation=cv2.INTER_AREA)


def albedo(rng):
    """(256, 256, 3) linear: a painted skin, made brighter or darker, with blotches of two pigments and small marks."""
    colour = np.log(np.maximum(look(int(rng.integers(LOOKS))), 0.003))
    melanin, blood = np.array([0.35, 0.75, 1.1], np.float32), np.array([0.15, 1.0, 0.8], np.float32)
    for pigment in (melanin, blood):
        for grain in (1, 3, 8, 20):  # texels
            strength = np.exp(rng.uniform(np.log(0.003), np.log(0.06)))
            colour -= np.float32(strength) * noise(rng, grain)[..., None] * pigment
    if rng.random() < 0.4:
        colour -= _marks(rng, int(rng.integers(5, 150)))[..., None] * melanin * np.float32(rng.uniform(0.1, 0.5))
    if rng.random() < 0.25:
        colour -= _stubble(rng)[..., None] * np.float32(rng.uniform(0.1, 0.8))
    return np.exp(colour + rng.uniform(-0.5, 0.4))


def grain(rng):
    """(256, 256) mm: pores and fine lines, which are no creases."""
    return np.float32(rng.uniform(0, 0.02)) * noise(rng, rng.uniform(0.5, 1.0)) + np.float32(
        rng.uniform(0, 0.02)
    ) * noise(rng, 2.5)


def noise(rng, texels, size=SIZE):
    """(size, size) smooth noise of unit variance with features of so many texels."""
    field = rng.standard_normal((size, size)).astype(np.float32)
    if texels > 6:  # cheaper, and as smooth
        coarse = int(np.ceil(4 * size / texels))
        field = cv2.resize(
            cv2.GaussianBlur(field[:coarse, :coarse], (0, 0), 2.0), (size, size), interpolation=cv2.INTER_CUBIC
        )
    else:
        field = cv2.GaussianBlur(field, (0, 0), 0.5 * texels)
    return field / field.std()


def _marks(rng, count):
    """(256, 256) 0..1: moles, freckles, spots, scattered."""
    image = np.zeros((SIZE, SIZE), np.float32)
    for _ in range(count):
        x, y = rng.uniform(0, 8 * SIZE, 2)
        cv2.circle(image, (int(x), int(y)), int(rng.uniform(3, 14)), float(rng.uniform(0.3, 1)), -1, cv2.LINE_AA, 3)
    return cv2.GaussianBlur(image, (0, 0), 0.6)


def _stubble(rng):
    return _beard() * np.clip(0.6 + 0.4 * noise(rng, 0.5) + 0.3 * noise(rng, 12), 0, 2)


@lru_cache(maxsize=1)
def _beard():
    return skin_regions.beard(canvas(FACE, SIZE).position).astype(np.float32)
