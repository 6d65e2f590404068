"""What the network gets right on speakers that it never heard."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from detailed3dmm_addon.speech.features import FLOOR
from detailed3dmm_addon.speech.phones import BILABIALS, INDEX, PHONES, SILENCE, VISEME_OF, to_frames
from detailed3dmm_addon.speech.recognition import recognise
from detailed3dmm_addon.speech.viterbi import emissions, free_path

from . import shards
from .closures import Closures, count_closures
from .mel_augmentation import MelAugmentation
from .shards import UNKNOWN
from .utterance import RATE

ENGLISH = "librispeech_held_out"  # part of the data

_NAMES = sorted({SILENCE, *VISEME_OF.values()})
_LOOKS = np.array([_NAMES.index(VISEME_OF.get(phone, SILENCE)) for phone in PHONES])
_BILABIAL = [INDEX[phone] for phone in sorted(BILABIALS)]


def held_out_table(recogniser, utterances, change=lambda spectra: spectra):
    """Source -> figures over utterances never trained on; `change` is what is done to their spectra before.

    frames : share of frames whose phone is right; looks : the same for phones that look alike taken as one;
    recall, precision, f1 : of lip closures, see `training.speech.closures`
    """
    sums = {}
    for u in utterances:
        heard = change(np.asarray(u.spectra, np.float32)).astype(np.float32)
        posteriors = np.concatenate(list(recogniser.posteriors([heard])))
        _count(sums, u.source, free_path(emissions(posteriors), recogniser.change), u.phones)
    return {source: _row(*sums[source]) for source in sorted(sums)}


def with_words_table(folder, automatic, decibels=None):
    """As `held_out_table`, of the English recordings held out in a folder of shards, by the published network.

    automatic : whether words are written down; decibels : how far pink noise is to lie below the speech, None for none
    """
    sums, generator = {}, np.random.default_rng(0)
    for name, entry in shards.index(folder).items():
        if entry["part"] == ENGLISH:
            for utterance in shards.read(Path(folder) / name):
                audio = utterance.audio if decibels is None else in_pink_noise(utterance.audio, decibels, generator)
                phones = np.concatenate([np.full(round((end - start) * shards.FPS), INDEX.get(phone, UNKNOWN))
                                         for phone, start, end in utterance.phones])  # fmt: skip
                heard = recognise(Samples(audio), automatic=automatic).phones
                _count(sums, utterance.info["source"], to_frames(heard, len(phones), shards.FPS), phones)
    return {source: _row(*sums[source]) for source in sorted(sums)}


class Samples:
    """Samples in memory, to be recognised as if they were a sound file."""

    def __init__(self, samples):
        self.samples, self.duration = samples, len(samples) / RATE

    def blocks(self):
        yield self.samples


def in_pink_noise(audio, decibels, generator):
    """(N,) samples with noise whose power falls with the frequency, that many decibels below their mean power."""
    spectrum = np.fft.rfft(generator.standard_normal(len(audio)))
    noise = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1)), len(audio))
    noise *= np.sqrt((audio**2).mean() / (noise**2).mean()) * 10 ** (-decibels / 20)
    return (audio + noise).astype(np.float32)


def _count(sums, source, path, phones):
    """Add what is right in the phones `path` (T,), of an utterance with these `phones`, to its source's sums."""
    known = phones != UNKNOWN
    right = [known.sum(), (path == phones)[known].sum(), (_LOOKS[path[known]] == _LOOKS[phones[known]]).sum()]
    counts, closures = sums.get(source, (0, Closures()))
    sums[source] = counts + np.array(right), closures + count_closures(np.isin(path, _BILABIAL), phones)


def _row(counts, closures):
    figures = {"minutes": counts[0] / 6000, "frames": counts[1] / counts[0], "looks": counts[2] / counts[0],
               "recall": closures.recall, "precision": closures.precision, "f1": closures.f1}  # fmt: skip
    return {name: round(float(value), 3) for name, value in figures.items()}


def noisy(decibels, seed=0):
    """What puts noise that many decibels below the speech into spectra, another at each call."""
    augmentation = MelAugmentation(np.random.default_rng(seed))

    def change(spectra):
        return np.log(augmentation.with_noise(np.exp(spectra), [spectra[::-1]], decibels) + FLOOR)

    return change


def some_of_each(utterances, frames):
    """About `frames` frames of each source, drawn the same each time."""
    chosen, taken = [], {}
    for k in np.random.default_rng(0).permutation(len(utterances)):
        u = utterances[k]
        if taken.get(u.source, 0) < frames:
            chosen.append(u)
            taken[u.source] = taken.get(u.source, 0) + len(u.phones)
    return chosen
