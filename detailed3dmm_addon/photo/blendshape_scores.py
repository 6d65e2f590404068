"""How strongly a face shows each of 52 expressions: the third network of Google's ``face_landmarker.task``.

It looks at nothing but 146 of the 478 landmarks (an MLP mixer: I. Tolstikhin et al., NeurIPS 2021), wherever in the
picture and however large they are, and learned from people what of them is the face and what the expression. How far
its scores mean what the base model's expressions mean was measured on drawn heads. Which landmarks and what the scores
are called: MediaPipe's face_blendshapes_graph.cc (Apache-2.0; NOTICE).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..core import weights
from ..core.base_model import BaseModel

NAME = "blendshape_scores"
POINTS = (
    0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78, 80,
    81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152, 153, 154,
    155, 157, 158, 159, 160, 161, 162, 163, 168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251, 263,
    267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318, 321,
    323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385, 386, 387,
    388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, *range(468, 478))  # fmt: skip
SCORES = (
    "_neutral", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff",
    "cheekSquintLeft", "cheekSquintRight", "eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight",
    "eyeLookInLeft", "eyeLookInRight", "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight",
    "eyeSquintLeft", "eyeSquintRight", "eyeWideLeft", "eyeWideRight", "jawForward", "jawLeft", "jawOpen", "jawRight",
    "mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight", "mouthFunnel",
    "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft", "mouthPressRight", "mouthPucker",
    "mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthSmileLeft",
    "mouthSmileRight", "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft", "mouthUpperUpRight",
    "noseSneerLeft", "noseSneerRight")  # fmt: skip
_LEAST_GAIN = 1e-3  # below, nothing is divided by it
SEEN, SCORED = (1, len(POINTS), 2), (len(SCORES),)  # shapes that the network takes and gives


def scores(network, points):
    """(52,) float32 0..1, one for each of `SCORES`.

    network : `tflite.Network`, as `face_models.blendshapes` has it; points : (478, 2), upright: the network measures a
    face along the sides of its picture
    """
    return network(points[list(POINTS)])


def score_of(name):
    """Which of `SCORES` scores the base model's expression `name`, "_L" and "_R" being the person's own left and right.

    A side without a score of its own has that of both.
    """
    stem, side = (name[:-2], {"_L": "Left", "_R": "Right"}[name[-2:]]) if name[-2:] in ("_L", "_R") else (name, "")
    return SCORES.index(stem + side if stem + side in SCORES else stem)


@dataclass(frozen=True, eq=False)
class Reading:
    """What scores say of the base model's expressions: each is `offset + gain * expression`, and noise.

    offset, gain, noise : (53,) float32, the noise a standard deviation; a gain of 0: the score says nothing. Scores of
    people reach further than those of drawn heads; beyond that of a whole expression they say no more than that
    """

    offset: np.ndarray
    gain: np.ndarray
    noise: np.ndarray

    def joined(self, scores, expression, deviation):
        """(expression, deviation), both (53,), after scores (52,) are seen, from those before: Gaussians multiplied."""
        base = BaseModel.load()
        seen = scores[[score_of(name) for name in base.expression_names]]
        meant = np.minimum((seen - self.offset) / np.maximum(self.gain, _LEAST_GAIN), 1)
        known, told = 1 / deviation**2, (self.gain / self.noise) ** 2
        mean = (known * expression + told * meant) / (known + told)
        return np.clip(mean, 0, 1), 1 / np.sqrt(known + told)


@lru_cache(maxsize=1)
def load():
    """The Reading of this installation, read once. Raises WeightsError if its file is missing or damaged."""
    tensors, _metadata = weights.load(NAME)
    return Reading(**tensors)
