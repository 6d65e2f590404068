"""Speakers, rooms, microphones and noises that were not recorded, made out of those that were: on log-mel spectra.

On band powers most of this is cheap and close to what it would be on samples: powers of independent sounds add, late
reverberation is an exponential tail of power (Lebart et al. 2001), a microphone is a gain for each band, and a vocal
tract of another length moves spectra along the frequency axis (Jaitly & Hinton 2013).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import lfilter

from detailed3dmm_addon.speech.features import BANDS, FLOOR, FPS, band_centres

DECIBEL = np.log(10) / 10  # of power, in the natural logarithm
CENTRES = band_centres()
NARROW = 1.5  # bands: the spread below which a shape in the spectrum is a harmonic, not a resonance
_WAVES = np.cos(np.pi * np.outer(np.arange(1, 6), (np.arange(BANDS) + 0.5) / BANDS))  # smooth responses over the bands


def another_tract(spectra, factor, bend=0.0):
    """Log-mel spectra (T, BANDS) of a voice whose resonances lie at `factor` times the frequencies, 0.85 to 1.18; an
    octave from 1500 Hz by a factor exp(bend) more or less, as a throat and a mouth do not grow alike."""
    moved = CENTRES * factor * np.exp(bend * np.clip(np.log2(CENTRES / 1500), -3, 2))
    at = np.interp(moved, CENTRES, np.arange(BANDS))
    below = np.minimum(at.astype(int), BANDS - 2)
    share = (at - below).astype(np.float32)
    return spectra[:, below] * (1 - share) + spectra[:, below + 1] * share


def another_source(spectra, share):
    """Log-mel spectra (T, BANDS) of the same mouth with `share` of what the voice's harmonics do to them: what is
    narrower than a resonance, about 2 bands, is the larynx' (source and filter, Fant 1960)."""
    resonances = gaussian_filter1d(spectra, NARROW, axis=1, mode="nearest")
    return resonances + share * (spectra - resonances)


@dataclass(frozen=True)
class Chances:
    """How often each change is made."""

    tempo: float = 0.6
    tract: float = 0.7
    source: float = 0.5
    room: float = 0.35
    response: float = 0.7
    noise: float = 0.8
    narrow: float = 0.2
    masks: float = 0.5


