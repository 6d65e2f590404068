"""Learns to read identity and expression from the face mesh's inner layers: weights/shape_prior.safetensors.

    python -m training.train_shape_prior --out data/strangers --pictures 1500 --version 1.0.0

Draws pictures of strange heads (`training/photo/strangers.py`) and has the face mesh look at them. Pictures that were
looked at are kept in the folder, so it can be stopped and run again. Then ridge regression, each picture and its mirror
image one example each.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.photo.shape_prior import NAME, ShapePrior, in_mirror
from training.photo import strangers
from training.publish import WEIGHTS, publish_fields

COMMAND = "python -m training.train_shape_prior --pictures {pictures}"
HELD_OUT = 5  # one picture in so many
LAYER_SIZES = (32 * 9, 128 * 9, 128 * 36)  # of `shape_prior.LAYERS`
TURNED = 1.0  # radians: heads turned further are left out
SUREST = 0.01  # of an expression: no deviation is smaller
FLATTEST = 0.05  # of a layer's deviation: added to that of each feature, so that dead ones stay small


def learned(pictures, layers, stiffness):
    """(ShapePrior of Strangers without its deviation, which is 1).

    layers : how many features each layer has: all layers count alike; stiffness : of the ridge, in variances of what
    all features together predict
    """
    seen = pictures.features.astype(np.float32)
    centre = seen[:, 0].mean(0)
    scale = scale_of(seen[:, 0], layers)
    inputs = (np.concatenate([seen[:, 0], seen[:, 1]]) - centre) / scale
    wanted = np.column_stack([pictures.identity, pictures.expression])
    wanted = np.concatenate([wanted, in_mirror(wanted)])
    mean = wanted.mean(0)
    # As many equations as pictures, fewer than features: the dual form.
    kernel = inputs @ inputs.T + stiffness * np.eye(len(inputs))
    loadings = inputs.T @ np.linalg.solve(kernel, wanted - mean)
    return ShapePrior(
        centre,
        scale,
        loadings.astype(np.float16),
        mean.astype(np.float32),
        np.ones(pictures.expression.shape[1], np.float32),
    )


def deviation(prior, pictures):
    """(53,) by how much expressions differ from what a ShapePrior reads of Strangers that it was not made from."""
    _identity, expression = prior.read(pictures.features.astype(np.float32))
    return np.sqrt(((expression - pictures.expression) ** 2).mean(0) + SUREST**2).astype(np.float32)


def quality(prior, pictures):
    """Figures of a ShapePrior on Strangers that it was not made from."""
    identity, expression = prior.read(pictures.features.astype(np.float32))
    jaw = BaseModel.load().expression_names.index("jawOpen")
    return {
        "pictures": len(identity),
        "share of the variance of identities explained": _explained(identity, pictures.identity, 0),
        "share of the variance of expressions explained": _explained(
            expression, pictures.expression, pictures.expression.mean(0)
        ),
        "share of the variance of jawOpen explained": _explained(
            expression[:, jaw], pictures.expression[:, jaw], pictures.expression[:, jaw].mean()
        ),
    }


def _explained(read, truth, mean):
    return round(1 - float(((read - truth) ** 2).sum() / ((truth - mean) ** 2).sum()), 3)


def scale_of(seen, layers):
    """(F,) float32 what features (N, F) are divided by, so that all layers, of so many features each, count alike."""
    return np.concatenate([
        (layer.std(0) + FLATTEST * layer.std()) * np.sqrt(layer.shape[1] * len(layers))
        for layer in np.split(seen, np.cumsum(layers)[:-1], 1)
    ]).astype(np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("data/strangers"))
    parser.add_argument("--pictures", type=int, default=1500)
    parser.add_argument("--stiffness", type=float, default=0.3)
    parser.add_argument("--version", default="1.0.0")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    pictures = strangers.gather(options.out, options.pictures, lambda done: print(f"{done} pictures", flush=True))
    pictures = pictures.chosen(np.abs(pictures.yaw) < TURNED)
    held_out = np.arange(len(pictures.seed)) % HELD_OUT == 0
    rehearsed = learned(pictures.chosen(~held_out), LAYER_SIZES, options.stiffness)
    figures = quality(rehearsed, pictures.chosen(held_out))
    print(figures)
    made = replace(
        learned(pictures, LAYER_SIZES, options.stiffness), deviation=deviation(rehearsed, pictures.chosen(held_out))
    )
    publish_fields(NAME, made, options.version, COMMAND.format(pictures=options.pictures), figures, options.weights)


if __name__ == "__main__":
    main()
