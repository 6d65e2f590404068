"""The speech network: log-mel spectra to the probability of every phone, 100 times a second.

A temporal convolutional network (Bai et al. 2018: residual blocks of dilated convolutions). It thinks at 50 frames a
second, which halves its cost, and answers at 100. Beside the spectra it listens to what CMU Sphinx's mixtures make of
them (`mixtures`), where these are there: a tandem (Hermansky et al. 2000). Inputs need no statistics of the recording:
loudness, microphone and noise vary in training, so that a block of a long recording gives what the whole would.
"""

from __future__ import annotations

import json

import torch
from torch import nn
from torch.nn import functional as F

from .features import BANDS
from .mixtures import MixtureFeatures

TAPS = 3
DILATIONS = (1, 2, 4, 8)  # frames of 20 ms, block after block
STRIDE = 2  # frames of 10 ms to each that the network thinks in
TANDEM = 256  # channels that the mixtures' answers come through
# Share of the excerpts in training from which the spectra or the mixtures are hidden: both are to be of use alone, and
# spectra are learned by heart more easily.
HIDDEN_SPECTRA, HIDDEN_MIXTURES = 0.35, 0.15


class TemporalBlock(nn.Module):
    """Residual block: layer normalisation, a dilated convolution over time, GELU, a pointwise layer.

    lookahead : how many of the convolution's taps lie in the future, 1 (full context) or 0 (causal).
    The convolution is one matrix product of shifted copies, on a CPU faster than a convolution.
    """

    def __init__(self, width, dilation, lookahead, dropout):
        super().__init__()
        self.after = lookahead * dilation
        self.before = (TAPS - 1) * dilation - self.after
        self.dilation = dilation
        self.norm = nn.LayerNorm(width)
        self.time = nn.Linear(TAPS * width, width)
        self.point = nn.Linear(width, width)
        nn.init.zeros_(self.point.weight)  # a block begins by changing nothing
        nn.init.zeros_(self.point.bias)
        self.dropout = dropout

    def forward(self, x):
        length = x.shape[1]
        padded = F.pad(self.norm(x), (0, 0, self.before, self.after))
        taps = [padded[:, k * self.dilation : k * self.dilation + length] for k in range(TAPS)]
        return x + self.point(self._dropped(F.gelu(self.time(torch.cat(taps, -1)))))

    def _dropped(self, x):
        """Training hides whole channels of an excerpt: neighbouring frames are too alike to hide them one by one."""
        return x * F.dropout(x.new_ones(len(x), 1, x.shape[-1]), self.dropout, self.training)


class SpeechNetwork(nn.Module):
    """Log-mel spectra (B, T, BANDS), T even, to phone logits (B, T, phones).

    causal : a frame sees its own 20 ms and the past, none of the future beyond.
    tandem : whether the network has learned to listen to `mixtures`, too. They are a MixtureFeatures or None, and no
        part of the network's state: whoever has the files brings them.
    """

    def __init__(self, phones, width=192, blocks=8, causal=False, dropout=0.2, tandem=False):
        super().__init__()
        self.settings = {"phones": phones, "width": width, "blocks": blocks, "causal": causal, "tandem": tandem}
        self.phones = phones
        self.mixtures = None
        self.register_buffer("mean", torch.full((BANDS,), -6.0))
        self.register_buffer("scale", torch.full((BANDS,), 4.0))
        self.start = nn.Linear(STRIDE * BANDS, width)
        self.tandem = _tandem_layers(width) if tandem else None
        self.blocks = nn.ModuleList(
            [TemporalBlock(width, DILATIONS[k % len(DILATIONS)], 0 if causal else 1, dropout) for k in range(blocks)])
        self.norm = nn.LayerNorm(width)
        self.answer = nn.Linear(width, STRIDE * phones)

    @classmethod
    def described(cls, settings):
        """The untrained network of `settings`, JSON text as it is published with the weights."""
        return cls(**json.loads(settings))

    @property
    def context(self):
        """Frames of 10 ms that an answer sees before and after its own pair."""
        more = 0 if self.mixtures is None else self.mixtures.context
        return tuple(STRIDE * sum(getattr(block, side) for block in self.blocks) + more for side in ("before", "after"))

    def forward(self, spectra):
        batch, length, _ = spectra.shape
        x = self._heard(spectra)
        for block in self.blocks:
            x = block(x)
        return self.answer(self.norm(x)).reshape(batch, length, self.phones)

    def _heard(self, spectra):
        """What the blocks begin with, (B, T / STRIDE, width)."""
        x = self.start(((spectra - self.mean) / self.scale).reshape(len(spectra), -1, STRIDE * BANDS))
        if self.mixtures is None:
            return x
        return self._shown(x, HIDDEN_SPECTRA) + self._shown(self.tandem(self.mixtures(spectra)), HIDDEN_MIXTURES)

    def _shown(self, x, hidden):
        return x * (torch.rand(len(x), 1, 1) >= hidden) if self.training else x


def _tandem_layers(width):
    """From what mixtures answer to `width` channels; they begin by adding nothing."""
    last = nn.Linear(TANDEM, width)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(nn.LayerNorm(MixtureFeatures.SIZE), nn.Linear(MixtureFeatures.SIZE, TANDEM), nn.GELU(), last)
