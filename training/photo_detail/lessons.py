"""Random reliefs of the teacher laid over photos of smooth faces: as many lessons as there is time for."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from detailed3dmm_addon.core.detail_controls import FOLD_WAVELENGTH
from detailed3dmm_addon.core.person import mirror_person
from detailed3dmm_addon.photo.detail_cue import LONGEST, Cue, broad, unmixing
from detailed3dmm_addon.photo.detail_reader import CLUTTER_UNIT, SIZE

from .photos import MISFIT, MISFIT_REACH
from .sightings import numbers_of
from .skins import noise

EXPRESSION_ERROR = 0.08  # how far a fitted expression is off, where it is not zero
SLIPS = 48  # displacement fields that are kept ready
LEAST_BLUR, LEAST_CLUTTER = 0.2, 0.003  # below these nobody can tell
CALMEST = 0.08  # share of what a photo shows beside relief: there are smoother skins and better photos
DEEPEST = 0.25  # of a shading that relief darkens, over the smooth face's


@dataclass(frozen=True)
class Reliefs:
    """The teacher's maps: height (N, 256, 256) half, mm; expression (N, 53); numbers (N, 25) and those of the mirror
    image (N, 25); expression of the mirror image (N, 53); owner (N,) whose, sorted."""

    height: np.ndarray
    expression: np.ndarray
    numbers: np.ndarray
    mirrored_numbers: np.ndarray
    mirrored_expression: np.ndarray
    owner: np.ndarray


def load_reliefs(folder, base, kept, split="train"):
    """`Reliefs` of what `make_detail_data` wrote; read once, then kept in the file `kept`."""
    if kept.exists():
        with np.load(kept) as stored:
            return Reliefs(**{f.name: stored[f.name] for f in fields(Reliefs)})
    reliefs = _read(folder, base, split)
    with kept.open("wb") as stream:
        np.savez(stream, **{f.name: getattr(reliefs, f.name) for f in fields(Reliefs)})
    return reliefs


def _read(folder, base, split):
    parts = []
    for owner, path in enumerate(sorted(Path(folder).glob(f"{split}_?????.npz"))):
        with np.load(path) as stored:
            maps = torch.from_numpy(stored["maps"]).float()[:, None]
            identity, person, age = stored["identity"], stored["person"], float(stored["age"])
            expression = stored["expressions"].astype(np.float32)
        count = len(maps)
        mirrored = numbers_of(mirror_person(person), np.asarray(base.mirror_identity(identity), np.float32), age)
        parts.append(
            (
                F.interpolate(maps, (SIZE, SIZE), mode="area")[:, 0].half().numpy(),
                expression,
                np.repeat(numbers_of(person, identity, age)[None], count, 0),
                np.repeat(mirrored[None], count, 0),
                np.stack([base.mirror_expression(e) for e in expression]).astype(np.float32),
                np.full(count, owner),
            )
        )
    return Reliefs(*(np.concatenate(column) for column in zip(*parts, strict=True)))


class Lessons:
    """What one step learns from.

    photos : sightings.Sightings of smooth faces; reliefs : Reliefs; random : np.random.Generator
    """

    def __init__(self, photos, reliefs, random):
        self.reliefs, self.random, self.state = reliefs, random, np.zeros((0, 2), np.float32)
        self.persons = int(reliefs.owner[-1]) + 1
        self.show(photos)
        self.slips = [np.stack([noise(random, MISFIT_REACH * SIZE / 290) for _ in range(2)], -1) for _ in range(SLIPS)]
        self.texels = np.stack(np.meshgrid(*[np.arange(SIZE, dtype=np.float32)] * 2), -1)

    def show(self, photos):
        """Go on with these photos, the known ones first."""
        new = [state(photos.cue_of(row), photos.blur[row]) for row in range(len(self.state), len(photos))]
        self.photos, self.state = photos, np.concatenate([self.state, *np.reshape(new, (-1, 1, 2))])

    def batch(self, persons):
        """Channels (2 * persons, 6, 256, 256), fitted expressions (.., 53) and numbers (.., 25): two of a person."""
        rows = []
        for owner in self.random.choice(self.persons, persons, replace=False):
            mirror = self.random.random() < 0.5
            first, end = np.searchsorted(self.reliefs.owner, [owner, owner + 1])
            rows += [self.lesson(row, mirror) for row in self.random.choice(np.arange(first, end), 2, replace=False)]
        return (torch.from_numpy(np.stack(column)) for column in zip(*rows, strict=True))

    def lesson(self, row, mirror):
        """Channels, expression and numbers of one relief over a random photo."""
        given = self.reliefs
        height = given.height[row].astype(np.float32)
        expression, numbers = given.expression[row], given.numbers[row]
        if mirror:
            height, expression, numbers = height[:, ::-1], given.mirrored_expression[row], given.mirrored_numbers[row]
        photo = int(self.random.integers(len(self.photos)))
        calm = np.float32(np.exp(self.random.uniform(np.log(CALMEST), 0)))
        cue = self.photos.cue_of(photo)
        cue = replace(cue, shading=calm * cue.shading, pigment=calm * cue.pigment)
        if self.random.random() < 0.5:
            cue = cue.mirrored()
        slip = self.slips[self.random.integers(SLIPS)] * np.float32(self.random.uniform(0, MISFIT) * SIZE / 290 / 1.41)
        height = cv2.remap(np.ascontiguousarray(height), self.texels + slip, None, cv2.INTER_LINEAR)
        channels = laid(cue, height, float(self.photos.blur[photo]), self.random.uniform(0, 2)).channels()
        fitted = expression + EXPRESSION_ERROR * self.random.standard_normal(53) * (expression > 0)
        state = self.state[photo] + (0, np.log(calm))
        return channels, np.clip(fitted, 0, 1).astype(np.float32), np.append(numbers, state).astype(np.float32)


def laid(cue, height, blur, darkness):
    """The Cue of a smooth face with a relief (256, 256) mm laid over it.

    blur : of the photo, texels; darkness : natural logarithm that each millimetre of depth below its surroundings takes
    """
    shade = np.log(np.maximum(1 + cue.shaded(height), DEEPEST))
    shade -= darkness * np.clip(cv2.GaussianBlur(height, (0, 0), 3.0) - height, 0, 1)
    if blur > 0.2:
        shade = cv2.GaussianBlur(shade, (0, 0), min(blur, 20.0))
    shade = (shade - broad(shade, cue.weight, LONGEST)) * (cue.weight > 0)
    as_shading, as_pigment = unmixing().sum(0)
    return Cue(cue.shading + as_shading * shade, cue.pigment + as_pigment * shade, cue.weight, cue.response)


def state(cue, blur):
    """(2,) float32: what the reader shall say of the blur and the clutter of a photo of a smooth face."""
    fine = cue.shading - broad(cue.shading, cue.weight, FOLD_WAVELENGTH)
    known = cue.weight > 0.7
    spread = 1.4826 * np.median(np.abs(fine[known])) if known.any() else CLUTTER_UNIT
    return np.log([max(blur, LEAST_BLUR), max(spread, LEAST_CLUTTER) / CLUTTER_UNIT]).astype(np.float32)
