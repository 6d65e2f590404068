"""The camera of a photo in Blender, aligned to the pixel, with the photo behind what it sees."""
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix

from ..core.errors import PhotoError
from ..photo.camera import SENSOR_WIDTH, Camera
from . import paths, strings

OPACITY = 0.5
_SIZE = "detailed3dmm_photo_size"  # on the camera: width and height of the photo, pixels
_TO_BLENDER = Matrix.Diagonal((1, -1, -1, 1))  # a camera looks along -Z in Blender, with y up; in OpenCV along z
_NEAREST = 0.01  # metres
_ALIKE = 0.06  # mean difference of two pictures, 0..1, below which they are one, compressed differently
_THUMBNAIL = 16  # pixels a side, for that


def add(collection, face, made, pack):
    """A camera that sees the face as the photo does, pixel by pixel, with the photo in its background.

    face : object, its matrices up to date; made : photo.reconstruction.Reconstruction
    pack : keep the photo in the blend file
    """
    data = bpy.data.cameras.new(f"{face.name} photo")
    data.clip_start = _NEAREST
    background = data.background_images.new()
    background.image = photo_image(made.picture, pack)
    background.alpha, background.display_depth, background.frame_method = OPACITY, "BACK", "STRETCH"
    data.show_background_images = True
    camera = bpy.data.objects.new(data.name, data)
    collection.objects.link(camera)
    aim(camera, face, made.camera)
    return camera


def aim(camera, face, view):
    """Let a camera object see the face as `view`, a photo.camera.Camera, does."""
    data, (width, height) = camera.data, view.size
    data.sensor_fit, data.sensor_width, data.lens = "HORIZONTAL", SENSOR_WIDTH, view.focal_mm
    # Pixel 0, 0 is the middle of the first pixel; both shifts are shares of the width.
    data.shift_x = (width / 2 - (view.centre[0] + 0.5)) / width
    data.shift_y = ((view.centre[1] + 0.5) - height / 2) / width
    placed = Matrix.Translation(view.translation) @ Matrix(view.rotation.tolist()).to_4x4()
    camera.matrix_world = _stand(face) @ placed.inverted() @ _TO_BLENDER
    camera[_SIZE] = list(view.size)


def view(camera, face):
    """What a camera object sees of the face, as photo.camera.Camera: the inverse of `aim`."""
    data, (width, height) = camera.data, camera[_SIZE]
    placed = (_stand(face).inverted() @ _stand(camera) @ _TO_BLENDER).inverted()
    centre = np.array([width / 2 - data.shift_x * width, height / 2 + data.shift_y * width]) - 0.5
    return Camera(data.lens * width / SENSOR_WIDTH, centre, (width, height),
                  np.array(placed.to_3x3()), np.array(placed.translation))


def is_photographed(face):
    """Whether a face still has the camera of its photo."""
    camera = face.detailed3dmm.photo.camera
    return camera is not None and camera.type == "CAMERA" and _SIZE in camera


def backgrounds(camera):
    """The background images of a camera object; none where there is no camera."""
    return list(camera.data.background_images) if camera is not None and camera.type == "CAMERA" else []


def picture(face):
    """The photo that a face was made of, photo.picture.Picture: from its file, or from the copy in the blend file.

    Raises PhotoError where there is neither.
    """
    from ..photo.picture import read_picture

    settings = face.detailed3dmm.photo
    path = Path(paths.absolute(settings.filepath)) if settings.filepath else None
    if path is not None and path.is_file():
        return read_picture(path)
    packed = next((background.image for background in backgrounds(settings.camera)
                   if background.image is not None and background.image.size[0]), None)
    if packed is None:
        raise PhotoError(strings.message(strings.ERROR_PHOTO_GONE, path=path or settings.camera.name))
    return _as_picture(packed, path)


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


def _stand(obj):
    """Where an object stands and how it is turned; its scale changes no picture."""
    place, turn, _scale = obj.matrix_world.decompose()
    return Matrix.LocRotScale(place, turn, None)


def _shows(image, picture):
    """Whether Blender shows the file as the picture is meant."""
    if tuple(image.size) != tuple(picture.size):
        return False
    small = image.copy()
    small.scale(_THUMBNAIL, _THUMBNAIL)
    shown = _pixels(small)
    bpy.data.images.remove(small)
    width, height = picture.size
    rows, columns = (((np.arange(_THUMBNAIL) + 0.5) * side / _THUMBNAIL).astype(int) for side in (height, width))
    meant = picture.pixels[np.ix_(rows, columns)]
    return bool(shown.shape == meant.shape and np.abs(shown - meant).mean() < _ALIKE)


def _copy(picture):
    width, height = picture.size
    image = bpy.data.images.new(picture.name, width, height)
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., :3] = picture.pixels[::-1]
    image.pixels.foreach_set(pixels.ravel())
    image.update()
    return image


def _as_picture(image, path):
    """A packed image as photo.picture.Picture."""
    from ..photo.picture import Picture

    pixels = _pixels(image)
    return Picture(np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3))), path=path)


def _pixels(image):
    """(H, W, 1 or 3) float32 of an image, the highest row first."""
    width, height = image.size
    values = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(values)
    return values.reshape(height, width, image.channels)[::-1, :, :(3 if image.channels > 2 else 1)]
