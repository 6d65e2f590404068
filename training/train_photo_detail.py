"""Trains the reader of photos: person code and age from the shading that a photo shows.

    python -m training.train_photo_detail --data data/photo_detail --reliefs data/detail --minutes 60

It starts from the encoder of displacement maps and goes on from its own checkpoint where there is one (`--resume`).
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
import torch

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.detailed3dmm import Detailed3DMM
from detailed3dmm_addon.photo.detail_reader import AGE, BLUR, CLUTTER, PARTS, DetailReader
from training.photo_detail import lessons, sightings

CHECKPOINT = "reader.pt"
PERSONS = 6  # in a step, two photos each
RATE = 1e-3
CONSISTENCY = 0.5
REPORT = 50  # steps
SHOWN = {**PARTS, "blur": slice(BLUR, BLUR + 1), "clutter": slice(CLUTTER, CLUTTER + 1)}


def started():
    """The map encoder in a reader's shape: it looks at the first height as if that were the map."""
    reader, encoder = DetailReader(), Detailed3DMM.load().network.encoder
    with torch.no_grad():
        for own, known in zip(reader.features[1:], encoder.features[1:], strict=True):
            own.load_state_dict(known.state_dict())
        first, known = reader.features[0], encoder.features[0]
        first.weight.mul_(0.3)
        first.weight[:, :1] = 4 * known.weight  # `_SCALES` of the channel
        first.bias.copy_(known.bias)
        inner, known = reader.head[0], encoder.head[0]
        inner.weight.zero_()
        inner.weight[:, : known.in_features].copy_(known.weight)
        inner.bias.copy_(known.bias)
        reader.head[2].load_state_dict(encoder.head[2].state_dict())
        last, known = reader.head[4], encoder.head[4]
        last.weight.mul_(0.1)
        last.bias.zero_()
        read = slice(AGE + 1)  # both begin with variant, warp, skin and age
        last.weight[read], last.bias[read] = 0.3 * known.weight[read], 0.3 * known.bias[read]
    return reader


def loss_of(mean, variance, numbers):
    """Negative log-likelihood, and DECA's consistency (Y. Feng et al., SIGGRAPH 2021): two photos of a person, which
    follow each other in the batch, give the same numbers."""
    likelihood = 0.5 * (variance + (mean - numbers) ** 2 * torch.exp(-variance)).mean()
    person = mean[:, :BLUR]
    return likelihood + CONSISTENCY * ((person[0::2] - person[1::2]) ** 2).mean(), likelihood


def train(reader, source, minutes, folder, rate=RATE, refreshed=lambda: None):
    """Adam with a cosine schedule over wall time; the checkpoint is rewritten every few minutes."""
    optimiser = torch.optim.AdamW(reader.parameters(), lr=rate, weight_decay=1e-2)
    start, step, seen, saved = time.monotonic(), 0, [], 0.0
    while (share := (time.monotonic() - start) / (60 * minutes)) < 1:
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1, (step + 1) / 50) * 0.5 * (1 + np.cos(np.pi * share))
        channels, expression, numbers = source.batch(PERSONS)
        optimiser.zero_grad()
        mean, variance = reader(channels, expression)
        loss, likelihood = loss_of(mean, variance, numbers)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        optimiser.step()
        step += 1
        error = ((mean - numbers) ** 2).detach()
        seen.append([likelihood.item(), *(error[:, part].mean().item() for part in SHOWN.values())])
        if step % REPORT == 0:
            figures = "  ".join(f"{value:.3f}" for value in np.mean(seen[-REPORT:], axis=0))
            past, names = (time.monotonic() - start) / 60, ", ".join(SHOWN)
            print(f"{past:5.1f} min  step {step}  likelihood, squared errors of {names}: {figures}", flush=True)
            if time.monotonic() - saved > 150:
                save(reader, folder)
                saved = time.monotonic()
                refreshed()
    save(reader, folder)


def save(reader, folder):
    part = folder / (CHECKPOINT + ".part")
    torch.save(reader.state_dict(), part)
    part.replace(folder / CHECKPOINT)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("data/photo_detail"))
    parser.add_argument("--reliefs", type=Path, default=Path("data/detail"), help="what make_detail_data wrote")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=RATE, help="less where it goes on from a checkpoint")
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.manual_seed(0)
    reader = started()
    if options.resume:
        reader.load_state_dict(torch.load(options.data / CHECKPOINT))

    def smooth():
        return sightings.load(sorted((options.data / "smooth").glob("*.npz")))

    reliefs = lessons.load_reliefs(options.reliefs, BaseModel.load(), options.data / "reliefs.npz")
    source = lessons.Lessons(smooth(), reliefs, np.random.default_rng(int(time.time())))
    print(f"{len(source.photos)} photos of smooth faces, {len(reliefs.owner)} reliefs", flush=True)

    def refreshed():  # more photos may have been drawn meanwhile
        source.show(smooth())

    train(reader, source, options.minutes, options.data, options.rate, refreshed)


if __name__ == "__main__":
    main()
