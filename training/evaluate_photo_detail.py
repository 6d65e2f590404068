"""Measures what the reader of photos makes of persons that it has not learned from, and records it with the weights.

    python -m training.evaluate_photo_detail --data data/photo_detail --reliefs data/detail --record

*Photos* are the held-out ones of `make_photo_detail`: random pose, light, skin and degradation, and a fit that lies
beside the face a little. *Clear photos* are those of smooth faces that are blurred by less than 1.5 mm and show most of
the face, with pigment, noise and misfit a quarter as strong and the teacher's test persons' wrinkles laid over them.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, replace
from itertools import compress
from pathlib import Path

import cv2
import numpy as np
import torch

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.detail_controls import TILE
from detailed3dmm_addon.core.detailed3dmm import Detailed3DMM
from detailed3dmm_addon.core.person import PERSON_CODE_SIZE
from detailed3dmm_addon.photo import detail, detail_reader, detail_relief
from detailed3dmm_addon.photo.detail_cue import Cue
from detailed3dmm_addon.photo.detail_reader import AGE, AGE_UNIT, BLUR, CLUTTER, CLUTTER_UNIT, MIDDLE_AGE, PARTS, SIZE
from training.photo_detail import lessons, sightings
from training.publish import record_quality

BLURRED = 1.5 * SIZE / TILE  # texels
SEEN = 0.2  # of the tile
CALM = 0.25
AGES = ((18, 40), (40, 60), (60, 90))
SHOTS = 2  # clear photos of each expression
NOBODY = np.zeros(PERSON_CODE_SIZE, np.float32)


CALIBRATED = 2  # every second person tells how sure the reader may be; how true that is, the others tell


@dataclass(frozen=True)
class Shown:
    """One photo: its Cue, the face's expression (53,), identity (100,) and numbers (25,), whose it is, which of that
    person's expressions."""

    cue: Cue
    expression: np.ndarray
    identity: np.ndarray
    numbers: np.ndarray
    person: int
    number: int

    @property
    def age(self):
        return MIDDLE_AGE + AGE_UNIT * float(self.numbers[-1])


