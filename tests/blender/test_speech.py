"""A take on a face: actions, strips, sound, markers; what is replaced and what stays; a range again; errors."""
import wave
from types import SimpleNamespace

import bpy
import numpy as np
import pytest
from mathutils import Euler

from detailed3dmm_addon.blender import compat, expressions, live, mesh, speech, speech_action, speech_sound
from detailed3dmm_addon.blender.speech import Bake
from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.curves_file import Curves
from detailed3dmm_addon.core.errors import Detailed3DMMError
from detailed3dmm_addon.speech.phones import TimedPhone

FPS, COUNT, START = 24, 60, 11
needs_audio = pytest.mark.skipif(not bpy.app.build_options.audaspace, reason="this Blender was built without audio")
TOLERANCE = 0.01 + 1e-5  # what key reduction promises, and float32
LAYERS = {"mouth": ("jaw", "mouth", "nose"), "eyes": ("eyes",), "brows": ("brows",)}


def take(scale=1.0, head=0.05, count=COUNT, fps=FPS):
    """A performance: the jaw swings, the lips round, brows rise once, lids close once, the head turns."""
    names = BaseModel.load().expression_names
    time = np.arange(count) / fps
    values = np.zeros((count, len(names)), np.float32)
    for name, curve in (("jawOpen", 0.3 * np.sin(7 * time) ** 2), ("mouthPucker", 0.5 * np.sin(3 * time) ** 2),
                        ("browInnerUp_L", 0.4 * np.exp(-(8 * (time - 1)) ** 2)),
                        ("eyeBlink_L", np.exp(-(20 * (time - 0.8)) ** 2)),
                        ("eyeBlink_R", np.exp(-(20 * (time - 0.8)) ** 2))):
        values[:, names.index(name)] = scale * curve
    turns = head * np.stack([np.sin(2 * time), np.sin(3 * time), np.sin(time)], 1)
    layers = {layer: tuple(key for group in groups for key in expressions.group_keys(group))
              for layer, groups in LAYERS.items()}
    return SimpleNamespace(curves=Curves(fps, names, values, turns), layers=layers, notes=(),
                           phones=[TimedPhone("SIL", 0, 0.5), TimedPhone("M", 0.5, 0.75), TimedPhone("AA", 0.75, 2)])


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "guten Tag ü.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(b"\0\0" * (16000 * COUNT // FPS))
    return path


@pytest.fixture
def scene(face):
    """The scene of a face whose wrinkles, which are tested elsewhere, take no time."""
    scene = bpy.context.scene
    scene.render.fps, scene.frame_end = FPS, 250
    with live.paused():
        yield scene


def bake(face, performance=None, **how):
    return speech.bake_speech(bpy.context, face, performance or take(), Bake(**{"start": START, "sound": "a.wav",
                                                                               "add_sound": False, **how}))


def played(face, frames=range(START, START + COUNT)):
    """(T, 53) what the shape keys show in playback."""
    return np.array([_at(face, frame) for frame in frames])


def _at(face, frame):
    bpy.context.scene.frame_set(frame)
    return mesh.expression_of(face)


def keyed(action):
    return {curve.data_path.split('"')[1]: curve for curve in compat.channels(action).fcurves}


def takes(datablock):
    """NLA tracks, but for the one that says 0 where Blender would not."""
    return [track for track in datablock.animation_data.nla_tracks if not track.name.endswith("at rest")]


def own(owner, value, frames=(1, 200), name="jawOpen"):
    """An artist's own keyframes on a shape key."""
    key = owner.data.shape_keys.key_blocks[name]
    for frame in frames:
        key.value = value
        key.keyframe_insert("value", frame=frame)
    return owner.data.shape_keys.animation_data.action


def test_playback_shows_the_take(face, scene):
    bake(face)
    assert np.abs(played(face) - take().curves.values).max() <= TOLERANCE
    assert max(np.abs(_at(face, frame)).max() for frame in (START - 10, START + COUNT + FPS)) < 1e-6


