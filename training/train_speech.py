"""Trains the speech network on the shards of `training.make_speech_data`. Run it again to go on where it stopped.

    python -m training.train_speech --data data/speech --out data/speech_network --steps 12000
    python -m training.train_speech --data data/speech --out data/speech_deep --blocks 12 --start data/speech_network
    python -m training.train_speech --data data/speech --out data/speech_tandem --tandem --start data/speech_deep
    python -m training.train_speech --data data/speech --out data/speech_causal --steps 4000 --causal

`checkpoint.pt` in the output folder holds all that training needs to go on, `network.pt` the average of the latest
parameters, which is what `training.evaluate_speech` measures and publishes. New shards are taken in as they appear.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from detailed3dmm_addon.speech.mixtures import MixtureFeatures, read_mixtures
from detailed3dmm_addon.speech.network import SpeechNetwork
from detailed3dmm_addon.speech.phones import INDEX, PHONES, SILENCE
from detailed3dmm_addon.speech.recognition import Recogniser
from training.speech.held_out import held_out_table, some_of_each
from training.speech.mel_augmentation import MelAugmentation
from training.speech.shards import UNKNOWN
from training.speech.spectra import SpeechData

EXCERPT = 400  # frames of 10 ms
LABELLED = "librispeech words"  # the source of what `training.label_speech` writes
# Share of the excerpts by source: real voices are what counts, synthetic ones bring languages and exact times.
SHARES = {"librispeech": 0.14, LABELLED: 0.36, "lj": 0.14, "librivox": 0.03, "espeak-ng": 0.19,
          "flite": 0.05, "festival": 0.05, "still": 0.04}  # fmt: skip
OTHER_SHARE = 0.05  # of a source that is not listed
# Share of the excerpts that are spliced of pieces of so many frames from several utterances of a source: what was said
# around a sound must not be learned by heart, there are but 100 minutes of real speech.
SPLICED, PIECES = 0.5, (40, 150)
SMOOTHING = 0.05
AVERAGED = 0.999


class Sampler:
    """Batches of changed excerpts: sources by their shares, utterances by their length."""

    def __init__(self, data, seed):
        self.data, self.rng = data, np.random.default_rng(seed)
        self.prepare()

    def prepare(self):
        """To be called after the data has grown."""
        by_source = {}
        for utterance in self.data.utterances:
            by_source.setdefault(utterance.source, []).append(utterance)
        self.sources = list(by_source.values())
        shares = np.array([SHARES.get(source, OTHER_SHARE) for source in by_source])
        self.shares = shares / shares.sum()
        lengths = [np.array([len(u.phones) for u in utterances], float) for utterances in self.sources]
        self.lengths = [length / length.sum() for length in lengths]
        noises = [utterance.spectra for utterance in by_source.get("still", []) if len(utterance.phones) > EXCERPT // 4]
        self.augmentation = MelAugmentation(self.rng, noises)

    def batch(self, size):
        """Spectra (size, EXCERPT, BANDS) float32 and labels (size, EXCERPT) int64, UNKNOWN where nothing is known."""
        drawn = [self._excerpt() for _ in range(size)]
        others = [spectra for spectra, _ in drawn]
        spectra = np.stack([self.augmentation.changed(own, others) for own in others])
        return torch.from_numpy(spectra), torch.from_numpy(np.stack([phones for _, phones in drawn])).long()

    def _excerpt(self):
        source = self.rng.choice(len(self.sources), p=self.shares)
        if self.rng.random() >= SPLICED:
            return self._piece(source, EXCERPT)
        ends = np.append(np.cumsum(self.rng.integers(*PIECES, EXCERPT // PIECES[0])), EXCERPT)
        lengths = np.diff(np.append(0, np.unique(np.minimum(ends, EXCERPT))))
        spectra, phones = zip(*(self._piece(source, length) for length in lengths), strict=True)
        return np.concatenate(spectra), np.concatenate(phones)

    def _piece(self, source, length):
        utterance = self.sources[source][self.rng.choice(len(self.sources[source]), p=self.lengths[source])]
        return self.augmentation.excerpt(utterance.spectra, utterance.phones, length, INDEX[SILENCE])


def phone_loss(logits, phones):
    """Cross entropy of the frames whose phone is known."""
    return F.cross_entropy(logits.flatten(0, 1), phones.flatten(), ignore_index=UNKNOWN, label_smoothing=SMOOTHING)


def held_out_figures(network, utterances):
    """Source -> share of right frames and F1 of lip closures by the likeliest phone of each frame."""
    nothing = np.zeros(network.phones, np.float32)
    table = held_out_table(Recogniser(network.eval(), np.diag(nothing), nothing), utterances)
    return {source: {name: row[name] for name in ("frames", "looks", "f1")} for source, row in table.items()}


class Trainer:
    """AdamW with a cosine rate, a running average of the parameters, everything kept for going on."""

    def __init__(self, network, folder, options):
        self.network, self.folder, self.options = network, Path(folder), options
        self.optimiser = torch.optim.AdamW(network.parameters(), lr=options.rate, betas=(0.9, 0.98), weight_decay=0.02)
        self.average = {name: value.clone() for name, value in network.state_dict().items()}
        self.step = 0
        self.folder.mkdir(parents=True, exist_ok=True)

    def resume(self):
        path = self.folder / "checkpoint.pt"
        if path.exists():
            stored = torch.load(path, weights_only=True)
            self.network.load_state_dict(stored["network"])
            self.optimiser.load_state_dict(stored["optimiser"])
            self.average, self.step = stored["average"], stored["step"]

    def start_from(self, folder):
        """Begins with another network's parameters; blocks that it lacks begin by changing nothing."""
        state = torch.load(Path(folder) / "network.pt", weights_only=True)["state"]
        self.network.load_state_dict(widened(state, self.network.settings["width"]), strict=False)
        self.average = {name: value.clone() for name, value in self.network.state_dict().items()}

    def save(self):
        stored = {"network": self.network.state_dict(), "optimiser": self.optimiser.state_dict(),
                  "average": self.average, "step": self.step}  # fmt: skip
        _replace(stored, self.folder / "checkpoint.pt")
        _replace({"settings": self.network.settings, "state": self.average, "step": self.step},
                 self.folder / "network.pt")  # fmt: skip

    def run(self, sampler, held_out):
        """Learns up to the step asked for, reporting on held-out utterances."""
        report, losses, started = time.time() + self.options.report, [], time.time()
        while self.step < self.options.steps:
            losses.append(self.learn(*sampler.batch(self.options.batch)))
            if time.time() > report or self.step == self.options.steps:
                self.save()
                held_out.refresh()
                figures = held_out_figures(self.averaged(), some_of_each(held_out.utterances, 9000))
                print(f"{(time.time() - started) / 60:5.1f} min  step {self.step}  loss {np.mean(losses):.4f}  "
                      f"{json.dumps(figures)}", flush=True)  # fmt: skip
                report, losses = time.time() + self.options.report, []
                if sampler.data.refresh():
                    sampler.prepare()
                    print(f"more data: {sampler.data.minutes()}", flush=True)

    def learn(self, spectra, phones):
        """One step; returns the loss."""
        self.network.train()
        done = self.step / self.options.steps
        rate = self.options.rate * min(1, (self.step + 1) / 200) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        loss = phone_loss(self.network(spectra), phones)
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        decay = min(AVERAGED, (self.step + 1) / (self.step + 10))
        for name, value in self.network.state_dict().items():
            self.average[name].lerp_(value, 1 - decay)
        return loss.item()

    def averaged(self):
        """A network with the running average of the parameters."""
        return network_of(self.network.settings, self.average)


