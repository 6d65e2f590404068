"""Learns to read from the face mesh's inner layers how far its landmarks are off: weights/landmark_shift.safetensors.

    python -m training.train_landmark_shift --out data/crowd --pictures 3700 --version 1.0.0

Draws pictures of strange heads (`training/photo/crowd.py`) and has the face mesh look at them. Pictures that were
looked at are kept in the folder, so it can be stopped and run again. Then ridge regression, each picture and its mirror
image one example each; what it answers is kept as amounts of a few patterns. What landmarks are off by the expression
is left out: the mouths of drawn heads lead the face mesh astray in another way than other mouths do.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import linear_sum_assignment

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.photo import correspondence
from detailed3dmm_addon.photo.landmark_shift import NAME, LandmarkShift
from training.photo import crowd
from training.publish import WEIGHTS, publish_fields
from training.train_shape_prior import HELD_OUT, LAYER_SIZES, scale_of

COMMAND = "python -m training.train_landmark_shift --pictures {pictures}"
PATTERNS = 64
TURNED = 1.1  # radians: heads turned further are left out
FRONTAL = np.radians(20)


def learned(pictures, layers, stiffness, usable, mirror):
    """LandmarkShift from Crowd.

    layers : how many features each layer has; stiffness : of the ridge, in variances of what all features together
    predict; usable : (468,) bool, landmarks whose place is known, the others stay where they are; mirror : (468,)
    """
    seen = pictures.features.astype(np.float32)
    centre, scale = seen[:, 0].mean(0), scale_of(seen[:, 0], layers)
    inputs = ((seen - centre) / scale).reshape(-1, seen.shape[2])
    wanted = (_at_rest(pictures) * usable[:, None]).reshape(len(inputs), -1)
    mean = wanted.mean(0)
    normal = inputs.T @ inputs
    normal.flat[:: len(normal) + 1] += stiffness
    loadings = cho_solve(cho_factor(normal, overwrite_a=True), inputs.T @ (wanted - mean))
    patterns = _patterns(inputs @ loadings)
    return LandmarkShift(centre, scale, (loadings @ patterns.T).astype(np.float16), patterns.astype(np.float16),
                         mean.astype(np.float32), mirror.astype(np.int32))


def _at_rest(pictures):
    """(N, 2, 468, 2) shifts of Crowd without what a linear map of the expression explains of them."""
    mirrored = [BaseModel.load().mirror_expression(row) for row in pictures.expression]
    does = np.stack([pictures.expression, mirrored], 1).reshape(-1, pictures.expression.shape[1])
    terms = np.column_stack([does, np.ones(len(does))])
    normal = terms.T @ terms + np.eye(terms.shape[1])  # expressions that no picture shows explain nothing
    by_term = np.linalg.solve(normal, terms.T @ pictures.shift.reshape(len(does), -1))
    return pictures.shift - (does @ by_term[:-1]).reshape(pictures.shift.shape)


def _patterns(answers):
    """(K, 936) orthogonal unit vectors that hold most of answers (N, 936)."""
    _variance, vectors = np.linalg.eigh(answers.T @ answers)
    return vectors[:, ::-1][:, :PATTERNS].T


def mirror_of(known):
    """(468,) for each landmark of a Correspondence the one on the other side of the face, its own inverse."""
    places = np.einsum("lk,lkc->lc", known.barycentric, BaseModel.load().mean[known.triangles])
    distance = np.linalg.norm(places[:, None] - places * (-1, 1, 1), axis=2)
    pairs = linear_sum_assignment(distance + distance.T)[1]
    if (pairs[pairs] != np.arange(len(pairs))).any():
        raise ValueError("the landmarks' two sides do not match")
    return pairs


def quality(known, pictures, usable):
    """Figures of a LandmarkShift on a Crowd that it was not made from."""
    wanted = pictures.shift[:, 0][:, usable]
    left = wanted - known.read(pictures.features.astype(np.float32))[:, usable]
    frontal = np.abs(pictures.yaw) < FRONTAL
    figures = {"pictures": len(wanted), "share of the variance of errors explained": round(
        1 - float((left**2).sum() / ((wanted - known.mean.reshape(-1, 2)[usable]) ** 2).sum()), 3)}
    for name, rows in (("frontal", frontal), ("turned", ~frontal)):
        figures[f"median error, {name}, % of eye distance, before and after"] = [
            _median(wanted[rows]), _median(left[rows])]
    return figures


def _median(errors):
    return round(100 * float(np.median(np.linalg.norm(errors, axis=-1))), 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("data/crowd"))
    parser.add_argument("--pictures", type=int, default=3700)
    parser.add_argument("--stiffness", type=float, default=0.2)
    parser.add_argument("--version", default="1.0.0")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    known = correspondence.load()
    mirror, usable = mirror_of(known), known.usable
    pictures = crowd.gather(options.out, options.pictures, mirror, lambda done: print(f"{done} pictures", flush=True))
    pictures = pictures.chosen(np.abs(pictures.yaw) < TURNED)
    held_out = np.arange(len(pictures.seed)) % HELD_OUT == 0
    rehearsed = learned(pictures.chosen(~held_out), LAYER_SIZES, options.stiffness, usable, mirror)
    figures = quality(rehearsed, pictures.chosen(held_out), usable)
    print(figures)
    made = learned(pictures, LAYER_SIZES, options.stiffness, usable, mirror)
    publish_fields(NAME, made, options.version, COMMAND.format(pictures=options.pictures), figures, options.weights)


if __name__ == "__main__":
    main()
