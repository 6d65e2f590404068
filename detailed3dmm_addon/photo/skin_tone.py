"""How dark a skin is, and how bright the light on it: what a photo gives only as their product.

A photo of dark skin in bright light and one of fair skin in dim light may have the same pixels. What is known beside
them decides: skin colours are those of two pigments, light is nearly white, and photographers expose for the face.
"""
from dataclasses import dataclass

import numpy as np

from ..core.skin_optics import skin_colour

# Natural logarithms. Of a white surface that faces the camera: a face that is exposed well stays below clipping.
_LEVEL, _LEVEL_SPREAD = np.log(0.85), 0.30
_TINT_SPREAD = 0.10  # of the light's colour, each channel against their mean
_BLOOD, _BLOOD_SPREAD = 0.45, 0.2
_MELANIN_SPREAD = 0.5  # around the middle: hardly any preference
_STEPS = 48


@dataclass(frozen=True)
class Tone:
    """A skin's pigments as `core.skin` has them, 0..1, and its colour (3,), linear sRGB."""
    melanin: float
    blood: float

    @property
    def colour(self):
        return skin_colour(np.float32(self.melanin), np.float32(self.blood))


def likeliest(product):
    """The skin tone and the light that most probably make this colour.

    Parameters
    ----------
    product : (3,) linear sRGB, skin colour times the shading of a white surface that faces the camera

    Returns
    -------
    Tone; (3,) the shading, so that their product is `product`
    """
    melanin, blood = np.meshgrid(*[np.linspace(0, 1, _STEPS)] * 2, indexing="ij")
    light = np.log(np.maximum(product, 1e-4)) - np.log(skin_colour(melanin, blood))
    level = light.mean(-1)
    cost = ((level - _LEVEL) / _LEVEL_SPREAD) ** 2 + (((light - level[..., None]) / _TINT_SPREAD) ** 2).sum(-1)
    cost += ((blood - _BLOOD) / _BLOOD_SPREAD) ** 2 + ((melanin - 0.5) / _MELANIN_SPREAD) ** 2
    best = np.unravel_index(cost.argmin(), cost.shape)
    tone = Tone(float(melanin[best]), float(blood[best]))
    return tone, np.asarray(product) / tone.colour
