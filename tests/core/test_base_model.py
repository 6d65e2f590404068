"""The base mesh: laws that hold for every face, and tolerances over random ones."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.correctives import Corrective
from detailed3dmm_addon.core.errors import ParameterError
from training.base_model.measures import in_front_of_skin, lid_gaps
from training.evaluate_base_model import Parts, measure, random_faces

MODEL = BaseModel.load()
EXPRESSIONS = len(MODEL.expression_names)
identities = arrays(np.float32, 100, elements=st.floats(-3, 3, width=32))
expressions = arrays(np.float32, EXPRESSIONS, elements=st.floats(0, 1, width=32))
few = settings(max_examples=15, deadline=None)


def test_zero_is_the_mean_face_and_the_sizes_are_the_contract():
    assert MODEL.neutral(np.zeros(100)).shape == (26719, 3)
    np.testing.assert_array_equal(MODEL.vertices(np.zeros(100), np.zeros(EXPRESSIONS)), MODEL.mean)
    assert EXPRESSIONS == 53 and MODEL.key_names[:53] == MODEL.expression_names
    assert MODEL.topology.faces.shape == MODEL.topology.faces_uv.shape == (26384, 4)
    assert MODEL.topology.uv.shape == (28911, 2) and len(MODEL.topology.materials) == 12
    assert MODEL.topology.faces.max() == 26718 and MODEL.topology.face_material.shape == (26384,)


def test_the_head_stands_upright_faces_minus_y_and_is_as_large_as_a_head():
    low, high = MODEL.mean.min(0), MODEL.mean.max(0)
    assert 0.3 < high[2] - low[2] < 0.4
    nose, chin, brow = (MODEL.mean[MODEL.landmarks[i]] for i in (30, 8, 19))
    assert nose[1] == pytest.approx(low[1], abs=1e-3) and chin[2] < nose[2] < brow[2]
    assert MODEL.mean[MODEL.landmarks[45]][0] > 0, "the subject's left eye lies at +X"


@few
@given(identities, identities)
def test_neutral_is_linear_in_identity(first, second):
    middle = MODEL.neutral((first + second) / 2)
    np.testing.assert_allclose(middle, (MODEL.neutral(first) + MODEL.neutral(second)) / 2, atol=2e-6)


@few
@given(identities, expressions)
def test_vertices_are_the_neutral_plus_weighted_offsets(identity, expression):
    summed = MODEL.neutral(identity) + np.tensordot(
        MODEL.key_weights(expression).astype(np.float32), MODEL.offsets(identity), 1)
    np.testing.assert_allclose(MODEL.vertices(identity, expression), summed, atol=5e-6)


@few
@given(identities, expressions)
def test_a_mirrored_face_is_the_mirrored_mesh(identity, expression):
    mirrored = MODEL.vertices(MODEL.mirror_identity(identity), MODEL.mirror_expression(expression))
    np.testing.assert_allclose(mirrored, MODEL.mirror_vertices(MODEL.vertices(identity, expression)), atol=3e-4)
    apart = np.abs(mirrored - MODEL.mirror_vertices(MODEL.vertices(identity, expression))).max(1)
    assert (apart > 2e-5).sum() < 200, "all but a few vertices at the lips match to 0.02 mm"


@few
@given(identities, expressions)
def test_mirroring_twice_changes_nothing(identity, expression):
    np.testing.assert_allclose(MODEL.mirror_identity(MODEL.mirror_identity(identity)), identity, atol=1e-5)
    np.testing.assert_array_equal(MODEL.mirror_expression(MODEL.mirror_expression(expression)), expression)
    np.testing.assert_array_equal(MODEL.mirror[MODEL.mirror], np.arange(26719))


def test_mirroring_swaps_the_sides_of_faces_and_names():
    faces = MODEL.topology.faces
    mirrored = {tuple(sorted(face)) for face in np.where(faces >= 0, MODEL.mirror[faces], -1).tolist()}
    assert mirrored == {tuple(sorted(face)) for face in faces.tolist()}
    wink = MODEL.mirror_expression(MODEL.expression({"eyeBlink_L": 1, "jawLeft": 0.5}))
    np.testing.assert_array_equal(wink, MODEL.expression({"eyeBlink_R": 1, "jawRight": 0.5}))


PARTS = Parts(MODEL)


@few
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_lids_meet_whatever_else_the_eye_does(blink, down, squint):
    values = {"eyeBlink_L": blink, "eyeLookDown_L": down, "eyeSquint_L": squint}
    gaps = lid_gaps(MODEL.vertices(np.zeros(100), MODEL.expression(values)), PARTS.lids)
    assert gaps.min() > -0.5
    if blink > 0.99:
        assert gaps.max() < 0.5


def test_tolerances_over_two_hundred_faces():
    figures = measure(MODEL, random_faces(200))
    assert np.mean(np.abs(figures["blink"]).max(1) <= 0.3) >= 0.95
    assert figures["blink"][:, 0].min() > -0.5, "no inverted lids"
    for name in ("blink + look down", "blink + look up", "blink + wide", "blink + squint", "blink + smile"):
        assert np.percentile(np.abs(figures[name]).max(1), 95) < (0.6 if "down" in name else 0.4), name
    assert figures["lips"][:, 0].min() > -0.5, "lips never cross by more than half a millimetre"
    assert np.percentile(figures["neutral lips"][:, 1], 95) < 1.0, "lips are closed at rest"
    for name in ("open", "half blink", "blink", "look down"):
        assert np.percentile(figures[f"lids outside eyeball, {name}"], 5) > -0.1, name
    assert np.mean(figures["in front of the skin"] == 0) >= 0.95, "teeth, gums and tongue stay inside"
    assert figures["in front of the skin"].max() < 20, "and where they do not, it is a few of 7,389 vertices"


def test_teeth_that_stick_out_are_noticed():
    points = MODEL.mean.astype(float)
    points[PARTS.mouth, 1] -= 0.02
    assert in_front_of_skin(points, PARTS.skin, PARTS.lips, PARTS.mouth) > 100


def test_the_lower_teeth_follow_the_jaw_as_bone():
    teeth = PARTS.vertices("M_Teeth")
    for identity in random_faces(3):
        open_jaw = MODEL.vertices(identity, MODEL.expression({"jawOpen": 1}))
        closed = MODEL.neutral(identity)
        moved = teeth[np.linalg.norm(open_jaw[teeth] - closed[teeth], axis=1) > 0.005]
        before, after = closed[moved] - closed[moved].mean(0), open_jaw[moved] - open_jaw[moved].mean(0)
        u, _, v = np.linalg.svd(before.T @ after)
        assert np.abs(before @ (u @ v) - after).max() < 4e-4
        still = np.setdiff1d(teeth, moved)
        np.testing.assert_allclose(open_jaw[still], closed[still], atol=1e-4)


@pytest.mark.parametrize("strength", [0.25, 0.5, 1.0])
def test_the_eyeball_turns_and_stays_round(strength):
    points = MODEL.vertices(np.zeros(100), MODEL.expression({"eyeLookIn_L": strength, "eyeLookIn_R": strength}))
    eyeball = PARTS.eyeball
    before, after = eyeball.arms(MODEL.mean), eyeball.arms(points)
    np.testing.assert_allclose(np.linalg.norm(after, axis=1), np.linalg.norm(before, axis=1), atol=3e-4)
    front = np.linalg.norm(before, axis=1).argmax()
    turned = np.degrees(np.arccos(before[front] @ after[front] / np.linalg.norm(before[front]) ** 2))
    assert turned == pytest.approx(30 * strength, abs=2)
    assert after[front][0] < before[front][0], "the left eye looks in, towards the nose"


def test_expressions_adapt_to_the_face():
    wide = MODEL.offsets(random_faces(1)[0])
    assert np.abs(wide - MODEL.offsets(np.zeros(100))).max() > 1e-3


def test_corrective_weights_follow_their_formula():
    corrective = Corrective("excess", "max(0, mouthClose - jawOpen)")
    assert corrective.variables == ("mouthClose", "jawOpen")
    assert corrective.weight({"mouthClose": 0.7, "jawOpen": 0.2}) == pytest.approx(0.5)
    assert corrective.weight({"mouthClose": 0.2, "jawOpen": 0.7}) == 0
    assert len(MODEL.correctives) <= 14
    for corrective in MODEL.correctives:
        assert set(corrective.variables) <= set(MODEL.expression_names)
        assert corrective.weight(dict.fromkeys(MODEL.expression_names, 0.0)) == 0


@pytest.mark.parametrize("identity, message", [
    (np.zeros(99), "must have 100 numbers, not 99"), (np.full(100, np.nan), "not a finite number")])
def test_a_bad_identity_is_refused_in_one_sentence(identity, message):
    with pytest.raises(ParameterError, match=message):
        MODEL.vertices(identity, np.zeros(EXPRESSIONS))


def test_an_unknown_expression_is_named():
    with pytest.raises(ParameterError, match="jawOpne"):
        MODEL.expression({"jawOpne": 1})
