"""Operators and settings of speech; what is in the way, and what is no sound."""
from types import SimpleNamespace

import bpy
import numpy as np
import pytest

from detailed3dmm_addon.blender import compat, expressions, mesh, speech
from detailed3dmm_addon.core.errors import Detailed3DMMError
from detailed3dmm_addon.core.steps import finished
from tests.blender.spoken import COUNT, TOLERANCE, bake, needs_audio, own, played, take, untouched


@pytest.mark.parametrize(("obstacle", "sentence"), [
    ("fps", "25 frames a second"), ("tweak", "Tweak Mode"), ("nla", "switched off"), ("bone", "Choose the bone"),
    ("axis", "Euler or quaternion")])
def test_nothing_is_written_where_something_is_in_the_way(face, scene, obstacle, sentence):
    animation = own(face, 0.1) and face.data.shape_keys.animation_data
    how = {}
    if obstacle == "fps":
        scene.render.fps = 25
    elif obstacle in ("tweak", "nla"):
        track = animation.nla_tracks.new()
        strip = track.strips.new("mine", 1, animation.action)
        if obstacle == "nla":
            animation.use_nla = False
        else:
            animation.action = None
            track.select = strip.select = True
            animation.nla_tracks.active = track
            animation.use_tweak_mode = True
    elif obstacle == "bone":
        rig = bpy.data.objects.new("rig", bpy.data.armatures.new("rig"))
        scene.collection.objects.link(rig)
        face.modifiers.new("rig", "ARMATURE").object = rig
    else:
        face.rotation_mode, how["head"] = "AXIS_ANGLE", "OBJECT"
    before = untouched(face, scene)
    with pytest.raises(Detailed3DMMError, match=sentence):
        bake(face, **how)
    assert untouched(face, scene) == before


def test_presets_set_the_sliders_and_go_back(face):
    settings = face.detailed3dmm.speech
    settings.preset = "MOUTH"
    assert (settings.blinks, settings.head, settings.upper_face) == (0, 0, 0)
    settings.preset = "NATURAL"
    assert (settings.blinks, settings.head, settings.style, settings.intensity) == (1, 1, 0, 1)


def test_sliders_are_the_settings_of_a_take(face):
    pytest.importorskip("soundfile")
    from detailed3dmm_addon.speech.take import EMOTIONS, SpeechSettings
    settings = face.detailed3dmm.speech
    assert settings.performance() == SpeechSettings()
    assert tuple(item.identifier for item in settings.bl_rna.properties["emotion"].enum_items) == EMOTIONS
    settings.emotion, settings.seed, settings.offset, settings.viseme_p_b_m = "sad", 4, 0.25, 2.0
    assert settings.performance() == SpeechSettings(emotion="sad", seed=4, offset=0.25, visemes={"P B M": 2.0})
    for name in ("intensity", "blinks", "emotion_strength", "smoothing"):  # the ends of the sliders are in its range
        for end in ("hard_min", "hard_max"):
            setattr(settings, name, getattr(settings.bl_rna.properties[name], end))
            settings.performance()


