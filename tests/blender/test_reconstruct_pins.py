"""Landmark pins in Blender: they lie where the camera sees the face, are moved and undone as objects are, and Refit
makes the face anew through those that were moved."""
import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view

from detailed3dmm_addon.blender import (
    mesh,
    parameters,
    reconstruct,
    reconstruct_camera,
    reconstruct_pins,
    reconstruct_skin,
    strings,
)
from detailed3dmm_addon.core.character import Character
from detailed3dmm_addon.core.errors import PhotoError
from detailed3dmm_addon.core.photo_relief import COARSE, PhotoRelief
from detailed3dmm_addon.core.photo_relief import SIZE as SIZE_OF_RELIEF
from detailed3dmm_addon.photo import correspondence, light, reconstruction
from detailed3dmm_addon.photo.camera import FRONTAL, Camera, rotation_of
from detailed3dmm_addon.photo.picture import Picture
from detailed3dmm_addon.photo.pins import PINS
from detailed3dmm_addon.photo.texture import Texture

SIZE = (200, 260)
CORNER = PINS["Mouth Corner L"]


def somebody(seed, turn, texels=0, focal=420.0, picture=None):
    """A Reconstruction of a photo of one colour, with a skin and a sureness of its own."""
    camera = Camera(focal, np.array([90.0, 140.0]), SIZE, rotation_of([0.1, turn, 0.05]) @ FRONTAL,
                    np.array([0.02, -0.01, 0.7]))
    texture = texels and Texture(np.full((texels, texels, 3), seed / 10, np.float32), np.ones((texels, texels)))
    picture = picture or Picture(np.full((*SIZE[::-1], 3), 0.5, np.float32))
    return reconstruction.Reconstruction(
        Character(identity=Character.random(seed).identity, expression={"mouthSmile_L": 0.1 * seed},
                  detail=Character.random(seed).detail, detail_controls=skin_of(seed),
                  extra={"photo": {"creases": 0.1 * seed, **({"age": 0.3} if seed == 2 else {})}}), camera,
        light.ambient(), texture or None, None, picture, 0.01)


def skin_of(seed):
    relief = PhotoRelief(np.full((SIZE_OF_RELIEF,) * 2, 0.02 * seed), np.zeros((COARSE, COARSE)))
    return {"regions": {"glabella": 1 + 0.1 * seed, "forehead": 1 + 0.05 * seed}, "photo_relief": relief.to_dict()}


@pytest.fixture
def made():
    return somebody(2, -0.2, texels=64)


@pytest.fixture
def built(empty, made):
    bpy.context.scene.cursor.location = (0.3, -0.2, 0.5)
    face = reconstruct.build(bpy.context, made, "Ada", pack=True)
    face.rotation_euler.z = 0.4
    face.detailed3dmm.photo.camera.parent = face  # and its camera with it
    bpy.context.view_layer.update()
    reconstruct_camera.aim(face.detailed3dmm.photo.camera, face, made.camera)
    bpy.context.view_layer.update()
    return face


@pytest.fixture
def pins(built):
    assert bpy.ops.detailed3dmm.landmark_pins() == {"FINISHED"}
    return reconstruct_pins.of(built.detailed3dmm.photo.camera)


@pytest.fixture
def refitting(monkeypatch):
    """What a refit asks for, and what it is given: somebody else."""
    asked = []

    def steps(photos, with_texture, age):
        asked.append((photos, with_texture, age))
        yield 0.5
        return somebody(4, 0.3, texels=64 * with_texture, focal=500.0)
    monkeypatch.setattr(reconstruction, "reconstruct", steps)
    return asked


def shown(pin):
    """(2,) pixels at which the scene's camera sees a pin."""
    scene = bpy.context.scene
    bpy.context.view_layer.update()
    x, y, _depth = world_to_camera_view(scene, scene.camera, pin.matrix_world.translation)
    return np.array([x * SIZE[0] - 0.5, (1 - y) * SIZE[1] - 0.5])


def on_the_face(made, number):
    known = correspondence.load()
    return made.camera.project(known.barycentric[[number]] @ made.vertices[known.triangles[number]])[0]


def select(obj):
    bpy.context.view_layer.objects.active = obj


def test_a_camera_is_read_as_it_was_aimed(built, made):
    read = reconstruct_camera.view(built.detailed3dmm.photo.camera, built)
    np.testing.assert_allclose(read.project(made.vertices), made.camera.project(made.vertices), atol=0.005)
    assert read.size == made.camera.size


