"""Contacts on the mesh: whatever the identity, the rate and the mood, lips meet where they must and nowhere else."""
from types import SimpleNamespace

import numpy as np
import pytest

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.errors import ParameterError
from detailed3dmm_addon.speech.closure import closed
from detailed3dmm_addon.speech.coarticulation import articulate
from detailed3dmm_addon.speech.mouth import lip_gap
from detailed3dmm_addon.speech.phones import BILABIALS, LABIODENTALS, TimedPhone
from training.base_model.measures import lip_gaps
from training.base_model.rims import mouth_rim

MODEL = BaseModel.load()
TEXT = "SIL B AA B P UH T M AY M AE P B AY DH AH P AH M P SIL F AY V V EH R IY V IH V IH D SIL SH UW M SIL"


SMILE = {"mouthSmile_L": 0.6, "mouthSmile_R": 0.6, "mouthUpperUp_L": 0.3, "mouthUpperUp_R": 0.3}
SADNESS = {"mouthFrown_L": 0.35, "mouthFrown_R": 0.35, "mouthShrugLower": 0.15}
RIM = mouth_rim(SimpleNamespace(mean=MODEL.mean, faces=MODEL.topology.faces, materials=list(MODEL.topology.materials),
                                face_material=MODEL.topology.face_material))


def crossing(person, curves):
    """(T, 25) clearance across the mouth as the base model's own is measured, on the whole mesh and at depth."""
    return np.array([lip_gaps(MODEL.vertices(person, pose), RIM) for pose in curves])

MIDDLE = slice(3, -3)  # of the 25 places, 26 mm: the corners beyond fold


def identity(seed):
    return np.random.default_rng(seed).standard_normal(100) if seed else np.zeros(100)


def take(fps, mood=None, length=0.08):
    phones = []
    for name in TEXT.split():
        start = phones[-1].end if phones else 0.0
        phones.append(TimedPhone(name, start, start + (0.4 if name == "SIL" else length)))
    fine = articulate(phones, round(100 * phones[-1].end) + 1)
    time = np.arange(int(phones[-1].end * fps) + 1) / fps
    curves = np.stack([np.interp(time, np.arange(len(fine)) / 100, column) for column in fine.T], 1)
    return phones, np.clip(curves + MODEL.expression(mood or {}), 0, 1)


def during(phones, members, fps, count, margin=0.02):
    """For each phone of `members` its frames."""
    for phone in phones:
        if phone.phone in members:
            time = np.arange(count) / fps
            yield (time >= phone.start - margin) & (time <= phone.end + margin)


@pytest.mark.parametrize("fps", [24, 30, 60, 100])
@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_lips_meet_on_every_face_at_every_rate(seed, fps):
    phones, curves = take(fps)
    made = closed(curves, phones, MODEL, identity(seed), fps)
    gap = lip_gap(MODEL, identity(seed), made)["widest_gap"]
    assert made.dtype == np.float32 and made.min() >= 0 and made.max() <= 1
    rest = lip_gap(MODEL, identity(seed), np.zeros(53))["widest_gap"][0]
    for frames in during(phones, BILABIALS, fps, len(curves)):
        assert gap[frames].min() < max(rest, 0) + 0.3
        assert lip_gap(MODEL, identity(seed), curves)["widest_gap"][frames].min() > 0.8, "blending alone does not close"


def test_nothing_else_closes():
    phones, curves = take(60)
    gap = lip_gap(MODEL, identity(0), closed(curves, phones, MODEL, identity(0), 60))["lip_gap"]
    for frames in during(phones, {"AA", "AY", "AE", "EH"}, 60, len(curves), margin=-0.02):
        assert gap[frames].min() > 1.5


@pytest.mark.parametrize("mood", [
    SMILE,
    {"mouthFunnel": 0.3, "mouthShrugUpper": 0.4}, {"mouthFrown_L": 0.5, "mouthFrown_R": 0.5, "jawOpen": 0.2},
])
@pytest.mark.parametrize("seed", [0, 4])
def test_lips_meet_in_every_mood(mood, seed):
    phones, curves = take(60, mood)
    gap = lip_gap(MODEL, identity(seed), closed(curves, phones, MODEL, identity(seed), 60))["widest_gap"]
    for frames in during(phones, BILABIALS, 60, len(curves)):
        assert gap[frames].min() < 0.8


@pytest.mark.parametrize("seed", range(5))
def test_the_lower_lip_comes_to_the_teeth(seed):
    phones, curves = take(60)
    mouth = lip_gap(MODEL, identity(seed), closed(curves, phones, MODEL, identity(seed), 60))
    for frames in during(phones, LABIODENTALS, 60, len(curves)):
        touching = (mouth["lower_lip_to_incisor"] < 1) & (mouth["lip_gap"] > 1) & (mouth["lip_gap"] < 5)
        assert touching[frames].sum() >= 3


@pytest.mark.parametrize(("seed", "mood"), [(0, None), (1, None), (4, None), (9, None), (4, SMILE), (9, SMILE),
                                            (9, SADNESS)])
def test_lips_never_cross(seed, mood):
    """Faces 4 and 9 have lips that pursing pushes through each other by a millimetre."""
    phones, curves = take(30, mood)
    made = closed(curves, phones, MODEL, identity(seed), 30)
    across = crossing(identity(seed), made[::2])
    assert across.min() > -0.5
    assert across[:, MIDDLE].min() > -0.3


def test_clearance_is_that_of_the_whole_mesh():
    phones, curves = take(30, {"mouthPucker": 0.4})
    jaw, close = (MODEL.expression_names.index(name) for name in ("jawOpen", "mouthClose"))
    curves[:, close] = curves[:, jaw]
    for seed in (4, 9):
        measured, found = lip_gap(MODEL, identity(seed), curves)["clearance"], crossing(identity(seed), curves).min(1)
        deep = found < -0.5
        assert deep.sum() > 10
        np.testing.assert_allclose(measured[deep], found[deep], atol=0.15)


def test_measures_are_those_of_the_whole_mesh():
    generator = np.random.default_rng(0)
    curves, person = generator.uniform(0, 0.4, (4, 53)), identity(5)
    measured = lip_gap(MODEL, person, curves)
    for frame, pose in enumerate(curves):
        points = MODEL.vertices(person, pose) * 1e3
        np.testing.assert_allclose(measured["mouth_width"][frame], points[6349, 0] - points[5844, 0], atol=1e-2)
        upper, lower = points[[5534, 5531, 5532, 5533, 5526], 2].min(), points[[5538, 5519, 5517, 5515, 5516], 2].max()
        np.testing.assert_allclose(measured["lip_gap"][frame], upper - lower, atol=0.3)


def test_a_phone_of_no_strength_changes_nothing():
    phones, curves = take(30)
    idle = [TimedPhone(phone.phone, phone.start, phone.end, 0.0) for phone in phones]
    np.testing.assert_allclose(closed(curves, idle, MODEL, identity(0), 30), curves, atol=1e-6)


def test_curves_of_another_size_are_refused():
    with pytest.raises(ParameterError, match="53"):
        closed(np.zeros((10, 52)), [], MODEL, identity(0), 30)


def test_a_mood_does_not_twitch():
    """A sneer parts the lips and has to yield, but not as fast as lips close."""
    phones, curves = take(60, {"noseSneer_L": 0.4, "noseSneer_R": 0.4})
    made = closed(curves, phones, MODEL, identity(0), 60)
    column = MODEL.expression_names.index("noseSneer_L")
    assert made[:, column].min() < 0.02
    assert np.abs(np.diff(made[:, column])).max() * 60 < 4, "a second"
