"""What the detail's figures and pictures are made with, on maps whose answers are known."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.dnpm import PREVIEW
from training.detail import measures, model_card, temporal
from training.detail.dataset import FACE
from training.detail.held_out import Faces, read_faces, side_by_side
from training.detail.linear_baseline import LinearBaseline
from training.detail.portrait import Portraits, nearest_triangles
from training.teacher.uv_surface import MM_PER_UNIT

SIZE = 256


def waves(wavelength, size=SIZE):
    """A whole number of waves across a map, near a wavelength in mm, 1 mm high."""
    count = round(MM_PER_UNIT / wavelength)
    return np.tile(np.sin(2 * np.pi * count * np.arange(size) / size), (size, 1)).astype(np.float32)


@pytest.mark.parametrize("wavelength, kept", [(8, 1.0), (4, 1.0), (60, 0.0)])
def test_the_band_keeps_the_wavelengths_of_wrinkles(wavelength, kept):
    height = waves(wavelength)
    np.testing.assert_allclose(measures.band_pass(height), kept * height, atol=0.03)
    np.testing.assert_allclose(measures.band_pass(height[None])[0], measures.band_pass(height))


def test_agreement_counts_what_is_shared_and_leaves_faint_maps_out_of_the_median():
    rng = np.random.default_rng(0)
    target = rng.standard_normal((3, 32, 32)).astype(np.float32)
    target[2] *= 1e-4
    other = rng.standard_normal((3, 32, 32)).astype(np.float32)
    same = measures.agreement(target, target)
    assert same["correlation, median map"] == pytest.approx(1) and same["squared error, share"] == 0
    half = measures.agreement(target + other, target)
    assert half["correlation, all texels"] == pytest.approx(0.5**0.5, abs=0.2)
    assert half["correlation, median map"] == pytest.approx(0.5**0.5, abs=0.05)
    assert measures.agreement(0.5 * target, target)["squared error, share"] == pytest.approx(0.25)


def test_regions_lie_on_their_sides_and_energy_is_compared_within_them():
    masks = measures.region_masks(BaseModel.load(), SIZE)
    assert set(measures.MEASURED) <= set(masks)
    for name in ("crow's feet", "nasolabial", "cheeks"):
        left, right = masks[name + " L"], masks[name + " R"]
        assert left.sum() > 50 and not (left & right).any() and ((left | right) == masks[name]).all()
        assert (left[:, ::-1] & right).sum() > 0.9 * right.sum()
    target = np.random.default_rng(1).standard_normal((2, SIZE, SIZE)).astype(np.float32)
    target[:, masks["chin"]] = 0
    made = target * 1.1**0.5
    made[:, masks["forehead"]] *= 0.5
    figures = measures.energy_by_region(made, target, masks)
    assert figures["cheeks"] == {"median": pytest.approx(1.1, abs=1e-3), "within 15 %": 1.0, "maps": 2}
    assert figures["forehead"]["median"] < 0.5 and figures["forehead"]["within 15 %"] == 0
    assert "chin" not in figures  # nothing there to be compared with


def test_flicker_is_the_share_of_energy_above_twelve_hertz():
    time = np.arange(120) / 60
    slow, fast = np.sin(2 * np.pi * 3 * time), np.sin(2 * np.pi * 20 * time)
    series = (5 + 2 * slow + fast)[:, None, None] * np.ones((1, 3, 4))
    assert temporal.flicker(series) == pytest.approx(0.2)
    assert temporal.flicker(slow[:, None]) == pytest.approx(0, abs=1e-12)


def test_the_speech_clip_is_smooth_and_begins_and_ends_at_rest():
    base = BaseModel.load()
    curves = temporal.speech_clip(base)
    assert curves.shape == (600, 53) and curves.min() >= 0 and curves.max() <= 1
    assert not curves[:30].any() and not curves[-30:].any()
    assert temporal.flicker(curves) < 1e-3
    names = base.expression_names
    assert curves[:, names.index("eyeBlink_L")].max() == 1
    jaw = np.diff(np.sign(np.diff(curves[:, names.index("jawOpen")])))
    assert (jaw != 0).sum() > 30  # it talks


def linear_faces(count, seed):
    """Faces whose maps follow linearly from four of their numbers, in the middle of the map only."""
    rng = np.random.default_rng(seed)
    faces = {name: torch.zeros(count, 1) for name in FACE}
    faces["strain"] = torch.from_numpy(rng.standard_normal((count, 4)).astype(np.float32))
    patterns = np.random.default_rng(0).standard_normal((4, 16, 16)).astype(np.float32)
    patterns[:, :4] = 0
    maps = np.tensordot(faces["strain"].numpy(), patterns, 1)
    return SimpleNamespace(faces=faces, maps={16: torch.from_numpy(maps)})


def test_the_baseline_learns_what_is_linear():
    baseline, unseen = LinearBaseline(linear_faces(200, 1), 4, size=16), linear_faces(20, 2)
    target = unseen.maps[16].numpy()
    assert measures.squared_error(baseline.synthesised(unseen), target) < 0.02
    np.testing.assert_allclose(baseline.reconstructed(target), target, atol=1e-3)
    assert not baseline.synthesised(unseen)[:, :4].any()


def stored_person(path, seed, expressions=3):
    rng = np.random.default_rng(seed)
    np.savez(
        path, identity=rng.standard_normal(100), person=rng.standard_normal(24), age=40.0,
        expressions=np.concatenate([np.zeros((1, 53)), rng.random((expressions - 1, 53))]),
        strains=rng.standard_normal((expressions, 64)),
        maps=rng.standard_normal((expressions, 64, 64)).astype(np.float16),
    )  # fmt: skip


def test_every_face_knows_its_persons_relaxed_face(tmp_path):
    for number in range(3):
        stored_person(tmp_path / f"train_{number:05d}.npz", number)
        stored_person(tmp_path / f"test_{number:05d}.npz", 10 + number)
    stored_person(tmp_path / "posed_00001.npz", 1)
    test, posed = read_faces(tmp_path, "test"), read_faces(tmp_path, "posed")
    assert test.rest.tolist() == [0, 0, 0, 3, 3, 3, 6, 6, 6] and test.drawn.all()
    assert test.moved.tolist() == [False, True, True] * 3
    assert test.target.shape == (9, PREVIEW, PREVIEW)
    assert posed.rest.tolist() == [0] * 4 and posed.drawn.tolist() == [False, True, True, True]
    assert not posed.faces["expression"][0].any()
    np.testing.assert_array_equal(posed.target[0], read_faces(tmp_path, "train").target[3])
    two = test.chosen(2)
    assert two.rest.tolist() == [0, 0, 0, 3, 3, 3]
    np.testing.assert_array_equal(two.target[3:], test.target[6:])


def test_resting_folds_do_not_count_as_what_an_expression_adds():
    rng = np.random.default_rng(3)
    rest, moved = np.stack([waves(9), waves(7)]), 0.2 * rng.standard_normal((2, SIZE, SIZE)).astype(np.float32)
    target = np.stack([rest[0], rest[0] + moved[0], rest[1], rest[1] + moved[1]])
    faces = Faces({}, {PREVIEW: torch.from_numpy(target)}, torch.tensor([0, 0, 2, 2]), np.ones(4, bool))
    only_rest = np.repeat(rest, 2, 0)
    figures = side_by_side(faces, {"ours": target, "linear": only_rest})
    assert figures["correlation, all texels"]["linear"] > 0.9
    added = figures["what the expression adds: squared error, share"]
    assert added["linear"] == pytest.approx(1) and added["ours"] < 1e-6


def test_the_nearer_triangle_is_seen_and_knows_where():
    pixels = np.array([[0, 0], [20, 0], [0, 20], [4, 4], [10, 4], [4, 10]], float)
    depth = np.array([5.0, 5, 5, 3, 3, 3])
    index, corners = nearest_triangles(pixels, depth, np.array([[0, 1, 2], [3, 4, 5]]), (16, 24))
    index, corners = index.reshape(16, 24), corners.reshape(16, 24, 3)
    assert index[5, 5] == 1 and index[1, 1] == 0 and index[15, 23] == -1
    np.testing.assert_allclose(corners[1, 1] @ pixels[:3], [1.5, 1.5], atol=1e-4)


def test_relief_shows_where_it_is_and_on_the_side_of_the_lamp():
    base, size = BaseModel.load(), 256
    portraits, vertices = Portraits(base), base.neutral(np.zeros(100))
    t, u = (np.mgrid[:size, :size] + 0.5) / size
    bump = (2 * np.exp(-(((u - 0.5) ** 2 + (t - 0.18) ** 2) / 0.02**2))).astype(np.float32)  # on the forehead
    flat, raised = (portraits.draw(vertices, height, width=120) for height in (0 * bump, bump))
    change = raised - flat
    rows, columns = np.nonzero(np.abs(change) > 0.02)
    assert len(rows) > 10 and np.ptp(columns) < 25 and np.ptp(rows) < 25
    middle = int(round(columns.mean()))
    assert change[:, middle + 1 :].sum() > 0 > change[:, :middle].sum()  # the lamp stands at the picture's right


def test_the_card_is_written_from_the_figures(tmp_path):
    stored_person(tmp_path / "train_00000.npz", 0)
    (tmp_path / "manifest.json").write_text("{}")
    runs = [{"stage": "preview", "minutes": 12, "held_out": 0.25}, {"stage": "full", "minutes": 3.5, "held_out": 0.2}]
    (tmp_path / "training.json").write_text(json.dumps(runs))
    placement = SimpleNamespace(planes=torch.zeros(5, 2, 8, 8))
    network = SimpleNamespace(placement=placement, named_children=lambda: [("mapping", torch.nn.Linear(3, 2))])
    known = model_card.facts(SimpleNamespace(network=network), tmp_path)
    assert known["splits"]["train"]["maps"] == 3 and known["splits"]["test"]["persons"] == 0
    tables = {"energy": {"chin": {"median": 1.0375}, "lips": {"median": 0.9, "maps": 7}}, "sides": {"left": 22.44}}
    model_card.write(tmp_path / "card.md", tables, known)
    text = (tmp_path / "card.md").read_text()
    assert "mapping 8" in text and "5 families" in text and "| 1, preview | 12 | 0.250 |" in text
    assert "15.5 minutes" in text
    assert "### Energy" in text and "| chin | 1.038 |  |" in text and "| lips | 0.900 | 7 |" in text
    assert "| left | 22 |" in text and "44136fa355b3678a" in text  # the manifest's sha256