def test_pins_lie_where_the_face_is_seen(pins, made):
    assert set(pins) == set(PINS.values())
    for number, pin in pins.items():
        np.testing.assert_allclose(shown(pin), on_the_face(made, number), atol=0.02)


def test_pins_show_the_photos_expression_whatever_the_face_does_now(built, made):
    parameters.set_expression(built, {"jawOpen": 1.0})
    bpy.ops.detailed3dmm.landmark_pins()
    chin = reconstruct_pins.of(built.detailed3dmm.photo.camera)[PINS["Chin"]]
    np.testing.assert_allclose(shown(chin), on_the_face(made, PINS["Chin"]), atol=0.02)


def test_refit_asks_for_the_pins_that_were_moved(built, pins, refitting):
    built.detailed3dmm.age = 61
    before = shown(pins[CORNER])
    pins[CORNER].location.x += 0.004
    after = shown(pins[CORNER])
    select(pins[CORNER])
    assert bpy.ops.detailed3dmm.refit() == {"FINISHED"}
    (photo,), with_texture, age = refitting[0]
    assert list(photo.placed) == [CORNER] and photo.face == 0 and with_texture and age == 61
    assert np.linalg.norm(after - before) > 1
    np.testing.assert_allclose(photo.placed[CORNER], after, atol=0.01)


def test_refit_makes_the_face_anew_and_keeps_what_is_the_artists(built, pins, refitting):
    built.detailed3dmm.person, built.detailed3dmm.skin.melanin = [0.5] * 24, 0.9
    pins[CORNER].location.x += 0.004
    place, camera = shown(pins[CORNER]), built.detailed3dmm.photo.camera
    bpy.ops.detailed3dmm.refit()
    made, character = somebody(4, 0.3, focal=500.0), mesh.character_of(built)
    np.testing.assert_allclose(character.identity, made.character.identity, atol=1e-6)
    assert character.expression == {"mouthSmile_L": pytest.approx(0.4)}
    assert character.skin["melanin"] == pytest.approx(0.9) and set(character.detail) == {0.5}
    seen = reconstruct_camera.view(camera, built)
    np.testing.assert_allclose(seen.project(made.vertices), made.camera.project(made.vertices), atol=0.005)
    # The pin stays where the artist put it, in the new camera's picture; the others lie on the new face.
    np.testing.assert_allclose(shown(pins[CORNER]), place, atol=0.02)
    np.testing.assert_allclose(shown(pins[PINS["Chin"]]), on_the_face(made, PINS["Chin"]), atol=0.02)
    photos = [image for image in bpy.data.images if "photo skin" in image.name]
    assert len(photos) == 1 and len(bpy.data.cameras) == 1


def test_creases_that_nobody_changed_follow_the_photo(built, pins, refitting):
    built.detailed3dmm.detail.region_glabella = 0.5
    bpy.ops.detailed3dmm.refit()
    bpy.ops.detailed3dmm.refit()  # what was changed is still known to be
    character, new = mesh.character_of(built), Character.random(4)
    np.testing.assert_allclose(character.detail, new.detail, atol=1e-6)
    assert character.detail_controls["regions"] == pytest.approx({"glabella": 0.5, "forehead": 1.2})
    assert character.detail_controls["photo_relief"] == skin_of(4)["photo_relief"]


def test_a_person_that_the_artist_chose_stays(built, pins, refitting):
    parameters_before = [0.5] * 24
    built.detailed3dmm.person = parameters_before
    built.detailed3dmm.detail.more = ""
    bpy.ops.detailed3dmm.refit()
    character = mesh.character_of(built)
    assert character.detail.tolist() == parameters_before and "photo_relief" not in character.detail_controls


def test_how_sure_the_skin_is_is_told(built, pins, refitting):
    assert reconstruct_skin.shares(built.detailed3dmm) == {"creases": pytest.approx(0.2), "age": 0.3}
    bpy.ops.detailed3dmm.refit()  # which is given the age
    assert reconstruct_skin.shares(built.detailed3dmm) == {"creases": pytest.approx(0.4), "age": 0.3}
    assert mesh.character_of(built).extra["photo"]["creases"] == pytest.approx(0.4)


@pytest.mark.parametrize("extra", ["", "{}", '{"photo": 3}', '{"photo": {"creases": "much"}}'])
def test_nothing_is_told_of_faces_that_know_nothing(face, extra):
    face.detailed3dmm.extra = extra
    assert reconstruct_skin.shares(face.detailed3dmm) == {}


@pytest.mark.parametrize(("share", "words"), [(0.0, "nothing (0%)"), (0.18, "little (18%)"), (0.4, "some (40%)"),
                                              (0.7, "much (70%)"), (1.0, "nearly all (100%)")])
