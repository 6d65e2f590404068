"""Reads from a photo's shading who it is whose skin creases so: the person code, the age, and how sure that is.

The network is the encoder of displacement maps (`core.dnpm.Encoder`) taught to look at photos: it starts from the
height that one division of spectra gives, and answers with a mean and a variance for every number (A. Kendall, Y. Gal,
"What uncertainties do we need in Bayesian deep learning for computer vision?", NeurIPS 2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import nn

from ..core import weights
from ..core.dnpm import LEAK
from ..core.person import PERSON_CODE_SIZE

NAME = "photo_detail"
SIZE = 256  # texels a side
CHANNELS, EXPRESSIONS = 6, 53
AGE, BLUR, CLUTTER = range(PERSON_CODE_SIZE, PERSON_CODE_SIZE + 3)  # what is read beside the person code
NUMBERS = PERSON_CODE_SIZE + 3
MIDDLE_AGE, AGE_UNIT = 50.0, 20.0  # years
CLUTTER_UNIT = 0.03  # of the shading's logarithm
_WIDTHS = (24, 32, 48, 64, 96)
_HIDDEN = 256
_LEAST, _MOST = -7.0, 0.5  # logarithms of variances


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


@torch.inference_mode()
def read(cue, expression):
    """The `Reading` of a `detail_cue.Cue` of a face with this expression (53,)."""
    channels = torch.from_numpy(cue.reduced(SIZE).channels())[None]
    mean, variance = load()(channels, torch.from_numpy(np.asarray(expression, np.float32))[None])
    return Reading(mean[0].numpy(), variance[0].exp().numpy())
