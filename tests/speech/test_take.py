"""A take: what was heard becomes animation that keeps the laws an animator relies on."""
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.errors import AudioError, ParameterError
from detailed3dmm_addon.core.steps import finished
from detailed3dmm_addon.speech.audio import RATE
from detailed3dmm_addon.speech.mouth import lip_gap
from detailed3dmm_addon.speech.phones import INDEX, PHONES, SILENCE, VISEMES, TimedPhone, to_frames
from detailed3dmm_addon.speech.prosody import Contours, prosody
from detailed3dmm_addon.speech.recognition import Speech as Heard
from detailed3dmm_addon.speech.take import EMOTIONS, Speech, SpeechSettings, analyse, perform, resampled

MEAN = np.zeros(100)
SAID = ("SIL", "HH", "AH", "L", "OW", "SIL", "M", "AA", "M", "AH", "SIL", "F", "AA", "DH", "ER", "B", "IY", "P", "UW",
        "SH", "SIL")
STILL = {"intensity": 0, "upper_face": 0, "blinks": 0, "head": 0}


def speech_of(phones, seconds=0.12, pause=0.4):
    """What would have been heard of these phones, each of `seconds`, silences of `pause`."""
    timed, time = [], 0.0
    for phone in phones:
        length = pause if phone == "SIL" else seconds
        timed.append(TimedPhone(phone, time, time + length))
        time += length
    count = round(time * 100)
    likeness = np.eye(len(PHONES), dtype=np.float32)[[INDEX[phone] for phone in phones]]
    loudness = np.where(to_frames(timed, count) == INDEX[SILENCE], -70, -20).astype(np.float32)
    contours = Contours(loudness, np.sin(np.arange(count) / 30).astype(np.float32), loudness > -40)
    return Speech(Heard(timed, likeness, loudness), prosody(contours, timed, time), time, "said.wav")


@pytest.fixture(scope="module")
def said():
    return speech_of(SAID)


@pytest.fixture(scope="module")
def model():
    return BaseModel.load()


def performed(said, model, fps=30, identity=MEAN, **changes):
    return perform(said, SpeechSettings(**changes), identity, fps, model)


def column(performance, name):
    return performance.curves.values[:, performance.curves.names.index(name)]


@pytest.mark.parametrize("fps", [1, 12, 23.976, 24, 25, 29.97, 30, 50, 60, 120, 240])
def test_any_frame_rate(said, model, fps):
    performance = performed(said, model, fps)
    curves = performance.curves
    assert curves.fps == pytest.approx(fps)
    assert (len(curves) - 1) / fps <= said.duration + 1e-6 < len(curves) / fps
    assert curves.names == model.expression_names
    assert 0 <= curves.values.min() <= curves.values.max() <= 1
    assert fps < 12 or column(performance, "jawOpen").max() > 0.1


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**31 - 1), st.sampled_from([24, 30, 60]), st.sampled_from(EMOTIONS))
def test_a_seed_is_a_take(said, model, seed, fps, emotion):
    one, same = (performed(said, model, fps, seed=seed, emotion=emotion).curves for _ in range(2))
    np.testing.assert_array_equal(one.values, same.values)
    np.testing.assert_array_equal(one.head, same.head)
    np.testing.assert_array_equal(one.blinks, same.blinks)


def test_another_seed_leaves_the_mouth(said, model):
    one, other = performed(said, model), performed(said, model, seed=7)
    for name in one.layers["mouth"]:
        np.testing.assert_array_equal(column(one, name), column(other, name))
    assert np.abs(one.curves.head - other.curves.head).max() > 0.01


def test_zero_settings_are_still(said, model):
    curves = performed(said, model, **STILL).curves
    assert not curves.values.any()
    assert not curves.head.any()
    assert not curves.blinks.size


@pytest.mark.parametrize(("changes", "still"), [
    ({"intensity": 0}, "jaw mouth brow"), ({"upper_face": 0}, "brow eyeLook"), ({"blinks": 0}, "eyeBlink")])
def test_each_amplitude_rules_its_own(said, model, changes, still):
    performance = performed(said, model, **changes)
    for name in performance.curves.names:
        if name.startswith(tuple(still.split())):
            assert not column(performance, name).any(), name
    assert performance.curves.values.any()


def test_head_off(said, model):
    assert not performed(said, model, head=0).curves.head.any()


@settings(max_examples=60, deadline=None)
@given(arrays(np.float32, st.tuples(st.integers(1, 60), st.just(3)), elements=st.floats(0, 1, width=32)),
       st.integers(1, 5))
def test_resampling_there_and_back(curves, finer):
    there = resampled(curves, 100, (len(curves) - 1) * finer + 1, 100 * finer)
    np.testing.assert_allclose(there[::finer], curves, atol=1e-6)
    np.testing.assert_allclose(resampled(there, 100 * finer, len(curves), 100), curves, atol=1e-6)
    assert there.min() >= curves.min() - 1e-6
    assert there.max() <= curves.max() + 1e-6


@settings(deadline=None)
@given(st.integers(-20, 20))
def test_offset_moves_curves_and_holds_their_ends(frames):
    curves = np.arange(15, dtype=np.float32)[:, None] / 15
    moved = resampled(curves, 30, 15, 30, frames / 30)
    np.testing.assert_allclose(moved[:, 0], curves[np.clip(np.arange(15) - frames, 0, 14), 0], atol=1e-6)


