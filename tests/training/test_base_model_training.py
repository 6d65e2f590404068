"""How the base model is made; what needs the training data skips where it is absent."""
import json

import numpy as np
import pytest

from detailed3dmm_addon.core.base_model import BaseModel
from training.base_model import data as source
from training.base_model.keys import low_rank
from training.base_model.mirror import mirror_names, symmetric_involution
from training.base_model.pack import LEVELS, quantise
from training.base_model.spread import Spread
from training.base_model.transfer import Transfer
from training.import_ict import convert

FOLDER = source.data_folder()
needs_data = pytest.mark.skipif(FOLDER is None, reason=f"no training data: set {source.DATA_VARIABLE}")
SIDE = 9


def grid():
    """A flat square of triangles in the plane y = 0, 1 m wide."""
    x, z = np.meshgrid(np.linspace(0, 1, SIDE), np.linspace(0, 1, SIDE))
    points = np.stack([x.ravel(), np.zeros(SIDE * SIDE), z.ravel()], 1)
    corner = (np.arange(SIDE - 1)[:, None] * SIDE + np.arange(SIDE - 1)).ravel()
    return points, np.concatenate([np.stack([corner, corner + 1, corner + SIDE + 1], 1),
                                   np.stack([corner, corner + SIDE + 1, corner + SIDE], 1)])


def test_a_stretch_carried_to_a_wider_face_is_wider():
    points, triangles = grid()
    offsets = points * [0.2, 0, 0]  # pulled to the side in proportion to x, held at x = 0
    modes = np.zeros((100, *points.shape))
    modes[0] = points * [0.5, 0, 0]  # a face half as wide again
    changes = Transfer(points, modes, triangles).changes(offsets)
    np.testing.assert_allclose(changes[0], points * [0.1, 0, 0], atol=2e-3)
    np.testing.assert_allclose(changes[1:], 0, atol=1e-9)


def test_a_correction_fades_out_smoothly():
    points, triangles = grid()
    middle = np.array([SIDE * SIDE // 2])
    spread = Spread(points, triangles, middle, 0.4)
    field = spread(np.array([[0, 1.0, 0]]))
    heights = dict(zip(spread.vertices.tolist(), field[:, 1], strict=True))
    assert heights[middle[0]] == 1 and max(heights.values()) < 1.05
    ring = [heights[middle[0] + step] for step in (1, -1, SIDE, -SIDE)]
    assert all(0.2 < height < 1 for height in ring)
    assert len(spread.vertices) < len(points)


def test_low_rank_keeps_what_counts():
    random = np.random.default_rng(0)
    slopes = np.tensordot(random.normal(size=(100, 3)), random.normal(size=(3, 20, 3)), 1) * 1e-3
    components, loadings = low_rank(slopes, 1e-6, 10)
    assert len(components) == 3
    np.testing.assert_allclose(np.tensordot(loadings.T, components, 1), slopes, atol=1e-9)
    assert low_rank(slopes * 1e-6, 1e-4, 10) is None


def test_quantising_loses_half_a_step_at_most():
    rows = np.random.default_rng(1).normal(size=(5, 300))
    integers, steps = quantise(rows)
    assert np.abs(integers).max() == LEVELS
    assert (np.abs(integers * steps[:, None] - rows) <= 0.51 * steps[:, None]).all()


def test_mirrored_names_and_matrices():
    assert mirror_names(["a_L", "a_R", "jawLeft", "jawRight", "jawOpen"]).tolist() == [1, 0, 3, 2, 4]
    involution = symmetric_involution(np.array([[0, 1.1], [0.9, 0]]))
    np.testing.assert_allclose(involution, [[0, 1], [1, 0]], atol=1e-12)


def test_object_files_become_the_archive(tmp_path):
    text = "v 0 0 0\nv 1 0 0\nv 1 {} 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\nusemtl M_Face\n" \
           "f 1/1 2/2 3/3 4/4\nusemtl M_Teeth\nf 1/1 2/2 3/3\n"
    folder = tmp_path / "FaceXModel"
    folder.mkdir()
    for name, height in (("generic_neutral_mesh", 1), ("identity000", 1.5), ("jawOpen", 2), ("PupilDilate_L", 3)):
        (folder / f"{name}.obj").write_text(text.format(height))
    (folder / "vertex_indices.json").write_text("{}")
    convert(folder, tmp_path / "data")
    with np.load(tmp_path / "data" / source.MODEL_FILE) as archive:
        assert archive["faces"].tolist() == [[0, 1, 2, 3], [0, 1, 2, -1]]
        assert archive["face_material"].tolist() == [0, 1] and archive["materials"].tolist() == ["M_Face", "M_Teeth"]
        assert archive["expression_names"].tolist() == ["jawOpen"]
        assert archive["identity"][0, 2].tolist() == [0, 0.5, 0] and archive["expression"][0, 2].tolist() == [0, 1, 0]
    assert json.loads((tmp_path / "data" / source.INDEX_FILE).read_text()) == {}


@needs_data
def test_the_data_becomes_exactly_symmetric_and_stays_what_it_was():
    face = source.read(FOLDER)
    np.testing.assert_allclose(face.mean[face.image] * source.FLIP, face.mean, atol=1e-12)
    mirrored = np.tensordot(face.identity_image, face.modes[:, face.image] * source.FLIP, 1)
    np.testing.assert_allclose(mirrored, face.modes, atol=1e-12)
    with np.load(FOLDER / source.MODEL_FILE) as archive:
        lips = archive["mean"][:, [0, 2, 1]] * [0.01, -0.01, 0.01]
    assert np.abs(face.mean - lips).max() < 2e-4


@needs_data
def test_the_published_model_is_the_data_but_for_lips_lids_and_eyes():
    face, model = source.read(FOLDER), BaseModel.load()
    identity = np.random.default_rng(4).normal(size=100)
    error = np.linalg.norm(model.neutral(identity) - face.mean - np.tensordot(identity, face.modes, 1), axis=1)
    assert np.median(error) < 1e-5 and np.percentile(error[:9409], 75) < 1e-4 and error[:14062].max() < 4e-3