def drawn_photos(folder):
    """`Shown`s of the held-out photos."""
    photos = sightings.load(sorted((folder / "held_out").glob("*.npz")))
    return [
        Shown(photos.cue_of(row), photos.expression[row], photos.identity[row], photos.numbers[row],
              int(photos.person[row]), row // sightings.PHOTOS)
        for row in range(len(photos))
    ]  # fmt: skip


def smooth_faces(folder):
    """Held-out photos of faces without any wrinkle, `sightings.Sightings`."""
    return sightings.load(sorted((folder / "held_out_smooth").glob("*.npz")))


def wrinkles(folder, reliefs):
    """Those of the teacher's test persons, `lessons.Reliefs`; reliefs : what `make_detail_data` wrote."""
    return lessons.load_reliefs(reliefs, BaseModel.load(), folder / "held_out_reliefs.npz", "test")


def clear_photos(smooth, reliefs):
    """`Shown`s of the test persons, two expressions each; nothing is known of their identity."""
    random = np.random.default_rng(0)
    clear = [row for row in range(len(smooth))
             if smooth.blur[row] < BLURRED and (smooth.cue[row, 2] > 63).mean() > SEEN]  # fmt: skip
    shown = []
    for person in np.unique(reliefs.owner):
        for row in random.choice(np.flatnonzero(reliefs.owner == person), 2, replace=False):
            for photo in random.choice(clear, SHOTS, replace=False):
                cue = smooth.cue_of(photo)
                calm = replace(cue, shading=np.float32(CALM) * cue.shading, pigment=np.float32(CALM) * cue.pigment)
                cue = lessons.laid(calm, reliefs.height[row].astype(np.float32), float(smooth.blur[photo]), 1.0)
                shown.append(Shown(cue, reliefs.expression[row], np.zeros(100, np.float32), reliefs.numbers[row],
                                   int(person), int(row)))  # fmt: skip
    return shown


def figures_of(photos):
    """Consistency by age, and how well numbers and ages are read."""
    read = [detail_reader.read(photo.cue, photo.expression) for photo in photos]
    codes = np.stack(
        [detail.person_code([r], photo.identity, NOBODY)[0] for r, photo in zip(read, photos, strict=True)]
    )
    figures = {f"age {low} to {high}": cosines(photos, codes, low, high) for low, high in ((18, 90), *AGES)}
    mean = np.stack([reading.mean for reading in read])[:, : AGE + 1]
    truth = np.stack([photo.numbers for photo in photos])
    error = (mean - truth) ** 2
    explained = {name: rounded(1 - error[:, part].mean() / (truth[:, part] ** 2).mean())
                 for name, part in PARTS.items() if name != "age"}  # fmt: skip
    others = [photo.person % CALIBRATED > 0 for photo in photos]
    over = ratios(list(compress(photos, others)), list(compress(read, others)))
    known = detail_reader.variance_factors()
    return {"photos": len(photos), **figures, "share of variance explained": explained,
            "error of the age, years": round(float(AGE_UNIT * np.sqrt(error[:, AGE]).mean()), 1),
            "squared error over variance": {name: rounded(ratio / known[PARTS[name]][0])
                                            for name, ratio in over.items()}}  # fmt: skip


def variance_factors(reader, sets):
    """By how much the reader's variances are to be multiplied, by part, so that they are its squared errors.

    reader : detail_reader.DetailReader; sets : sequences of `Shown`, each of which counts alike
    """
    found = []
    for photos in sets:
        photos = [photo for photo in photos if photo.person % CALIBRATED == 0]
        found.append(ratios(photos, [detail_reader.read(photo.cue, photo.expression, reader) for photo in photos]))
    return {name: rounded(np.mean([ratio[name] for ratio in found])) for name in PARTS}


def ratios(photos, readings):
    """Squared errors over the reader's own variances, by part."""
    truth = np.stack([photo.numbers for photo in photos])
    mean, variance = (np.stack([getattr(r, name) for r in readings])[:, : AGE + 1] for name in ("mean", "variance"))
    return {name: float(((mean - truth)[:, part] ** 2).sum() / variance[:, part].sum())
            for name, part in PARTS.items()}  # fmt: skip


def cosines(photos, codes, low, high):
    """Means of the cosine of codes read from two expressions of a person, and of its size for two persons."""
    unit = codes / np.maximum(np.linalg.norm(codes, axis=1, keepdims=True), 1e-9)
    rows = [row for row, photo in enumerate(photos) if low <= photo.age < high]
    same, other = [], []
    for a in rows:
        for b in rows:
            if a < b and photos[a].person != photos[b].person:
                other.append(abs(unit[a] @ unit[b]))
            elif a < b and photos[a].number != photos[b].number:
                same.append(unit[a] @ unit[b])
    return {"two expressions": rounded(np.mean(same)) if same else None,
            "two persons": rounded(np.mean(other)) if other else None, "pairs": len(same)}  # fmt: skip


def swapped(photos, persons):
    """Share of a face's wrinkles (squared) that the code read from photos of another expression draws, at the true age,
    and that the mean code draws."""
    model, shares = Detailed3DMM.load(), []
    for person in list(dict.fromkeys(photo.person for photo in photos))[:persons]:
        own = [photo for photo in photos if photo.person == person]
        target = own[-1]
        others = [photo for photo in own if photo.number != target.number]
        if not others:
            continue
        readings = [detail_reader.read(photo.cue, photo.expression) for photo in others]
        found = detail.person_code(readings, 0 * target.identity, NOBODY)[0]
        truth, ours, nobodys = (
            model.displacement(0 * target.identity, target.expression, np.clip(code, -3.5, 3.5), target.age, SIZE)
            for code in (target.numbers[:PERSON_CODE_SIZE], found, NOBODY)
        )
        shares.append([1 - ((truth - height) ** 2).sum() / (truth**2).sum() for height in (ours, nobodys)])
    ours, nobodys = np.mean(shares, axis=0)
    return {"swapped wrinkles drawn": rounded(ours), "drawn by the mean code": rounded(nobodys)}


def of_smooth_faces(smooth, count):
    """What is made of photos of all qualities of faces without any wrinkle: relief beyond the model, root mean square,
    and the age that is read where 35 is usual."""
    heights, ages = [], []
    for row in np.random.default_rng(0).choice(len(smooth), min(count, len(smooth)), replace=False):
        cue = smooth.cue_of(row)
        reading = detail_reader.read(cue, smooth.expression[row])
        blur = float(np.exp(reading.mean[BLUR])) * TILE / SIZE
        clutter = float(np.exp(reading.mean[CLUTTER])) * CLUTTER_UNIT
        height, _share = detail_relief.relief(cue, np.zeros((SIZE, SIZE), np.float32), blur, clutter)
        heights.append(np.sqrt((height[cue.weight > 0.5] ** 2).mean()) if (cue.weight > 0.5).any() else 0.0)
        ages.append(detail.age_of([reading], 35.0)[0])
    return {
        "relief beyond the model, mm": round(float(np.mean(heights)), 4),
        "the same, worst, mm": round(float(np.max(heights)), 4),
        "age read": round(float(np.mean(ages)), 1),
    }


def rounded(value):
    return round(float(value), 3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("data/photo_detail"))
    parser.add_argument("--reliefs", type=Path, default=Path("data/detail"), help="what make_detail_data wrote")
    parser.add_argument("--record", action="store_true", help="store the figures in weights.json")
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    smooth = smooth_faces(options.data)
    clear = clear_photos(smooth, wrinkles(options.data, options.reliefs))
    figures = {"clear photos": {**figures_of(clear), **swapped(clear, 20)},
               "photos": figures_of(drawn_photos(options.data)),
               "photos of smooth faces": of_smooth_faces(smooth, 40)}  # fmt: skip
    print(json.dumps(figures, indent=1))
    if options.record:
        record_quality(detail_reader.NAME, figures)


if __name__ == "__main__":
    main()
