"""A person from a photo in Blender: what is added, that it agrees with the photo to the pixel, and how it is undone."""
import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector
from PIL import Image

from detailed3dmm_addon.blender import material, mesh, reconstruct, reconstruct_camera, reconstruct_operators
from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.character import Character
from detailed3dmm_addon.core.errors import PhotoError
from detailed3dmm_addon.photo import light as lighting
from detailed3dmm_addon.photo.camera import FRONTAL, Camera, rotation_of
from detailed3dmm_addon.photo.picture import read_picture
from detailed3dmm_addon.photo.reconstruction import Reconstruction
from detailed3dmm_addon.photo.texture import Texture

WIDTH, HEIGHT, TEXELS = 96, 128, 64


@pytest.fixture
def photo(tmp_path):
    """Path of a photograph in which no corner is like another."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    path = tmp_path / "Ada Ü.png"
    Image.fromarray(np.stack([x * 2, y, 255 - x - y // 2], -1).astype(np.uint8)).save(path)
    return path


@pytest.fixture
def made(photo):
    """A reconstruction of it: somebody who smiles, seen at a slant by a camera whose axis is off the middle."""
    rotation = rotation_of([0.1, -0.2, 0.3]) @ FRONTAL
    camera = Camera(170.0, np.array([40.0, 70.0]), (WIDTH, HEIGHT), rotation, np.array([0.02, -0.01, 0.7]))
    colour = np.linspace(0.05, 0.6, TEXELS**2 * 3, dtype=np.float32).reshape(TEXELS, TEXELS, 3)
    character = Character(identity=Character.random(2).identity, expression={"mouthSmile_L": 0.6, "jawOpen": 0.3},
                          skin={"melanin": 0.6})
    light = lighting.ambient((0.3, 0.3, 0.35)) + lighting.lamp(np.array([0.6, -0.64, 0.48]), (0.7, 0.65, 0.6))
    return Reconstruction(character, camera, light, Texture(colour, np.ones((TEXELS, TEXELS), np.float32)), None,
                          read_picture(photo), 0.012)


@pytest.fixture
def built(empty, made):
    bpy.context.scene.cursor.location = (0.3, -0.2, 0.5)
    return reconstruct.build(bpy.context, made, "Ada")


@pytest.fixture
def reconstructing(made, monkeypatch):
    """The operators without networks; gives the list of what they were asked."""
    asked = []

    def steps(path, more, wanted):
        asked.append((path, wanted.face, *more))
        yield 0.5
        return made
    monkeypatch.setattr(reconstruct_operators, "reconstructing", steps)
    return asked


def everything():
    return {kind: [found.name for found in getattr(bpy.data, kind)]
            for kind in ("objects", "meshes", "cameras", "images", "materials", "lights", "collections")}


def pixels(image):
    values = np.empty(image.size[0] * image.size[1] * image.channels, np.float32)
    image.pixels.foreach_get(values)
    return values.reshape(image.size[1], image.size[0], image.channels)[::-1]


def test_the_camera_sees_the_face_where_the_photo_does(built, made, shape):
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    vertices, marks = shape(built), BaseModel.load().landmarks
    np.testing.assert_allclose(vertices, made.vertices, atol=2e-5)
    seen = [world_to_camera_view(scene, scene.camera, built.matrix_world @ Vector(vertices[mark])) for mark in marks]
    found = np.array([(place.x * WIDTH - 0.5, (1 - place.y) * HEIGHT - 0.5) for place in seen])
    np.testing.assert_allclose(found, made.camera.project(made.vertices[marks]), atol=0.01)


def test_sliders_say_who_it_is(built, made):
    character = mesh.character_of(built)
    np.testing.assert_allclose(character.identity, made.character.identity, atol=1e-6)
    assert character.expression == made.character.expression
    assert character.skin["melanin"] == pytest.approx(0.6)


def test_the_photo_is_the_cameras_background(built, photo):
    data = built.detailed3dmm.photo.camera.data
    background, = data.background_images
    assert data.show_background_images and bpy.path.abspath(background.image.filepath) == str(photo)
    assert not background.image.packed_file
    built.detailed3dmm.photo.opacity = 0.8
    built.detailed3dmm.photo.front = True
    assert background.alpha == pytest.approx(0.8) and background.display_depth == "FRONT"


def test_a_photo_may_be_packed(empty, made):
    face = reconstruct.build(bpy.context, made, "Ada", pack=True)
    assert face.detailed3dmm.photo.camera.data.background_images[0].image.packed_file


def test_a_photo_that_lies_on_its_side_in_the_file_stands_upright(empty, photo, tmp_path):
    turned = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.open(photo).transpose(Image.Transpose.ROTATE_180).save(turned, exif=exif, quality=95)
    picture = read_picture(turned)
    image = reconstruct_camera.photo_image(picture, pack=False)
    assert image.packed_file
    np.testing.assert_allclose(pixels(image)[..., :3], picture.pixels, atol=0.01)


def test_the_scene_is_left_alone_where_wanted(empty, made):
    scene = bpy.context.scene
    before = scene.camera, scene.render.resolution_x, scene.render.resolution_y
    reconstruct.build(bpy.context, made, "Ada", frame_scene=False)
    assert (scene.camera, scene.render.resolution_x, scene.render.resolution_y) == before


def test_the_skin_wears_the_photo(built, made):
    worn = material.face_material(built)
    tree = worn.node_tree
    image = tree.nodes["photo"].image
    shown = pixels(image)
    middle = slice(TEXELS // 4, -TEXELS // 4)
    from detailed3dmm_addon.core.skin_paint import encode
    np.testing.assert_allclose(shown[middle, middle, :3], encode(made.texture.colour)[middle, middle], atol=0.005)
    assert shown[TEXELS // 2, TEXELS // 2, 3] == 1 and shown[0, :, 3].max() < 0.01 and shown[:, 0, 3].max() < 0.01
    assert image.packed_file and image.alpha_mode == "CHANNEL_PACKED"
    readers = [link.to_node.type for link in tree.nodes["painted"].outputs["Color"].links]
    assert readers == ["MIX"]


def test_the_slider_brings_the_painted_skin_back(built):
    value = material.face_material(built).node_tree.nodes["photo strength"].outputs[0]
    assert value.default_value == 1
    built.detailed3dmm.photo.strength = 0.25
    assert value.default_value == 0.25


def test_lamps_shade_as_the_light_of_the_photo(empty, made):
    face = reconstruct.build(bpy.context, made, "Ada", lights=True)
    lamps = bpy.data.collections[f"{face.name} photo light"].objects
    normals = np.random.default_rng(0).standard_normal((200, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    bpy.context.view_layer.update()
    total = np.zeros((200, 3))
    assert [lamp.name for lamp in lamps if not lamp.visible_diffuse] == [f"{face.name} photo light shine"]
    for lamp in lamps:
        if not lamp.visible_diffuse:
            continue
        assert not lamp.visible_glossy
        towards = np.array(lamp.matrix_world.to_3x3() @ Vector((0, 0, 1)))
        total += np.maximum(normals @ towards, 0)[:, None] * np.array(lamp.data.color) * lamp.data.energy / np.pi
    truth = lighting.shading(made.light, normals)
    assert np.abs(total - truth).mean() < 0.1 * truth.mean()


def test_one_step_back_takes_all_away(empty, reconstructing, photo):
    before = everything()
    bpy.context.scene.detailed3dmm_photo.filepath = str(photo)
    bpy.ops.ed.undo_push(message="Photo")
    assert bpy.ops.detailed3dmm.reconstruct() == {"FINISHED"}
    bpy.ops.ed.undo_push(message="Reconstruct")
    assert reconstructing == [(photo, 1)]
    assert bpy.context.object.name == "Ada Ü" and everything() != before
    bpy.ops.ed.undo()
    assert everything() == before


def test_a_dropped_file(empty, reconstructing, photo):
    assert bpy.ops.detailed3dmm.reconstruct_file(directory=f"{photo.parent}/", files=[{"name": photo.name}]) == \
        {"FINISHED"}
    assert reconstructing[0][0] == photo and bpy.context.scene.detailed3dmm_photo.filepath == str(photo)


def test_several_dropped_files_are_photos_of_one_person(empty, reconstructing, photo):
    others = [photo.with_name(name) for name in ("b.jpg", "c.jpg")]
    assert bpy.ops.detailed3dmm.reconstruct_file(
        directory=f"{photo.parent}/", files=[{"name": path.name} for path in (photo, *others)]) == {"FINISHED"}
    assert reconstructing == [(photo, 1, *others)]
    kept = bpy.context.object.detailed3dmm.photo.more, bpy.context.scene.detailed3dmm_photo.more
    assert all([file.filepath for file in files] == [str(path) for path in others] for files in kept)


def test_further_photos_are_added_and_left_out(empty, reconstructing, photo):
    wanted = bpy.context.scene.detailed3dmm_photo
    wanted.filepath = str(photo)
    names = ["b.jpg", "c.jpg", "d.jpg"]
    bpy.ops.detailed3dmm.add_photos(directory=f"{photo.parent}/", files=[{"name": name} for name in names])
    bpy.ops.detailed3dmm.remove_photo(index=1)
    bpy.ops.detailed3dmm.reconstruct()
    assert reconstructing == [(photo, 1, photo.with_name("b.jpg"), photo.with_name("d.jpg"))]


def test_no_photo_is_one_sentence_and_changes_nothing(empty):
    before = everything()
    with pytest.raises(RuntimeError, match="Choose a photo first"):
        bpy.ops.detailed3dmm.reconstruct()
    assert everything() == before


def test_a_photo_without_a_face_is_one_sentence_and_changes_nothing(empty, photo, monkeypatch):
    def steps(_path, _more, _wanted):
        yield 0.1
        raise PhotoError("There is no face in it.")
    monkeypatch.setattr(reconstruct_operators, "reconstructing", steps)
    before = everything()
    bpy.context.scene.detailed3dmm_photo.filepath = str(photo)
    with pytest.raises(RuntimeError, match="There is no face in it"):
        bpy.ops.detailed3dmm.reconstruct()
    assert everything() == before


def test_what_is_missing_is_said(empty, photo, monkeypatch):
    monkeypatch.setattr(reconstruct_operators, "missing_module", lambda: ("cv2", "opencv-python-headless"))
    bpy.context.scene.detailed3dmm_photo.filepath = str(photo)
    with pytest.raises(RuntimeError, match="cv2.*pip install opencv-python-headless"):
        bpy.ops.detailed3dmm.reconstruct()


def test_it_is_all_there_in_the_saved_file(built, tmp_path):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "ada.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "ada.blend"))
    face = bpy.data.objects["Ada"]
    image = material.face_material(face).node_tree.nodes["photo"].image
    assert image.packed_file and tuple(image.size) == (TEXELS, TEXELS)
    assert face.detailed3dmm.photo.camera.data.background_images[0].image.filepath
    assert mesh.expression_of(face).max() == pytest.approx(0.6)


def test_a_duplicate_wears_its_own_copy(built, wrinkles):
    from detailed3dmm_addon.blender import images
    copy = built.copy()
    copy.data = built.data.copy()
    bpy.context.collection.objects.link(copy)
    images.own_image(copy)
    mine, its = (material.face_material(obj).node_tree.nodes["photo"].image for obj in (built, copy))
    assert mine != its
    copy.detailed3dmm.photo.strength = 0.5
    assert material.face_material(built).node_tree.nodes["photo strength"].outputs[0].default_value == 1


def test_faces_to_choose_from(empty, photo, monkeypatch):
    from types import SimpleNamespace

    from detailed3dmm_addon.blender import reconstruct_faces
    from detailed3dmm_addon.photo import face_mesh
    places = [SimpleNamespace(points=np.array([[x, 40.0], [x + 20, 60.0]])) for x in (10, 40, 70)]
    monkeypatch.setattr(face_mesh, "find_landmarks", lambda _picture, _task: tuple(places))
    wanted = bpy.context.scene.detailed3dmm_photo
    wanted.filepath, wanted.face = str(photo), 7
    assert bpy.ops.detailed3dmm.find_faces() == {"FINISHED"}
    assert len(reconstruct_faces.thumbnails(str(photo))) == 3 and wanted.face == 3
    assert not reconstruct_faces.thumbnails("another.png")
    bpy.ops.detailed3dmm.choose_face(face=2)
    assert wanted.face == 2
    left, right = (reconstruct_faces._thumbnail(read_picture(photo).pixels, place.points).reshape(96, 96, 4)
                   for place in (places[0], places[2]))
    assert right[48, 48, 0] - left[48, 48, 0] == pytest.approx(60 * 2 / 255, abs=0.02)
