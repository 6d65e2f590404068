"""The model and the linear baseline on faces that neither has learned from, against the teacher's maps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from detailed3dmm_addon.core.dnpm import FINEST, FULL, PREVIEW
from training.make_detail_data import PersonMaker

from .dataset import FACE, halved, inputs
from .linear_baseline import LinearBaseline
from .measures import agreement, band_pass, energy_by_region, region_masks

OCTAVE_MM = {FULL: (1.2, 2.0), FINEST: (0.6, 2.0)}  # what a map of this size shows beyond one of 256, mm


@dataclass(frozen=True)
class Faces:
    """Faces as the teacher folded them, persons one after another.

    faces : name -> (N, ...) float32, see `dataset.FACE`; maps : {PREVIEW: (N, 256, 256) float16 mm};
    rest : (N,) the row of the same person's relaxed face; drawn : (N,) bool, rows of the split itself.
    """

    faces: dict
    maps: dict
    rest: torch.Tensor
    drawn: np.ndarray

    def __len__(self):
        return len(self.rest)

    @property
    def target(self):
        return self.maps[PREVIEW].float().numpy()

    @property
    def moved(self):
        """Rows that are no relaxed faces."""
        return (self.rest != torch.arange(len(self))).numpy()

    def inputs(self):
        """(identity, expression, person, age) of each row."""
        return list(zip(*(self.faces[k].numpy() for k in ("identity", "expression", "person", "age")), strict=True))

    def chosen(self, persons):
        """The faces of some persons only, evenly spread; all where there are no more."""
        owners = torch.unique(self.rest)
        kept = owners[np.linspace(0, len(owners) - 1, min(persons, len(owners))).astype(int)]
        rows = torch.isin(self.rest, kept).nonzero()[:, 0]
        faces = {k: v[rows] for k, v in self.faces.items()}
        maps = {k: v[rows] for k, v in self.maps.items()}
        return Faces(faces, maps, torch.searchsorted(rows, self.rest[rows]), self.drawn[rows.numpy()])


def read_faces(folder, split):
    """`Faces` of what `make_detail_data` wrote; persons of `posed` bring their relaxed face from the training set."""
    faces, maps, rest, drawn = [], [], [], []
    for path in tqdm(sorted(Path(folder).glob(f"{split}_?????.npz")), desc=f"reading {split}"):
        person = _person(path, relaxed_of=path.with_name(path.name.replace("posed", "train")))
        first = sum(map(len, maps))
        faces.append(inputs(person, person["expressions"], person["strains"]))
        maps.append(halved(torch.from_numpy(person["maps"])))
        rest += [first] * len(maps[-1])
        drawn += [split != "posed"] + [True] * (len(maps[-1]) - 1)
    faces = {k: torch.from_numpy(np.concatenate([f[k] for f in faces])) for k in FACE}
    return Faces(faces, {PREVIEW: torch.cat(maps)}, torch.tensor(rest), np.array(drawn))


def _person(path, relaxed_of):
    """A person's arrays, the relaxed face first."""
    with np.load(path) as stored:
        person = {name: stored[name] for name in stored.files}
    if relaxed_of != path:
        with np.load(relaxed_of) as stored:
            for name in ("expressions", "strains", "maps"):
                person[name] = np.concatenate([stored[name][:1], person[name]])
    return person


