"""Laws that a face's relief obeys, whoever it is: where an expression folds it, on which side, how age deepens it."""

from __future__ import annotations

import numpy as np

from detailed3dmm_addon.core.dnpm import PREVIEW
from detailed3dmm_addon.core.person import mirror_person
from training.teacher.sampling import both

from .measures import band_pass, correlation, region_energy, region_masks, rms, squared_error

POSES = {  # name: (expression, its own region)
    "brow raise": ({**both("browInnerUp"), **both("browOuterUp")}, "forehead"),
    "frown": (both("browDown"), "glabella"),
    "nose sneer": (both("noseSneer"), "nose bridge"),
    "eye squint": (both("eyeSquint"), "crow's feet"),
    "mouth shrug": ({"mouthShrugLower": 1.0}, "chin"),
    "pucker": ({"mouthPucker": 1.0}, "lips"),
}
FARTHEST = {
    "brow raise": "chin", "frown": "chin", "nose sneer": "chin", "eye squint": "chin", "mouth shrug": "forehead",
    "pucker": "forehead",
}  # fmt: skip
SMILE = {**both("mouthSmile"), **both("cheekSquint"), **both("browInnerUp"), **both("browOuterUp")}
ONE_SIDED = {"browInnerUp_L": 0.9, "noseSneer_R": 1.0, "eyeSquint_L": 0.6}
AGE = 50


class Behaviour:
    """The figures of one model on random persons; every method gives a dict of name -> number."""

    def __init__(self, model, persons=8, seed=3):
        self.model = model
        rng = np.random.default_rng(seed)
        self.masks = region_masks(model.base, PREVIEW)
        self.persons = [(0.8 * rng.standard_normal(100), 0.8 * rng.standard_normal(24)) for _ in range(persons)]

    def tables(self):
        return {
            "energy over the relaxed face's, age 30": self.regions(),
            "one-sided expressions": self.sides(),
            "relief by age, mm rms": self.ages(),
            "mirrored faces": self.mirror(),
        }

    def map(self, identity, person, expression, age):
        return self.model.displacement(identity, self.model.base.expression(expression), person, age, PREVIEW)

    def energies(self, expression, age):
        """Energy by region, the median over persons."""
        found = [region_energy(self.map(i, p, expression, age), self.masks) for i, p in self.persons]
        return {name: float(np.median([f[name] for f in found])) for name in self.masks}

    def regions(self):
        """Own and farthest region's energy of each pose over the relaxed face's."""
        rest, figures = self.energies({}, 30), {}
        for pose, (expression, own) in POSES.items():
            posed = self.energies(expression, 30)
            for region in (own, FARTHEST[pose]):
                figures[f"{pose}: {region}"] = posed[region] / rest[region]
        return figures

    def sides(self):
        """Energy of the own side over the other's."""
        left = self.energies({"eyeSquint_L": 1.0}, 45)
        return {"left squint: left crow's feet over right": left["crow's feet L"] / left["crow's feet R"]}

    def ages(self):
        """Relief at rest and of a broad smile with raised brows, the median over persons."""
        figures = {}
        for label, expression in (("at rest", {}), ("smile and brows", SMILE)):
            figures[label] = {}
            for age in (20, 45, 75):
                found = [rms(band_pass(self.map(i, p, expression, age))) for i, p in self.persons]
                figures[label][f"at {age}"] = float(np.median(found))
        return figures

    def mirror(self):
        """The map of a mirrored face against the mirrored map: the law is learned, not built in."""
        base, found = self.model.base, []
        expression = base.expression(ONE_SIDED)
        for identity, person in self.persons:
            seen = self.model.displacement(identity, expression, person, AGE, PREVIEW)[:, ::-1]
            mirrored = base.mirror_identity(identity), base.mirror_expression(expression), mirror_person(person)
            found.append((band_pass(self.model.displacement(*mirrored, AGE, PREVIEW)), band_pass(seen)))
        ours, wanted = map(np.stack, zip(*found, strict=True))
        return {
            "correlation, worst": float(correlation(ours, wanted).min()),
            "squared error, share": squared_error(ours, wanted),
        }
