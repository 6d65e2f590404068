"""Labels recordings without texts by the network itself, for training it further (noisy student, Xie et al. 2020).

    python -m training.label_speech --network data/speech_network --corpus CORPUS --out data/speech_own

The clean recording is labelled, by the mean of what the network hears in it and in two voices with vocal tracts of
other lengths; training then asks for the same answer under noise, in other rooms, from other voices. Frames that the
network is not sure of stay unknown. Speakers held out elsewhere are left out here too.

With `--words` a recogniser of words writes down what is said first, and the words are aligned: they know more than the
sound does. Frames in which the network hears something wholly different stay unknown, and a recording whose words
cannot be aligned is labelled as without.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np
import soundfile
from scipy.ndimage import maximum_filter1d

from detailed3dmm_addon.speech.features import log_mel
from detailed3dmm_addon.speech.phones import INDEX, PHONES, VISEME_OF
from detailed3dmm_addon.speech.transcription import transcriber
from detailed3dmm_addon.speech.viterbi import emissions, free_path
from training.evaluate_speech import trained_recogniser
from training.speech import shards
from training.speech.forced_alignment import align, english_pronunciations, english_words
from training.speech.mel_augmentation import another_tract
from training.speech.recordings import is_held_out
from training.speech.utterance import Utterance, resampled

SURE = 0.6  # probability of what a phone looks like
TRACTS = (0.94, 1.0, 1.06)  # factors on the resonances
PART, SOURCE = "own_labels", "librispeech own"
A_SHARD = 100  # recordings
POSSIBLE = 0.05  # probability of what a word's phone looks like, within
NEAR = 5  # frames of it: edges are not exact
_LOOKS = np.array([sorted({VISEME_OF.get(phone, phone) for phone in PHONES}).index(VISEME_OF.get(phone, phone))
                   for phone in PHONES])  # fmt: skip


def labelled(audio, recogniser, info, words=False):
    """The Utterance of samples (N,) at 16 kHz, phones None where the network is not sure.

    words : whether to write down the words first, and align them
    """
    posteriors = _heard(audio, recogniser)
    written = by_words(audio, posteriors, info) if words else None
    return written or by_sound(audio, posteriors, recogniser, info)


def by_sound(audio, posteriors, recogniser, info):
    """The Utterance that the network hears."""
    fit = emissions(posteriors)
    path = free_path(fit, recogniser.change)
    sure = np.exp(fit[np.arange(len(path)), path]) > SURE
    return _utterance(audio, np.where(sure, path, shards.UNKNOWN), info)


def by_words(audio, posteriors, info):
    """The Utterance of the words that are written down; None where there are figures in them or they do not align."""
    text = transcriber().written([audio])[0]
    aligned = (
        None if re.search(r"\d", text) or not text else align(audio, english_words(text), english_pronunciations, info)
    )
    if aligned is None:
        return None
    path = np.full(len(posteriors), shards.UNKNOWN)
    for phone, start, end in aligned.phones:
        path[round(start * shards.FPS) : round(end * shards.FPS)] = INDEX[phone]
    looks = np.stack([posteriors[:, look == _LOOKS].sum(1) for look in range(_LOOKS.max() + 1)], 1)
    possible = maximum_filter1d(looks, 2 * NEAR + 1, axis=0) > POSSIBLE
    known = (path != shards.UNKNOWN) & possible[np.arange(len(path)), _LOOKS[np.where(path < len(PHONES), path, 0)]]
    return _utterance(audio, np.where(known, path, shards.UNKNOWN), {**info, "text": text})


def _heard(audio, recogniser):
    """The network's answers (T, phones), mean over voices."""
    spectra = log_mel(audio)
    voices = [another_tract(spectra, factor) for factor in TRACTS]
    return np.mean([np.concatenate(list(recogniser.posteriors([voice]))) for voice in voices], axis=0)


def _utterance(audio, known, info):
    """The Utterance of the phone of every frame, UNKNOWN where it is not known."""
    edges = np.flatnonzero(np.diff(known)) + 1
    spans = zip(np.append(0, edges).tolist(), np.append(edges, len(known)).tolist(), strict=True)
    phones = [(None if known[a] == shards.UNKNOWN else PHONES[known[a]], a / shards.FPS, b / shards.FPS)
              for a, b in spans]  # fmt: skip
    return Utterance(audio, phones, info)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("data/speech"))
    parser.add_argument("--network", type=Path, default=Path("data/speech_network"))
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("data/speech_own"))
    parser.add_argument("--words", action="store_true", help="write the words down first, and align them")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    recogniser = trained_recogniser(options.network, options.data)
    paths = sorted((options.corpus / "librispeech").glob("*.ogg"))
    paths = [path for path in paths if not is_held_out(path.stem.split("-")[0])]
    for number, first in enumerate(range(0, len(paths), A_SHARD)):
        utterances = []
        for path in paths[first : first + A_SHARD]:
            audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
            info = {"source": SOURCE, "language": "en-us", "speaker": path.stem.split("-")[0], "name": path.stem}
            utterances.append(labelled(resampled(audio.mean(1), rate), recogniser, info, options.words))
        entry = shards.write(options.out, PART, number, utterances)
        print(f"{PART} {number}: {entry['seconds'] / 60:.1f} min", flush=True)


if __name__ == "__main__":
    main()
