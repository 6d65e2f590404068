"""Scores of expressions from Google's face_landmarker.task: as MediaPipe has them, and what the fit makes of them."""

import subprocess
import sys
import zipfile
from dataclasses import replace

import cv2
import numpy as np
import pytest

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.errors import FileFormatError
from detailed3dmm_addon.photo import (
    blendshape_scores,
    face_mesh,
    face_models,
    landmark_shift,
    landmarks_file,
    shape_prior,
)
from detailed3dmm_addon.photo.blendshape_scores import SCORES
from detailed3dmm_addon.photo.face_mesh import find_landmarks
from detailed3dmm_addon.photo.reconstruction import Photo, fitted
from training.train_blendshape_scores import in_mirror

from .photographs import TASK, astronaut, photograph, picture

BASE = BaseModel.load()
NAMES = BASE.expression_names
JAW = NAMES.index("jawOpen")
needs_task = pytest.mark.skipif(not TASK.is_file(), reason=f"Google's face_landmarker.task is not there: {TASK}")
# What MediaPipe 0.10.21 answers of the astronaut; all others are below 0.16.
MEDIAPIPE = {"eyeSquintLeft": 0.35, "eyeSquintRight": 0.27, "mouthPressRight": 0.18, "mouthSmileLeft": 0.90,
             "mouthSmileRight": 0.90, "mouthUpperUpLeft": 0.47, "mouthUpperUpRight": 0.47}


@pytest.fixture(scope="module")
def smiling():
    if not TASK.is_file():
        pytest.skip(f"Google's face_landmarker.task is not there: {TASK}")
    return find_landmarks(picture(astronaut()), TASK)[0]


@pytest.fixture(scope="module")
def plain():
    return find_landmarks(picture(astronaut()))[0]


def test_scores_are_those_of_mediapipe(smiling):
    assert smiling.scores.shape == (52,) and smiling.scores.min() >= 0 and smiling.scores.max() <= 1
    for name, score in zip(SCORES, smiling.scores, strict=True):
        assert score == pytest.approx(MEDIAPIPE.get(name, 0.08), abs=0.1), name


def test_scores_do_not_change_as_the_head_is_tilted(smiling):
    turn = cv2.getRotationMatrix2D((225.0, 124.0), -30, 1.0)
    turned = cv2.warpAffine(astronaut(), turn, (512, 512), borderMode=cv2.BORDER_REFLECT)
    tilted, = find_landmarks(picture(turned), TASK)
    np.testing.assert_allclose(tilted.scores, smiling.scores, atol=0.15)


def test_landmarks_in_the_mirror_score_with_the_other_side(smiling):
    mesh, network = face_mesh.Mesh.load(TASK), face_models.blendshapes(str(TASK))
    pixels = astronaut()
    points = face_mesh.look(pixels, face_mesh.region_of(smiling), replace(mesh, scored=lambda points: points)).scores
    # Of each iris the middle and its rim: at the right in the picture, above, at the left, below.
    across = [*landmark_shift.load().mirror, 473, 476, 475, 474, 477, 468, 471, 470, 469, 472]
    plain, mirrored = (blendshape_scores.scores(network, seen) for seen in (points, points[across] * (-1, 1)))
    assert np.abs(plain - in_mirror(plain[None])[0]).max() > 0.05, "a face that is alike on both sides shows nothing"
    np.testing.assert_allclose(in_mirror(mirrored[None])[0], plain, atol=0.2)
    assert np.corrcoef(in_mirror(mirrored[None])[0], plain)[0, 1] > 0.95


def test_every_expression_has_its_score():
    assert [SCORES[blendshape_scores.score_of(name)] for name in ("jawOpen", "eyeBlink_L", "browInnerUp_R", "jawLeft")
            ] == ["jawOpen", "eyeBlinkLeft", "browInnerUp", "jawLeft"]
    assert {blendshape_scores.score_of(name) for name in NAMES} == set(range(1, 52)), "all but the neutral one"


