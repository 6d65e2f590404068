"""The teacher's maps in memory, with everything that the networks read beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F
from tqdm import tqdm

from detailed3dmm_addon.core.dnpm import FULL, PREVIEW, Templates
from detailed3dmm_addon.core.person import mirror_person

FEATURES = 128  # texels a side of the generator's features, the unit of windows
WHOLE = (slice(0, FEATURES), slice(0, FEATURES))
FACE = ("identity", "expression", "strain", "person", "age")
GROUP = 3  # rows of one person in a batch: the relaxed face, then two expressions


class DetailDataset:
    """Faces of one split: float32 inputs (N, ...), float16 maps (N, size, size), templates once a person.

    Parameters
    ----------
    folder : what `make_detail_data` wrote; split : "train", "test" or "posed"; base : BaseModel
    placement : CreasePlacement; size : PREVIEW or FULL, of the maps; templates are kept up to it
    """

    def __init__(self, folder, split, base, placement, size):
        files = sorted(Path(folder).glob(f"{split}_?????.npz"))
        faces, mirrored, maps, owners, templates = [], [], [], [], []
        self.size, self.sizes = size, [s for s in (PREVIEW, FULL) if s <= size]
        for owner, path in enumerate(tqdm(files, desc=f"reading {split}")):
            with np.load(path) as person:
                stored = {name: person[name] for name in person.files}
            maps.append(torch.from_numpy(stored["maps"]))
            if size == PREVIEW:
                maps[-1] = halved(maps[-1])
            templates.append(_templates(placement, stored["identity"], stored["person"], self.sizes))
            faces.append(inputs(stored, stored["expressions"], stored["strains"]))
            reflected = {"identity": base.mirror_identity(stored["identity"]), "age": stored["age"],
                         "person": mirror_person(stored["person"])}  # fmt: skip
            turned = np.stack([base.mirror_expression(e) for e in stored["expressions"]])
            mirrored.append(inputs(reflected, turned, stored["mirrored_strains"]))
            owners += [owner] * len(maps[-1])
        self.faces, self.mirrored = (
            {k: torch.from_numpy(np.concatenate([f[k] for f in found])) for k in FACE} for found in (faces, mirrored)
        )
        self.maps, self.owners = torch.cat(maps), torch.tensor(owners)
        self.templates = {size: torch.cat([t[size] for t in templates]) for size in self.sizes}

    def __len__(self):
        return len(self.owners)

    def groups(self, owners, random):
        """Rows (len(owners) * GROUP,): of each person the relaxed face, then expressions drawn at random."""
        first = torch.searchsorted(self.owners, owners)
        count = torch.searchsorted(self.owners, owners, right=True) - first
        chosen = [1 + random.choice(c - 1, GROUP - 1, replace=False) for c in count.tolist()]
        offsets = torch.from_numpy(np.insert(np.array(chosen), 0, 0, axis=1))
        return (first[:, None] + offsets).flatten()

    def batch(self, rows, window=WHOLE, mirror=False):
        """Inputs, templates by size and maps (B, 1, h, w) of some rows, as they are or mirrored.

        window : rows and columns at the resolution of `Generator.features`, two slices.
        """
        faces = {k: v[rows] for k, v in (self.mirrored if mirror else self.faces).items()}

        def cut(maps, at):
            # Planes and fields are symmetric, so a mirrored person's templates are the mirrored templates.
            down, across = window
            if mirror:
                across = slice(FEATURES - across.stop, FEATURES - across.start)
            scale = at // FEATURES
            part = maps[..., down.start * scale : down.stop * scale, across.start * scale : across.stop * scale].float()
            return part.flip(-1) if mirror else part

        templates = {s: cut(self.templates[s][self.owners[rows]], s) for s in self.sizes}
        return faces, Templates.of(templates), cut(self.maps[rows], self.size)[:, None]


def halved(maps):
    return F.interpolate(maps.float()[:, None], (PREVIEW, PREVIEW), mode="area")[:, 0].half()


@torch.inference_mode()
def _templates(placement, identity, person, sizes):
    variant, warp, _ = placement.numbers(torch.tensor(person)[None], torch.tensor(identity)[None])
    return {size: placement(variant, warp, size).half() for size in sizes}


def inputs(person, expressions, strains):
    """What the networks read of all faces of a person, name -> (N, ...) float32."""
    count = len(expressions)
    repeated = {k: np.repeat(np.asarray(person[k], np.float32)[None], count, 0) for k in ("identity", "person", "age")}
    return {"expression": expressions.astype(np.float32), "strain": strains.astype(np.float32), **repeated}
