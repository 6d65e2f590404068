"""How well Gaussian mixtures of English sounds explain a moment of speech: CMU Sphinx's acoustic model (NOTICE).

Its means, variances and mixture weights were learned from the voices of many more speakers than the speech network ever
heard; what they make of a recording is therefore something for the network to listen to beside the spectra. Each sound
has one codebook for each of three streams (cepstra, their slopes, their curvatures) and three states, which differ in
their mixture weights (phonetic tied mixtures; Lee et al., ICASSP 2000).
"""

from __future__ import annotations

import io
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from . import english
from .features import FPS, RATE, band_centres

STEP = 2  # frames of 10 ms to each for which likelihoods are worked out
SOUNDS, STREAMS = 42, 3  # 39 of English, silence, two kinds of noise
STATES = 3  # of a sound: its beginning, middle and end
SLOPES = 3  # frames on both sides that slopes and curvatures see
AVERAGED = 2 * FPS  # frames on both sides whose mean cepstrum is that of the voice and the microphone

# What its cepstra are made of (its feat.params).
CEPSTRA, FILTERS, LIFTER = 13, 25, 22
LOWEST, HIGHEST = 130.0, 6800.0  # Hz
PREEMPHASIS = 0.97
_SMALLEST_VARIANCE = 1e-4
_UNIT = 1024 * np.log(1.0001)  # of a stored mixture weight: negative natural logarithm
_TOGETHER = 128  # frames that are worked out at once
_FLOOR = 1e-5  # power in a filter; band powers are 1e-6 where nothing is heard


class Mixtures(NamedTuple):
    """means, variances : (sounds, streams, Gaussians, CEPSTRA) float32
    weights : (streams, sounds, Gaussians, STATES) float32, they sum to about 1 over the Gaussians
    """

    means: np.ndarray
    variances: np.ndarray
    weights: np.ndarray


def read_mixtures():
    """The mixtures in the files beside the weights; raises WeightsError where one is missing or altered."""
    means, variances = (_gaussians(english.checked(name).read_bytes()) for name in (english.MEANS, english.VARIANCES))
    stored = _mixture_weights(english.checked(english.MIXTURE_WEIGHTS).read_bytes())
    of_sounds = stored[:, :, : STATES * SOUNDS]  # those of sounds in context follow
    weights = of_sounds.reshape(STREAMS, -1, SOUNDS, STATES).transpose(0, 2, 1, 3)
    return Mixtures(means, np.maximum(variances, _SMALLEST_VARIANCE), weights)


def _gaussians(content):
    """Parameters of Gaussians as Sphinx stores them: text up to `endhdr`, then numbers."""
    start = content.index(b"endhdr\n") + 7
    gaussians = np.frombuffer(content, "<i4", 4, start)[3]  # after a mark and the numbers of sounds and streams
    start += 4 * (4 + STREAMS + 1)  # sizes of the streams' vectors and the number of all numbers follow
    shape = (SOUNDS, STREAMS, gaussians, CEPSTRA)
    return np.frombuffer(content, "<f4", np.prod(shape), start).reshape(shape)


def _mixture_weights(content):
    """Mixture weights (streams, Gaussians, states) float32 as Sphinx stores them: texts, each after its length, up to
    an empty one, then a byte for each weight."""
    file = io.BytesIO(content)
    while length := int.from_bytes(file.read(4), "little"):
        file.seek(length, io.SEEK_CUR)
    shape = (STREAMS, int.from_bytes(file.read(4), "little"), int.from_bytes(file.read(4), "little"))
    stored = np.frombuffer(content, np.uint8, np.prod(shape), file.tell()).reshape(shape)
    return np.exp(-np.float32(_UNIT) * stored)


