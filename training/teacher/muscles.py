"""Active strain: what muscles do to the skin that the base model's blendshapes do not show.

A blendshape moves the surface; the skin over a contracted sphincter or a bunched chin shortens more than the coarse
surface says. Each muscle adds a compression of its own, in the frame of the map: lateral, vertical or both.
Anatomy after Ekman & Friesen's FACS (action units in brackets).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .regions import REGIONS, lateral_up_forward, weight

SIDE_BLEND_CM = 0.7


@dataclass(frozen=True)
class Muscle:
    """Strain at full contraction in a region: lateral, vertical (negative: shorter), and the units that contract it."""

    region: str
    lateral: float
    vertical: float
    units: dict[str, float]


MUSCLES = (
    Muscle("brow_raise", 0.0, -0.18, {"browInnerUp": 0.5, "browOuterUp": 0.55}),  # frontalis (1, 2)
    Muscle("chin", -0.50, -0.55, {"mouthShrugLower": 1.0, "mouthPress": 0.3}),  # mentalis (17)
    Muscle("upper_lip", -0.46, 0.0, {"mouthPucker": 1.0, "mouthFunnel": 0.4, "mouthPress": 0.25}),  # orb. oris (18)
    Muscle("lower_lip", -0.46, 0.0, {"mouthPucker": 1.0, "mouthFunnel": 0.4}),
    Muscle("glabella", -0.34, 0.0, {"browDown": 1.0}),  # corrugator (4)
    Muscle("nose_root", 0.0, -0.34, {"browDown": 0.7, "noseSneer": 0.8}),  # procerus
    Muscle("crow", 0.0, -0.32, {"eyeSquint": 1.0, "cheekSquint": 0.4}),  # orbicularis oculi (6, 7)
    Muscle("lower_lid", 0.0, -0.32, {"eyeSquint": 1.0, "cheekSquint": 0.6}),
    Muscle("bunny", -0.34, -0.20, {"noseSneer": 1.0}),  # nasalis (9)
    Muscle("marionette", -0.42, -0.22, {"mouthFrown": 1.0, "mouthStretch": 0.3}),  # depressor anguli oris (15)
    Muscle("nasolabial", -0.42, -0.28, {"mouthSmile": 0.7, "noseSneer": 0.7, "mouthUpperUp": 0.6}),  # zygomaticus (12)
    Muscle("neck", -0.40, 0.0, {"mouthStretch": 1.0, "mouthFrown": 0.3}),  # platysma (20)
)


def active_strain(model, vertices):
    """Strain of each expression at full value, (53, n, 2, 2), orthonormal frame, at skin vertices (n, 3) in mm.

    Linear in the expression coefficients and, in this frame, nearly the same for everyone: computed on the mean face.
    """
    names = list(model.expression_names)
    strain = np.zeros((len(names), len(vertices), 2, 2), np.float32)
    left = 1 / (1 + np.exp(-lateral_up_forward(vertices)[:, 0] / SIDE_BLEND_CM))
    for muscle in MUSCLES:
        for unit, share in muscle.units.items():
            for name, side in ((unit, None), (unit + "_L", "_L"), (unit + "_R", "_R")):
                if name in names:
                    field = share * _field(muscle.region, side, left, vertices, model.landmarks)
                    strain[names.index(name), :, 0, 0] += muscle.lateral * field
                    strain[names.index(name), :, 1, 1] += muscle.vertical * field
    return strain


def _field(region, side, left, vertices, landmarks):
    """Where the muscle of a unit acts: on its own side of a central region, or on one of a pair or both."""
    if region in REGIONS:
        field = weight(REGIONS[region], vertices, landmarks)
        return field if side is None else field * (left if side == "_L" else 1 - left)
    sides = [side] if side else ["_L", "_R"]
    return sum(weight(REGIONS[region + s], vertices, landmarks) for s in sides)
