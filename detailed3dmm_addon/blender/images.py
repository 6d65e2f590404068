"""The displacement image of a face: millimetres, float32, Non-Color, the same value in red, green and blue.

Materials and modifiers scale it by 0.001. Each face has its own image; a duplicate gets its own at its first update.
"""
import bpy
import numpy as np

from . import material

SMALLEST = 128


def write_image(obj, heights):
    """Put a displacement map (R, R), millimetres, into the face's image, resized to fit; gives the image."""
    image = obj.detailed3dmm.image or own_image(obj)
    size = heights.shape[0]
    if image.size[0] != size:
        image.scale(size, size)
    pixels = np.ones((size, size, 4), np.float32)
    pixels[..., :3] = heights[::-1, :, None]  # Blender's first row is the lowest
    image.pixels.foreach_set(pixels.ravel())
    image.update()
    image.update_tag()
    return image


def own_image(obj):
    """The image of this face alone: made where there is none yet, or where a duplicate still shares its original's."""
    settings = obj.detailed3dmm
    if settings.image and not _is_shared(obj):
        return settings.image
    settings.image = bpy.data.images.new(
        f"{obj.name}_displacement", SMALLEST, SMALLEST, alpha=False, float_buffer=True, is_data=True)
    material.assign(obj, settings.skin.read(), settings.image, settings.detail_mode)
    return settings.image


def pack_images():
    """Pack every face's changed image, or it would be lost with the session."""
    for obj in bpy.data.objects:
        image = obj.detailed3dmm.image
        if image and not image.library and (image.is_dirty or image.packed_file is None):
            image.pack()


def _is_shared(obj):
    image = obj.detailed3dmm.image
    return any(other.data != obj.data and other.detailed3dmm.image == image for other in bpy.data.objects)
