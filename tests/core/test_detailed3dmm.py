"""The trained Detailed3DMM: laws of its maps, wrinkles where they belong, codes that mean what they say."""

import warnings

import numpy as np
import pytest

from detailed3dmm_addon.core.detailed3dmm import Detailed3DMM, save_codes
from detailed3dmm_addon.core.errors import ParameterError
from detailed3dmm_addon.core.person import mirror_person
from training.detail.behaviour import FARTHEST, POSES, Behaviour
from training.detail.measures import band_pass, correlation
from training.detail.temporal import slider_steps
from training.teacher.sampling import both

BROW_RAISE, SNEER = POSES["brow raise"][0], POSES["nose sneer"][0]


@pytest.fixture(scope="module")
def model():
    return Detailed3DMM.load()


@pytest.fixture(scope="module")
def behaviour(model):
    return Behaviour(model, persons=4)


def a_face(seed, model, expression):
    rng = np.random.default_rng(seed)
    return 0.8 * rng.standard_normal(100), model.base.expression(expression), 0.8 * rng.standard_normal(24)


@pytest.mark.parametrize("resolution", [256, 512, 1024])
def test_a_map_is_finite_zero_at_its_borders_and_the_same_again(model, resolution):
    face = a_face(1, model, BROW_RAISE)
    height = model.displacement(*face, 60, resolution)
    assert height.shape == (resolution, resolution) and height.dtype == np.float32
    assert np.isfinite(height).all() and np.abs(height).max() > 0.1
    border = np.concatenate([height[0], height[-1], height[:, 0], height[:, -1]])
    assert np.abs(border).max() < 1e-3
    np.testing.assert_array_equal(height, model.displacement(*face, 60, resolution))


def test_resolutions_show_the_same_wrinkles(model):
    face = a_face(2, model, SNEER)
    small, large = (model.displacement(*face, 60, r) for r in (256, 1024))
    pooled = large.reshape(256, 4, 256, 4).mean((1, 3))
    assert correlation(band_pass(small), band_pass(pooled)) > 0.95


def test_a_mirrored_face_has_the_mirrored_map(model):
    base = model.base
    for seed in range(3):
        identity, expression, person = a_face(seed, model, {"browInnerUp_L": 0.9, "noseSneer_R": 1, "eyeSquint_L": 0.6})
        height = model.displacement(identity, expression, person, 60, 256)
        mirrored = model.displacement(
            base.mirror_identity(identity), base.mirror_expression(expression), mirror_person(person), 60, 256
        )
        assert correlation(band_pass(height), band_pass(mirrored[:, ::-1])) > 0.9  # learned, not built in


def test_a_small_step_is_a_small_change(model):
    identity, expression, person = a_face(4, model, SNEER)
    height = model.displacement(identity, expression, person, 50, 256)
    for step in (
        (identity + 0.01, expression, person, 50),
        (identity, expression * 0.99, person, 50),
        (identity, expression, person + 0.01, 50),
        (identity, expression, person, 50.2),
    ):
        assert np.abs(model.displacement(*step, 256) - height).max() < 0.1 * np.abs(height).max()


def test_beyond_the_training_range_is_clamped_with_a_warning(model):
    identity, expression, person = a_face(5, model, BROW_RAISE)
    with pytest.warns(UserWarning, match="identity lies beyond"):
        far = model.displacement(identity * 100, expression, person, 60, 256)
    assert np.isfinite(far).all() and np.abs(far).max() < 5
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.displacement(identity, expression, person, 60, 256)


@pytest.mark.parametrize("field", range(3))
@pytest.mark.parametrize("broken", [lambda v: v[:-1], lambda v: v * np.nan])
def test_wrong_sizes_and_not_a_number_are_refused(model, field, broken):
    face = list(a_face(6, model, {}))
    face[field] = broken(np.asarray(face[field], float))
    with pytest.raises(ParameterError):
        model.displacement(*face, 40, 256)


@pytest.mark.parametrize("resolution", [16, 8192])
def test_impossible_resolutions_are_refused(model, resolution):
    with pytest.raises(ParameterError, match="between"):
        model.displacement(*a_face(7, model, {}), 40, resolution)


@pytest.mark.parametrize("pose", POSES)
def test_a_pose_wrinkles_its_own_region_and_not_the_farthest(behaviour, pose):
    expression, own = POSES[pose]
    rest, posed = behaviour.energies({}, 30), behaviour.energies(expression, 30)
    assert posed[own] >= 5 * rest[own]
    assert posed[FARTHEST[pose]] < 1.3 * rest[FARTHEST[pose]]


@pytest.mark.parametrize("unit, region", [("eyeSquint", "crow's feet"), ("noseSneer", "nose bridge")])
def test_a_one_sided_expression_wrinkles_one_side(behaviour, unit, region):
    rest = behaviour.energies({}, 45)
    for side, other in (("L", "R"), ("R", "L")):
        posed = behaviour.energies({f"{unit}_{side}": 1.0}, 45)
        gained = {s: posed[f"{region} {s}"] - rest[f"{region} {s}"] for s in "LR"}
        assert gained[side] > 4 * abs(gained[other])


def test_an_expression_leaves_the_skin_that_it_does_not_strain_exactly_as_it_is(model):
    identity, expression, person = a_face(11, model, {"mouthShrugLower": 1.0})
    rest, posed = (model.displacement(identity, e, person, 70, 256) for e in (0 * expression, expression))
    np.testing.assert_array_equal(posed[:80], rest[:80])  # the forehead and the brows
    assert np.abs(posed - rest).max() > 0.05


def test_wrinkles_deepen_with_age_and_a_young_face_at_rest_is_smooth(behaviour):
    figures = behaviour.ages()
    for by_age in figures.values():
        assert by_age["at 20"] < by_age["at 45"] < by_age["at 75"]
    assert figures["at rest"]["at 20"] < 0.012


def test_a_crease_stays_where_it_is_while_a_slider_moves(model, behaviour):
    for figures in slider_steps(model, behaviour.persons[:1]).values():
        assert figures["map, worst"] >= 0.9 and figures["map, median"] >= 0.98


def test_encoding_and_decoding_gives_the_map_again(model):
    height = model.displacement(*a_face(8, model, {**BROW_RAISE, **both("eyeSquint", 0.5)}), 60, 256)
    again = model.decode(model.encode(height), 256)
    assert correlation(band_pass(again), band_pass(height)) > 0.9


def test_codes_blend_swap_and_survive_a_file(model, tmp_path):
    person, other = (model.codes(*a_face(seed, model, e), 60) for seed, e in ((9, BROW_RAISE), (10, SNEER)))
    np.testing.assert_array_equal(model.decode(person.blend(other, 0.0), 256), model.decode(person, 256))
    np.testing.assert_allclose(model.decode(person.blend(other, 1.0), 256), model.decode(other, 256), atol=1e-4)
    swapped = person.with_expression_of(other)
    assert (swapped.variant == person.variant).all() and (swapped.expression == other.expression).all()
    save_codes(tmp_path / "code.npz", person)
    with np.load(tmp_path / "code.npz") as stored:
        for name, tensor in person.tensors().items():
            np.testing.assert_array_equal(stored[name], tensor.numpy())


@pytest.mark.parametrize(
    "bad", [np.zeros((256, 128)), np.zeros((256, 256, 3)), np.full((256, 256), np.nan), np.zeros((8, 8))]
)
def test_what_is_not_a_map_cannot_be_encoded(model, bad):
    with pytest.raises(ParameterError):
        model.encode(bad)
