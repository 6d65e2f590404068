"""Controls of the relief: laws of bands, regions, mask and memory, on the model's own maps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detailed3dmm_addon.core import detail_controls
from detailed3dmm_addon.core.character import Character
from detailed3dmm_addon.core.detail_controls import REGIONS, TILE, DetailControls, Style, low_pass, region_masks
from detailed3dmm_addon.core.detailed3dmm import Detailed3DMM
from detailed3dmm_addon.core.errors import FileFormatError, ParameterError

AGE = 65
strengths = st.floats(0, 4, width=32)


@pytest.fixture(scope="module")
def model():
    return Detailed3DMM.load()


@pytest.fixture(scope="module")
def face(model):
    rng = np.random.default_rng(5)
    posed = {f"{name}_{side}": 1.0 for name in ("browInnerUp", "mouthSmile", "eyeSquint") for side in "LR"}
    return 0.8 * rng.standard_normal(100), model.base.expression(posed), 0.8 * rng.standard_normal(24)


@pytest.fixture(scope="module")
def shown(model, face):
    """The map (512, 512) of the face under controls."""
    return lambda **controls: model.displacement(*face, AGE, 512, DetailControls(**controls))


def at_rest(face):
    return face[0], 0 * face[1], face[2]


def test_defaults_change_nothing(model, face, shown):
    plain = model.displacement(*face, AGE, 512)
    same = shown(regions=dict.fromkeys(REGIONS, 1.0))
    np.testing.assert_array_equal(plain, shown())
    np.testing.assert_array_equal(plain, same)


def test_bands_add_up_to_the_map_and_each_is_linear_in_its_strength(shown):
    folds, wrinkles = shown(wrinkles=0), shown(folds=0)
    assert min(np.abs(folds).max(), np.abs(wrinkles).max()) > 0.05
    np.testing.assert_allclose(folds + wrinkles, shown(), atol=2e-6)
    np.testing.assert_allclose(shown(folds=2.5, wrinkles=0.5), 2.5 * folds + 0.5 * wrinkles, atol=4e-6)
    np.testing.assert_allclose(shown(folds=3, wrinkles=3), 3 * shown(), atol=4e-6)


def test_the_bands_part_at_twelve_millimetres():
    x = np.arange(512) * TILE / 512
    for cycles, kept in ((TILE / 48, 1.0), (TILE / 12, 0.5), (TILE / 4, 0.0)):
        wave = np.tile(np.sin(2 * np.pi * round(cycles) * x / TILE), (512, 1)).astype(np.float32)
        assert np.abs(low_pass(wave)).max() == pytest.approx(kept, abs=0.06)


def test_bands_end_at_the_rims(shown):
    for controls in ({"folds": 4}, {"wrinkles": 0}):
        height = shown(**controls)
        assert max(np.abs(edge).max() for edge in (height[0], height[-1], height[:, 0], height[:, -1])) < 1e-3


def test_regions_part_the_face():
    masks = region_masks()
    assert masks.min() >= 0 and masks.sum(0).max() < 1 + 1e-5
    for name, mask in zip(REGIONS, masks, strict=True):
        assert mask.max() > 0.85, name
        steps = np.abs(np.diff(mask, axis=1))[10:-10]
        assert np.percentile(steps, 99.9) < 0.15, name  # smooth but for the seams of eyes and mouth
    for right, left in zip(REGIONS, REGIONS[1:], strict=False):
        if right.endswith("_R"):
            mirrored = masks[REGIONS.index(left)][:, ::-1]
            assert np.abs(masks[REGIONS.index(right)] - mirrored).mean() < 2e-3


def test_a_region_is_linear_in_its_strength_and_leaves_the_others_alone(shown):
    plain = shown()
    none, double = shown(regions={"forehead": 0}), shown(regions={"forehead": 2})
    np.testing.assert_allclose(none + double, 2 * plain, atol=4e-6)
    inside = detail_controls.resized(region_masks()[REGIONS.index("forehead")], 512) > 0.95
    assert inside.mean() > 0.03
    assert np.abs(none[inside]).max() < 0.05 * np.abs(plain[inside]).max()
    np.testing.assert_array_equal(none[256:], plain[256:])  # below the nose


def test_all_regions_together_are_the_sum_of_each(shown):
    plain = shown()
    parts = [plain - shown(regions={name: 0.0}) for name in REGIONS]
    np.testing.assert_allclose(sum(parts), plain - shown(regions=dict.fromkeys(REGIONS, 0.0)), atol=1e-5)


def test_a_mask_multiplies(shown):
    plain = shown()
    ramp = np.tile(np.linspace(0, 1, 512, dtype=np.float32), (512, 1))
    np.testing.assert_allclose(shown(mask=ramp), ramp * plain, atol=1e-6)
    np.testing.assert_array_equal(shown(mask=np.ones((64, 128))), plain)
    assert not shown(mask=np.zeros((2, 2))).any()


def test_memory_scales_what_stays_on_the_relaxed_face_and_nothing_else(model, face, shown):
    rest = at_rest(face)
    plain = model.displacement(*rest, AGE, 512)
    assert np.abs(plain).max() > 0.05
    for memory in (0, 0.5, 2):
        np.testing.assert_allclose(
            model.displacement(*rest, AGE, 512, DetailControls(memory=memory)), memory * plain, atol=1e-6)
        np.testing.assert_allclose(shown(memory=memory), shown() + (memory - 1) * plain, atol=4e-6)


def test_expression_of_another_face_shows_that_expression(model, face):
    relaxed, moving = at_rest(face), (face[0], face[1])
    plain, smiling = model.displacement(*relaxed, AGE, 256), model.displacement(*face, AGE, 256)
    borrowed = model.displacement(*relaxed, AGE, 256, DetailControls(expression_of=moving))
    np.testing.assert_array_equal(borrowed, smiling)  # the same person: nothing but the expression differs
    calmed = model.displacement(*face, AGE, 256, DetailControls(expression_of=(face[0], 0 * face[1])))
    np.testing.assert_array_equal(calmed, plain)


def test_a_style_of_other_weights_is_left_out_with_a_warning(model, face):
    style = Style(np.full((8, 24), 0.2), model.fingerprint)
    plain = model.displacement(*face, AGE, 256)
    assert np.abs(model.displacement(*face, AGE, 256, DetailControls(style=style)) - plain).max() > 1e-3
    with pytest.warns(UserWarning, match="other weights"):
        other = model.displacement(*face, AGE, 256, DetailControls(style=Style(style.numbers, 1)))
    np.testing.assert_array_equal(other, plain)


def test_pores_are_there_from_2048_on_and_follow_their_strength_and_the_regions(model, face):
    smooth = model.displacement(*face, AGE, 2048, DetailControls(pores=0))
    fine = model.displacement(*face, AGE, 2048) - smooth
    assert 1e-3 < fine.std() < 0.1
    double = model.displacement(*face, AGE, 2048, DetailControls(pores=2)) - smooth
    np.testing.assert_allclose(double, 2 * fine, atol=4e-6)
    nowhere = model.displacement(*face, AGE, 2048, DetailControls(mask=np.zeros((4, 4))))
    assert not nowhere.any()


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(detail_controls.STRENGTHS, strengths)),
       st.dictionaries(st.sampled_from(REGIONS), strengths), st.none() | st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_a_table_gives_the_controls_again(values, regions, seed):
    rng = np.random.default_rng(seed or 0)
    sources = {} if seed is None else {
        "expression_of": (rng.standard_normal(100).astype(np.float32), rng.random(53).astype(np.float32)),
        "style": Style(rng.standard_normal((8, 24)), 7)}
    controls = DetailControls(**values, regions=regions, **sources)
    character = Character(detail_controls=detail_controls.to_dict(controls))
    again = Character.from_dict(character.to_dict())
    assert again == character
    restored = detail_controls.from_dict(again.detail_controls)
    assert detail_controls.to_dict(restored) == character.detail_controls
    if seed is not None:
        np.testing.assert_array_equal(restored.style.numbers, controls.style.numbers)
        for one, other in zip(restored.expression_of, controls.expression_of, strict=True):
            np.testing.assert_array_equal(one, other)


def test_unknown_keys_of_a_table_are_kept():
    content = {**Character().to_dict(), "detail_controls": {"wetness": 3}}
    assert Character.from_dict(content).to_dict()["detail_controls"] == {"wetness": 3}
    assert "detail_controls" not in Character().to_dict()


@pytest.mark.parametrize(("table", "message"), [
    ({"folds": 5}, "folds"), ({"pores": "deep"}, "pores"), ({"memory": True}, "memory"),
    ({"regions": {"forhead": 1}}, "forhead"), ({"regions": {"chin": -1}}, "chin"), ({"regions": [1]}, "regions"),
    ({"expression_of": [1]}, "expression_of"), ({"expression_of": {"identity": [1]}}, "100 numbers"),
    ({"expression_of": {"expression": {"jawOpne": 1}}}, "jawOpen"),
    ({"style": {"numbers": [1, 99], "model": 1}}, "style"), ({"style": {"numbers": "x", "model": 1}}, "style"),
    ({"style": {}, "folds": float("nan")}, "folds"), ({"style": {"numbers": []}}, "model"), ([], "detail_controls"),
])
def test_wrong_tables_are_refused_by_name(table, message):
    with pytest.raises(FileFormatError, match=message):
        Character.from_dict({**Character().to_dict(), "detail_controls": table})


@pytest.mark.parametrize("mask", [np.zeros((4, 4, 3)), np.full((4, 4), np.nan), np.zeros((0, 4))])
def test_what_is_no_mask_is_refused(mask):
    with pytest.raises(ParameterError, match="mask"):
        DetailControls(mask=mask)


def test_skin_without_pores_has_none_in_its_map_either():
    assert Character(skin={"pores": 0.0}).controls().pores == 0
    assert Character(skin={"pores": 0.8}, detail_controls={"pores": 0.5}).controls().pores == pytest.approx(1.0)
