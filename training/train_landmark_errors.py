"""Learns how the face mesh's landmarks err: weights/landmark_errors.safetensors.

    python -m training.train_landmark_errors --data data/landmarks --version 1.0.0

The pictures are those of `training.make_landmarks`, which comes first; one in five is held out for the figures.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from detailed3dmm_addon.photo import correspondence
from detailed3dmm_addon.photo.landmark_errors import NAME, LandmarkErrors
from training.photo import sightings
from training.photo.correspondence import mirror_of
from training.photo.landmark_errors import learned, likelihood, rows
from training.publish import WEIGHTS, publish

HELD_OUT = 5  # one picture in so many
TURNED = np.radians(60)  # further than this, landmarks are a guess
COMMAND = "python -m training.make_landmarks && python -m training.train_landmark_errors"


def constant(model):
    """The same noise about a mean error, with nothing learned of pose, person or expression."""
    return LandmarkErrors(model.middle, model.axes, np.vstack([model.by_pose[:1], 0 * model.by_pose[1:]]),
                          0 * model.by_identity, 0 * model.by_expression, model.shared, model.own)


def quality(pictures, known, mirror):
    """Figures on pictures that were not learned from."""
    held_out = np.arange(len(pictures.seed)) % HELD_OUT == 0
    model = learned(*rows(pictures.chosen(~held_out), known, mirror))
    unseen = rows(pictures.chosen(held_out), known, mirror)
    return {"pictures": int(held_out.sum()),
            "log-likelihood a picture": round(likelihood(model, *unseen), 1),
            "log-likelihood with a constant mean": round(likelihood(constant(model), *unseen), 1)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("data/landmarks"))
    parser.add_argument("--version", default="1.0.0")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    pictures, known = sightings.load(options.data), correspondence.load()
    yaw = np.array([pictures.camera(row).yaw for row in range(len(pictures.seed))])
    pictures = pictures.chosen(np.abs(yaw) < TURNED)
    mirror = mirror_of(pictures)
    figures = quality(pictures, known, mirror)
    print(figures)
    model = learned(*rows(pictures, known, mirror))
    tensors = {name: getattr(model, name).astype(np.float32) for name in ("middle", "axes", "by_pose", "own")}
    tensors |= {name: getattr(model, name).astype(np.float16) for name in ("by_identity", "by_expression", "shared")}
    entry = publish(NAME, tensors, {}, options.version, COMMAND, figures, options.weights)
    print(f"{entry.file}: {entry.bytes} bytes")


if __name__ == "__main__":
    main()
