"""Reads from a photo's shading who it is whose skin creases so: the person code, the age, and how sure that is.

The network is the encoder of displacement maps (`core.dnpm.Encoder`) taught to look at photos: it starts from the
height that one division of spectra gives, and answers with a mean and a variance for every number (A. Kendall, Y. Gal,
"What uncertainties do we need in Bayesian deep learning for computer vision?", NeurIPS 2017).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import nn

from ..core import weights
from ..core.base_model import BaseModel
from ..core.dnpm import LEAK
from ..core.person import MIRROR_SIGNS, PERSON_CODE_SIZE, SKIN, VARIANT, WARP

NAME = "photo_detail"
SIZE = 256  # texels a side
CHANNELS, EXPRESSIONS = 6, 53
AGE, BLUR, CLUTTER = range(PERSON_CODE_SIZE, PERSON_CODE_SIZE + 3)  # what is read beside the person code
NUMBERS = PERSON_CODE_SIZE + 3
PARTS = {"drawing": VARIANT, "warp": WARP, "skin": SKIN, "age": slice(AGE, AGE + 1)}
FACTORS = "variance_factors"  # of each of `PARTS`: the key of the file's metadata
MIDDLE_AGE, AGE_UNIT = 50.0, 20.0  # years
CLUTTER_UNIT = 0.03  # of the shading's logarithm
_WIDTHS = (24, 32, 48, 64, 96)
_HIDDEN = 256
_LEAST, _MOST = -7.0, 0.5  # logarithms of variances
_UNMIRRORED = np.append(MIRROR_SIGNS, np.ones(NUMBERS - PERSON_CODE_SIZE, np.float32))


class DetailReader(nn.Module):
    """Cue channels (B, 6, 256, 256) and expressions (B, 53) -> means (B, 27) and logarithms of variances (B, 27).

    The first 24 are those of the person code with what the identity adds (`CreasePlacement.numbers`). Then come the
    age, (years - 50) / 20; the photo's blur, the natural logarithm of its standard deviation in texels; and its
    clutter, that of how strongly pigment, noise and compression vary beside the relief, over `CLUTTER_UNIT`.
    """

    def __init__(self):
        super().__init__()
        convs = []
        for a, b in zip((CHANNELS, *_WIDTHS), _WIDTHS, strict=False):
            convs += [nn.Conv2d(a, b, 3, stride=2, padding=1), nn.GroupNorm(8, b), nn.LeakyReLU(LEAK)]
        self.features = nn.Sequential(*convs)
        self.head = nn.Sequential(
            nn.Linear(_WIDTHS[-1] * 64 + EXPRESSIONS, _HIDDEN),
            nn.SiLU(),
            nn.Linear(_HIDDEN, _HIDDEN),
            nn.SiLU(),
            nn.Linear(_HIDDEN, 2 * NUMBERS),
        )

    def forward(self, channels, expression):
        seen = self.features(channels).flatten(1)
        mean, variance = self.head(torch.cat([seen, expression], 1)).split(NUMBERS, 1)
        return mean, variance.clamp(_LEAST, _MOST)


@dataclass(frozen=True)
class Reading:
    """What photos say of the numbers: mean (27,) and variance (27,), before anything is known of the person."""

    mean: np.ndarray
    variance: np.ndarray


@lru_cache(maxsize=1)
def load():
    """The network of this installation. Raises WeightsError if the file is missing or damaged."""
    tensors, _metadata = weights.load(NAME)
    reader = DetailReader()
    reader.load_state_dict({name: torch.from_numpy(array.astype(np.float32)) for name, array in tensors.items()})
    return reader.eval()


@lru_cache(maxsize=1)
def variance_factors():
    """(27,) float32: squared errors on photos that nothing was learned from, over the variances that were read there.

    What a network was trained on it fits a little too well, and so thinks itself surer than it is (A. Kuleshov, N.
    Fenner, S. Ermon, "Accurate uncertainties for deep learning using calibrated regression", ICML 2018).
    """
    _tensors, metadata = weights.load(NAME)
    factors = np.ones(NUMBERS, np.float32)
    for part, factor in json.loads(metadata[FACTORS]).items():
        factors[PARTS[part]] = factor
    return factors


@torch.inference_mode()
def read(cue, expression, reader=None):
    """The `Reading` of a `detail_cue.Cue` of a face with this expression (53,), by this or another `DetailReader`.

    It is the mean of what the network says of the photo and of its mirror image, who is the same person with left and
    right exchanged.
    """
    cue, model = cue.reduced(SIZE), BaseModel.load()
    channels = np.stack([cue.channels(), cue.mirrored().channels()])
    expressions = np.stack([expression, model.mirror_expression(expression)]).astype(np.float32)
    mean, variance = (reader or load())(torch.from_numpy(channels), torch.from_numpy(expressions))
    own, mirrored = mean.numpy()
    return Reading((own + _UNMIRRORED * mirrored) / 2, variance.exp().mean(0).numpy())
