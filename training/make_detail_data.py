"""Makes the displacement maps that the detail networks learn from. Deterministic; run it again to go on.

    python -m training.make_detail_data --out data/detail --train 440 --test 64 --expressions 9 --workers 2

Writes `creases.npz` (template planes, where they lie and how they stay, person fields), `strain.npz` (the strain basis)
and one `train_00000.npz` a person: identity, person, age and `expressions` (N, 53) with `maps` (N, R, R) float16 mm and
the strain codes (N, 80) of each face and of its mirror image. Persons of `test` are never trained on; `posed` holds
persons of the training set with expressions that are in no training map: the presets that ship. A finished folder
gets `manifest.json` with sha256 checksums.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.creases import CreasePlacement
from detailed3dmm_addon.core.presets import expression_presets
from detailed3dmm_addon.core.strain import StrainCode
from training.detail.strain_basis import fit_strain_basis
from training.teacher import person_fields
from training.teacher.sampling import sample_expressions, sample_person
from training.teacher.teacher import Creases, Teacher
from training.teacher.templates import FAMILIES, SOLVED_AT, solve_templates

SEEDS = {"train": 100_000, "test": 900_000, "posed": 100_000}
STRAIN_REACH = 10.0  # standard deviations


def mirror_matrix(model):
    """(100, 100): identity coefficients -> those of the mirror image, as rows times matrix."""
    return np.stack([model.mirror_identity(row) for row in np.eye(100, dtype=np.float32)])


def placement_from(creases):
    """`CreasePlacement` with the planes and fields of `creases.npz`."""
    placement = CreasePlacement(len(FAMILIES), creases["planes"].shape[-1])
    placement.load_state_dict({k: torch.from_numpy(creases[k]) for k in placement.state_dict()})
    return placement


def make_creases(path):
    model = BaseModel.load()
    solved = solve_templates(Teacher(model, SOLVED_AT), progress=lambda jobs: tqdm(jobs, desc="crease templates"))
    solved["planes"] = solved["planes"].astype(np.float16)
    _save(path, **solved, **person_fields.draw(len(FAMILIES), mirror_matrix(model)))


class PersonMaker:
    """Folds all expressions of one person after another; lives in a worker process."""

    def __init__(self, folder, size, expressions):
        torch.set_num_threads(1)
        self.folder, self.expressions = Path(folder), expressions
        self.base = BaseModel.load()
        self.teacher, self.presets = Teacher(self.base, size), expression_presets()
        with np.load(self.folder / "creases.npz") as creases:
            self.placement = placement_from(creases)
            self.orientation, self.resting = creases["orientation"], creases["resting"]
        with np.load(self.folder / "strain.npz") as strain:
            self.strain = StrainCode(dict(strain))

    def __call__(self, job):
        split, index = job
        path = self.folder / f"{split}_{index:05d}.npz"
        if path.exists():
            return
        rng = np.random.default_rng(SEEDS[split] + index)
        identity, person, age = sample_person(rng)
        expressions = self._expressions(split, rng)
        creases = self.creases(identity, person)
        maps = [self.teacher.displacement(identity, e, age, creases) for e in expressions]
        mirror = self.base.mirror_identity(identity)
        _save(
            path, identity=identity, person=person, age=age, expressions=expressions, maps=np.float16(maps),
            strains=[self.strain_code(identity, e) for e in expressions],
            mirrored_strains=[self.strain_code(mirror, self.base.mirror_expression(e)) for e in expressions],
        )  # fmt: skip

    def _expressions(self, split, rng):
        if split != "posed":
            return sample_expressions(rng, list(self.base.expression_names), self.expressions)
        chosen = rng.choice(len(self.presets), self.expressions, replace=False)
        return np.stack([self.base.expression(self.presets[i].expression) for i in chosen])

    def strain_code(self, identity, expression):
        neutral, posed = self.base.neutral(identity), self.base.vertices(identity, expression)
        return np.clip(self.strain(self.strain.field(neutral, posed, expression)), -STRAIN_REACH, STRAIN_REACH)

    def creases(self, identity, person):
        """Where and how readily this person creases."""
        size = self.teacher.size
        with torch.inference_mode():
            variant, warp, skin = self.placement.numbers(torch.tensor(person)[None], torch.tensor(identity)[None])
            templates, log_skin = self.placement(variant, warp, size), self.placement.skin(skin, size)
        return Creases(templates[0].numpy(), log_skin[0].numpy(), self.orientation, self.resting)


_maker = None


def _start_worker(*arguments):
    global _maker
    _maker = PersonMaker(*arguments)


def _make(job):
    _maker(job)


def _save(path, **arrays):
    """Writes all or nothing, so that a stopped run leaves no half file."""
    partial = path.with_suffix(f".{os.getpid()}.partial.npz")
    np.savez_compressed(partial, **arrays)
    partial.replace(path)


def write_manifest(folder):
    files = sorted(p for p in folder.glob("*.npz") if "partial" not in p.name)
    sums = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files}
    (folder / "manifest.json").write_text(json.dumps(sums, indent=1))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("data/detail"))
    parser.add_argument("--train", type=int, default=440, help="persons to train on")
    parser.add_argument("--test", type=int, default=64, help="persons held out")
    parser.add_argument("--posed", type=int, default=30, help="training persons in expressions held out")
    parser.add_argument("--expressions", type=int, default=9, help="a person")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if not (options.out / "creases.npz").exists():
        make_creases(options.out / "creases.npz")
    if not (options.out / "strain.npz").exists():
        _save(options.out / "strain.npz", **fit_strain_basis(BaseModel.load()))
    counts = {"test": options.test, "posed": options.posed, "train": options.train}
    jobs = [(split, i) for split, count in counts.items() for i in range(count)]
    # Held-out persons are spread over the run, so that a stopped run has some of each.
    jobs.sort(key=lambda job: (job[1] + 0.5) / counts[job[0]])
    arguments = (options.out, options.size, options.expressions)
    with get_context("spawn").Pool(options.workers, _start_worker, arguments) as pool:
        for _ in tqdm(pool.imap(_make, jobs), total=len(jobs), desc="persons"):
            pass
    write_manifest(options.out)


if __name__ == "__main__":
    main()