class TestOperators:
    """What hears and performs is a stand-in here: these tests are about what the operators do with it."""

    @pytest.fixture(autouse=True)
    def heard(self, monkeypatch):
        paths = []

        def listening(path, transcript, automatic):
            paths.append((path, transcript, automatic))
            yield 0.5
            return "speech"
        monkeypatch.setattr(speech, "listening", listening)
        monkeypatch.setattr(speech, "performed", lambda _speech, obj, fps: take(
            scale=obj.detailed3dmm.speech.intensity, fps=fps))
        return paths

    @needs_audio
    def test_speak(self, face, scene, recording, heard):
        settings = face.detailed3dmm.speech
        settings.filepath, settings.start, settings.intensity = str(recording), 31, 0.5
        settings.transcript = bpy.data.texts.new("said")
        settings.transcript.write("Guten Tag")
        assert bpy.ops.detailed3dmm.speak() == {"FINISHED"}
        assert heard == [(str(recording), "Guten Tag", True)]
        expected = 0.5 * take().curves.values
        assert np.abs(played(face, range(31, 31 + COUNT)) - expected).max() <= TOLERANCE
        assert len(compat.sequencer_strips(scene)) == 1

    def test_dropped_file(self, face, scene, recording, heard):
        bpy.ops.detailed3dmm.speak_file(directory=str(recording.parent) + "/", files=[{"name": recording.name}])
        assert heard == [(str(recording), None, True)] and face.detailed3dmm.speech.filepath == str(recording)
        assert face.data.shape_keys.animation_data.action

    def test_words_are_not_looked_for_where_that_is_switched_off(self, face, scene, recording, heard):
        settings = face.detailed3dmm.speech
        settings.filepath, settings.automatic = str(recording), False
        bpy.ops.detailed3dmm.speak()
        assert heard == [(str(recording), None, False)]

    def test_range_again(self, face, scene, recording):
        settings = face.detailed3dmm.speech
        settings.filepath = str(recording)
        with pytest.raises(RuntimeError, match="Bake a recording onto this face first"):
            bpy.ops.detailed3dmm.rebake_speech()
        bpy.ops.detailed3dmm.speak()
        settings.filepath, settings.intensity, settings.first, settings.last = "", 2.0, 20, 10
        settings.blend = 0
        bpy.ops.detailed3dmm.rebake_speech()
        again = np.minimum(take(scale=2.0).curves.values, 1)
        assert np.abs(played(face, range(10, 21)) - again[9:20]).max() <= TOLERANCE
        settings.first = settings.last = 900
        with pytest.raises(RuntimeError, match="no frames between 900 and 900"):
            bpy.ops.detailed3dmm.rebake_speech()

    def test_range_of_the_preview(self, face, scene):
        settings = face.detailed3dmm.speech
        scene.frame_start, scene.frame_end = 5, 90
        bpy.ops.detailed3dmm.speech_range()
        assert (settings.first, settings.last) == (5, 90)
        scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 20, 30
        bpy.ops.detailed3dmm.speech_range()
        assert (settings.first, settings.last) == (20, 30)

    def test_one_undo_step(self, face, scene, recording):
        face.detailed3dmm.speech.filepath = str(recording)
        bpy.ops.ed.undo_push(message="Before")
        bpy.ops.detailed3dmm.speak()
        bpy.ops.ed.undo_push(message="Speak")  # operators called by a script push none
        bpy.ops.ed.undo()
        face = bpy.data.objects["Face"]
        animation = face.data.shape_keys.animation_data
        assert animation.action is None and not face.modifiers and not bpy.data.armatures
        assert not bpy.context.scene.sequence_editor or not compat.sequencer_strips(bpy.context.scene)

    def test_no_recording_chosen(self, face, scene):
        with pytest.raises(RuntimeError, match="Choose a recording first"):
            bpy.ops.detailed3dmm.speak()

    @pytest.mark.parametrize("arguments", [
        {"operator": "speak"}, {"operator": "speak_file", "filepath": "a.wav"}, {"operator": "rebake_speech"}])
    def test_face_of_another_version(self, face, scene, recording, heard, arguments):
        face.detailed3dmm.speech.filepath = str(recording)
        bpy.ops.detailed3dmm.speak()
        face.shape_key_remove(face.data.shape_keys.key_blocks["jawOpen"])
        before, count = untouched(face, scene), len(heard)
        with pytest.raises(RuntimeError, match="another version made it"):
            getattr(bpy.ops.detailed3dmm, arguments.pop("operator"))(**arguments)
        assert untouched(face, scene) == before and len(heard) == count

    @pytest.mark.parametrize("operator", ["speak", "speak_file"])
    def test_no_face_selected(self, empty, operator):
        with pytest.raises(RuntimeError, match="Select a face"):
            getattr(bpy.ops.detailed3dmm, operator)()

    def test_failure_while_listening_writes_nothing(self, face, scene, recording, monkeypatch):
        def fails(_path, _transcript, _automatic):
            yield 0.5
            raise Detailed3DMMError("It is not audio.")
        monkeypatch.setattr(speech, "listening", fails)
        before = untouched(face, scene)
        with pytest.raises(RuntimeError, match="It is not audio"):
            bpy.ops.detailed3dmm.speak_file(filepath=str(recording))
        assert untouched(face, scene) == before


def test_words_that_were_heard_can_be_corrected(face, recording, monkeypatch):
    settings = face.detailed3dmm.speech
    settings.filepath = str(recording)
    assert not bpy.ops.detailed3dmm.edit_words.poll()

    def analyse(_path, transcript, automatic):
        yield 1.0
        return SimpleNamespace(heard=SimpleNamespace(text="" if transcript or not automatic else "The bope is lang."))

    monkeypatch.setattr("detailed3dmm_addon.speech.take.analyse", analyse)
    finished(speech.listening(str(recording), None, False))
    assert not bpy.ops.detailed3dmm.edit_words.poll()
    finished(speech.listening(str(recording)))
    assert bpy.ops.detailed3dmm.edit_words() == {"FINISHED"}
    assert settings.text() == "The bope is lang."
    settings.transcript.clear()
    settings.transcript.write("The boat is long.")
    assert settings.text() == "The boat is long."


class TestRecordings:
    """From the file to the keys, with nothing in between replaced."""

    @pytest.fixture(autouse=True)
    def libraries(self):
        for name in speech.NEEDED:
            pytest.importorskip(name)

    @needs_audio
    def test_silence_leaves_the_mouth_at_rest(self, face, scene, recording, capfd):
        face.detailed3dmm.speech.filepath = str(recording)
        assert bpy.ops.detailed3dmm.speak() == {"FINISHED"}
        assert "No speech was found" in capfd.readouterr().out
        mouth = [mesh.expression_names().index(name) for name in expressions.group_keys("jaw")
                 + expressions.group_keys("mouth")]
        assert np.abs(played(face, range(1, COUNT))[:, mouth]).max() <= TOLERANCE
        assert len(compat.sequencer_strips(scene)) == 1

    @pytest.mark.parametrize("content", [None, b"", b"not audio at all" * 100])
    def test_bad_file_is_one_sentence_and_changes_nothing(self, face, scene, tmp_path, content):
        path = tmp_path / "bad.wav"
        if content is not None:
            path.write_bytes(content)
        before = untouched(face, scene)
        with pytest.raises(RuntimeError, match=r"^Error: [^\n]*bad\.wav[^\n]*\.\s*$"):
            bpy.ops.detailed3dmm.speak_file(filepath=str(path))
        assert untouched(face, scene) == before

    def test_file_that_goes_before_the_second_bake(self, face, scene, recording):
        face.detailed3dmm.speech.filepath = str(recording)
        bpy.ops.detailed3dmm.speak()
        recording.unlink()
        before = untouched(face, scene)
        for operator in (bpy.ops.detailed3dmm.speak, bpy.ops.detailed3dmm.rebake_speech):
            with pytest.raises(RuntimeError, match="There is no sound file"):
                operator()
        assert untouched(face, scene) == before
