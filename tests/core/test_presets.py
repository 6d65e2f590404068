"""The ready-made characters and expressions."""
import json
from itertools import combinations

import numpy as np
import pytest

from detailed3dmm_addon.core import presets, skin
from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.errors import FileFormatError, ParameterError
from training.base_model.measures import lid_gaps, lip_gaps
from training.evaluate_base_model import Parts

MODEL = BaseModel.load()


def test_enough_people_of_all_ages_and_builds():
    found = presets.character_presets()
    assert len(found) >= 12
    ages = [preset.character.age for preset in found]
    assert min(ages) <= 22 and max(ages) >= 78
    assert np.ptp([preset.character.skin["melanin"] for preset in found]) > 0.6
    for one, other in combinations(found, 2):
        apart = np.linalg.norm(MODEL.neutral(one.character.identity) - MODEL.neutral(other.character.identity), axis=1)
        assert apart[:9409].mean() > 2e-3, f"{one.label} and {other.label} look alike"


def test_every_character_is_plausible():
    for preset in presets.character_presets():
        assert np.linalg.norm(preset.character.identity) < 12, preset.label
        assert set(skin.complete(preset.character.skin, preset.character.age)) >= set(preset.character.skin)


def test_enough_expressions_and_visemes():
    found = presets.expression_presets()
    groups = [preset.group for preset in found]
    assert len(found) >= 20 and groups.count("Visemes") >= 8 and groups.count("Emotions") >= 7
    assert len({preset.name for preset in found}) == len(found)
    for preset in found:
        assert all(0 < value <= 1 for value in preset.expression.values()), preset.label
        assert set(preset.expression) <= set(MODEL.expression_names)


def test_no_preset_pushes_lids_or_lips_through_each_other():
    parts = Parts(MODEL)
    for preset in presets.expression_presets():
        points = MODEL.vertices(np.zeros(100), MODEL.expression(preset.expression))
        assert lid_gaps(points, parts.lids).min() > -0.5, preset.label
        if "Roll" not in str(preset.expression):  # lips rolled in lie behind each other, not through each other
            assert lip_gaps(points, parts.lips).min() > -1.2, preset.label


def test_wink_left_is_the_mirror_image_of_wink_right():
    found = {preset.label: MODEL.expression(preset.expression) for preset in presets.expression_presets()}
    np.testing.assert_array_equal(MODEL.mirror_expression(found["Wink left"]), found["Wink right"])


@pytest.mark.parametrize("content, error", [
    ("{", FileFormatError), (json.dumps({"format": 2}), FileFormatError), (json.dumps({"format": 1}), FileFormatError),
    (json.dumps({"format": 1, "label": "A", "group": "B", "expression": {"noSuch": 1}}), ParameterError)])
def test_a_damaged_expression_is_refused(content, error, tmp_path, monkeypatch):
    (tmp_path / "expressions").mkdir()
    (tmp_path / "expressions" / "a.json").write_text(content)
    monkeypatch.setattr(presets, "FOLDER", tmp_path)
    presets.expression_presets.cache_clear()
    try:
        with pytest.raises(error):
            presets.expression_presets()
    finally:
        presets.expression_presets.cache_clear()
