"""What the code is good for: swapping expressions between faces, blending, drawing faces from the prior."""

from __future__ import annotations

import numpy as np
from tqdm import tqdm

from detailed3dmm_addon.core.detail_controls import DetailControls
from detailed3dmm_addon.core.dnpm import PREVIEW
from detailed3dmm_addon.core.person import SKIN, VARIANT, WARP
from training.teacher.sampling import sample_expression, sample_person

from .behaviour import AGE, POSES
from .measures import agreement, band_pass, rms

QUANTILES = (0.1, 0.5, 0.9)
BLENDED = {  # what differs between the ends of a blend: parts of the face
    "expression": ("expression",), "age": ("age",), "skin": ("skin",),
    "where creases lie: warp": ("warp",), "where creases lie: drawings": ("drawings",),
    "everything": ("identity", "expression", "age", "drawings", "warp", "skin"),
}  # fmt: skip


def tables(model, persons, faces):
    """All figures; persons : list of (identity, person); faces : `held_out.Faces` of unseen identities."""
    return {
        "expression swapped in from another face": swaps(model, faces),
        "energy half way between two codes, over the mean of the ends": blends(model, persons),
        "faces drawn at random, mm rms": samples(model, faces),
    }


def swaps(model, faces, count=48):
    """A's relaxed code with the expression part of B, who makes A's expression: against the teacher's map of A making
    it, beside what A's own parameters give."""
    inputs, moved = faces.inputs(), np.flatnonzero(faces.moved)
    rows = moved[np.linspace(0, len(moved) - 1, min(count, len(moved))).astype(int)]
    made = {"swapped": [], "own": []}
    for row in tqdm(rows, desc="swaps"):
        identity, expression, person, age = inputs[row]
        other = inputs[(row + len(inputs) // 2) % len(inputs)][0]
        swap = DetailControls(expression_of=(other, expression))
        made["swapped"].append(model.displacement(identity, 0 * expression, person, age, PREVIEW, swap))
        made["own"].append(model.displacement(identity, expression, person, age, PREVIEW))
    target = band_pass(faces.target[rows])
    columns = {who: agreement(band_pass(np.stack(maps)), target) for who, maps in made.items()}
    return {figure: {who: column[figure] for who, column in columns.items()} for figure in columns["own"]}


def blends(model, persons):
    """Energy of the map half way between the codes of two faces over the mean of the ends' energies, the median and
    the lowest over pairs. Two patterns that show through each other at half their depth would give one half."""
    figures = {}
    for what, parts in BLENDED.items():
        ratios = []
        for number in range(len(persons)):
            one, other = (_face(model, persons, n) for n in (number, number + 1))
            codes = [_codes(model, face) for face in (one, {**one, **{part: other[part] for part in parts}})]
            maps = np.stack([model.decode(c, PREVIEW) for c in (*codes, codes[0].blend(codes[1], 0.5))])
            first, last, middle = rms(band_pass(maps)) ** 2
            ratios.append(middle / (0.5 * (first + last)))
        figures[what] = {"median": float(np.median(ratios)), "lowest": float(np.min(ratios))}
    return figures


def _face(model, persons, number):
    """One of the persons in one of the poses, by parts; every other one is 30 years older."""
    identity, person = persons[number % len(persons)]
    expression, _ = list(POSES.values())[number % len(POSES)]
    return {"identity": identity, "expression": model.base.expression(expression), "age": AGE + 30 * (number % 2),
            "drawings": person[VARIANT], "warp": person[WARP], "skin": person[SKIN]}  # fmt: skip


def _codes(model, face):
    person = np.concatenate([face["drawings"], face["warp"], face["skin"]])
    return model.codes(face["identity"], face["expression"], person, face["age"])


def samples(model, faces, count=64, seed=77):
    """Relief of random faces as the teacher's data draws them: quantiles over maps, ours and the teacher's."""
    rng, drawn = np.random.default_rng(seed), []
    for _ in tqdm(range(count), desc="samples"):
        identity, person, age = sample_person(rng)
        expression = sample_expression(rng, list(model.base.expression_names))
        drawn.append(model.displacement(identity, expression, person, age, PREVIEW))
    columns = {"ours": rms(band_pass(np.stack(drawn))), "teacher": rms(band_pass(faces.target[faces.moved]))}
    return {
        f"{q:.0%} of the faces have less than": {who: float(np.quantile(found, q)) for who, found in columns.items()}
        for q in QUANTILES
    }