class MixtureFeatures(nn.Module):
    """Log-mel spectra (B, T, BANDS), T even, to what the mixtures make of them, (B, T / STEP, SIZE): logarithms of the
    probability of each state of each sound, and the cepstra, slopes and curvatures behind them."""

    SIZE = STATES * SOUNDS + STREAMS * CEPSTRA
    context = AVERAGED + SLOPES + 1  # frames on both sides of an answer's own pair

    def __init__(self, mixtures):
        super().__init__()
        precision = 1 / mixtures.variances
        shifts = precision * mixtures.means
        at_zero = -0.5 * (shifts * mixtures.means - np.log(precision / (2 * np.pi))).sum(-1)
        # log N(x) of all Gaussians of a stream as one matrix product with (x^2, x)
        slopes = np.concatenate([-0.5 * precision, shifts], -1)
        self._keep("slopes", slopes.transpose(1, 3, 0, 2).reshape(STREAMS, 2 * CEPSTRA, -1))
        self._keep("at_zero", at_zero.transpose(1, 0, 2).reshape(STREAMS, -1))
        self._keep("weights", mixtures.weights)
        self._keep("filters", _filters_of_bands())
        self._keep("cosines", _cosines())

    def _keep(self, name, value):
        self.register_buffer(name, torch.from_numpy(np.ascontiguousarray(value, np.float32)), persistent=False)

    @torch.no_grad()
    def forward(self, spectra):
        streams = self._streams(spectra)
        likelihood = sum(self._log_likelihood(k, values) for k, values in enumerate(streams))
        likelihood = likelihood - likelihood.logsumexp(-1, keepdim=True)
        return torch.cat([(likelihood / 10 + 1.5).clamp(-4, 2), torch.cat(streams, -1) / 15], -1)

    def _streams(self, spectra):
        """Cepstra, slopes and curvatures of every STEP-th frame, three of (B, T / STEP, CEPSTRA)."""
        cepstra = torch.log(torch.exp(spectra) @ self.filters + _FLOOR) @ self.cosines
        cepstra = cepstra - _running_mean(cepstra)
        padded = F.pad(cepstra.mT, (SLOPES, SLOPES), mode="replicate").mT

        def later(frames):
            return padded[:, SLOPES + frames : SLOPES + frames + cepstra.shape[1] : STEP]

        return later(0), later(2) - later(-2), (later(3) - later(-1)) - (later(1) - later(-3))

    def _log_likelihood(self, stream, values):
        """Of each state of each sound, (B, T, sounds * STATES), for one stream's values (B, T, CEPSTRA)."""
        some = values.reshape(-1, CEPSTRA).split(_TOGETHER)
        return torch.cat([self._of_some(stream, x) for x in some]).reshape(*values.shape[:2], -1)

    def _of_some(self, stream, x):
        """The same of a few frames, (n, CEPSTRA) to (n, sounds * STATES): their Gaussians fit into the cache."""
        fit = torch.addmm(self.at_zero[stream], torch.cat([x * x, x], -1), self.slopes[stream])
        fit = fit.view(len(x), SOUNDS, -1)
        best = fit.amax(-1, keepdim=True)
        share = fit.sub_(best).exp_().transpose(0, 1) @ self.weights[stream]
        return (torch.log(share.transpose(0, 1) + 1e-12) + best).flatten(1)


def _running_mean(cepstra):
    """Mean over AVERAGED frames on both sides, fewer at the ends, of (B, T, n)."""
    length = cepstra.shape[1]
    sums = F.pad(cepstra.double().cumsum(1), (0, 0, 1, 0))
    frame = torch.arange(length)
    first, last = (frame - AVERAGED).clamp(min=0), (frame + AVERAGED + 1).clamp(max=length)
    return ((sums[:, last] - sums[:, first]) / (last - first)[:, None]).float()


def _cosines():
    """From the logarithms of filters to cepstra, (FILTERS, CEPSTRA): the orthonormal cosine transform, liftered so that
    cepstra vary alike (Juang et al. 1987)."""
    order = np.arange(CEPSTRA)
    waves = np.cos(np.pi * np.outer(np.arange(FILTERS) + 0.5, order) / FILTERS)
    waves *= np.sqrt(np.where(order == 0, 1, 2) / FILTERS)
    return waves * (1 + LIFTER / 2 * np.sin(np.pi * order / LIFTER))


def _filters_of_bands():
    """The sum of our bands' powers that is each of its filters, (BANDS, FILTERS): triangles equally far apart on its
    mel scale, times its preemphasis. Our bands are triangles, too, so that weighted by a curve's height at their
    centres they add up to that curve, drawn straight from centre to centre."""
    ends = 2595 * np.log10(1 + np.array([LOWEST, HIGHEST]) / 700)
    points = 700 * (10 ** (np.linspace(*ends, FILTERS + 2) / 2595) - 1)
    centres = band_centres()[:, None]
    rising = (centres - points[:-2]) / np.diff(points)[:-1]
    falling = (points[2:] - centres) / np.diff(points)[1:]
    triangles = np.maximum(np.minimum(rising, falling), 0) * 2 / (points[2:] - points[:-2])
    preemphasis = np.abs(1 - PREEMPHASIS * np.exp(-2j * np.pi * centres / RATE)) ** 2
    return 1000 * preemphasis * triangles