class MelAugmentation:
    """Changes excerpts of utterances at random.

    rng : numpy Generator
    noises : list of (T, BANDS) log-mel spectra of noises, recorded or made
    """

    def __init__(self, rng, noises=(), chances=None):
        self.rng, self.noises, self.chances = rng, list(noises), chances or Chances()

    def excerpt(self, spectra, phones, length, fill):
        """`length` frames from anywhere in an utterance at another tempo; what it lacks is filled up with silence.

        Returns
        -------
        (length, BANDS) float32, (length,) uint8 : labels in the silence are `fill`
        """
        tempo = np.exp(self.rng.uniform(-0.22, 0.22)) if self._happens("tempo") else 1.0
        needed = int(np.ceil(length * tempo)) + 1
        start = self.rng.integers(min(0, len(phones) - needed), max(0, len(phones) - needed) + 1)
        times = start + np.arange(length) * tempo
        inside = (times >= 0) & (times <= len(phones) - 1)
        below = np.clip(times.astype(int), 0, len(phones) - 1)
        above = np.minimum(below + 1, len(phones) - 1)
        share = (times - below)[:, None].clip(0, 1).astype(np.float32)
        lerped = spectra[below].astype(np.float32) * (1 - share) + spectra[above].astype(np.float32) * share
        nearest = phones[np.clip(np.round(times).astype(int), 0, len(phones) - 1)]
        silence = np.float32(np.log(FLOOR))
        return np.where(inside[:, None], lerped, silence), np.where(inside, nearest, fill).astype(np.uint8)

    def changed(self, spectra, others):
        """Log-mel spectra (T, BANDS) as another voice in another place; `others` are excerpts to make babble of."""
        rng = self.rng
        if self._happens("tract"):
            spectra = another_tract(spectra, np.exp(rng.uniform(-0.165, 0.165)), rng.uniform(-0.04, 0.04))
        if self._happens("source"):
            spectra = another_source(spectra, rng.uniform(0, 1.6))
        power = np.maximum(np.exp(spectra) - FLOOR, 0)
        if self._happens("room"):
            power = self._room(power)
        if self._happens("response"):
            power = power * self._response()
        if self._happens("noise"):
            power = self.with_noise(power, others, rng.uniform(-3, 24))
        if self._happens("narrow"):
            power = power * self._narrow()
        power = power * np.exp(DECIBEL * rng.uniform(-32, 8))
        power = power + FLOOR * 10 ** rng.uniform(-2, 0.7)  # the hiss of the converter
        changed = np.log(power + FLOOR)
        if self._happens("masks"):
            changed = self._masked(changed)
        return changed.astype(np.float32)

    def _happens(self, what):
        return self.rng.random() < getattr(self.chances, what)

    def _room(self, power):
        """Late reverberation: 60 dB down after 0.15 to 0.9 s, 4 to 20 dB below the direct sound in sum."""
        decay = 10 ** (-6 / (FPS * self.rng.uniform(0.15, 0.9)))
        level = np.exp(DECIBEL * self.rng.uniform(-20, -4)) * (1 - decay)
        return power + level * lfilter([0, 1], [1, -decay], power, axis=0)

    def _response(self):
        """A microphone's gain for each band: smooth, within some 12 dB."""
        weights = self.rng.normal(0, 1, len(_WAVES)) * np.array([5, 3, 2, 1.5, 1])
        return np.exp(DECIBEL * (weights @ _WAVES))

    def _narrow(self):
        """Telephones, old codecs, small loudspeakers."""
        low = self.rng.uniform(80, 400) if self.rng.random() < 0.5 else 0
        high = self.rng.uniform(2800, 6000) if self.rng.random() < 0.8 else np.inf
        return np.where((low <= CENTRES) & (high >= CENTRES), 1, 10 ** self.rng.uniform(-6, -3))

    def with_noise(self, power, others, decibels):
        """Band powers with noise that many decibels below the speech: hiss of any colour, babble made of `others` (log
        spectra), recorded noise, or two of them."""
        kinds = [self._hiss, lambda shape: self._babble(shape, others), self._recorded]
        drawn = self.rng.integers(0, len(kinds), self.rng.integers(1, 3))
        noise = sum(self._levelled(kinds[k](power.shape)) for k in drawn)
        loud = np.sort(power.sum(1))[-len(power) // 2 :].mean()  # of the louder half: the speech in it
        return power + self._levelled(noise) * loud * np.exp(-DECIBEL * decibels)

    @staticmethod
    def _levelled(noise):
        return noise / (noise.sum(1).mean() + 1e-12)

    def _hiss(self, shape):
        """Stationary noise: a slope over frequency and the chance fluctuation of band powers."""
        slope = (CENTRES / 500) ** -self.rng.uniform(-0.5, 2.2)
        width = np.gradient(CENTRES)
        values = np.maximum(width / 31.25 * 1.5, 1)  # independent ones in a band's power
        chance = np.exp(self.rng.standard_normal(shape, np.float32) / np.sqrt(values, dtype=np.float32))
        return self._response() * slope * width * chance

    def _babble(self, shape, others):
        """One to six other voices."""
        if not len(others):
            return self._hiss(shape)
        chosen = self.rng.integers(0, len(others), self.rng.integers(1, 7))
        return sum(np.exp(np.roll(others[k], self.rng.integers(shape[0]), 0)) for k in chosen)

    def _recorded(self, shape):
        if not self.noises:
            return self._hiss(shape)
        noise = self.noises[self.rng.integers(len(self.noises))]
        start = self.rng.integers(len(noise))
        return np.exp(np.take(noise, np.arange(start, start + shape[0]), 0, mode="wrap").astype(np.float32))

    def _masked(self, spectra):
        """Two groups of up to 8 bands and a moment of up to 80 ms are hidden (Park et al. 2019)."""
        spectra = spectra.copy()
        mean = spectra.mean()
        for _ in range(2):
            start = self.rng.integers(BANDS)
            spectra[:, start : start + self.rng.integers(0, 9)] = mean
        start = self.rng.integers(len(spectra))
        spectra[start : start + self.rng.integers(0, 9)] = mean
        return spectra
