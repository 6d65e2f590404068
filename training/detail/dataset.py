"""The teacher's maps in memory, with everything that the networks read beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F
from tqdm import tqdm

from detailed3dmm_addon.core.dnpm import FULL, PREVIEW
from detailed3dmm_addon.core.person import mirror_person

FEATURES = 128  # texels a side of the generator's features, the unit of windows
WHOLE = (slice(0, FEATURES), slice(0, FEATURES))
FACE = ("identity", "expression", "strain", "person", "age")


class DetailDataset:
    """Faces of one split: float32 inputs (N, ...), float16 maps (N, 512, 512), templates once a person.

    Parameters
    ----------
    folder : what `make_detail_data` wrote; split : "train" or "test"; base : BaseModel
    code : StrainCode; placement : CreasePlacement
    """

    def __init__(self, folder, split, base, code, placement):
        files = sorted(Path(folder).glob(f"{split}_?????.npz"))
        faces, mirrored, maps, owners, templates = [], [], [], [], []
        for owner, path in enumerate(tqdm(files, desc=f"reading {split}")):
            with np.load(path) as person:
                identity, number, age = person["identity"], person["person"], float(person["age"])
                maps.append(torch.from_numpy(person["maps"]))
                expressions = person["expressions"]
            templates.append(_templates(placement, identity, number))
            for e in expressions:
                faces.append(_face(base, code, identity, e, number, age))
                mirrored.append(_face(
                    base, code, base.mirror_identity(identity), base.mirror_expression(e), mirror_person(number), age
                ))  # fmt: skip
                owners.append(owner)
        self.faces = {k: torch.tensor(np.array([f[k] for f in faces])) for k in FACE}
        self.mirrored = {k: torch.tensor(np.array([f[k] for f in mirrored])) for k in FACE}
        self.maps, self.owners = {FULL: torch.cat(maps)}, torch.tensor(owners)
        self.maps[PREVIEW] = torch.cat([_halved(m) for m in self.maps[FULL].split(32)])
        self.templates = {size: torch.cat([t[size] for t in templates]) for size in (PREVIEW, FULL)}

    def __len__(self):
        return len(self.owners)

    def batch(self, rows, size, window=WHOLE, mirror=False):
        """Inputs, templates by size and maps (B, 1, h, w) of some rows, as they are or mirrored.

        window : rows and columns at the resolution of `Generator.features`, two slices.
        """
        faces = {k: v[rows] for k, v in (self.mirrored if mirror else self.faces).items()}
        sizes = (PREVIEW,) if size == PREVIEW else (PREVIEW, FULL)

        def cut(maps, at):
            # Planes and fields are symmetric, so a mirrored person's templates are the mirrored templates.
            down, across = window
            if mirror:
                across = slice(FEATURES - across.stop, FEATURES - across.start)
            scale = at // FEATURES
            part = maps[..., down.start * scale : down.stop * scale, across.start * scale : across.stop * scale].float()
            return part.flip(-1) if mirror else part

        templates = {s: cut(self.templates[s][self.owners[rows]], s) for s in sizes}
        return faces, templates, cut(self.maps[size][rows], size)[:, None]


def _halved(maps):
    return F.interpolate(maps.float()[:, None], (PREVIEW, PREVIEW), mode="area")[:, 0].half()


@torch.inference_mode()
def _templates(placement, identity, person):
    variant, warp, _ = placement.numbers(torch.tensor(person)[None], torch.tensor(identity)[None])
    return {size: placement(variant, warp, size).half() for size in (PREVIEW, FULL)}


def _face(base, code, identity, expression, person, age):
    strain = code(code.field(base.neutral(identity), base.vertices(identity, expression), expression))
    values = (identity, expression, np.clip(strain, -6, 6), person, np.float32(age))
    return dict(zip(FACE, values, strict=True))