def test_sureness_in_words(share, words):
    assert strings.seen(share) == words


def test_a_pin_stays_placed_until_it_is_released(built, pins, refitting):
    pins[CORNER].location.x += 0.004
    bpy.ops.detailed3dmm.refit()
    bpy.ops.detailed3dmm.refit()
    assert list(refitting[1][0][0].placed) == [CORNER]
    for obj in bpy.context.selected_objects:
        obj.select_set(False)
    pins[CORNER].select_set(True)
    assert bpy.ops.detailed3dmm.release_pins() == {"FINISHED"}
    bpy.ops.detailed3dmm.refit()
    assert not refitting[2][0][0].placed
    np.testing.assert_allclose(shown(pins[CORNER]), on_the_face(somebody(4, 0.3, focal=500.0), CORNER), atol=0.02)


def test_one_undo_step_takes_a_refit_back(built, pins, refitting, made):
    pins[CORNER].location.x += 0.004
    place = shown(pins[CORNER])
    bpy.ops.ed.undo_push(message="Moved")
    bpy.ops.detailed3dmm.refit()
    bpy.ops.ed.undo_push(message="Refit")
    bpy.ops.ed.undo()
    face = bpy.data.objects["Ada"]
    np.testing.assert_allclose(mesh.character_of(face).identity, made.character.identity, atol=1e-6)
    pin = reconstruct_pins.of(face.detailed3dmm.photo.camera)[CORNER]
    np.testing.assert_allclose(shown(pin), place, atol=0.02)


def test_no_texture_is_made_where_none_is_worn(empty, refitting):
    face = reconstruct.build(bpy.context, somebody(2, 0.0), "Ada")
    bpy.ops.detailed3dmm.landmark_pins()
    bpy.ops.detailed3dmm.refit()
    assert refitting[0][1] is False and face.detailed3dmm.photo.camera


def test_the_preferences_network_is_asked(built, pins, refitting, monkeypatch):
    from detailed3dmm_addon.blender import preferences
    assert preferences.landmarker() is None
    monkeypatch.setattr(preferences, "landmarker", lambda: "face_landmarker.task")
    bpy.ops.detailed3dmm.refit()
    assert refitting[0][0][0].task == "face_landmarker.task"


def test_the_photo_in_the_file_serves_where_its_own_is_gone(built, pins, refitting, tmp_path):
    built.detailed3dmm.photo.filepath = str(tmp_path / "gone.png")
    bpy.ops.detailed3dmm.refit()
    np.testing.assert_allclose(refitting[0][0][0].picture.pixels, np.full((*SIZE[::-1], 3), 0.5), atol=0.01)
    built.detailed3dmm.photo.camera.data.background_images.clear()
    with pytest.raises(RuntimeError, match="gone.png was moved or removed"):
        bpy.ops.detailed3dmm.refit()


def test_a_refit_that_fails_changes_nothing(built, pins, monkeypatch, made):
    def steps(_photos, _with_texture, _age):
        yield 0.1
        raise PhotoError("There is no face in it.")
    monkeypatch.setattr(reconstruction, "reconstruct", steps)
    pins[CORNER].location.x += 0.004
    place = shown(pins[CORNER])
    with pytest.raises(RuntimeError, match="no face in it"):
        bpy.ops.detailed3dmm.refit()
    np.testing.assert_allclose(mesh.character_of(built).identity, made.character.identity, atol=1e-6)
    np.testing.assert_allclose(shown(pins[CORNER]), place, atol=0.02)


def test_pins_are_taken_away_and_only_they(built, pins):
    select(pins[CORNER])
    assert bpy.ops.detailed3dmm.remove_pins() == {"FINISHED"}
    assert bpy.context.object == built and not reconstruct_pins.of(built.detailed3dmm.photo.camera)
    assert built.detailed3dmm.photo.camera.data.background_images


def test_other_faces_have_no_pins(face):
    assert not bpy.ops.detailed3dmm.landmark_pins.poll() and not bpy.ops.detailed3dmm.refit.poll()


def test_refit_without_pins_says_so(built):
    with pytest.raises(RuntimeError, match="Show the landmark pins"):
        bpy.ops.detailed3dmm.refit()


def test_pins_live_in_the_saved_file(built, pins, refitting, tmp_path):
    pins[CORNER].location.x += 0.004
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "ada.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "ada.blend"))
    select(bpy.data.objects["Ada"])
    bpy.ops.detailed3dmm.refit()
    assert list(refitting[0][0][0].placed) == [CORNER]
