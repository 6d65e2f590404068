"""What a photo bakes into skin: shine and folds go, moles, brows and plain skin stay."""
import numpy as np
import pytest

from detailed3dmm_addon.core.skin_canvas import FACE, canvas, landmarks_uv
from detailed3dmm_addon.core.skin_regions import lip_distance
from detailed3dmm_addon.photo.retouch import retouched

SIZE = 512
SKIN = np.log(np.array([0.45, 0.28, 0.2], np.float32))


@pytest.fixture
def skin():
    """Plain skin with fine grain, logarithms."""
    grain = 0.02 * np.random.default_rng(0).standard_normal((SIZE, SIZE, 1)).astype(np.float32)
    return np.broadcast_to(SKIN, (SIZE, SIZE, 3)) + grain


@pytest.fixture
def known():
    return np.ones((SIZE, SIZE), np.float32)


def place(mark):
    u, v = landmarks_uv()[mark]
    return round((1 - v) * SIZE), round(u * SIZE)


CHEEK = (place(31)[0] + 10, place(31)[1] - 75)


def test_plain_skin_stays(skin, known):
    found, weight = retouched(skin, known)
    face = slice(place(19)[0], place(8)[0] - 40), slice(CHEEK[1] - 40, SIZE - CHEEK[1] + 40)
    np.testing.assert_allclose(found[face], skin[face], atol=0.03)
    assert (weight[face] > 0.9).mean() > 0.93


def test_a_fold_counts_as_not_seen(skin, known):
    row, column = CHEEK
    skin[row - 30:row + 30, column - 3:column + 4] -= 0.5
    _found, weight = retouched(skin, known)
    assert weight[row - 20:row + 20, column].max() < 0.1
    assert weight[row - 20:row + 20, column - 40].min() > 0.9


@pytest.mark.parametrize(("where", "width", "depth"), [(CHEEK, 3, 0.5), (place(19), 30, 0.8)], ids=["mole", "brow"])
def test_moles_and_brows_stay(skin, known, where, width, depth):
    row, column = where
    skin[row - 3:row + 4, column - width:column + width + 1] -= depth
    found, weight = retouched(skin, known)
    assert weight[row, column] > 0.9
    np.testing.assert_allclose(found[row, column], skin[row, column], atol=0.05)


def test_shine_is_dulled_to_the_hue_of_the_skin_around(skin, known):
    row, column = place(30)
    y, x = np.mgrid[:SIZE, :SIZE]
    spot = np.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * 9.0**2))[..., None]
    shining = np.log(np.exp(skin) + 0.4 * spot).astype(np.float32)
    found, _weight = retouched(shining, known)
    before, after = (image[row - 2:row + 3, column - 2:column + 3].mean((0, 1)) - SKIN for image in (shining, found))
    assert after.mean() < 0.45 * before.mean()
    assert np.ptp(after) < 0.5 * np.ptp(before)


def test_nothing_is_known_below_the_chin(skin, known):
    _found, weight = retouched(skin, known)
    assert weight[place(8)[0] + 60, SIZE // 2] < 0.05


def test_lips_that_shine_stay_red(skin, known):
    """Shine takes the hue of the lips around it, not that of skin."""
    row, column = (place(51)[0] + place(57)[0]) // 2, SIZE // 2
    y, x = np.mgrid[:SIZE, :SIZE]
    red = SKIN + np.log([0.85, 0.5, 0.55]).astype(np.float32)
    skin[lip_distance(canvas(FACE, SIZE)) > 0] = red
    spot = np.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * 5.0**2))[..., None]
    found, _weight = retouched(np.log(np.exp(skin) + 0.3 * spot).astype(np.float32), known)
    hue = found[row, column] - found[row, column].mean()
    np.testing.assert_allclose(hue, red - red.mean(), atol=0.1)
