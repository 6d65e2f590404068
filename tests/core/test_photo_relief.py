"""What a photo showed beyond the model: kept in a character's file, shown, faded."""

import numpy as np
import pytest

from detailed3dmm_addon.core.character import Character
from detailed3dmm_addon.core.detail_controls import DetailControls, from_dict, to_dict
from detailed3dmm_addon.core.errors import ParameterError
from detailed3dmm_addon.core.photo_relief import COARSE, SIZE, PhotoRelief, folding


def a_scar():
    """(512, 512) mm: a ridge on the right, 0.2 mm."""
    height = np.zeros((SIZE, SIZE), np.float32)
    height[200:300, 300:312] = 0.2
    return height


def creases(rows):
    """(256, 256) mm: what an expression adds, furrows in some rows."""
    moved = np.zeros((256, 256), np.float32)
    moved[rows] = 0.3 * np.sin(np.arange(256))[None]
    return moved


FOREHEAD = slice(20, 60)


def test_under_the_photos_expression_it_is_whole():
    relief = PhotoRelief(a_scar(), folding(creases(FOREHEAD)))
    shown = relief.shown(creases(FOREHEAD))
    assert shown.shape == (256, 256)
    np.testing.assert_allclose(shown.sum() * 4, a_scar().sum(), rtol=1e-3)


def test_where_an_expression_folds_the_skin_anew_it_fades_and_elsewhere_it_stays():
    relief = PhotoRelief(a_scar(), np.zeros((COARSE, COARSE)))
    there, elsewhere = relief.shown(creases(slice(90, 160))), relief.shown(creases(FOREHEAD))
    assert there[110:140].max() < 0.1 * a_scar().max()
    assert elsewhere[110:140].max() > 0.9 * a_scar().max()


def test_its_slider_scales_it_and_nothing_else():
    relief = PhotoRelief(a_scar(), np.zeros((COARSE, COARSE)))
    rest, moved, fade = np.full((256, 256), 0.1, np.float32), creases(FOREHEAD), np.ones((256, 256), np.float32)
    none, once, twice = (
        DetailControls(photo=strength, photo_relief=relief).relief(rest, moved, fade) for strength in (0, 1, 2)
    )
    np.testing.assert_array_equal(none, DetailControls().relief(rest, moved, fade))
    np.testing.assert_allclose(twice - once, once - none, atol=1e-6)
    assert np.abs(once - none).max() > 0.1


def test_a_characters_file_keeps_it(tmp_path):
    random = np.random.default_rng(0)
    relief = PhotoRelief(0.1 * random.standard_normal((SIZE, SIZE)), 0.1 * random.random((COARSE, COARSE)))
    path = tmp_path / "character.json"
    Character(detail_controls=to_dict(DetailControls(photo_relief=relief, photo=0.5))).save(path)
    controls = Character.load(path).controls()
    assert controls.photo == 0.5
    np.testing.assert_allclose(controls.photo_relief.height, relief.height, atol=0.0021)
    np.testing.assert_allclose(controls.photo_relief.folding, relief.folding, atol=0.0021)


@pytest.mark.parametrize("table", [[], {"height": "x"}, {"height": "x", "folding": "y"}, {"height": 1, "folding": 2}])
def test_a_damaged_one_is_told(table):
    with pytest.raises(ParameterError, match="photo_relief"):
        from_dict({"photo_relief": table or 3})


def test_a_relief_of_another_size_is_refused():
    with pytest.raises(ParameterError, match="512 x 512"):
        PhotoRelief(np.zeros((256, 256)), np.zeros((COARSE, COARSE)))
