"""A person from a photo as Blender's data: face, camera with the photo behind it, the photo's texture, lamps."""
import json

import bpy
import numpy as np
from mathutils import Vector

from ..core.base_model import BaseModel
from ..core.skin_canvas import FACE
from ..core.skin_paint import encode
from ..photo.light import as_lamps
from . import (
    images,
    material,
    mesh,
    parameters,
    paths,
    reconstruct_camera,
    reconstruct_pins,
    reconstruct_skin,
    skin_shader,
)

_SEAM = 0.035  # share of the tile over which the photo's skin gives way to the painted skin of the rest of the head
# Radians under which lamps are seen: nine harmonics know no sharp shadows, but eyes mirror lamps as discs, and photos
# show them small.
_SOFT, _MIRRORED = 1.2, 0.2


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
    context.view_layer.update()
    camera = reconstruct_camera.add(context.collection, face, made, pack)
    settings = face.detailed3dmm.photo
    settings.camera, settings.filepath = camera, paths.stored(made.picture.path) if made.picture.path else ""
    settings.expression = json.dumps(made.character.expression)
    reconstruct_skin.keep(face.detailed3dmm, made.character)
    if frame_scene:
        context.scene.camera = camera
        context.scene.render.resolution_x, context.scene.render.resolution_y = made.camera.size
        context.scene.render.resolution_percentage = 100
    if lights:
        add_lights(context.collection, face, made.light)
    return face


def rebuild(face, made, placed):
    """Let a face be what was reconstructed anew: shape, expression, camera, the texture where it wears one, and of the
    creases what nobody has changed.

    Age, the sliders of the skin and everything that was added to the face stay.

    face : object; made : photo.reconstruction.Reconstruction; placed : {number of a landmark: (x, y) pixels}, the pins
    that were placed by hand
    """
    settings, character = face.detailed3dmm, made.character
    parameters.set_identity(settings, character.identity)
    names = mesh.expression_names()
    parameters.set_expression(face, dict(zip(names, character.expression_vector(names).tolist(), strict=True)))
    settings.pose, settings.photo.expression = json.dumps(character.pose), json.dumps(character.expression)
    reconstruct_skin.follow(settings, character)
    mesh.update_identity(face)
    if made.texture is not None:
        wear(face, made.texture)
    camera = settings.photo.camera
    reconstruct_camera.aim(camera, face, made.camera)
    if reconstruct_pins.of(camera):
        reconstruct_pins.put(camera, made.camera, made.vertices, placed)


def photographed(obj):
    """The face that an object belongs to as a face from a photo, as its camera or as one of its pins; or None."""
    if obj is None or mesh.is_face(obj):
        return obj if obj is not None and reconstruct_camera.is_photographed(obj) else None
    camera = obj.parent if reconstruct_pins.is_pin(obj) else obj
    return next((face for face in bpy.data.objects
                 if mesh.is_face(face) and face.detailed3dmm.photo.camera == camera and camera is not None
                 and reconstruct_camera.is_photographed(face)), None)


def posed(face):
    """(26719, 3) metres: the face with the expression of its photo, whatever it does now."""
    model = BaseModel.load()
    return model.vertices(parameters.identity(face.detailed3dmm),
                          model.expression(json.loads(face.detailed3dmm.photo.expression or "{}")))


def wear(face, texture):
    """Let the face wear a photo's texture; its painted skin stays below, for as much as the slider says."""
    worn, size = material.face_material(face), len(texture.colour)
    image = None if worn is None else skin_shader.photo(worn)
    if image is None:
        image = bpy.data.images.new(f"{face.name} photo skin", size, size, alpha=True)
        image.alpha_mode = "CHANNEL_PACKED"
        image[images.PART] = f"{face.data.name}|{FACE}|photo"
    elif tuple(image.size) != (size, size):
        image.scale(size, size)
    pixels = np.empty((size, size, 4), np.float32)
    pixels[..., :3] = encode(texture.colour[::-1])  # Blender's first row is the lowest
    pixels[..., 3] = _inside(size)
    image.pixels.foreach_set(pixels.ravel())
    image.update()
    image.pack()
    if worn is not None:
        skin_shader.set_photo(worn, image)
        skin_shader.set_photo_strength(worn, face.detailed3dmm.photo.strength)


def add_lights(collection, face, light):
    """The photo's light in a collection of its own: soft suns, and a small one for the shine of eyes and skin."""
    rig = bpy.data.collections.new(f"{face.name} photo light")
    collection.children.link(rig)
    lamps = list(zip(*as_lamps(light), strict=True))
    for number, (direction, colour) in enumerate(lamps):
        lamp = _sun(rig, f"{rig.name} {number + 1}", face, direction, colour, _SOFT)
        lamp.visible_glossy, lamp.data.specular_factor = False, 0.0
    if lamps:
        lamp = _sun(rig, f"{rig.name} shine", face, *max(lamps, key=lambda lamp: lamp[1].max()), _MIRRORED)
        lamp.visible_diffuse, lamp.data.diffuse_factor = False, 0.0
    return rig


def _sun(rig, name, face, direction, colour, angle):
    """A sun in a collection; direction : (3,) towards it, unit vector; colour : (3,) irradiance; angle : radians"""
    data = bpy.data.lights.new(name, "SUN")
    # White that faces a sun of strength pi is as bright as 1.
    data.energy, data.angle, data.color = np.pi * float(colour.max()), angle, colour / colour.max()
    lamp = bpy.data.objects.new(name, data)
    lamp.location = face.location + Vector(direction) * 0.6
    lamp.rotation_euler = Vector(direction).to_track_quat("Z", "Y").to_euler()
    rig.objects.link(lamp)
    return lamp


def _inside(size):
    """(size, size) 0..1: 0 at the tile's edge, where other painted tiles begin."""
    at = (np.arange(size, dtype=np.float32) + 0.5) / size
    edge = np.clip(np.minimum(at, 1 - at) / _SEAM - 0.3, 0, 1)
    edge = edge * edge * (3 - 2 * edge)
    return np.minimum(edge[:, None], edge)