def widened(state, width):
    """The state of a network of `width` channels that answers nearly as a narrower one: channels drawn at random come
    twice, and what read the one reads a share of each (Chen et al. 2016, Net2Net)."""
    narrow = len(state["norm.weight"])
    if narrow == width:
        return state
    chance = torch.Generator().manual_seed(0)
    origin = torch.cat([torch.arange(narrow), torch.randint(narrow, (width - narrow,), generator=chance)])

    def read(weight):
        """Columns of a layer's weight, groups of `narrow` for the taps, each channel's shared among its copies."""
        taps = weight.reshape(len(weight), -1, narrow)[..., origin]
        shares = torch.rand(taps.shape, generator=chance) + 0.5
        total = torch.zeros(*taps.shape[:2], narrow).index_add_(2, origin, shares)
        return (taps * shares / total[..., origin]).flatten(1)

    def wide(name, value):
        layer, kind = name.split(".")[-2:] if "." in name else ("", name)
        if kind == "weight" and layer in ("time", "point", "answer"):
            value = read(value)
        of_channels = layer in ("start", "time", "point", "norm")
        return value[origin] if of_channels else value

    return {name: wide(name, value) for name, value in state.items()}


def trained_network(folder):
    """The network that training left in a folder."""
    stored = torch.load(Path(folder) / "network.pt", weights_only=True)
    return network_of(stored["settings"], stored["state"]).eval()


def network_of(settings, state=None):
    """A network, with the mixtures where it listens to them."""
    network = SpeechNetwork(**settings)
    if network.tandem is not None:
        network.mixtures = MixtureFeatures(read_mixtures())
    if state:
        network.load_state_dict(state)
    return network


def standardise(network, utterances):
    """Mean and deviation of the training data's spectra, as the network's first step."""
    frames = np.concatenate([u.spectra[::10] for u in utterances[:: max(len(utterances) // 500, 1)]]).astype(np.float32)
    network.mean.copy_(torch.from_numpy(frames.mean(0)))
    network.scale.copy_(torch.from_numpy(frames.std(0)))


def _replace(stored, path):
    part = path.with_suffix(".part")
    torch.save(stored, part)
    os.replace(part, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", default=[Path("data/speech")])
    parser.add_argument("--out", type=Path, default=Path("data/speech_network"))
    parser.add_argument("--start", type=Path, help="folder of a network to begin with, no wider and no deeper")
    parser.add_argument("--causal", action="store_true", help="a network that sees no future")
    parser.add_argument("--tandem", action="store_true", help="a network that listens to CMU Sphinx's mixtures, too")
    parser.add_argument("--width", type=int, default=192)
    parser.add_argument("--blocks", type=int, default=8)
    parser.add_argument("--steps", type=int, default=9000)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--report", type=float, default=300, help="seconds between reports")
    options = parser.parse_args()
    torch.manual_seed(0)
    train, held_out = SpeechData(options.data, "train"), SpeechData(options.data, "held_out")
    network = network_of({"phones": len(PHONES), "width": options.width, "blocks": options.blocks,
                          "causal": options.causal, "tandem": options.tandem})  # fmt: skip
    standardise(network, train.utterances)
    trainer = Trainer(network, options.out, options)
    if options.start:
        trainer.start_from(options.start)
    trainer.resume()
    print(f"{sum(p.numel() for p in network.parameters())} parameters; train {train.minutes()}, "
          f"held out {held_out.minutes()}, from step {trainer.step}", flush=True)  # fmt: skip
    trainer.run(Sampler(train, seed=trainer.step + 1), held_out)


if __name__ == "__main__":
    main()
