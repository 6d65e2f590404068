"""The displacement of a whole shot: which frames are drawn, which copied or left alone, and what then shows it."""
import json

import bpy
import pytest

from detailed3dmm_addon.blender import material, mesh, paths, shot
from detailed3dmm_addon.core import displacement_file

FRAMES = range(1, 9)


@pytest.fixture
def shot_face(face, wrinkles, tmp_path):
    """A face that opens its mouth from frame 3 to 6 and holds still before and after."""
    scene, settings = bpy.context.scene, face.detailed3dmm
    scene.frame_start, scene.frame_end = FRAMES[0], FRAMES[-1]
    settings.final_resolution, settings.shot.folder = "256", str(tmp_path / "shot")
    jaw = face.data.shape_keys.key_blocks["jawOpen"]
    for frame, value in ((3, 0.0), (6, 0.9)):
        jaw.value = value
        jaw.keyframe_insert("value", frame=frame)
    scene.frame_set(2)
    wrinkles.asked.clear()
    return face


def file_of(face, frame):
    return shot.Sequence(paths.absolute(face.detailed3dmm.shot.folder), face.name).path(frame)


def heights(face):
    return [float(displacement_file.read(file_of(face, frame)).mean()) for frame in FRAMES]


def expected(face):
    scene, values = bpy.context.scene, []
    for frame in FRAMES:
        scene.frame_set(frame)
        values.append(float(mesh.expression_of(face).sum()))
    return values


def test_every_frame_has_its_map_and_only_what_moves_is_drawn(shot_face, wrinkles):
    bpy.ops.detailed3dmm.bake_shot()
    assert wrinkles.asked == [256] * 4  # frames 1, 4, 5 and 6: the others are like one of them
    assert bpy.context.scene.frame_current == 2
    assert heights(shot_face) == pytest.approx(expected(shot_face), abs=1e-6)


def test_second_bake_draws_what_changed(shot_face, wrinkles):
    bpy.ops.detailed3dmm.bake_shot()
    times = {frame: file_of(shot_face, frame).stat().st_mtime_ns for frame in FRAMES}
    wrinkles.asked.clear()
    bpy.ops.detailed3dmm.bake_shot()
    assert not wrinkles.asked and times == {frame: file_of(shot_face, frame).stat().st_mtime_ns for frame in FRAMES}
    smile = shot_face.data.shape_keys.key_blocks["mouthSmile_L"]
    for frame, value in ((6, 0.0), (7, 0.4), (8, 0.0)):
        smile.value = value
        smile.keyframe_insert("value", frame=frame)
    bpy.ops.detailed3dmm.bake_shot()
    assert wrinkles.asked == [256]
    assert heights(shot_face) == pytest.approx(expected(shot_face), abs=1e-6)


def test_map_that_is_drawn_over_is_not_copied_as_what_it_was(shot_face):
    bpy.ops.detailed3dmm.bake_shot()
    jaw = shot_face.data.shape_keys.key_blocks["jawOpen"]
    for frame, value in ((3, 0.9), (6, 0.0)):  # the other way round
        jaw.value = value
        jaw.keyframe_insert("value", frame=frame)
    bpy.ops.detailed3dmm.bake_shot()
    assert heights(shot_face) == pytest.approx(expected(shot_face), abs=1e-6)


def test_cancelled_bake_goes_on_where_it_stopped(shot_face, wrinkles):
    scene, folder = bpy.context.scene, shot_face.detailed3dmm.shot.folder
    steps = shot.drawing(scene, shot_face, folder, FRAMES, 256)
    for _frame in range(4):
        next(steps)
    steps.close()
    assert scene.frame_current == 2 and len(wrinkles.asked) == 2 and not shot_face.detailed3dmm.shot.show
    bpy.ops.detailed3dmm.bake_shot()
    assert len(wrinkles.asked) == 4
    assert heights(shot_face) == pytest.approx(expected(shot_face), abs=1e-6)


@pytest.mark.parametrize("mode", ["BUMP", "MODIFIER"])
def test_face_shows_the_sequence_and_goes_back(shot_face, wrinkles, mode):
    shot_face.detailed3dmm.detail_mode = mode
    if mode == "MODIFIER":
        shot_face.modifiers[material.SUBDIVISION].levels = 0  # quick to look at
    bpy.ops.detailed3dmm.bake_shot()
    settings = shot_face.detailed3dmm
    assert settings.shot.show and material.shown_image(settings).source == "SEQUENCE"
    assert all(modifier.show_viewport for modifier in shot_face.modifiers)
    users = material.image_users(shot_face)
    assert len(users) == (2 if mode == "MODIFIER" else 1)
    assert {(user.frame_start, user.frame_duration, user.frame_offset) for user in users} == {(1, 8, 0)}
    wrinkles.asked.clear()
    bpy.context.scene.frame_set(5)
    assert not wrinkles.asked  # nothing is computed while the sequence shows
    settings.shot.show = False
    assert material.shown_image(settings) == settings.image
    bpy.context.scene.frame_set(6)
    assert wrinkles.asked


def test_sequence_reads_in_blender_as_it_was_drawn(shot_face):
    bpy.ops.detailed3dmm.bake_shot()
    loaded = bpy.data.images.load(str(file_of(shot_face, 6)))
    assert loaded.is_float and loaded.pixels[:3] == pytest.approx([0.9] * 3, abs=1e-6)
    assert material.shown_image(shot_face.detailed3dmm).colorspace_settings.name == "Non-Color"


def test_files_of_others_are_not_overwritten(shot_face):
    path = file_of(shot_face, 4)
    path.parent.mkdir()
    path.write_text("mine")
    with pytest.raises(RuntimeError, match="was not written by this face's bake"):
        bpy.ops.detailed3dmm.bake_shot()
    assert path.read_text() == "mine" and len(list(path.parent.iterdir())) == 1


def test_damaged_list_is_no_reason_to_overwrite(shot_face):
    bpy.ops.detailed3dmm.bake_shot()
    next(file_of(shot_face, 1).parent.glob("*.json")).write_text(json.dumps([1, 2]))
    with pytest.raises(RuntimeError, match="was not written by this face's bake"):
        bpy.ops.detailed3dmm.bake_shot()


def test_unsaved_file_has_no_folder(shot_face):
    shot_face.detailed3dmm.shot.folder = "//displacement"
    with pytest.raises(RuntimeError, match="Save the blend file first"):
        bpy.ops.detailed3dmm.bake_shot()


def test_paths_are_kept_relative_to_a_saved_file(shot_face, tmp_path):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "face.blend"))
    face = bpy.data.objects["Face"]
    face.detailed3dmm.shot.folder = "//shot"
    bpy.ops.detailed3dmm.bake_shot()
    assert material.shown_image(face.detailed3dmm).filepath == "//shot/Face_displacement_0001.exr"
    assert heights(face) == pytest.approx(expected(face), abs=1e-6)
