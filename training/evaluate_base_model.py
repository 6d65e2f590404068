"""Measures the published base model: `python -m training.evaluate_base_model [--faces 200]`, no training data needed.

Prints what closes and what crosses on random faces, what lies in front of the skin that should lie behind it, and for
each slider its own effect and its largest side effect; `--record` stores the figures in weights/weights.json.
"""
import argparse
import json
from types import SimpleNamespace

import numpy as np

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.semantic import SLIDERS, SemanticSliders

from .base_model.eyeball import Eyeball
from .base_model.measures import in_front_of_skin, lid_clearance, lid_gaps, lip_gaps
from .base_model.rims import eye_rim, mouth_rim
from .publish import record_quality

SEED = 7
BLINKS = {
    "blink": {}, "blink + look down": {"eyeLookDown": 1}, "blink + look up": {"eyeLookUp": 1},
    "blink + wide": {"eyeWide": 1}, "blink + squint": {"eyeSquint": 1, "cheekSquint": 1},
    "blink + smile": {"mouthSmile": 1, "cheekSquint": 0.7}, "blink + look in": {"eyeLookIn": 1}}
GLANCES = {
    "open": {}, "half blink": {"eyeBlink": 0.5}, "blink": {"eyeBlink": 1}, "look down": {"eyeLookDown": 1},
    "look up": {"eyeLookUp": 1}, "look in": {"eyeLookIn": 1}, "look out": {"eyeLookOut": 1}}
CLOSED = tuple({"jawOpen": t, "mouthClose": t} for t in (0, 0.2, 0.5, 0.8, 1)) + (
    {"mouthClose": 1}, {"jawOpen": 0.3, "mouthClose": 1}, {"jawOpen": 0.7, "mouthClose": 0.9})
OPEN = ({}, {"jawOpen": 0.5}, {"jawOpen": 1})


class Parts:
    """The places on a model's mesh that the measures look at."""

    def __init__(self, model):
        self.face = SimpleNamespace(
            mean=model.mean.astype(float), image=model.mirror, faces=model.topology.faces,
            face_material=model.topology.face_material, materials=list(model.topology.materials))
        self.lids, self.lips = eye_rim(self.face), mouth_rim(self.face)
        self.skin = model.topology.faces[model.topology.face_material == self.face.materials.index("M_Face")]
        self.mouth = self.vertices("M_Teeth", "M_GumsTongue")
        self.eyeball = Eyeball(self.face.mean, self.vertices("M_ScleraLeft"), self.vertices("M_IrisLeft"))

    def vertices(self, *materials):
        chosen = np.isin(self.face.face_material, [self.face.materials.index(name) for name in materials])
        vertices = np.unique(self.face.faces[chosen])
        return vertices[vertices >= 0]


def random_faces(count):
    """(count, 100) identities as the training faces vary."""
    return np.random.default_rng(SEED).normal(size=(count, 100)).astype(np.float32)


def left(values):
    """An expression of the left side: eyes and cheeks get `_L`."""
    return {name + ("" if name.startswith(("jaw", "mouthClose")) else "_L"): value for name, value in values.items()}


def measure(model, identities):
    """Figures in millimetres over many faces.

    Returns
    -------
    dict of name -> (S,) or (S, 2) array, one row a face
    """
    parts = Parts(model)
    figures = {name: [] for name in (*BLINKS, *(f"lids outside eyeball, {name}" for name in GLANCES), "lips",
                                     "neutral lips", "in front of the skin")}
    for identity in identities:
        def pose(values, identity=identity):
            return model.vertices(identity, model.expression(values))
        for name, values in BLINKS.items():
            gaps = lid_gaps(pose(left({"eyeBlink": 1, **values})), parts.lids)
            figures[name].append((gaps.min(), gaps.max()))
        for name, values in GLANCES.items():
            clearance = lid_clearance(pose(left(values)), parts.lids, parts.eyeball)
            figures[f"lids outside eyeball, {name}"].append(clearance)
        gaps = [lip_gaps(pose(values), parts.lips) for values in CLOSED]
        figures["neutral lips"].append((gaps[0].min(), gaps[0].max()))
        figures["lips"].append((np.min(gaps), np.max(gaps)))
        figures["in front of the skin"].append(
            sum(in_front_of_skin(pose(values), parts.skin, parts.lips, parts.mouth) for values in OPEN))
    return {name: np.array(values) for name, values in figures.items()}


def summary(figures):
    """What of `measure` goes into weights.json."""
    touching = np.abs(figures["blink"]).max(1) <= 0.3
    worst = {name: float(np.percentile(np.abs(figures[name]).max(1), 95).round(3)) for name in BLINKS}
    clear = {name: float(np.percentile(values, 5).round(3))
             for name, values in figures.items() if name.startswith("lids outside")}
    return {
        "faces": len(touching),
        "share of faces whose lids are within 0.3 mm of touching at eyeBlink 1": float(touching.mean().round(4)),
        "lids at eyeBlink 1, 95th percentile of the largest gap or crossing, mm": worst,
        "lids outside the eyeball, 5th percentile, mm": clear,
        "lips at rest: deepest crossing, widest gap (95th percentile), mm": [
            float(figures["neutral lips"][:, 0].min().round(3)),
            float(np.percentile(figures["neutral lips"][:, 1], 95).round(3))],
        "lips while mouthClose follows or leads jawOpen: deepest crossing of all faces, mm":
            float(figures["lips"][:, 0].min().round(3)),
        "share of faces with no tooth, gum or tongue vertex in front of the skin, jaw closed, half and fully open":
            float((figures["in front of the skin"] == 0).mean().round(4)),
    }


def slider_effects(sliders):
    """For each slider its reach in mm, the deviation that its full travel costs, and the largest side effect.

    Returns
    -------
    list of (name, reach in mm, norm of the identity at full reach, other slider, effect in its deviations per
    deviation of this one)
    """
    effects = sliders.functionals @ sliders.directions.T / sliders.deviations[:, None] * sliders.deviations
    rows = []
    for number, slider in enumerate(SLIDERS):
        others = np.abs(effects[:, number])
        others[number] = 0
        worst = int(others.argmax())
        rows.append((slider.name, slider.maximum, slider.maximum * np.linalg.norm(sliders.directions[number]),
                     SLIDERS[worst].name, effects[worst, number]))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=int, default=200)
    parser.add_argument("--record", action="store_true", help="store the figures in weights/weights.json")
    arguments = parser.parse_args()
    result = summary(measure(BaseModel.load(), random_faces(arguments.faces)))
    print(json.dumps(result, indent=1))
    effects = slider_effects(SemanticSliders.load())
    for name, reach, norm, other, effect in effects:
        print(f"{name:18s} +-{reach:5.1f} mm  identity norm {norm:4.1f}  largest side effect {effect:+.2f} on {other}")
    result["sliders"] = len(effects)
    result["largest side effect of a slider, standard deviations per standard deviation"] = float(
        np.abs([row[-1] for row in effects]).max().round(3))
    if arguments.record:
        record_quality("base_model", result)


if __name__ == "__main__":
    main()
