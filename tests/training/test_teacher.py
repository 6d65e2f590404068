"""What the teacher draws and how far it folds: laws that hold for any face."""

import numpy as np
import pytest

from detailed3dmm_addon.core.base_model import BaseModel
from training.teacher.crease_lines import LAYERS, MIDLINE, Pen, forehead
from training.teacher.sampling import both
from training.teacher.teacher import Creases, Setting, Teacher, folding, resting_shares
from training.teacher.templates import RESTING, Drawn

SIZE = 64
SITES = [site for sites in LAYERS.values() for site in sites]


@pytest.fixture(scope="module")
def teacher():
    return Teacher(BaseModel.load(), SIZE)


def creases(shade=0.0):
    families = len(LAYERS) + 2
    across = np.zeros((families, 3, SIZE, SIZE), np.float32)
    across[:, 0] = 1  # every crease runs down the map, so it folds under lateral compression
    half = np.full((families, SIZE, SIZE), 0.5, np.float32)
    return Creases(0.5 * half, np.full((2, SIZE, SIZE), shade, np.float32), across, half)


def flat(lateral, downwards=0.0):
    metric = np.broadcast_to(np.eye(2) * 290.0**2, (SIZE, SIZE, 2, 2)).astype(np.float32)
    strain = np.zeros_like(metric)
    strain[..., 0, 0], strain[..., 1, 1] = lateral * 290.0**2, downwards * 290.0**2
    everywhere = np.ones((SIZE, SIZE), np.float32)
    return Setting(strain, metric, 9 * everywhere, 0.05 * everywhere, everywhere > 0)


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.__name__)
def test_lines_lie_on_the_map_and_differ_from_drawing_to_drawing(site):
    drawings = [site(Pen(np.random.default_rng(seed))) for seed in range(8)]
    points = np.concatenate([line.points for lines in drawings for line in lines])
    assert points.min() > 0 and points.max() < 2 * MIDLINE
    assert all(len(line.points) == len(line.depth) and line.depth.min() >= 0 for lines in drawings for line in lines)
    assert len({tuple(np.round(lines[0].points[0], 6)) for lines in drawings}) == len(drawings)
    assert 0 <= RESTING[site.__name__] <= 1


def test_foreheads_have_three_to_seven_long_lines():
    for seed in range(20):
        lines = forehead(Pen(np.random.default_rng(seed)))
        reached = np.zeros(200, int)
        for line in lines:
            x = line.points[:, 0]
            if np.ptp(x) > 25:  # parts of broken lines share a height, so they count once where they overlap
                reached[int(np.median(line.points[:, 1]) * 4) // 4] = 1
        assert 3 <= reached.sum() <= 12


def test_a_drawn_line_is_deepest_along_itself(teacher):
    metric = flat(0).metric
    lines = forehead(Pen(np.random.default_rng(0)))
    drawn = Drawn(lines, metric)
    assert 0.5 < drawn.valley.max() <= 1.4 and (drawn.bank >= 0.999 * drawn.valley - 0.05).all()
    uu, _, tt = drawn.across.sum((1, 2))
    assert tt > 3 * uu  # transverse lines fold under vertical compression


def test_depth_grows_with_compression_beyond_the_critical_one_only():
    critical, crease = np.full((SIZE, SIZE), 0.05, np.float32), creases()
    levels = [folding(flat(-c), critical, crease.orientation)[0].mean() for c in (0.0, 0.04, 0.1, 0.2, 0.4)]
    assert levels[0] == levels[1] == 0
    assert 0 < levels[2] < levels[3] < levels[4] < 1.3
    assert levels[3] - levels[2] > levels[4] - levels[3]  # as a root does


def test_compression_along_a_crease_does_not_fold_it_and_stretch_across_irons_it():
    critical, crease = np.full((SIZE, SIZE), 0.05, np.float32), creases()
    assert np.abs(folding(flat(0.0, -0.3), critical, crease.orientation)[0]).max() < 1e-5
    assert folding(flat(0.2), critical, crease.orientation)[0].max() < -0.3


def test_creases_at_rest_deepen_with_age_and_on_skin_that_creases_readily():
    shares = [resting_shares(age, creases()).mean() for age in (20, 35, 50, 65, 80)]
    assert (np.diff(shares) > 0).all() and shares[0] < 0.03
    assert resting_shares(60, creases(-0.5)).mean() > resting_shares(60, creases(0.5)).mean()


def test_each_expression_compresses_its_own_lines(teacher):
    def compression(expression, row, column):
        setting = teacher.setting(np.zeros(100), teacher.expression_vector(expression))
        strain, metric = (m[row, column] for m in (setting.strain, setting.metric))
        return np.linalg.eigvals(np.linalg.solve(metric, strain)).min()

    at = {"forehead": (8, 32), "glabella": (14, 32), "chin": (44, 32)}
    assert compression({**both("browInnerUp"), **both("browOuterUp")}, *at["forehead"]) < -0.05
    assert compression(both("browDown"), *at["glabella"]) < -0.03
    assert compression({"mouthShrugLower": 1.0}, *at["chin"]) < -0.03
