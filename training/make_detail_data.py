"""Makes the displacement maps that the detail networks learn from. Deterministic; run it again to go on.

    python -m training.make_detail_data --out data/detail --train 220 --test 40 --workers 2

Writes `creases.npz` (template planes and person fields) and one `train_00000.npz` a person: identity, person, age and
`expressions` (N, 53) with `maps` (N, R, R) float16 mm. A finished folder gets `manifest.json` with sha256 checksums.
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
from training.teacher import person_fields
from training.teacher.sampling import sample_expression, sample_person
from training.teacher.teacher import Teacher
from training.teacher.templates import FAMILIES, solve_templates

SEEDS = {"train": 100_000, "test": 900_000}


def mirror_matrix(model):
    """(100, 100): identity coefficients -> those of the mirror image, as rows times matrix."""
    return np.stack([model.mirror_identity(row) for row in np.eye(100, dtype=np.float32)])


def placement_from(creases):
    """`CreasePlacement` with the planes and fields of `creases.npz`."""
    placement = CreasePlacement(len(FAMILIES), creases["planes"].shape[-1])
    placement.load_state_dict({k: torch.from_numpy(creases[k].astype(np.float32)) for k in placement.state_dict()})
    return placement


def make_creases(path, size):
    model = BaseModel.load()
    planes = solve_templates(Teacher(model, size), progress=lambda jobs: tqdm(jobs, desc="crease templates"))
    fields = person_fields.draw(len(FAMILIES), mirror_matrix(model))
    _save(path, planes=planes.astype(np.float16), **fields)


def family_strains(teacher):
    """The strain of each family's own expression on the mean face, (families, R, R, 2, 2)."""
    settings = (teacher.setting(np.zeros(100), teacher.expression_vector(e)) for e in FAMILIES.values())
    return np.stack([setting.strain for setting in settings])


class PersonMaker:
    """Folds all expressions of one person after another; lives in a worker process."""

    def __init__(self, folder, size, expressions):
        torch.set_num_threads(1)
        self.folder, self.expressions = Path(folder), expressions
        self.teacher = Teacher(BaseModel.load(), size)
        with np.load(self.folder / "creases.npz") as creases:
            self.placement = placement_from(creases)
        self.family_strains = family_strains(self.teacher)

    def __call__(self, job):
        split, index = job
        path = self.folder / f"{split}_{index:05d}.npz"
        if path.exists():
            return
        rng = np.random.default_rng(SEEDS[split] + index)
        identity, person, age = sample_person(rng)
        templates, log_skin = self.person_maps(identity, person)
        names = list(self.teacher.model.expression_names)
        expressions = np.stack([sample_expression(rng, names) for _ in range(self.expressions)])
        maps = [
            self.teacher.displacement(identity, e, age, templates, log_skin, self.family_strains) for e in expressions
        ]
        _save(path, identity=identity, person=person, age=age, expressions=expressions, maps=np.float16(maps))

    def person_maps(self, identity, person):
        """Templates (families, R, R) and log skin factors (2, R, R) of one person."""
        size = self.teacher.size
        with torch.inference_mode():
            variant, warp, skin = self.placement.numbers(torch.tensor(person)[None], torch.tensor(identity)[None])
            return self.placement(variant, warp, size)[0].numpy(), self.placement.skin(skin, size)[0].numpy()


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
    parser.add_argument("--train", type=int, default=220, help="persons to train on")
    parser.add_argument("--test", type=int, default=40, help="persons held out")
    parser.add_argument("--expressions", type=int, default=7, help="a person")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if not (options.out / "creases.npz").exists():
        make_creases(options.out / "creases.npz", options.size)
    jobs = [("test", i) for i in range(options.test)] + [("train", i) for i in range(options.train)]
    # Held-out persons are spread over the run, so that a stopped run has some of both.
    jobs.sort(key=lambda job: (job[1] + 0.5) / {"test": options.test, "train": options.train}[job[0]])
    arguments = (options.out, options.size, options.expressions)
    with get_context("spawn").Pool(options.workers, _start_worker, arguments) as pool:
        for _ in tqdm(pool.imap(_make, jobs), total=len(jobs), desc="persons"):
            pass
    write_manifest(options.out)


if __name__ == "__main__":
    main()
