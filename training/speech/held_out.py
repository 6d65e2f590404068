"""What the network gets right on speakers that it never heard."""

from __future__ import annotations

import numpy as np

from detailed3dmm_addon.core.steps import finished
from detailed3dmm_addon.speech.features import FLOOR
from detailed3dmm_addon.speech.phones import BILABIALS, INDEX, PHONES, SILENCE, VISEME_OF
from detailed3dmm_addon.speech.viterbi import emissions, free_path

from .closures import Closures, count_closures
from .mel_augmentation import MelAugmentation
from .shards import UNKNOWN

_NAMES = sorted({SILENCE, *VISEME_OF.values()})
_LOOKS = np.array([_NAMES.index(VISEME_OF.get(phone, SILENCE)) for phone in PHONES])
_BILABIAL = [INDEX[phone] for phone in sorted(BILABIALS)]


def by_sound(posteriors, recogniser):
    """(T,) phones that fit posteriors (T, phones) best."""
    return free_path(emissions(posteriors), recogniser.change)


def by_words(posteriors, recogniser):
    """The same with English words searched."""
    from detailed3dmm_addon.speech.words import searching

    return finished(searching(posteriors, by_sound(posteriors, recogniser), recogniser))[0]


def as_it_is(spectra):
    """Spectra that nothing is done to."""
    return spectra


def held_out_table(recogniser, utterances, change=as_it_is, understood=by_sound):
    """Source -> figures over utterances never trained on; `change` is what is done to their spectra before,
    `understood` how phones are made of the network's answers.

    frames : share of frames whose phone is right; looks : the same for phones that look alike taken as one;
    recall, precision, f1 : of lip closures, see `training.speech.closures`
    """
    sums = {}
    for u in utterances:
        heard = change(np.asarray(u.spectra, np.float32)).astype(np.float32)
        posteriors = np.concatenate(list(recogniser.posteriors([heard])))
        path = understood(posteriors, recogniser)
        known = u.phones != UNKNOWN
        right = [known.sum(), (path == u.phones)[known].sum(), (_LOOKS[path[known]] == _LOOKS[u.phones[known]]).sum()]
        counts, closures = sums.get(u.source, (0, Closures()))
        sums[u.source] = counts + np.array(right), closures + count_closures(np.isin(path, _BILABIAL), u.phones)
    return {source: _row(*sums[source]) for source in sorted(sums)}


def _row(counts, closures):
    figures = {"minutes": counts[0] / 6000, "frames": counts[1] / counts[0], "looks": counts[2] / counts[0],
               "recall": closures.recall, "precision": closures.precision, "f1": closures.f1}  # fmt: skip
    return {name: round(float(value), 3) for name, value in figures.items()}


def noisy(decibels, seed=0):
    """What puts noise that many decibels below the speech into spectra, another at each call; none where it is None."""
    if decibels is None:
        return as_it_is
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
