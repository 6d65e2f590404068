"""Measures what the scores of Google's face_landmarker.task say of expressions: weights/blendshape_scores.safetensors.

    python -m training.train_blendshape_scores --landmarker face_landmarker.task --pictures 1000 --version 1.0.0

Draws pictures of strange heads (`training/photo/crowd.py`) and has the task's networks look at them. Pictures that were
looked at are kept in the folder, so it can be stopped and run again. Each score is then explained by its expression,
linearly; each picture and its mirror image are one example each.

Of mouth and jaw alone: drawn heads at rest score 0.5 for raised brows and 0.15 for narrowed eyes, and what drawings get
wrong in their own way cannot be measured on drawings.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.photo import face_mesh
from detailed3dmm_addon.photo.blendshape_scores import NAME, SCORES, Reading, score_of
from detailed3dmm_addon.photo.picture import Picture
from training.photo import crowd, rows, sightings
from training.publish import WEIGHTS, publish_fields
from training.train_shape_prior import HELD_OUT, TURNED

COMMAND = "python -m training.train_blendshape_scores --landmarker face_landmarker.task --pictures {pictures}"
MEASURED = ("jaw", "mouth")  # what the names of expressions begin with that scores are believed of
LEAST_NOISE = 0.01  # of a score
A_PART = 50  # pictures in a file


@dataclass(frozen=True)
class Scored(rows.Rows):
    """Pictures in which the face was found, one a row.

    scores : (N, 52); expression : (N, 53); yaw : (N,) radians; seed : (N,)
    """

    scores: np.ndarray
    expression: np.ndarray
    yaw: np.ndarray
    seed: np.ndarray


def gather(folder, count, task, progress=None):
    """Draw and see `count` pictures, those that are not in `folder` yet; returns Scored of all.

    task : path of face_landmarker.task
    """
    mesh = face_mesh.Mesh.load(task)
    return rows.gather(Scored, folder, lambda seed: _row(seed, mesh), count, A_PART, progress)


def _row(seed, mesh):
    """One row of Scored as a dict, None where the face was not found."""
    drawn = crowd.scene(seed)
    found = face_mesh.landmarks(Picture(drawn.picture), sightings.true_face(drawn), mesh)
    if found.presence < sightings.PRESENCE:
        return None
    return {"scores": found.scores, "expression": drawn.expression, "yaw": found.yaw, "seed": seed}


def learned(pictures):
    """Reading of Scored: least squares of each score by its expression alone."""
    base = BaseModel.load()
    wanted = np.concatenate([pictures.expression, [base.mirror_expression(row) for row in pictures.expression]])
    seen = np.concatenate([pictures.scores, in_mirror(pictures.scores)])[:, _own()]
    middle, usual = wanted.mean(0), seen.mean(0)
    gain = ((wanted - middle) * (seen - usual)).sum(0) / np.maximum(((wanted - middle) ** 2).sum(0), 1e-9)
    gain = np.maximum(gain, 0) * measured()
    offset = usual - gain * middle
    noise = np.sqrt(((seen - offset - gain * wanted) ** 2).mean(0) + LEAST_NOISE**2)
    return Reading(*(values.astype(np.float32) for values in (offset, gain, noise)))


def measured():
    """(53,) bool: the expressions that scores are believed of."""
    return np.array([name.startswith(MEASURED) for name in BaseModel.load().expression_names])


def in_mirror(scores):
    """(N, 52) scores of the mirror images."""
    def across(name):
        return name.replace("Left", "*").replace("Right", "Left").replace("*", "Right")

    return scores[:, [SCORES.index(across(name)) for name in SCORES]]


def _own():
    """(53,) the number of each expression's score."""
    return [score_of(name) for name in BaseModel.load().expression_names]


def quality(pictures):
    """Figures of Readings on Scored, each fifth of it read by one that learned from the others."""
    part = np.arange(len(pictures.seed)) % HELD_OUT
    read, usual = np.zeros_like(pictures.expression), np.zeros_like(pictures.expression)
    for number in range(HELD_OUT):
        rest = pictures.chosen(part != number)
        middle, spread = rest.expression.mean(0), rest.expression.std(0) + LEAST_NOISE
        reading, chosen = learned(rest), part == number
        read[chosen] = [reading.joined(scores, middle, spread)[0] for scores in pictures.scores[chosen]]
        usual[chosen] = middle
    names = BaseModel.load().expression_names
    groups = {group: [name.startswith(group) for name in names] for group in ("jawOpen", "mouthSmile", "mouth")}
    return {"pictures": len(read)} | {
        f"share of the variance of {group} explained": round(
            1 - float(((read - pictures.expression)[:, own] ** 2).sum()
                      / ((usual - pictures.expression)[:, own] ** 2).sum()), 3)
        for group, own in groups.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--landmarker", required=True, help="face_landmarker.task")
    parser.add_argument("--out", type=Path, default=Path("data/scored"))
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--version", default="1.0.0")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    pictures = gather(options.out, options.pictures, options.landmarker,
                      lambda done: print(f"{done} pictures", flush=True))
    pictures = pictures.chosen(np.abs(pictures.yaw) < TURNED)
    figures = quality(pictures)
    print(figures)
    made = learned(pictures)
    publish_fields(NAME, made, options.version, COMMAND.format(pictures=options.pictures), figures, options.weights)


if __name__ == "__main__":
    main()
