"""What landmarks' errors follow from, by ridge regression on pictures with known truth, and the noise that is left."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from detailed3dmm_addon.core.base_model import IDENTITY_SIZE, BaseModel
from detailed3dmm_addon.photo.face_mesh import Landmarks
from detailed3dmm_addon.photo.landmark_errors import LandmarkErrors, pose_features, shape_of

from .correspondence import Places, errors, seen

LOOKS = 3  # of each picture, those that are not in the mirror
AXES = 8
# How much a coefficient has to explain before it is believed, in pictures: found by `likelihood` on unseen persons.
RIDGE_POSE, RIDGE_IDENTITY, RIDGE_EXPRESSION = 5.0, 100.0, 10.0
OWN = 0.02  # share of the noise that is each coordinate's own


def rows(pictures, known, mirror):
    """What is regressed, of Sightings with every look a row, and all of it once more in the mirror.

    Returns
    -------
    shapes (N, 1404), persons (N, 100), expressions (N, 53), errors (N, 936)
    """
    base, places = BaseModel.load(), Places(known.triangles, known.barycentric)
    flipped = [np.stack([flip(row) for row in np.eye(size, dtype=np.float32)])
               for flip, size in ((base.mirror_identity, IDENTITY_SIZE), (base.mirror_expression, 53))]
    parts, shown = [], seen(pictures)
    for look in range(LOOKS):
        answers = [Landmarks(answer[:, :2], answer[:, 2], 1.0) for answer in pictures.looks[:, look]]
        shown = replace(shown, landmarks=answers)
        error, _yaw = errors(places, shown)
        shape = np.stack([shape_of(landmarks) for landmarks in shown.landmarks]).reshape(len(error), -1, 3)
        plain = shape, shown.identity, shown.expression, error
        mirrored = (shape[:, mirror] * (-1, 1, 1), shown.identity @ flipped[0], shown.expression @ flipped[1],
                    error[:, mirror] * (-1, 1))
        parts += [[np.asarray(part, float).reshape(len(error), -1) for part in side] for side in (plain, mirrored)]
    return tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))


def learned(shapes, persons, expressions, error):
    """LandmarkErrors of `rows`."""
    middle = shapes.mean(0)
    _, spread, directions = np.linalg.svd(shapes - middle, full_matrices=False)
    axes = directions[:AXES].T / (spread[:AXES] / np.sqrt(len(shapes)))
    pose = pose_features((shapes - middle) @ axes)
    inputs = np.concatenate([pose, persons, expressions], 1)
    ridge = np.repeat([RIDGE_POSE, RIDGE_IDENTITY, RIDGE_EXPRESSION],
                      [pose.shape[1], persons.shape[1], expressions.shape[1]])
    ridge[0] = 1e-6  # the mean error is no slope
    inverse = np.linalg.inv(inputs.T @ inputs + np.diag(LOOKS * ridge))
    slopes = inverse @ (inputs.T @ error)
    noise = error - inputs @ slopes
    # Looks of one picture, and a picture and its mirror image, do not tell more than one picture about the noise.
    freedom = 1 - np.trace(inverse @ (inputs.T @ inputs)) / (len(error) / LOOKS)
    covariance = noise.T @ noise / len(noise) / freedom
    values, vectors = np.linalg.eigh((1 - OWN) * covariance)
    kept = values > 1e-9
    tables = np.split(slopes, np.cumsum([pose.shape[1], persons.shape[1]]))
    return LandmarkErrors(middle, axes, *tables, vectors[:, kept] * np.sqrt(values[kept]), OWN * np.diag(covariance))


def likelihood(model, shapes, persons, expressions, error):
    """Mean log-likelihood of errors a row, without the constant: what the choices above are made by."""
    pose = pose_features((shapes - model.middle) @ model.axes)
    noise = error - np.concatenate([pose, persons, expressions], 1) @ np.concatenate(
        [model.by_pose, model.by_identity, model.by_expression])
    root = np.linalg.cholesky(model.covariance)
    whitened = np.linalg.solve(root, noise.T)
    return float(-(whitened**2).sum(0).mean() / 2 - np.log(np.diag(root)).sum())