@pytest.mark.parametrize("offset", [-0.2, 0.3])
def test_offset_moves_the_whole_take(said, model, offset):
    fps, frames = 60, round(offset * 60)
    still, moved = performed(said, model, fps), performed(said, model, fps, offset=offset)
    inside = slice(40, len(still.curves) - 40)
    shifted = slice(40 + frames, len(still.curves) - 40 + frames)
    for name in ("jawOpen", "mouthPucker", "browInnerUp_L"):
        np.testing.assert_allclose(column(moved, name)[shifted], column(still, name)[inside], atol=0.03)
    assert len(moved.curves) == len(still.curves)


def test_layers_hold_every_expression_once(said, model):
    performance = performed(said, model)
    assert sorted(sum(performance.layers.values(), ())) == sorted(model.expression_names)
    assert set(performance.layers) == {"mouth", "blinks", "eyes", "brows"}
    assert performance.layers["blinks"] == ("eyeBlink_L", "eyeBlink_R")
    assert "jawOpen" in performance.layers["mouth"]


@pytest.mark.parametrize("emotion", EMOTIONS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_lips_meet_on_m_b_p_whatever_the_emotion(said, model, emotion, seed):
    identity = np.random.default_rng(seed).standard_normal(100) if seed else MEAN
    performance = performed(said, model, 60, identity, emotion=emotion, emotion_strength=1.5)
    gap = lip_gap(model, identity, performance.curves.values)["lip_gap"]
    times = np.arange(len(gap)) / 60
    for phone in said.phones:
        if phone.phone in "PBM":
            assert gap[(times >= phone.start - 0.04) & (times <= phone.end + 0.04)].min() <= 1.0
        if phone.phone == "AA":
            assert gap[(times >= phone.start) & (times <= phone.end)].max() > 2.5


@pytest.mark.parametrize("emotion", [name for name in EMOTIONS if name != "neutral"])
def test_an_emotion_shows(said, model, emotion):
    plain, felt = performed(said, model), performed(said, model, emotion=emotion)
    assert np.abs(felt.curves.values - plain.curves.values).mean(0).max() > 0.15
    none = performed(said, model, emotion=emotion, emotion_strength=0)
    np.testing.assert_array_equal(none.curves.values, plain.curves.values)


def test_smoothing_calms_the_mouth(said, model):
    jaws = [column(performed(said, model, smoothing=amount), "jawOpen") for amount in (0, 0.5, 1)]
    speed = [np.abs(np.diff(jaw)).max() for jaw in jaws]
    assert speed[0] > speed[1] > speed[2] > 0


def test_eyes_are_never_wide_in_a_blink(said, model):
    performance = performed(said, model, emotion="surprised")
    assert performance.curves.blinks.size
    assert not column(performance, "eyeWide_L")[performance.curves.blinks].any()
    assert column(performance, "eyeWide_L").max() > 0.3


def test_nobody_speaks(model):
    performance = performed(speech_of(["SIL"], pause=20.0), model)
    assert performance.notes == ("No speech was found in said.wav: the mouth stays at rest.",)
    for name in performance.layers["mouth"]:
        assert column(performance, name).max() < 0.05, name
    assert performance.curves.blinks.size >= 4


def test_speech_has_no_notes(said, model):
    assert performed(said, model).notes == ()


def test_a_transcript_that_was_of_no_use_is_told(said, model):
    (note,) = performed(replace(said, heard=replace(said.heard, fits=False)), model).notes
    assert "transcript" in note and "said.wav" in note


@pytest.mark.parametrize(("changes", "words"), [
    ({"intensity": -1}, "Intensity"), ({"jaw": 4}, "Jaw"), ({"style": 1.5}, "Style"),
    ({"smoothing": np.nan}, "Smoothing"), ({"seed": -1}, "Seed"),
    ({"seed": 1.5}, "Seed"), ({"offset": 99}, "Offset"), ({"upper_face": "no"}, "Upper face"),
    ({"emotion": "hungry"}, "hungry"), ({"visemes": {"X": 1}}, "\"X\""), ({"visemes": {"P B M": -1}}, "P B M")])
def test_settings_out_of_range(changes, words):
    with pytest.raises(ParameterError, match=words):
        SpeechSettings(**changes)


@pytest.mark.parametrize("fps", [0, -30, 1000, np.nan])
def test_impossible_frame_rates(said, model, fps):
    with pytest.raises(ParameterError, match="Frame rate"):
        performed(said, model, fps)


def test_visemes_have_a_strength_each(said, model):
    assert all(SpeechSettings(visemes={name: 0.5}).visemes for name in VISEMES)
    strong, weak = performed(said, model), performed(said, model, visemes={"AA AE AH": 0.3})
    assert column(strong, "jawOpen").max() > column(weak, "jawOpen").max()


def test_lips_meet_as_much_as_they_are_asked_to(said, model):
    meets = [column(performed(said, model, visemes={"P B M": strength}), "mouthClose").max()
             for strength in (0, 0.5, 1)]
    assert meets[0] == 0
    assert 0.3 * meets[2] < meets[1] < 0.7 * meets[2]


def test_analyse_tells_how_far_it_is(tmp_path):
    at = np.arange(5 * RATE) / RATE
    soundfile.write(tmp_path / "hum.wav", 0.3 * np.sin(2 * np.pi * 150 * at) * (at > 2), RATE)
    shares, steps = [], analyse(tmp_path / "hum.wav")
    speech = finished(steps, shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert (speech.duration, speech.name) == (5, "hum.wav")
    assert len(speech.heard.loudness) == len(speech.prosody.melody) == 500
    assert speech.heard.likeness.shape == (len(speech.phones), len(PHONES))
    assert speech.phones[0].start == 0
    assert speech.phones[-1].end == pytest.approx(5)


def test_analyse_of_a_file_that_is_gone(tmp_path):
    with pytest.raises(AudioError, match="no sound file"):
        next(analyse(tmp_path / "gone.wav"))