def test_fewer_keys_than_frames_and_only_of_what_moves(face, scene):
    baked = bake(face)
    curves = keyed(face.data.shape_keys.animation_data.action)
    assert set(curves) == {"jawOpen", "mouthPucker", "browInnerUp_L", "eyeBlink_L", "eyeBlink_R"}
    assert all(len(curve.keyframe_points) < COUNT / 2 for curve in curves.values())
    assert baked.keys >= sum(len(curve.keyframe_points) for curve in curves.values())


def test_channels_are_grouped(face, scene):
    bake(face)
    groups = {name: curve.group.name for name, curve in keyed(face.data.shape_keys.animation_data.action).items()}
    assert groups["jawOpen"] == "Jaw" and groups["mouthPucker"] == "Mouth"
    assert groups["eyeBlink_L"] == "Eyes" and groups["browInnerUp_L"] == "Brows"
    rig = face.find_armature()
    assert [curve.group.name for curve in compat.channels(rig.animation_data.action).fcurves] == ["Head"] * 3


def test_first_bake_is_a_plain_action(face, scene):
    bake(face)
    animation = face.data.shape_keys.animation_data
    assert animation.action.name == "Face speech" and not animation.nla_tracks


def test_own_animation_stays_and_adds_up(face, scene):
    action = own(face, 0.1)
    before = [tuple(point.co) for point in keyed(action)["jawOpen"].keyframe_points]
    bake(face)
    animation = face.data.shape_keys.animation_data
    assert animation.action == action and len(takes(face.data.shape_keys)) == 1
    assert [tuple(point.co) for point in keyed(action)["jawOpen"].keyframe_points] == before
    expected = take().curves.values.copy()
    expected[:, mesh.expression_names().index("jawOpen")] += 0.1
    assert np.abs(played(face) - expected).max() <= TOLERANCE
    assert _at(face, 240)[mesh.expression_names().index("jawOpen")] == pytest.approx(0.1)


def test_own_animation_elsewhere_is_left_as_it_is(face, scene):
    own(face, 0.4, name="mouthSmile_L")
    bake(face)
    animation = face.data.shape_keys.animation_data
    assert animation.action_blend_type == "REPLACE" and len(takes(face.data.shape_keys)) == 1
    assert played(face)[:, mesh.expression_names().index("mouthSmile_L")] == pytest.approx(0.4)


def test_again_replaces_the_earlier_bake_alone(face, scene):
    action = own(face, 0.1)
    bake(face)
    bake(face, take(scale=0.5))
    animation = face.data.shape_keys.animation_data
    assert animation.action == action and len(takes(face.data.shape_keys)) == 1
    assert len([each for each in bpy.data.actions if speech_action.made_by(each)]) == 2  # the face's and the head's
    expected = 0.5 * take().curves.values
    expected[:, mesh.expression_names().index("jawOpen")] += 0.1
    assert np.abs(played(face) - expected).max() <= TOLERANCE


def test_what_the_new_take_does_not_move_comes_to_rest(face, scene):
    bake(face)
    scene.frame_set(START + FPS)  # the brow is up
    bake(face, take(scale=0.0))
    assert np.abs(_at(face, START + FPS)).max() < 1e-6


def test_outside_its_strips_a_take_leaves_the_face_at_rest(face, scene):
    bake(face, layered=True)
    assert max(np.abs(_at(face, frame)).max() for frame in (1, START + COUNT + FPS)) < 1e-6
    bake(face, take(scale=0.0, head=0.0))
    assert not face.data.shape_keys.animation_data.nla_tracks


def test_bake_that_was_edited_is_kept(face, scene):
    bake(face)
    keyed(face.data.shape_keys.animation_data.action)["jawOpen"].keyframe_points[1].co.y = 0.9
    baked = bake(face)
    kept = [bpy.data.actions[name] for name in baked.kept]
    assert len(kept) == 1 and kept[0].use_fake_user
    assert keyed(kept[0])["jawOpen"].keyframe_points[1].co.y == pytest.approx(0.9)
    assert face.data.shape_keys.animation_data.action not in kept


def test_without_replace_an_overlapping_bake_is_muted(face, scene):
    bake(face)
    bake(face, take(scale=0.5), replace=False)
    assert len(speech_action.bakes([face.data.shape_keys])) == 2
    assert np.abs(played(face) - 0.5 * take().curves.values).max() <= TOLERANCE


