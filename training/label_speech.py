"""Labels recordings without texts by the network itself, for training it further (noisy student, Xie et al. 2020).

    python -m training.label_speech --network data/speech_network --corpus CORPUS --out data/speech_own

The clean recording is labelled, by the mean of what the network hears in it and in two voices with vocal tracts of
other lengths, and by the words that are found in that; training then asks for the same answer under noise, in other
rooms, from other voices. Frames that neither a word explains nor the network is sure of stay unknown. Speakers held out
elsewhere are left out here too.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import soundfile

from detailed3dmm_addon.core.steps import finished
from detailed3dmm_addon.speech.features import log_mel
from detailed3dmm_addon.speech.phones import PHONES
from detailed3dmm_addon.speech.viterbi import emissions, free_path
from detailed3dmm_addon.speech.words import searching
from training.evaluate_speech import trained_recogniser
from training.speech import shards
from training.speech.mel_augmentation import another_tract
from training.speech.recordings import is_held_out
from training.speech.utterance import Utterance, resampled
from training.train_speech import LABELLED

SURE = 0.6  # probability of what a phone looks like, and
POSSIBLE = 0.05  # the least that a word's phone must have
TRACTS = (0.94, 1.0, 1.06)  # factors on the resonances
PART = "own_labels"
A_SHARD = 100  # recordings


def labelled(audio, recogniser, info):
    """The Utterance of samples (N,) at 16 kHz, phones None where the network is not sure."""
    spectra = log_mel(audio)
    voices = [another_tract(spectra, factor) for factor in TRACTS]
    posteriors = np.mean([np.concatenate(list(recogniser.posteriors([voice]))) for voice in voices], axis=0)
    fit = emissions(posteriors)
    heard = free_path(fit, recogniser.change)
    path, _ = finished(searching(posteriors, heard, recogniser))
    least = np.where(path == heard, SURE, POSSIBLE)
    sure = np.exp(fit[np.arange(len(path)), path]) > least
    known = np.where(sure, path, shards.UNKNOWN)
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
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    recogniser = trained_recogniser(options.network, options.data)
    paths = sorted((options.corpus / "librispeech").glob("*.ogg"))
    paths = [path for path in paths if not is_held_out(path.stem.split("-")[0])]
    for number, first in enumerate(range(0, len(paths), A_SHARD)):
        utterances = []
        for path in paths[first : first + A_SHARD]:
            audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
            info = {"source": LABELLED, "language": "en-us", "speaker": path.stem.split("-")[0], "name": path.stem}
            utterances.append(labelled(resampled(audio.mean(1), rate), recogniser, info))
        entry = shards.write(options.out, PART, number, utterances)
        print(f"{PART} {number}: {entry['seconds'] / 60:.1f} min", flush=True)


if __name__ == "__main__":
    main()
