"""Trains DNPM's generator and the Detailed3DMM mapping on the teacher's maps. Run it again to go on.

    python -m training.train_detail --data data/detail --stage preview --minutes 60
    python -m training.train_detail --data data/detail --stage full --minutes 10
    python -m training.train_detail --data data/detail --stage encoder --minutes 30 --persons 6 --rate 1e-3

Stages: `preview` learns everything up to 256 x 256, `full` the layers at 512, `encoder` what made a map, half of its
maps drawn by the generator for persons that nobody folded. Each goes on from its own `stage_*.pt` in the data folder,
which holds the best parameters so far, and adds to `training.json`; `training.publish_detail` writes the weights that
ship.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.dnpm import DNPM, FULL, GRID, PREVIEW, standard_age
from training.detail.dataset import FEATURES, GROUP, WHOLE, DetailDataset
from training.detail.new_persons import NewPersons
from training.detail.strain_basis import fields_of, resized
from training.make_detail_data import placement_from
from training.teacher.teacher import Teacher
from training.teacher.templates import FAMILIES

FAINTEST = 0.012  # mm rms: fainter maps weigh no more than this
QUIET = 0.005  # mm rms: quieter neighbourhoods weigh no more than this
NEIGHBOURHOOD = 17  # texels a side
LOCAL_SHARE = 0.5
DEPTH_SHARE = 1.0
MOVED_SHARE = 1.0
LOOKED_AT = 30  # held-out persons a report
STRAIN_SCALE, SKIN_SCALE = 8.0, 4.0  # what makes the start's fields vary by about one
LINES = [0, 1, 2, 4]  # families that fold across their own direction: all but crepe
READ_WEIGHTS = {"variant": 1.0, "warp": 1.0, "skin": 0.5, "age": 1.0, "identity": 0.2, "strain": 0.5, "expression": 1.0}


def strain_tensors(folder):
    """The strain basis of a data folder."""
    with np.load(folder / "strain.npz") as stored:
        return dict(stored)


def new_network(folder, strain, base):
    """DNPM with the folder's crease planes, its rims the teacher's, and its start what the teacher reads: strain along
    and across the creases, where persons' skin differs and where creases stay."""
    with np.load(folder / "creases.npz") as creases:
        placement = placement_from(creases)
        fields, mean = (torch.from_numpy(STRAIN_SCALE * f) for f in fields_of(strain, creases["orientation"][LINES]))
        resting = torch.from_numpy(resized(creases["resting"], GRID))
    network = DNPM(len(FAMILIES), placement.planes.shape[-1])
    network.placement = placement
    network.generator.rim_fade[0, 0] = torch.from_numpy(Teacher(base, FULL).rim_fade)
    skin = F.interpolate(placement.skin_fields[None, :4], (GRID, GRID), mode="bicubic")[0]
    network.generator.start.start_from(fields, mean, torch.cat([SKIN_SCALE * skin, resting]))
    return network


def trained_network(folder, base):
    """The network with the best parameters of every stage so far."""
    network = new_network(folder, strain_tensors(folder), base).to(memory_format=torch.channels_last)
    for stage in STAGES:
        path = stage_file(folder, stage)
        if path.exists():
            network.load_state_dict(torch.load(path, weights_only=True), strict=False)
    return network


def stage_file(folder, stage):
    return Path(folder) / f"stage_{stage}.pt"


def energy(maps):
    """Mean squares of maps (B, 1, h, w) and, weighted, of their slopes, (B,)."""
    slopes = maps.diff(dim=-1).square().mean((1, 2, 3)) + maps.diff(dim=-2).square().mean((1, 2, 3))
    return maps.square().mean((1, 2, 3)) + 1.5 * slopes


def generated(network, codes, templates, size, window):
    """The generator's map in a window of the face."""
    generator = network.generator
    seen = generator.features(codes)[(..., *window)]
    features, gain, maps = generator.preview(codes, seen, templates.maps[PREVIEW])
    if size == FULL:
        _, maps = generator.refined(codes, features, gain, maps, templates.octaves[FULL])
    scale = size // FEATURES
    down, across = (slice(w.start * scale, w.stop * scale) for w in window)
    return maps * generator.fade(size)[..., down, across]


