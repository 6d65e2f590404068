"""Measures the published Detailed3DMM on held-out persons, beside the linear baseline; prints the tables.

    python -m training.evaluate_detail --data data/detail --record
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from detailed3dmm_addon.core.detailed3dmm import Detailed3DMM
from detailed3dmm_addon.core.dnpm import PREVIEW
from training.detail.dataset import DetailDataset
from training.detail.linear_baseline import LinearBaseline, squared_error
from training.detail.measures import band_pass, correlation, region_energy, region_masks
from training.publish import record_quality
from training.teacher.teacher import both

POSES = {  # name: (expression, its own region)
    "brow raise": ({**both("browInnerUp"), **both("browOuterUp")}, "forehead"),
    "frown": (both("browDown"), "glabella"),
    "nose sneer": (both("noseSneer"), "nose bridge"),
    "eye squint": (both("eyeSquint"), "crow's feet"),
    "mouth shrug": ({"mouthShrugLower": 1.0}, "chin"),
}
FARTHEST = {
    "brow raise": "chin", "frown": "chin", "nose sneer": "chin", "eye squint": "chin", "mouth shrug": "forehead",
}  # fmt: skip


class Evaluation:
    """The figures of one model; every method gives a dict of name -> number."""

    def __init__(self, model, persons=12, seed=3):
        self.model = model
        rng = np.random.default_rng(seed)
        self.masks = region_masks(model.base, PREVIEW)
        self.persons = [(0.8 * rng.standard_normal(100), 0.8 * rng.standard_normal(24)) for _ in range(persons)]

    def map(self, identity, person, expression, age):
        return self.model.displacement(identity, self.model.base.expression(expression), person, age, PREVIEW)

    def energies(self, expression, age):
        """Energy by region, the median over persons."""
        found = [region_energy(self.map(i, p, expression, age), self.masks) for i, p in self.persons]
        return {name: float(np.median([f[name] for f in found])) for name in self.masks}

    def regions(self):
        """Own and farthest region's energy of each pose over neutral, at 30."""
        rest, figures = self.energies({}, 30), {}
        for pose, (expression, own) in POSES.items():
            posed = self.energies(expression, 30)
            figures[f"{pose}: {own} over neutral"] = posed[own] / rest[own]
            figures[f"{pose}: {FARTHEST[pose]} over neutral"] = posed[FARTHEST[pose]] / rest[FARTHEST[pose]]
        return figures

    def sides(self):
        """One-sided expressions: energy of the own side over the other's."""
        left = self.energies({"eyeSquint_L": 1.0}, 45)
        return {"left squint: left crow's feet over right": left["crow's feet L"] / left["crow's feet R"]}

    def ages(self):
        """Root mean square of a broad smile with raised brows and of rest, by age, mm."""
        smile = {**both("mouthSmile"), **both("cheekSquint"), **both("browInnerUp"), **both("browOuterUp")}
        figures = {}
        for label, expression in (("rest", {}), ("smile and brows", smile)):
            for age in (20, 45, 75):
                rms = [np.sqrt((band_pass(self.map(i, p, expression, age)) ** 2).mean()) for i, p in self.persons]
                figures[f"{label} at {age}, rms mm"] = float(np.median(rms))
        return figures

    def steadiness(self, age=50):
        """Correlation of neighbouring slider steps of 0.1, the worst of the steps, the median over persons."""
        figures = {}
        for pose, (expression, _) in POSES.items():
            worst = []
            for identity, person in self.persons[:6]:
                steps = np.stack([
                    self.map(identity, person, {k: v * s for k, v in expression.items()}, age)
                    for s in np.arange(0.2, 1.01, 0.1)
                ])  # fmt: skip
                banded = band_pass(steps)
                worst.append(correlation(banded[1:], banded[:-1]).min())
            figures[f"{pose}: worst neighbouring step"] = float(np.median(worst))
        return figures


def held_out(model, data, codes, encoded=16):
    """Synthesis and reconstruction against the teacher, and the linear baseline's, all at 256 and band-passed."""
    parts = (model.base, model.strain, model.network.placement)
    sets = [DetailDataset(data, split, *parts) for split in ("train", "test")]
    baseline = LinearBaseline(sets[0], codes)
    teacher = baseline.maps(sets[1]).view(-1, PREVIEW, PREVIEW).numpy()
    target = band_pass(teacher)
    faces = sets[1].faces
    inputs = zip(*(faces[k].numpy() for k in ("identity", "expression", "person", "age")), strict=True)
    made = np.stack([model.displacement(*face, PREVIEW) for face in tqdm(inputs, desc="synthesis", total=len(teacher))])
    chosen = np.linspace(0, len(teacher) - 1, encoded).astype(int)
    again = np.stack([model.decode(model.encode(teacher[i]), PREVIEW) for i in tqdm(chosen, desc="encoding")])
    figures = {}
    pairs = {
        "synthesis": (made, baseline.synthesised(sets[1]), target),
        "reconstruction": (again, baseline.reconstructed(sets[1])[chosen], target[chosen]),
    }
    for name, (ours, linear, wanted) in pairs.items():
        for who, maps in (("ours", ours), ("linear", linear)):
            banded = band_pass(maps)
            together = correlation(banded.reshape(1, -1), wanted.reshape(1, -1))
            figures[f"{name}, {who}: correlation, all texels"] = float(together)
            figures[f"{name}, {who}: correlation, median map"] = float(np.median(correlation(banded, wanted)))
            figures[f"{name}, {who}: squared error, share"] = squared_error(banded, wanted)
    return figures


def evaluate(model, data=None):
    """All figures: dict of table name -> dict of figure name -> number."""
    evaluation = Evaluation(model)
    tables = {
        "regions, energy over neutral at 30": evaluation.regions(),
        "sides": evaluation.sides(),
        "ages": evaluation.ages(),
        "steadiness, correlation of neighbouring 0.1 steps": evaluation.steadiness(),
    }
    if data is not None:
        codes = model.codes(np.zeros(100), np.zeros(53), np.zeros(24), 40)
        tables["held-out persons"] = held_out(model, data, sum(t.numel() for t in codes.tensors().values()))
    return tables


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="with held-out maps of the teacher; without it only what needs none")
    parser.add_argument("--record", action="store_true", help="store the figures in weights/weights.json")
    options = parser.parse_args()
    torch.manual_seed(0)
    tables = evaluate(Detailed3DMM.load(), options.data)
    for table, figures in tables.items():
        print(f"\n{table}")
        for name, value in figures.items():
            print(f"  {name:56s} {value:9.4f}")
    if options.record:
        record_quality("detailed3dmm", {t: {k: round(v, 4) for k, v in f.items()} for t, f in tables.items()})


if __name__ == "__main__":
    main()