def test_another_recording_later_stays_beside_it(face, scene):
    bake(face)
    bake(face, take(scale=0.5), start=120, sound="b.wav")
    assert len(speech_action.bakes([face.data.shape_keys])) == 2
    assert np.abs(played(face) - take().curves.values).max() <= TOLERANCE
    assert np.abs(played(face, range(120, 120 + COUNT)) - 0.5 * take().curves.values).max() <= TOLERANCE


def test_layers_are_strips_of_their_own(face, scene):
    bake(face, layered=True)
    animation = face.data.shape_keys.animation_data
    assert [track.name for track in takes(face.data.shape_keys)] == [
        "Face speech mouth", "Face speech eyes", "Face speech brows"] and animation.action is None
    assert face.find_armature().animation_data.nla_tracks[0].name == "Face speech head"
    assert np.abs(played(face) - take().curves.values).max() <= TOLERANCE
    takes(face.data.shape_keys)[1].mute = True
    assert not played(face)[:, mesh.expression_names().index("eyeBlink_L")].any()


@pytest.mark.parametrize("mode", ["XYZ", "QUATERNION", "AXIS_ANGLE"])
def test_head_bone_turns_as_the_take_says(face, scene, mode):
    bake(face, take(head=0))
    assert face.find_armature() is None  # where the head keeps still, nothing is added
    bake(face)
    rig = face.find_armature()
    rig.pose.bones["head"].rotation_mode = mode
    bake(face)
    for index in (7, 30, 55):
        scene.frame_set(START + index)
        pitch, yaw, roll = take().curves.head[index].tolist()
        bone = rig.pose.bones["head"]
        turned = bone.matrix.to_3x3() @ bone.bone.matrix_local.to_3x3().inverted()
        error = turned.inverted() @ Euler((pitch, roll, yaw)).to_matrix()
        assert error.to_quaternion().angle < 0.003


def test_head_bends_the_neck_and_keeps_the_face_rigid(face, scene, shape):
    rest = shape(face)
    performance = take(scale=0.0)
    performance.curves.head[:] = (0.0, 0.2, 0.0)
    bake(face, performance)
    scene.frame_set(START + 20)
    turned, landmarks = shape(face), BaseModel.load().landmarks
    pairs = landmarks[[8, 27, 36, 45, 0, 16]]  # chin, nose, eyes, ears
    distances = [np.linalg.norm(points[pairs][:, None] - points[pairs], axis=-1) for points in (rest, turned)]
    assert np.abs(distances[0] - distances[1]).max() < 1e-4
    assert turned[landmarks[30]][0] > 0.015  # the nose goes to the face's own left
    foot = rest[:, 2] < rest[:, 2].min() + 0.02
    assert np.abs(turned - rest)[foot].max() < 1e-4


@pytest.mark.parametrize("mode", ["XYZ", "QUATERNION"])
def test_object_turns_in_its_own_axes(face, scene, mode):
    face.rotation_mode = mode
    face.rotation_euler, face.rotation_quaternion = (0.1, 0.2, 1.5), Euler((0.1, 0.2, 1.5)).to_quaternion()
    bpy.context.view_layer.update()
    before = face.matrix_world.to_3x3()
    for _again in range(2):  # a second bake starts from the same rest
        bake(face, head="OBJECT")
        scene.frame_set(START + 30)
        pitch, yaw, roll = take().curves.head[30].tolist()
        error = (before @ Euler((pitch, roll, yaw)).to_matrix()).inverted() @ face.matrix_world.to_3x3()
        assert error.to_quaternion().angle < 0.004
    assert face.find_armature() is None and tuple(face.rotation_euler) == pytest.approx((0.1, 0.2, 1.5))


@needs_audio
def test_sound_lies_at_the_frame_once(face, scene, recording):
    for _again in range(2):
        bake(face, sound=str(recording), add_sound=True, markers=True)
    strips = list(compat.sequencer_strips(scene))
    assert [round(strip.frame_start) for strip in strips] == [START] and strips[0].type == "SOUND"
    assert strips[0].frame_final_duration == COUNT and scene.sync_mode == "AUDIO_SYNC"
    assert [(marker.name, marker.frame) for marker in scene.timeline_markers] == [("M", START + 12), ("AA", START + 18)]


