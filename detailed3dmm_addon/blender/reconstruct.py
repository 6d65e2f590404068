"""A person from a photo as Blender's data: face, camera with the photo behind it, the photo's texture, lamps."""
import bpy
import numpy as np
from mathutils import Matrix, Vector

from ..core.skin_canvas import FACE
from ..core.skin_paint import encode
from ..photo.light import as_lamps
from . import images, material, mesh, paths, skin_shader

BACKGROUND_OPACITY = 0.5
_OPENCV_TO_BLENDER = Matrix.Diagonal((1, -1, -1, 1))  # a camera looks along -Z in Blender, with y up
_NEAREST = 0.01  # metres
_SEAM = 0.035  # share of the tile over which the photo's skin gives way to the painted skin of the rest of the head
_SOFT = 1.2  # radians under which a lamp is seen: nine harmonics know no sharp shadows
_ALIKE = 0.06  # mean difference of two pictures, 0..1, below which they are one, compressed differently
_THUMBNAIL = 16  # pixels a side, for that


def build(context, made, name, lights=False, pack=False, frame_scene=True):
    """Add what was reconstructed; gives the face object, selected and active.

    Parameters
    ----------
    made : photo.reconstruction.Reconstruction
    name : str, of the face
    lights : add the photo's light as lamps
    pack : keep the photo in the blend file; else it is linked
    frame_scene : make the camera the scene's, and its pictures as large as the photo
    """
    face = mesh.add_face(context, made.character, name)
    if made.texture is not None:
        wear(face, made.texture)
    camera = add_camera(context.collection, face, made, pack)
    settings = face.detailed3dmm.photo
    settings.camera, settings.filepath = camera, paths.stored(made.picture.path) if made.picture.path else ""
    if frame_scene:
        context.scene.camera = camera
        context.scene.render.resolution_x, context.scene.render.resolution_y = made.camera.size
        context.scene.render.resolution_percentage = 100
    if lights:
        add_lights(context.collection, face, made.light)
    return face


def add_camera(collection, face, made, pack):
    """A camera that sees the face as the photo does, pixel by pixel, with the photo in its background."""
    seen = made.camera
    data = bpy.data.cameras.new(f"{face.name} photo")
    width, height = seen.size
    data.sensor_fit, data.sensor_width, data.lens = "HORIZONTAL", 36.0, seen.focal_mm
    # Pixel 0, 0 is the middle of the first pixel; both shifts are shares of the width.
    data.shift_x = (width / 2 - (seen.centre[0] + 0.5)) / width
    data.shift_y = ((seen.centre[1] + 0.5) - height / 2) / width
    data.clip_start = _NEAREST
    background = data.background_images.new()
    background.image = photo_image(made.picture, pack)
    background.alpha, background.display_depth, background.frame_method = BACKGROUND_OPACITY, "BACK", "STRETCH"
    data.show_background_images = True
    camera = bpy.data.objects.new(data.name, data)
    view = Matrix.Translation(seen.translation) @ Matrix(seen.rotation.tolist()).to_4x4()
    camera.matrix_world = Matrix.Translation(face.location) @ view.inverted() @ _OPENCV_TO_BLENDER
    collection.objects.link(camera)
    return camera


def photo_image(picture, pack):
    """The photo as Blender's image: its file, or a packed copy where Blender would show that one otherwise (turned by
    its EXIF data, in printing colours)."""
    image = None
    if picture.path is not None:
        try:
            image = bpy.data.images.load(str(picture.path), check_existing=True)
        except RuntimeError:  # a format that this Blender does not read
            pass
    if image is None or not _shows(image, picture):
        image = _copy(picture)
        pack = True
    if pack and not image.packed_file:
        image.pack()
    return image


def wear(face, texture):
    """Let the face wear a photo's texture; its painted skin stays below, for as much as the slider says."""
    size = len(texture.colour)
    image = bpy.data.images.new(f"{face.name} photo skin", size, size, alpha=True)
    image.alpha_mode = "CHANNEL_PACKED"
    image[images.PART] = f"{face.data.name}|{FACE}|photo"
    pixels = np.empty((size, size, 4), np.float32)
    pixels[..., :3] = encode(texture.colour[::-1])  # Blender's first row is the lowest
    pixels[..., 3] = _inside(size)
    image.pixels.foreach_set(pixels.ravel())
    image.update()
    image.pack()
    worn = material.face_material(face)
    if worn is not None:
        skin_shader.set_photo(worn, image)
        skin_shader.set_photo_strength(worn, face.detailed3dmm.photo.strength)


def add_lights(collection, face, light):
    """The photo's light as soft suns, in a collection of their own; gives the collection."""
    rig = bpy.data.collections.new(f"{face.name} photo light")
    collection.children.link(rig)
    for number, (direction, colour) in enumerate(zip(*as_lamps(light), strict=True)):
        data = bpy.data.lights.new(f"{rig.name} {number + 1}", "SUN")
        # Irradiance: white that faces a sun of strength pi is as bright as 1.
        data.energy, data.angle = np.pi * float(colour.max()), _SOFT
        data.color = colour / colour.max()
        lamp = bpy.data.objects.new(data.name, data)
        lamp.location = face.location + Vector(direction) * 0.6
        lamp.rotation_euler = Vector(direction).to_track_quat("Z", "Y").to_euler()
        rig.objects.link(lamp)
    return rig


def _shows(image, picture):
    """Whether Blender shows the file as the picture is meant."""
    if tuple(image.size) != tuple(picture.size):
        return False
    small = image.copy()
    small.scale(_THUMBNAIL, _THUMBNAIL)
    shown = np.empty(_THUMBNAIL * _THUMBNAIL * small.channels, np.float32)
    small.pixels.foreach_get(shown)
    bpy.data.images.remove(small)
    width, height = picture.size
    rows, columns = (((np.arange(_THUMBNAIL) + 0.5) * side / _THUMBNAIL).astype(int) for side in (height, width))
    meant = picture.pixels[np.ix_(rows, columns)]
    shown = shown.reshape(_THUMBNAIL, _THUMBNAIL, -1)[::-1, :, :3]
    return bool(shown.shape == meant.shape and np.abs(shown - meant).mean() < _ALIKE)


def _copy(picture):
    width, height = picture.size
    image = bpy.data.images.new(picture.name, width, height)
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., :3] = picture.pixels[::-1]
    image.pixels.foreach_set(pixels.ravel())
    image.update()
    return image


def _inside(size):
    """(size, size) 0..1: 0 at the tile's edge, where other painted tiles begin."""
    at = (np.arange(size, dtype=np.float32) + 0.5) / size
    edge = np.clip(np.minimum(at, 1 - at) / _SEAM - 0.3, 0, 1)
    edge = edge * edge * (3 - 2 * edge)
    return np.minimum(edge[:, None], edge)
