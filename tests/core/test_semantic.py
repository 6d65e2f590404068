"""Sliders with names: each moves its own measure on the mesh, and little else."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.errors import ParameterError
from detailed3dmm_addon.core.semantic import GROUPS, REACH, SLIDERS, SemanticSliders, X
from training.evaluate_base_model import slider_effects

MODEL, SEMANTIC = BaseModel.load(), SemanticSliders.load()
identities = arrays(np.float32, 100, elements=st.floats(-2, 2, width=32))


def measured(slider, points):
    """The slider's measure on a mesh, in mm, by its definition."""
    total = 0.0
    for vertex, axis, weight in slider.terms:
        left, right = points[vertex, axis], points[MODEL.mirror[vertex], axis]
        if weight == "left":
            total += left - right
        else:
            total += weight * (left + (-right if axis == X and MODEL.mirror[vertex] != vertex else right)) / 2
    return total * 1e3


@pytest.mark.parametrize("slider", SLIDERS, ids=lambda slider: slider.name)
def test_a_slider_changes_its_own_measure_on_the_mesh_by_what_it_says(slider):
    moved = SEMANTIC.moved(np.zeros(100), slider.name, slider.maximum)
    change = measured(slider, MODEL.neutral(moved)) - measured(slider, MODEL.mean)
    assert change == pytest.approx(slider.maximum, abs=0.02)
    assert SEMANTIC.value(moved, slider.name) == pytest.approx(slider.maximum, abs=1e-3)
    assert np.linalg.norm(moved) < 12, "no further from the mean than a usual face"


def test_sliders_leave_each_other_alone():
    for name, _, _, other, effect in slider_effects(SEMANTIC):
        assert abs(effect) < 0.25, f"{name} moves {other}"


def test_ranges_are_what_the_training_faces_reach():
    for slider, deviation in zip(SLIDERS, SEMANTIC.deviations, strict=True):
        assert slider.maximum == pytest.approx(REACH * deviation, rel=0.05, abs=0.06), slider.name


@settings(max_examples=20, deadline=None)
@given(identities, st.sampled_from(SLIDERS), st.floats(-1, 1))
def test_a_moved_slider_reads_what_was_set_from_any_face(identity, slider, part):
    moved = SEMANTIC.moved(identity, slider.name, part * slider.maximum)
    assert SEMANTIC.value(moved, slider.name) == pytest.approx(part * slider.maximum, abs=1e-3)
    back = SEMANTIC.moved(moved, slider.name, SEMANTIC.value(identity, slider.name))
    np.testing.assert_allclose(back, identity, atol=1e-4)


def test_values_are_zero_on_the_mean_face_and_asymmetry_changes_sign_in_a_mirror():
    np.testing.assert_array_equal(SEMANTIC.values(np.zeros(100)), 0)
    identity = np.random.default_rng(1).normal(size=100)
    values, mirrored = SEMANTIC.values(identity), SEMANTIC.values(MODEL.mirror_identity(identity))
    signs = np.array([-1 if slider.group == "Asymmetry" else 1 for slider in SLIDERS])
    np.testing.assert_allclose(mirrored, signs * values, atol=1e-3)


def test_solved_meets_all_values_at_once():
    wanted = {"nose_width": 4.0, "jaw_width": -6.0, "eye_tilt": 1.0}
    identity = SEMANTIC.solved(np.random.default_rng(2).normal(size=100), wanted)
    for name, value in wanted.items():
        assert SEMANTIC.value(identity, name) == pytest.approx(value, abs=1e-3)


def test_randomising_a_group_is_repeatable_and_keeps_the_others():
    start = np.random.default_rng(3).normal(size=100).astype(np.float32)
    drawn = SEMANTIC.randomised(start, "Nose", 5)
    np.testing.assert_array_equal(drawn, SEMANTIC.randomised(start, "Nose", 5))
    assert not np.allclose(drawn, SEMANTIC.randomised(start, "Nose", 6))
    change = np.abs(SEMANTIC.values(drawn) - SEMANTIC.values(start)) / SEMANTIC.deviations
    nose = np.array([slider.group == "Nose" for slider in SLIDERS])
    assert change[nose].mean() > 4 * change[~nose].mean()


def test_thirty_sliders_or_more_with_names_units_and_definitions():
    assert len(SLIDERS) >= 30 and len({slider.name for slider in SLIDERS}) == len(SLIDERS)
    assert sum(len(group) for group in GROUPS.values()) == len(SLIDERS)
    assert all(slider.tooltip and slider.label and slider.minimum < 0 < slider.maximum for slider in SLIDERS)


def test_unknown_names_are_refused():
    with pytest.raises(ParameterError, match="nose_size"):
        SEMANTIC.moved(np.zeros(100), "nose_size", 1)
    with pytest.raises(ParameterError, match="Tail"):
        SEMANTIC.randomised(np.zeros(100), "Tail", 1)
