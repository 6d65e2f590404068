"""Finds where the face mesh's landmarks lie on the base model: weights/landmarks.safetensors.

    python -m training.make_landmarks --out data/landmarks --pictures 600 --version 2.0.0

Draws pictures of random persons, expressions, poses and lights (`training/photo`), has the face mesh look at them and
compares with the truth. Pictures that were looked at are kept in the folder, so it can be stopped and run again.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from detailed3dmm_addon.photo.correspondence import NAME, Correspondence
from training.photo import correspondence, sightings
from training.publish import WEIGHTS, publish_fields

COMMAND = "python -m training.make_landmarks --pictures {pictures}"
HELD_OUT = 5  # one picture in so many
LARGEST = 0.1  # eye distances: a point whose frontal deviation is larger has no place


def measured(pictures):
    """Correspondence from Sightings."""
    mirror = correspondence.mirror_of(pictures)
    shown = correspondence.seen(pictures)
    places = correspondence.refined(correspondence.first_places(pictures), shown, mirror)
    spread = correspondence.spread(*correspondence.both_sides(*correspondence.errors(places, shown), mirror))
    return Correspondence(places.corners.astype(np.int32), places.weights.astype(np.float32), spread < LARGEST)


def quality(known, pictures):
    """Figures of a Correspondence on Sightings that it was not made from."""
    shown = correspondence.seen(pictures)
    points = np.flatnonzero(known.usable)
    error, yaw = correspondence.errors(correspondence.Places(known.triangles, known.barycentric), shown)
    distance = np.median(np.linalg.norm(error[:, points], axis=2), axis=1)
    frontal = np.abs(yaw) < correspondence.FRONTAL
    return {"pictures": len(yaw), "usable points": len(points),
            "median error, frontal, % of eye distance": round(100 * float(np.median(distance[frontal])), 2),
            "median error, turned, % of eye distance": round(100 * float(np.median(distance[~frontal])), 2)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("data/landmarks"))
    parser.add_argument("--pictures", type=int, default=600)
    parser.add_argument("--version", default="2.0.0")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    pictures = sightings.gather(options.out, options.pictures, lambda done: print(f"{done} pictures", flush=True))
    held_out = np.arange(len(pictures.seed)) % HELD_OUT == 0
    figures = quality(measured(pictures.chosen(~held_out)), pictures.chosen(held_out))
    print(figures)
    known = measured(pictures)
    publish_fields(NAME, known, options.version, COMMAND.format(pictures=options.pictures), figures, options.weights)


if __name__ == "__main__":
    main()
