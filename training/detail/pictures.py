"""The model card's pictures: people in expressions, the teacher above the network, close-ups in raking light."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from detailed3dmm_addon.core.dnpm import FINEST
from training.make_detail_data import PersonMaker
from training.teacher.sampling import both

from .portrait import Portraits

EXPRESSIONS = {
    "neutral": {},
    "brow raise": {**both("browInnerUp"), **both("browOuterUp")},
    "frown": both("browDown"),
    "squint + smile": {**both("eyeSquint", 0.8), **both("mouthSmile", 0.9), **both("cheekSquint", 0.7)},
    "sneer": {**both("noseSneer"), **both("mouthUpperUp", 0.3)},
    "pucker": {"mouthPucker": 1.0, "mouthFunnel": 0.2},
    "open jaw": {"jawOpen": 0.8},
}
AGES = (20, 45, 75)
COMPARED_AGE = 60
SEED = 21
PORTRAIT = 270  # pixels across
# Name: (expression, landmarks whose middle is the centre, offset of it sideways and up in mm, width in mm, yaw)
CLOSE_UPS = {
    "forehead, brows raised": (EXPRESSIONS["brow raise"], (27,), (0, 44), 86, 0.0),
    "corner of the eye, smiling": (EXPRESSIONS["squint + smile"], (45,), (10, 2), 52, -0.7),
    "mouth, at rest": ({}, (48, 54), (8, 2), 72, -0.25),
    "cheek, at rest": ({}, (45, 54), (8, -2), 44, -0.6),
}
CLOSE_UP, CLOSE_UP_AGE, CLOSE_UP_SIZE = 760, 58, 4096
FILES = {
    "people": "model-card-people.png", "teacher": "model-card-teacher.png", "close-ups": "model-card-close-ups.png",
}  # fmt: skip


def draw(model, data, folder):
    """Writes all pictures into a folder; `data` holds the crease templates that the teacher needs."""
    portraits, folder = Portraits(model.base), Path(folder)
    pictures = {
        "people": people(model, portraits),
        "teacher": teacher_and_network(model, data, portraits),
        "close-ups": close_ups(model, portraits),
    }
    for name, picture in pictures.items():
        cv2.imwrite(str(folder / FILES[name]), picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])


def person(number):
    """Identity (100,) and person code (24,) of somebody."""
    rng = np.random.default_rng((SEED, number))
    return 0.8 * rng.standard_normal(100).astype(np.float32), rng.standard_normal(24).astype(np.float32)


def people(model, portraits):
    """Three identities in three ages; columns are expressions."""
    rows = {}
    for number, age in enumerate(tqdm(AGES, desc="people")):
        identity, code = person(number)
        rows[f"{age} years"] = row = []
        for expression in map(model.base.expression, EXPRESSIONS.values()):
            height = model.displacement(identity, expression, code, age, FINEST)
            row.append(_portrait(model, portraits, identity, expression, height))
    return _sheet(rows, EXPRESSIONS)


def teacher_and_network(model, data, portraits):
    """The same faces as physics folds them and as the network has it."""
    solver, rows = PersonMaker(data, FINEST, 0), {"teacher": [], "network": []}
    identity, code = person(len(AGES))
    creases = solver.creases(identity, code)
    for expression in tqdm(list(map(model.base.expression, EXPRESSIONS.values())), desc="teacher and network"):
        solved = solver.teacher.displacement(identity, expression, float(COMPARED_AGE), creases)
        made = model.displacement(identity, expression, code, COMPARED_AGE, FINEST)
        for row, height in (("teacher", solved), ("network", made)):
            rows[row].append(_portrait(model, portraits, identity, expression, height))
    return _sheet(rows, EXPRESSIONS)


def close_ups(model, portraits):
    """Skin at 4096 texels, pores and fine lines included."""
    identity, code = person(1)
    made = []
    for values, landmarks, offset, across, yaw in tqdm(CLOSE_UPS.values(), desc="close-ups"):
        expression = model.base.expression(values)
        vertices = model.base.vertices(identity, expression)
        height = model.displacement(identity, expression, code, CLOSE_UP_AGE, CLOSE_UP_SIZE)
        extent = _window(vertices[portraits.landmarks[list(landmarks)]].mean(0) * 1000, offset, across, yaw)
        made.append(portraits.draw(vertices, height, CLOSE_UP, extent, yaw, light=(0.85, -0.40, 0.35)))
    half = len(made) // 2
    return _bytes(np.concatenate([np.concatenate(made[:half], 1), np.concatenate(made[half:], 1)]))


def _window(centre, offset, across, yaw):
    """Extent of a close-up around a point (3,) in mm that turns with the head."""
    x = np.cos(yaw) * centre[0] - np.sin(yaw) * centre[1] + offset[0]
    z, tall = centre[2] + offset[1], 0.72 * across
    return x - across / 2, x + across / 2, z - tall / 2, z + tall / 2


def _portrait(model, portraits, identity, expression, height):
    return portraits.draw(model.base.vertices(identity, expression), height, PORTRAIT)


def _sheet(rows, columns):
    """Portraits in a table with its headings: row name -> pictures."""
    rows = {name: np.concatenate(row, 1) for name, row in rows.items()}
    sheet = _bytes(np.concatenate(list(rows.values())))
    tall = len(sheet) // len(rows)
    for number, name in enumerate(columns):
        _write(sheet, name, (PORTRAIT * number + 10, 22))
    for number, name in enumerate(rows):
        _write(sheet, name, (10, tall * (number + 1) - 12))
    return sheet


def _write(picture, text, at):
    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 225, 1, cv2.LINE_AA)


def _bytes(picture):
    return np.uint8(np.clip(picture, 0, 1) ** (1 / 1.4) * 255)