def relative_error(output, maps):
    """Squared error relative to the map's energy, as a whole and around each texel.

    The whole keeps deep folds right; neighbourhoods count faint maps as much as deep ones, and keep quiet skin quiet.
    Squared error alone is lowest with creases too shallow wherever their place is uncertain, so depth counts too.
    """
    whole = energy(output - maps) / (energy(maps) + FAINTEST**2)
    wanted = around(maps.square()) + QUIET**2
    local = ((output - maps).square() / wanted).mean((1, 2, 3))
    depth = (((around(output.square()) + QUIET**2) / wanted).sqrt() - 1).square().mean((1, 2, 3))
    return (whole + LOCAL_SHARE * local + DEPTH_SHARE * depth).mean()


def around(maps):
    """The mean of each texel's neighbourhood in maps (B, 1, h, w), first along rows, then along columns."""
    for side in ((1, NEIGHBOURHOOD), (NEIGHBOURHOOD, 1)):
        reach = [n // 2 for n in side]
        maps = F.avg_pool2d(maps, side, stride=1, padding=reach, count_include_pad=False)
    return maps


def generator_loss(network, faces, templates, maps, size, window):
    """Error of the generator's maps of `DetailDataset.groups`, and of what the expressions add to the relaxed face:
    that is small beside an old face's resting folds, and all that a slider shows."""
    output = generated(network, network.codes(**faces), templates, size, window)
    return relative_error(output, maps) + MOVED_SHARE * relative_error(moved(output), moved(maps))


def moved(maps):
    """What expressions change on the relaxed face: groups' maps (n GROUP, 1, h, w) -> (n (GROUP - 1), 1, h, w)."""
    maps = maps.unflatten(0, (-1, GROUP))
    return (maps[:, 1:] - maps[:, :1]).flatten(0, 1)


def encoder_loss(network, faces, templates, maps, size, window):
    """What the encoder reads off a map against what made it."""
    variant, warp, skin = network.placement.numbers(faces["person"], faces["identity"])
    wanted = {**faces, "variant": variant, "warp": warp, "skin": skin, "age": standard_age(faces["age"])[:, None]}
    read = network.encoder(maps)
    return sum(weight * F.smooth_l1_loss(read[name], wanted[name]) for name, weight in READ_WEIGHTS.items())


def stage_parameters(network, stage):
    """What a stage learns, name -> parameter."""

    def learned(name):
        if stage == "encoder" or name.startswith("encoder."):
            return stage == "encoder" and name.startswith("encoder.")
        return name.startswith("generator.fine") == (stage == "full")

    return {name: p for name, p in network.named_parameters() if learned(name)}


# loss, map size, and the side of the random windows that training sees (features' texels; 128 is the whole face)
STAGES = {
    "preview": (generator_loss, PREVIEW, FEATURES),
    "full": (generator_loss, FULL, 32),
    "encoder": (encoder_loss, PREVIEW, FEATURES),
}


def random_window(rng, side):
    """Two slices; the lower quarter of the map, where hardly anything folds, comes seldom."""
    lowest = FEATURES - side if rng.random() < 0.15 else max(min(FEATURES - side, 96 - side // 2), 0)
    down, across = rng.integers(0, lowest + 1), rng.integers(0, FEATURES - side + 1)
    return slice(down, down + side), slice(across, across + side)


@torch.inference_mode()
def evaluate(network, dataset, loss, size):
    """Mean loss on the groups of `LOOKED_AT` persons spread over a data set, each time the same."""
    owners = torch.linspace(0, int(dataset.owners[-1]), min(LOOKED_AT, int(dataset.owners[-1]) + 1)).long()
    batches = dataset.groups(owners, np.random.default_rng(0)).split(2 * GROUP)
    losses = [loss(network, *dataset.batch(rows), size, WHOLE).item() * len(rows) for rows in batches]
    return sum(losses) / (len(owners) * GROUP)


class Trainer:
    """Adam with a cosine rate over a stage's time, snapshots of the best held-out error."""

    def __init__(self, network, stage, options):
        self.network, self.stage, self.options = network, stage, options
        self.loss, self.size, self.side = STAGES[stage]
        self.learned = stage_parameters(network.requires_grad_(False), stage)
        self.parameters = list(self.learned.values())
        for parameter in self.parameters:
            parameter.requires_grad_(True)
        self.optimiser = torch.optim.AdamW(self.parameters, lr=options.rate, betas=(0.9, 0.98), weight_decay=1e-4)
        self.average = [p.detach().clone() for p in self.parameters]
        self.random = np.random.default_rng(int(time.time()))

    def run(self, train, held_out, folder):
        """Learns for the stage's minutes or steps; the best parameters on held-out faces go to the stage's file."""
        start, step, recent, best = time.time(), 0, [], math.inf
        report = start + self.options.report
        while (done := self._done(start, step)) < 1:
            recent.append(self._step(train, done, step))
            step += 1
            if time.time() > report or self._done(start, step) >= 1:
                error = self._averaged(lambda: evaluate(self.network, held_out, self.loss, self.size))
                minutes = (time.time() - start) / 60
                line = f"{minutes:5.1f} min  step {step}  train {np.mean(recent):.4f}  held out {error:.4f}"
                print(line, flush=True)
                report, recent = time.time() + self.options.report, []
                if error < best:
                    best = error
                    self._averaged(lambda: torch.save(self.learned, stage_file(folder, self.stage)))
        minutes = round((time.time() - start) / 60, 1)
        _log(folder, self.stage, minutes=minutes, steps=step, maps=len(train), held_out=round(best, 4))

    def _done(self, start, step):
        """Share of the time that there is, or of the steps."""
        if self.options.steps:
            return step / self.options.steps
        return (time.time() - start) / (60 * self.options.minutes)

    def _step(self, train, progress, step):
        for group in self.optimiser.param_groups:
            cosine = 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress))
            group["lr"] = self.options.rate * min(1, (step + 1) / 50) * cosine
        owners = torch.from_numpy(self.random.integers(0, int(train.owners[-1]) + 1, self.options.persons))
        rows = train.groups(owners, self.random)
        window = random_window(self.random, self.side)
        batch = train.batch(rows, window, mirror=self.random.random() < 0.5)
        loss = self.loss(self.network, *batch, self.size, window)
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimiser.step()
        decay = min(0.995, (step + 1) / (step + 10))
        for mean, parameter in zip(self.average, self.parameters, strict=True):
            mean.lerp_(parameter.detach(), 1 - decay)
        return loss.item()

    def _averaged(self, action):
        """`action` with the running average of the parameters in place."""
        current = [p.detach().clone() for p in self.parameters]
        self._set(self.average)
        result = action()
        self._set(current)
        return result

    @torch.no_grad()
    def _set(self, values):
        for parameter, value in zip(self.parameters, values, strict=True):
            parameter.copy_(value)


def _log(folder, stage, **run):
    path = Path(folder) / "training.json"
    runs = json.loads(path.read_text()) if path.exists() else []
    path.write_text(json.dumps([*runs, {"stage": stage, "threads": torch.get_num_threads(), **run}], indent=1))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("data/detail"))
    parser.add_argument("--stage", choices=STAGES, required=True)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--steps", type=int, help="in place of the minutes")
    parser.add_argument("--persons", type=int, default=2, help="a batch, three maps each")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--report", type=float, default=120, help="seconds between reports")
    options = parser.parse_args()
    torch.manual_seed(0)
    base = BaseModel.load()
    network = trained_network(options.data, base)
    size = STAGES[options.stage][1]
    sets = [DetailDataset(options.data, split, base, network.placement, size) for split in ("train", "test")]
    print(f"{len(sets[0])} maps to train on, {len(sets[1])} held out", flush=True)
    if options.stage == "encoder":
        sets[0] = NewPersons(sets[0], network)
    Trainer(network, options.stage, options).run(*sets, options.data)


if __name__ == "__main__":
    main()
