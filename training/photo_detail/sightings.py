"""What photos show of faces: whole ones with the truth, to measure with, and smooth faces, to learn on.

Learning needs many photos, and drawing one takes long. In logarithms relief adds to whatever else a photo shows, so
that any relief can be laid over any photo of a smooth face (`lessons`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import cv2
import numpy as np
import torch

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.detailed3dmm import Detailed3DMM
from detailed3dmm_addon.photo import light as harmonics
from detailed3dmm_addon.photo.detail_cue import Cue, at_texels, relief_cue
from detailed3dmm_addon.photo.detail_reader import AGE_UNIT, MIDDLE_AGE, SIZE
from training.teacher.sampling import sample_expression, sample_person

from . import photos, skins

EXPRESSIONS, PHOTOS = 2, 4  # of each person, and of each of these faces
RESTING = 0.2
LIGHT_ERROR = 0.08
PERSONS = 5  # in a file
LIMITS = np.array([0.6, 0.6, 1.0, 3.0, 3.0], np.float32)  # of what is stored in 8 bits


@dataclass(frozen=True)
class Sightings:
    """Photos, one a row; the photos of a person follow each other.

    cue : (N, 5, 256, 256) int8: shading, pigment, weight, response, 127 for `LIMITS`; blur : (N,) texels
    numbers : (N, 25) what the reader shall read; identity : (N, 100); expression : (N, 53); code : (N, 24); age : (N,)
    person : (N,) its number
    """

    cue: np.ndarray
    blur: np.ndarray
    numbers: np.ndarray
    identity: np.ndarray
    expression: np.ndarray
    code: np.ndarray
    age: np.ndarray
    person: np.ndarray

    @staticmethod
    def joined(parts):
        return Sightings(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Sightings)))

    def __len__(self):
        return len(self.person)

    def cue_of(self, row):
        """The Cue of one photo."""
        parts = self.cue[row] * (LIMITS / 127)[:, None, None]
        return Cue(*parts[:3], np.ascontiguousarray(np.moveaxis(parts[3:], 0, -1)))


def gather(folder, first, last, relief, progress=print):
    """Draw persons number `first` to `last` into files of `PERSONS` each, those that are not there yet.

    relief : whether their skin is wrinkled
    """
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(first, last, PERSONS):
        path = folder / f"persons_{start:05d}.npz"
        if not path.exists():
            seen = Sightings.joined([_person(number, relief) for number in range(start, start + PERSONS)])
            part = path.with_suffix(".part")
            with part.open("wb") as stream:
                np.savez(stream, **{f.name: getattr(seen, f.name) for f in fields(seen)})
            part.rename(path)
            progress(path.name)


def load(paths):
    """Sightings of some files."""
    parts = []
    for path in paths:
        with np.load(path) as stored:
            parts.append(Sightings(**{f.name: stored[f.name] for f in fields(Sightings)}))
    return Sightings.joined(parts)


def numbers_of(person, identity, age):
    """(25,) what the reader shall read of a person (24,) with an identity (100,) at an age in years."""
    model = Detailed3DMM.load()
    with torch.inference_mode():
        parts = model.network.placement.numbers(torch.tensor(person)[None], torch.tensor(identity)[None])
    return np.append(torch.cat(parts, 1)[0].numpy(), (age - MIDDLE_AGE) / AGE_UNIT).astype(np.float32)


def photo_cue(vertices, height, seen, rng):
    """The `Cue` of a random photo of a face (26719, 3) with a relief (256, 256) mm in a View, and its blur, texels."""
    soft, key, colour = photos.lamps(rng)
    lit = _shaded(vertices, height + skins.grain(rng), seen.normal, soft, key, colour, rng)
    known, worth, blur = photos.photographed(skins.albedo(rng) * lit, seen, rng)
    light = soft + harmonics.lamp(key, colour)
    spread = LIGHT_ERROR * light[0].mean() * rng.standard_normal((9, 1)) + 0.02 * rng.standard_normal((9, 3))
    return relief_cue(known, worth, vertices, light + spread), blur


def _person(number, relief):
    rng = np.random.default_rng((7, number))
    base = BaseModel.load()
    identity, person, age = sample_person(rng)
    numbers, rows = numbers_of(person, identity, age), []
    for _ in range(EXPRESSIONS):
        resting = rng.random() < RESTING
        expression = np.zeros(53, np.float32) if resting else sample_expression(rng, base.expression_names)
        vertices = base.vertices(identity, expression)
        height = np.zeros((SIZE, SIZE), np.float32)
        if relief:
            height = Detailed3DMM.load().displacement(identity, expression, person, age, SIZE)
        seen = photos.view(vertices, rng)
        for _ in range(PHOTOS):
            cue, blur = photo_cue(vertices, height, seen, rng)
            rows.append(
                (
                    _stored(cue),
                    np.float32(blur),
                    numbers,
                    identity,
                    expression,
                    person,
                    np.float32(age),
                    np.int32(number),
                )
            )
    return Sightings(*(np.stack(column) for column in zip(*rows, strict=True)))


def _stored(cue):
    parts = np.stack(
        [cue.shading * (cue.weight > 0), cue.pigment * (cue.weight > 0), cue.weight, *np.moveaxis(cue.response, -1, 0)]
    )
    return np.rint(np.clip(parts / LIMITS[:, None, None], -1, 1) * 127).astype(np.int8)


def _shaded(vertices, height, normal, soft, key, colour, rng):
    """(256, 256, 3): the light on a wrinkled tile, creases darker inside, some shine."""
    bumped = _bumped(vertices, height, normal)
    hollow = np.clip(cv2.GaussianBlur(height, (0, 0), 3.0) - height, 0, 1)
    around = harmonics.shading(soft.astype(np.float32), bumped) * np.exp(-rng.uniform(0, 2) * hollow)[..., None]
    direct = np.maximum(bumped @ key.astype(np.float32), 0)
    half = key + (0, -1, 0)
    half = (half / np.linalg.norm(half)).astype(np.float32)
    shine = rng.uniform(0, 0.25) * np.maximum(bumped @ half, 0) ** rng.uniform(12, 40)
    return around + (direct + shine)[..., None] * colour.astype(np.float32)


def _bumped(vertices, height, normal):
    """(256, 256, 3) normals of the face with a relief, as the cross product of the displaced surface's tangents."""
    place = at_texels(vertices * 1000, SIZE) + height[..., None] * normal
    down, across = np.gradient(place, axis=(0, 1))
    cross = np.cross(down, across)
    return (cross / np.maximum(np.linalg.norm(cross, axis=-1, keepdims=True), 1e-6)).astype(np.float32)
