"""Data generation and training of the detail networks, small: deterministic, resumable, and learning."""

import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from detailed3dmm_addon.core import weights
from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.dnpm import DNPM, EXPRESSION_STYLE, PREVIEW, Templates
from training.detail.dataset import FEATURES, GROUP, WHOLE, DetailDataset
from training.make_detail_data import PersonMaker, mirror_matrix
from training.teacher import person_fields
from training.teacher.sampling import sample_expression
from training.teacher.templates import FAMILIES
from training.train_detail import Trainer, generator_loss, random_window, stage_file

SIZE = 64


def test_expressions_are_drawn_within_range_and_again_alike():
    names = BaseModel.load().expression_names
    drawn = [np.stack([sample_expression(np.random.default_rng(s), names) for s in range(60)]) for _ in range(2)]
    np.testing.assert_array_equal(*drawn)
    assert drawn[0].min() >= 0 and drawn[0].max() <= 1
    assert (drawn[0] > 0).any(0).sum() > 30  # most units occur
    left = [names.index(n) for n in names if n.endswith("_L")]
    right = [names.index(names[i][:-2] + "_R") for i in left]
    assert (np.abs(drawn[0][:, left] - drawn[0][:, right]).max(1) > 0.05).any()  # some are asymmetric


def test_person_fields_are_mirror_consistent():
    mirror = mirror_matrix(BaseModel.load())
    fields = person_fields.draw(len(FAMILIES), mirror)
    np.testing.assert_allclose(fields["variant_noise"], fields["variant_noise"][..., ::-1], atol=1e-6)
    np.testing.assert_allclose(fields["side_noise"], -fields["side_noise"][..., ::-1], atol=1e-6)
    np.testing.assert_allclose(fields["warp_fields"][:4, 0], -fields["warp_fields"][:4, 0, :, ::-1], atol=1e-6)
    signs = np.array([1] * 4 + [-1] * 4 + [1, 1, 1, -1, 1, 1])
    effect = fields["identity_effect"]
    np.testing.assert_allclose(effect @ mirror, signs[:, None] * effect, atol=1e-2)


@pytest.mark.skipif(shutil.which("g++") is None, reason="the teacher is compiled: g++ is not installed")
def test_a_person_is_folded_the_same_again_and_never_twice(tmp_path):
    rng = np.random.default_rng(0)
    solved = {
        "planes": (0.1 * rng.standard_normal((len(FAMILIES), 2, SIZE, SIZE))).astype(np.float16),
        "orientation": np.full((len(FAMILIES), 3, 32, 32), 0.5, np.float32),
        "resting": np.full((len(FAMILIES), 32, 32), 0.5, np.float32),
    }
    fields = person_fields.draw(len(FAMILIES), mirror_matrix(BaseModel.load()))
    np.savez(tmp_path / "creases.npz", **solved, **fields)
    strain = {k: v for k, v in weights.load("detailed3dmm")[0].items() if k.startswith("strain.")}
    np.savez(tmp_path / "strain.npz", **{k.removeprefix("strain."): v for k, v in strain.items()})
    maker, made = PersonMaker(tmp_path, SIZE, expressions=2), []
    path = tmp_path / "train_00003.npz"
    for _ in range(2):
        maker(("train", 3))
        with np.load(path) as stored:
            made.append({k: stored[k] for k in stored.files})
        stamp = path.stat().st_mtime_ns
        maker(("train", 3))
        assert path.stat().st_mtime_ns == stamp
        path.unlink()
    assert made[0]["maps"].shape == (2, SIZE, SIZE) and np.isfinite(made[0]["maps"]).all()
    assert not made[0]["expressions"][0].any()  # the relaxed face is always there
    for name, array in made[0].items():
        np.testing.assert_array_equal(array, made[1][name])


def test_windows_lie_inside_the_face():
    rng = np.random.default_rng(1)
    for side in (32, 64, FEATURES):
        for _ in range(50):
            for part in random_window(rng, side):
                assert part.start >= 0 and part.stop - part.start == side and part.stop <= FEATURES


class OneFace:
    """A data set of one made-up face with three expressions: gains of its templates that only training can find."""

    def __init__(self):
        torch.manual_seed(0)
        self.owners = torch.zeros(GROUP, dtype=torch.long)
        self.templates = torch.randn(1, len(FAMILIES), PREVIEW, PREVIEW).expand(GROUP, -1, -1, -1) * 0.2
        self.faces = {
            "identity": torch.randn(1, 100).expand(GROUP, -1), "expression": torch.rand(GROUP, 53),
            "strain": torch.randn(GROUP, EXPRESSION_STYLE), "person": torch.randn(1, 24).expand(GROUP, -1),
            "age": torch.full((GROUP,), 50.0),
        }  # fmt: skip
        folded = torch.arange(GROUP)[:, None, None, None] / GROUP
        self.maps = folded * self.templates[:, :1] - 0.5 * self.templates[:, 3:4]

    def __len__(self):
        return GROUP

    def groups(self, owners, random):
        return torch.arange(GROUP).repeat(len(owners))

    def batch(self, rows, window=WHOLE, mirror=False):
        down, across = (slice(w.start * 2, w.stop * 2) for w in window)
        templates = {PREVIEW: self.templates[rows][..., down, across]}
        return {k: v[rows] for k, v in self.faces.items()}, Templates.of(templates), self.maps[rows][..., down, across]


def test_a_group_is_a_relaxed_face_and_other_faces_of_the_same_person():
    data = object.__new__(DetailDataset)
    data.owners = torch.arange(5).repeat_interleave(4)
    rows = data.groups(torch.tensor([3, 0, 3]), np.random.default_rng(2)).view(-1, GROUP)
    assert rows[:, 0].tolist() == [12, 0, 12]  # a person's first face is relaxed
    for group, owner in zip(rows.tolist(), (3, 0, 3), strict=True):
        assert len(set(group)) == GROUP and {int(data.owners[r]) for r in group} == {owner}


def test_training_learns_gains_and_keeps_the_best(tmp_path):
    torch.manual_seed(1)
    network, data = DNPM(len(FAMILIES)), OneFace()

    def error():
        with torch.inference_mode():
            return float(generator_loss(network, *data.batch(torch.arange(GROUP)), PREVIEW, WHOLE))

    before = error()
    options = SimpleNamespace(rate=5e-3, steps=60, persons=1, report=5)
    Trainer(network, "preview", options).run(data, data, tmp_path)
    network.load_state_dict(torch.load(stage_file(tmp_path, "preview"), weights_only=True), strict=False)
    assert error() < 0.5 * before