@needs_audio
def test_own_strips_markers_and_range_stay(face, scene, recording):
    compat.sequencer_strips(scene).new_sound("mine", str(recording), 1, 5)
    scene.timeline_markers.new("mine", frame=3)
    scene.frame_end = 500
    bake(face, sound=str(recording), add_sound=True, markers=True)
    bake(face, take(), sound=str(recording), add_sound=True, start=30)
    names = {(strip.name, round(strip.frame_start)) for strip in compat.sequencer_strips(scene)}
    assert ("mine", 5) in names and len(names) == 2
    assert [marker.name for marker in scene.timeline_markers] == ["mine"] and scene.frame_end == 500


def test_scene_is_extended_where_asked(face, scene):
    scene.frame_end = 20
    bake(face, extend=False)
    assert scene.frame_end == 20
    bake(face)
    assert scene.frame_end == START + COUNT - 1


def test_range_again_keeps_hand_keys_outside(face, scene):
    bake(face)
    action = face.data.shape_keys.animation_data.action
    jaw = keyed(action)["jawOpen"]
    jaw.keyframe_points.insert(60, 0.8)
    jaw.update()
    before = played(face)
    speech.rebake(face, take(scale=2.0), 25, 40)
    after, first, last = played(face), 25 - START, 40 - START
    assert np.abs(after[:first] - before[:first]).max() < 1e-4
    assert np.abs(after[last + 1:] - before[last + 1:]).max() < 1e-4
    again = np.minimum(take(scale=2.0).curves.values, 1)[first:last + 1]
    assert np.abs(after[first:last + 1] - again).max() <= TOLERANCE
    assert face.data.shape_keys.animation_data.action == action and speech_action.is_edited(action)


def test_range_again_at_another_frame_rate_changes_nothing(face, scene):
    bake(face)
    before = played(face)
    with pytest.raises(Detailed3DMMError, match="baked at 24 frames a second and the scene has 25 now"):
        speech.rebake(face, take(scale=2.0, fps=25), 25, 40)
    np.testing.assert_array_equal(played(face), before)


def test_range_again_in_a_strip_that_was_moved(face, scene):
    own(face, 0.0, name="mouthSmile_L")
    bake(face)
    strip = takes(face.data.shape_keys)[0].strips[0]
    strip.frame_start += 30
    speech.rebake(face, take(scale=2.0), 25 + 30, 40 + 30)
    again = np.minimum(take(scale=2.0).curves.values, 1)[25 - START:40 - START + 1]
    assert np.abs(played(face, range(55, 71)) - again).max() <= TOLERANCE
    assert not speech_action.is_edited(strip.action)


def test_range_again_of_layers_and_head(face, scene):
    bake(face, layered=True, head="OBJECT")
    scene.frame_set(START + 20)
    speech.rebake(face, take(scale=2.0, head=0.1), 25, 40)
    scene.frame_set(30)
    pitch, yaw, roll = take(head=0.1).curves.head[30 - START].tolist()
    error = Euler((pitch, roll, yaw)).to_matrix().inverted() @ face.matrix_world.to_3x3()
    assert error.to_quaternion().angle < 0.004
    again = np.minimum(take(scale=2.0).curves.values, 1)[25 - START:40 - START + 1]
    assert np.abs(played(face, range(25, 41)) - again).max() <= TOLERANCE


def test_curve_that_moves_in_the_range_alone(face, scene):
    bake(face, take(scale=0.0, head=0.05))
    bake(face, take(scale=1e-9))
    performance = take(scale=0.0)
    bake(face, take())
    action = face.data.shape_keys.animation_data.action
    performance.curves.values[:, mesh.expression_names().index("noseSneer_L")] = 0.5
    speech.rebake(face, performance, 25, 40)
    sneer = played(face, range(START, START + COUNT))[:, mesh.expression_names().index("noseSneer_L")]
    assert sneer[25 - START:41 - START] == pytest.approx(0.5) and not sneer[:24 - START].any()
    assert "noseSneer_L" in keyed(action)


