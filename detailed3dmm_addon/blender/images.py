"""The displacement image of a face: millimetres, float32, Non-Color, the same value in red, green and blue.

Materials and modifiers scale it by 0.001. Each face has its own image; a duplicate gets its own at its first update.
"""
import bpy
import numpy as np

from . import material

SMALLEST = 128
PART = "detailed3dmm_part"  # on materials and painted images: which part of which face they were made for


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


def show(obj):
    """Let materials and modifiers show the live image or the baked shot's sequence, as the face's settings say."""
    settings = obj.detailed3dmm
    material.assign(obj, settings.skin.read(), material.shown_image(settings), settings.detail_mode)
    if settings.shot.show and settings.shot.image:
        for user in material.image_users(obj):
            user.frame_start = settings.shot.first
            user.frame_duration = settings.shot.last - settings.shot.first + 1
            user.frame_offset = settings.shot.first - 1
            user.use_auto_refresh, user.use_cyclic = True, False


def own_image(obj):
    """The image of this face alone: made where there is none yet, or where a duplicate still shares its original's."""
    settings = obj.detailed3dmm
    if settings.image and not _is_shared(obj):
        return settings.image
    shared = settings.image
    settings.image = bpy.data.images.new(
        f"{obj.name}_displacement", SMALLEST, SMALLEST, alpha=False, float_buffer=True, is_data=True)
    if shared:
        _copy_materials(obj, {shared: settings.image})
    material.assign(obj, settings.skin.read(), settings.image, settings.detail_mode)
    return settings.image


def pack_images():
    """Pack every image of a face that changed, displacement, skin and mask, or it would be lost with the session."""
    displacements = {obj.detailed3dmm.image for obj in bpy.data.objects}
    masks = {obj.detailed3dmm.detail.mask for obj in bpy.data.objects}
    for image in bpy.data.images:
        # A mask that the artist keeps in a file of its own is saved there, by the artist.
        ours = image in displacements or PART in image or image in masks and not image.filepath
        if ours and not image.library and (image.is_dirty or not image.packed_file):
            image.pack()


def _is_shared(obj):
    image = obj.detailed3dmm.image
    return any(other.data != obj.data and other.detailed3dmm.image == image for other in bpy.data.objects)


def _copy_materials(obj, images):
    """Give a duplicate its own copies of the materials made for its original, and of the images in them.

    images : dict of image of the original -> image of the duplicate, filled on the way
    """
    copies = {}
    for slot, original in enumerate(obj.data.materials):
        if original is None or PART not in original:
            continue
        if original not in copies:
            copies[original] = original.copy()
            for node in copies[original].node_tree.nodes:
                if node.type == "TEX_IMAGE" and node.image and (node.image in images or PART in node.image):
                    node.image = images.setdefault(node.image, None) or _copy_image(obj, node.image, images)
        obj.data.materials[slot] = copies[original]


def _copy_image(obj, original, images):
    copy = images[original] = original.copy()
    # Blender copies what is packed; pixels that only memory holds have to follow.
    pixels = np.empty(len(original.pixels), np.float32)
    original.pixels.foreach_get(pixels)
    if tuple(copy.size) != tuple(original.size):
        copy.scale(*original.size)
    copy.pixels.foreach_set(pixels)
    copy[PART] = "|".join([obj.data.name, *original[PART].split("|")[1:]])
    return copy