def test_scores_tell_more_of_the_mouth_and_nothing_of_the_brows():
    before, deviation = np.full(53, 0.1), np.full(53, 0.1)
    scores = np.full(52, 0.02)
    closed, surer = blendshape_scores.load().joined(scores, before, deviation)
    scores[SCORES.index("jawOpen")] = scores[SCORES.index("browInnerUp")] = 0.3
    opened, same = blendshape_scores.load().joined(scores, before, deviation)
    np.testing.assert_array_equal(surer, same)
    assert opened[JAW] > 0.2 > closed[JAW] and surer[JAW] < 0.09
    brows = [number for number, name in enumerate(NAMES) if name.startswith("brow")]
    np.testing.assert_allclose(opened[brows], 0.1, atol=1e-6)
    np.testing.assert_allclose(surer[brows], 0.1, atol=1e-6)
    for score in (0.0, 1.0):
        read, _deviation = blendshape_scores.load().joined(np.full(52, score), before, deviation)
        assert read.min() >= 0 and read.max() <= 1


def test_the_fit_goes_by_scores(plain):
    photo, scores = Photo(picture(astronaut())), np.zeros(52, np.float32)
    without = shape_prior.expected(photo.picture, plain)
    scores[SCORES.index("mouthSmileLeft")] = scores[SCORES.index("mouthSmileRight")] = 1
    with_scores = replace(plain, scores=scores)
    known = shape_prior.expected(photo.picture, with_scores)
    np.testing.assert_array_equal(known.identity, without.identity)
    assert (known.deviation <= without.deviation + 1e-6).all()
    smile = [NAMES.index("mouthSmile_L"), NAMES.index("mouthSmile_R")]
    assert (known.expression[smile] > without.expression[smile] + 0.05).all()
    smiles = [fitted([photo], [landmarks], shaded=False).expressions[0][smile] for landmarks in (plain, with_scores)]
    assert (smiles[1] > smiles[0]).all()


def test_landmarks_out_of_a_file_have_no_scores(tmp_path, plain):
    landmarks_file.save(tmp_path / "landmarks.json", replace(plain, scores=np.zeros(52, np.float32)))
    assert landmarks_file.load(tmp_path / "landmarks.json").scores is None and plain.scores is None


def test_without_the_task_nothing_of_it_is_loaded():
    program = (
        "import sys\n"
        "from detailed3dmm_addon.photo.face_mesh import find_landmarks\n"
        "from detailed3dmm_addon.photo.picture import read_picture\n"
        "from detailed3dmm_addon.photo.reconstruction import Photo, fitted\n"
        "photo = Photo(read_picture(sys.argv[1]))\n"
        "fitted([photo], find_landmarks(photo.picture)[:1], shaded=False)\n"
        "loaded = [name for name in sys.modules if name.endswith(('tflite', 'blendshape_scores'))]\n"
        "sys.exit(f'loaded {loaded}' if loaded else 0)\n")
    done = subprocess.run([sys.executable, "-c", program, photograph("astronaut.png")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def task_file(path, blendshapes):
    """A task file with the installed network of landmarks and these bytes as that of scores."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("face_landmarks_detector.tflite", face_models.read(face_models.FACE_MESH))
        if blendshapes is not None:
            archive.writestr("face_blendshapes.tflite", blendshapes)
    return path


@pytest.mark.parametrize("blendshapes", [None, b"", b"TFL3" * 100, "another network", bytes(1 << 25)],
                         ids=["none", "empty", "noise", "another network", "too large"])
def test_task_files_without_that_network_are_refused(tmp_path, blendshapes):
    if blendshapes == "another network":
        blendshapes = face_models.read(face_models.DETECTOR)
    with pytest.raises(FileFormatError, match="^scores.task is not Google's face_landmarker.task: choose that"):
        find_landmarks(picture(astronaut()), task_file(tmp_path / "scores.task", blendshapes))


@needs_task
def test_damaged_task_files_are_refused_in_one_sentence(tmp_path):
    whole, rng, path = TASK.read_bytes(), np.random.default_rng(8), tmp_path / "damaged.task"
    directory = len(whole) - 800  # where the archive's list of files lies
    for number in range(120):
        damaged = bytearray(whole)
        for place in rng.integers(directory if number % 2 else 0, len(whole), 3):
            damaged[place] ^= rng.integers(1, 256)
        path.write_bytes(damaged[:rng.integers(len(whole))] if number % 5 == 0 else damaged)
        face_models.blendshapes.cache_clear()
        try:
            assert face_models.blendshapes(str(path)).gives == (52,)
        except FileFormatError as error:
            assert "damaged.task" in str(error) and "\n" not in str(error)
    face_models.blendshapes.cache_clear()