def untouched(face, scene):
    animation = face.data.shape_keys.animation_data
    return (len(bpy.data.actions), animation.action, len(animation.nla_tracks), len(scene.timeline_markers),
            scene.frame_end, scene.sync_mode, len(face.modifiers), face.detailed3dmm.speech.filepath)


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


class TestOperators:
    """What hears and performs is a stand-in here: these tests are about what the operators do with it."""

    @pytest.fixture(autouse=True)
    def heard(self, monkeypatch):
        paths = []

        def listening(path, transcript):
            paths.append((path, transcript))
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
        assert heard == [(str(recording), "Guten Tag")]
        expected = 0.5 * take().curves.values
        assert np.abs(played(face, range(31, 31 + COUNT)) - expected).max() <= TOLERANCE
        assert len(compat.sequencer_strips(scene)) == 1

    def test_dropped_file(self, face, scene, recording, heard):
        bpy.ops.detailed3dmm.speak_file(directory=str(recording.parent) + "/", files=[{"name": recording.name}])
        assert heard == [(str(recording), None)] and face.detailed3dmm.speech.filepath == str(recording)
        assert face.data.shape_keys.animation_data.action

    def test_range_again(self, face, scene, recording):
        settings = face.detailed3dmm.speech
        settings.filepath = str(recording)
        with pytest.raises(RuntimeError, match="Bake a recording onto this face first"):
            bpy.ops.detailed3dmm.rebake_speech()
        bpy.ops.detailed3dmm.speak()
        settings.filepath, settings.intensity, settings.first, settings.last = "", 2.0, 20, 10
        bpy.ops.detailed3dmm.rebake_speech()
        again = np.minimum(take(scale=2.0).curves.values, 1)
        assert np.abs(played(face, range(10, 21)) - again[9:20]).max() <= TOLERANCE
        settings.first = settings.last = 900
        with pytest.raises(RuntimeError, match="no frames between 900 and 900"):
            bpy.ops.detailed3dmm.rebake_speech()

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

    @pytest.mark.parametrize("operator", ["speak", "speak_file"])
    def test_no_face_selected(self, empty, operator):
        with pytest.raises(RuntimeError, match="Select a face"):
            getattr(bpy.ops.detailed3dmm, operator)()

    def test_failure_while_listening_writes_nothing(self, face, scene, recording, monkeypatch):
        def fails(_path, _transcript):
            yield 0.5
            raise Detailed3DMMError("It is not audio.")
        monkeypatch.setattr(speech, "listening", fails)
        before = untouched(face, scene)
        with pytest.raises(RuntimeError, match="It is not audio"):
            bpy.ops.detailed3dmm.speak_file(filepath=str(recording))
        assert untouched(face, scene) == before


def test_presets_set_the_sliders_and_go_back(face):
    settings = face.detailed3dmm.speech
    settings.preset = "MOUTH"
    assert (settings.blinks, settings.head, settings.upper_face) == (0, 0, 0)
    settings.preset = "NATURAL"
    assert (settings.blinks, settings.head, settings.style, settings.intensity) == (1, 1, 0, 1)


def test_frame_rates_that_are_no_whole_numbers(face, scene):
    speech_sound.set_frame_rate(scene, 29.97)
    assert speech_sound.frame_rate(scene) == pytest.approx(29.97)
    bake(face, take(fps=29.97))
    assert np.abs(played(face) - take(fps=29.97).curves.values).max() <= TOLERANCE


@needs_audio
def test_headless_scene_lasts_as_long_as_the_take(face, scene, recording):
    from detailed3dmm_addon.blender import headless
    headless.speak(face, take(fps=30), recording)
    assert (scene.render.fps, scene.frame_start, scene.frame_end) == (30, 1, COUNT)
    assert np.abs(played(face, range(1, COUNT + 1)) - take(fps=30).curves.values).max() <= TOLERANCE
    assert len(compat.sequencer_strips(scene)) == 1


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
        with pytest.raises(RuntimeError, match="There is no sound file"):
            bpy.ops.detailed3dmm.speak()
        assert untouched(face, scene) == before
