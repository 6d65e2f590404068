"""Writes the trained speech network, with what is known about sequences of phones, into ``weights/``.

    python -m training.publish_speech --data data/speech --network data/speech_network --version 1.0.0
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from detailed3dmm_addon.speech.phones import PHONES
from detailed3dmm_addon.speech.recognition import NAME
from training.publish import WEIGHTS, publish
from training.speech.shards import UNKNOWN
from training.speech.spectra import SpeechData
from training.train_speech import trained_network

CHANGE_WEIGHT = 0.3  # of the statistics of sequences against the network's own answers
CHANGE_PRICE = 2.0  # of every change of phone
SMOOTHED = 20.0  # pairs of each kind that are added, so that what was never seen stays possible


def phone_changes(utterances):
    """Logarithm of going from one phone to another, (phones, phones) float32; staying costs nothing.

    Every source counts alike, so that sentences of one language do not rule.
    """
    counts = {}
    for utterance in utterances:
        phones = utterance.phones[np.append(True, np.diff(utterance.phones) != 0)]
        pairs = np.stack([phones[:-1], phones[1:]], 1)
        pairs = pairs[(pairs != UNKNOWN).all(1)]
        kind = counts.setdefault(utterance.source, np.zeros((len(PHONES), len(PHONES))))
        np.add.at(kind, tuple(pairs.T), 1)
    total = sum(kind / max(kind.sum(), 1) for kind in counts.values()) / len(counts) * 1e5 + SMOOTHED
    np.fill_diagonal(total, 0)
    with np.errstate(divide="ignore"):
        change = CHANGE_WEIGHT * np.log(total / total.sum(1, keepdims=True)) - CHANGE_PRICE
    np.fill_diagonal(change, 0)
    return change.astype(np.float32)


def phone_frequencies(utterances):
    """Logarithm of how frequent each phone is, (phones,) float32, every source counting alike."""
    total = np.full(len(PHONES), 1e-5)
    for source in {utterance.source for utterance in utterances}:
        phones = np.concatenate([utterance.phones for utterance in utterances if utterance.source == source])
        total += np.bincount(phones[phones != UNKNOWN], minlength=len(PHONES)) / max(np.sum(phones != UNKNOWN), 1)
    return np.log(total / total.sum()).astype(np.float32)


def published(network, change, prior, version, training, quality, folder=WEIGHTS):
    """Write the network, and the changes and frequencies of phones, as weights; returns their WeightsEntry."""
    tensors = {f"network.{name}": value.numpy().astype(np.float16) for name, value in network.state_dict().items()}
    metadata = {"settings": network.settings}
    return publish(NAME, {**tensors, "change": change, "prior": prior}, metadata, version, training, quality, folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("data/speech"))
    parser.add_argument("--network", type=Path, default=Path("data/speech_network"))
    parser.add_argument("--version", required=True)
    options = parser.parse_args()
    utterances = SpeechData(options.data, "train").utterances
    entry = published(trained_network(options.network), phone_changes(utterances), phone_frequencies(utterances),
                      options.version, "python -m training.train_speech", {})  # fmt: skip
    print(f"{entry.file}: {entry.bytes} bytes")


if __name__ == "__main__":
    main()