class HeldOut:
    """One model's maps of held-out faces beside the linear baseline's.

    model : Detailed3DMM; folder : of the data; persons : of each split at most; encoded : of them, whose maps go
    through the encoder
    """

    def __init__(self, model, folder, persons=64, encoded=5):
        self.model, self.folder, self.encoded = model, Path(folder), encoded
        self.masks = region_masks(model.base, PREVIEW)
        self.faces = {split: read_faces(folder, split).chosen(persons) for split in ("test", "posed")}
        self.made = {split: synthesised(model, faces) for split, faces in self.faces.items()}

    def tables(self):
        """All figures, see `evaluate_detail`."""
        codes = self.model.codes(np.zeros(100), np.zeros(53), np.zeros(24), 40)
        baseline = LinearBaseline(read_faces(self.folder, "train"), sum(t.numel() for t in codes.tensors().values()))
        test, posed = self.faces["test"], self.faces["posed"]
        tables = {
            "unseen identities, from parameters": self._compared(test, self.made["test"], baseline),
            "unseen identities, through the code": self._reconstruction(baseline),
            "unseen expressions, from parameters": self._compared(posed, self.made["posed"], baseline),
        }
        for split, name in (("test", "unseen identities"), ("posed", "unseen expressions")):
            faces = self.faces[split]
            banded = (band_pass(maps[faces.drawn]) for maps in (self.made[split], faces.target))
            tables[f"energy by region over the teacher's, {name}"] = energy_by_region(*banded, self.masks)
        tables["finer octaves, correlation"] = octaves(self.model, self.folder)
        return tables

    @staticmethod
    def _compared(faces, made, baseline):
        return side_by_side(faces, {"ours": made, "linear": baseline.synthesised(faces)})

    def _reconstruction(self, baseline):
        """Maps through the code: of each chosen person the relaxed face and two others."""
        faces = self.faces["test"].chosen(self.encoded)
        rows = [row for first in torch.unique(faces.rest).tolist() for row in (first, first + 1, first + 2)]
        kept = Faces({}, {PREVIEW: faces.maps[PREVIEW][rows]}, torch.arange(len(rows)) // 3 * 3, faces.drawn[rows])
        encoded = [self.model.encode(height) for height in tqdm(kept.target, desc="encoding")]
        ours = np.stack([self.model.decode(codes, PREVIEW) for codes in encoded])
        return side_by_side(kept, {"ours": ours, "linear": baseline.reconstructed(kept.maps[PREVIEW])})


def side_by_side(faces, made):
    """`agreement` of each in `made`, who -> maps (N, R, R), with the teacher: figure -> who -> number; whole maps, and
    what the expression adds to the relaxed face."""
    rest, moved, target = faces.rest.numpy(), faces.moved, band_pass(faces.target)
    columns = {}
    for who, maps in made.items():
        banded = band_pass(maps)
        columns[who] = agreement(banded[faces.drawn], target[faces.drawn])
        added = agreement((banded - banded[rest])[moved], (target - target[rest])[moved])
        columns[who].update({f"what the expression adds: {name}": value for name, value in added.items()})
    return {figure: {who: column[figure] for who, column in columns.items()} for figure in columns["ours"]}


def synthesised(model, faces):
    """The model's maps (N, 256, 256) of faces, from parameters alone."""
    return np.stack([model.displacement(*face, PREVIEW) for face in tqdm(faces.inputs(), desc="synthesis")])


def octaves(model, folder, maps=4):
    """Correlation with the teacher in the band that larger maps add: stored maps at 512, at 1024 solved here."""
    figures, pairs = {}, {FULL: [], FINEST: []}
    solver = PersonMaker(folder, FINEST, 0)
    paths = sorted(Path(folder).glob("test_?????.npz"))[-maps:]
    for number, path in enumerate(tqdm(paths, desc="octaves")):
        person, row = _person(path, path), 1 + number % 3
        face = (person["identity"], person["expressions"][row], person["person"], float(person["age"]))
        solved = solver.teacher.displacement(face[0], face[1], face[3], solver.creases(face[0], face[2]))
        for size, target in ((FULL, person["maps"][row].astype(np.float32)), (FINEST, solved)):
            pairs[size].append([band_pass(m, OCTAVE_MM[size]) for m in (model.displacement(*face, size), target)])
    for size, found in pairs.items():
        low, high = OCTAVE_MM[size]
        ours, target = map(np.stack, zip(*found, strict=True))
        figures[f"at {size}, {low} to {high} mm"] = agreement(ours, target, faint=0)
    return figures
