"""Materials of a face: which shader each part of the mesh wears, its textures, and the three ways to show wrinkles."""
from contextlib import contextmanager

import bpy
import numpy as np

from ..core import skin as appearance
from ..core import skin_paint
from ..core.base_model import BaseModel
from ..core.detail_controls import FINE
from ..core.skin_canvas import BACK, FACE
from . import compat, eye_shader, skin_shader

BUMP, MODIFIER, ADAPTIVE = "BUMP", "MODIFIER", "ADAPTIVE"
SUBDIVISION, DISPLACEMENT = "Detailed3DMM Subdivision", "Detailed3DMM Displacement"
SKIN_GROUP = "Detailed3DMM Skin"  # vertex group: what the displacement map moves
PREVIEW_SIZE = 512
_ROLE = "detailed3dmm_part"  # on the material: which part of the face it was made for
_PAINTED = "detailed3dmm_painted"  # on the image: what it was painted from
_UV_MAP = "UVMap"

_EYES = {
    "M_GumsTongue": ("mouth", eye_shader.build_gums), "M_Teeth": ("teeth", eye_shader.build_teeth),
    "M_ScleraLeft": ("sclera", eye_shader.build_sclera), "M_ScleraRight": ("sclera", eye_shader.build_sclera),
    "M_IrisLeft": ("iris", eye_shader.build_iris), "M_IrisRight": ("iris", eye_shader.build_iris),
    "M_LacrimalFluid": ("tears", eye_shader.build_tears), "M_EyeBlend": ("eye corner", eye_shader.build_corner),
    "M_EyeOcclusion": ("eye shadow", eye_shader.build_occlusion), "M_EyeLashes": ("lashes", eye_shader.build_lashes),
}


def assign(obj, skin, displacement_image=None, mode=BUMP):
    """Give a face its materials and show its displacement.

    Parameters
    ----------
    obj : mesh object with the topology of the base model
    skin : dict of skin parameters, any subset (core.skin.complete fills in the rest)
    displacement_image : Image, float, Non-Color, millimetres; or None
    mode : BUMP shades the wrinkles only, MODIFIER moves a subdivided mesh, ADAPTIVE has Cycles do it
        as finely as the picture needs

    Materials that an artist has put in the place of ours stay.
    """
    parts = _own_materials(obj, displacement_image)
    show_displacement(obj, displacement_image, mode, parts.get("face"))
    update_skin(obj, skin)


def update_skin(obj, skin):
    """Bring the materials of a face to these skin parameters.

    Shader inputs follow at once. Painting takes seconds: in background mode it is done here, in a windowed Blender
    whoever knows that somebody looks calls `paint`.
    """
    look = appearance.complete(skin, _age(obj))
    materials = {material[_ROLE]: material for material in obj.data.materials if material and _ROLE in material}
    strength = 0.0 if DISPLACEMENT in obj.modifiers else 1.0
    update_pores(obj, look)
    for role, material in materials.items():
        if material.library:
            continue
        if role in ("face", "head"):
            skin_shader.update(material, look, strength)
        else:
            eye_shader.update(material, look)
    if bpy.app.background:
        paint(obj, skin)


def update_pores(obj, look=None):
    """Let the material's own pores be as deep as the skin and the detail say, none where the displacement has them.

    look : skin parameters, as core.skin.complete gives them; None reads those of the face
    """
    settings = getattr(obj, "detailed3dmm", None)
    depth = (look or settings.skin.read())["pores"] * (settings.detail.pores if settings else 1.0)
    for material in filter(None, obj.data.materials):
        if material.get(_ROLE) in ("face", "head") and not material.library:
            carried = material[_ROLE] == "face" and settings is not None and _carries_pores(obj)
            skin_shader.update_pores(material, depth, carried)


def paint(obj, skin, preview=False):
    """Paint the textures of a face, small for a preview; those that show this skin already, as fine, are left alone."""
    look = appearance.complete(skin, _age(obj))
    for name in (FACE, BACK):
        if _is_painted(obj, look, name, preview):
            continue
        textures = skin_paint.paint(look, _age(obj), name, _size(name, preview))
        image = _image(obj, name, "colour")
        _write(image, skin_paint.encode(textures.colour))
        _write(_image(obj, name, "surface"), textures.surface)
        image[_PAINTED] = _painted_from(obj, look)


def is_painted(obj, skin, preview=False):
    """Whether `paint` with these arguments would have nothing to do."""
    look = appearance.complete(skin, _age(obj))
    return all(_is_painted(obj, look, name, preview) for name in (FACE, BACK))


def show_displacement(obj, image, mode, face_material):
    """Set up bump, modifiers or adaptive subdivision; what an earlier mode set up is taken away."""
    for name in (DISPLACEMENT, SUBDIVISION):
        if name in obj.modifiers:
            obj.modifiers.remove(obj.modifiers[name])
    compat.clear_adaptive_subdivision(obj)
    if face_material is not None:
        skin_shader.set_displacement_image(face_material, image)
        face_material.displacement_method = "DISPLACEMENT" if mode == ADAPTIVE else "BUMP"
    if mode == BUMP or image is None:
        return
    subdivision = obj.modifiers.new(SUBDIVISION, "SUBSURF")
    subdivision.levels, subdivision.render_levels = (1, 1) if mode == ADAPTIVE else (2, 3)
    if mode == ADAPTIVE:
        for scene in obj.users_scene:
            compat.set_adaptive_subdivision(scene, obj, subdivision)
    else:
        _displace(obj, image)


def face_material(obj):
    """The material of the face's skin as it was made here; None where an artist put another in its place."""
    return next((found for found in obj.data.materials
                 if found and found.get(_ROLE) == "face" and not found.library), None)


def shown_image(settings):
    """The displacement image that a face with these settings shows: the baked shot's sequence, or the live one."""
    return settings.shot.image if settings.shot.show and settings.shot.image else settings.image


def image_users(obj):
    """What says, in a face's material and modifier, which frame of a sequence they read."""
    nodes = [skin_shader.displacement_node(face) for face in obj.data.materials
             if face and face.get(_ROLE) == "face" and not face.library]
    textures = [obj.modifiers[DISPLACEMENT].texture] if DISPLACEMENT in obj.modifiers else []
    return [reader.image_user for reader in (*nodes, *textures) if reader is not None]


@contextmanager
def bare(obj):
    """While it lasts, the modifiers that show wrinkles rest in the viewport: a frame is there much sooner."""
    resting = [obj.modifiers[name] for name in (SUBDIVISION, DISPLACEMENT)
               if name in obj.modifiers and obj.modifiers[name].show_viewport]
    for modifier in resting:
        modifier.show_viewport = False
    try:
        yield
    finally:
        for modifier in resting:
            modifier.show_viewport = True


def _carries_pores(obj):
    """Whether the displacement shows them: its map is fine enough, and the surface that it moves is."""
    image = shown_image(obj.detailed3dmm)
    fine = image is not None and image.size[0] >= FINE and compat.has_module("cv2")
    return fine and DISPLACEMENT not in obj.modifiers


def _age(obj):
    return obj.detailed3dmm.age if hasattr(obj, "detailed3dmm") else 35.0


def _own_materials(obj, displacement_image):
    """Materials by part; those missing are made, in the slots that the topology names."""
    names = BaseModel.load().topology.materials
    slots = obj.data.materials
    while len(slots) < len(names):
        slots.append(None)
    made = {material[_ROLE]: material for material in slots if material and _ROLE in material}
    for index, name in enumerate(names):
        if slots[index] is not None:
            continue
        role = {FACE: "face", BACK: "head"}.get(name) or _EYES[name][0]
        if role not in made:
            made[role] = bpy.data.materials.new(f"{obj.name} {role}")
            made[role][_ROLE] = role
            _build(made[role], obj, name, displacement_image)
        slots[index] = made[role]
    return made


def _build(material, obj, name, displacement_image):
    if name in _EYES:
        _EYES[name][1](material)
        return
    colour, surface = (_image(obj, name, kind) for kind in ("colour", "surface"))
    skin_shader.build(material, colour, surface, displacement_image if name == FACE else None)


def _image(obj, name, kind):
    """The image of a tile ("colour" or "surface"), made where missing."""
    key = f"{obj.data.name}|{name}|{kind}"
    found = next((image for image in bpy.data.images if image.get(_ROLE) == key), None)
    if found is None:
        found = bpy.data.images.new(f"{obj.name} {'face' if name == FACE else 'head'} {kind}", 8, 8, alpha=False,
                                    is_data=kind == "surface")
        found[_ROLE] = key
    return found


def _is_painted(obj, look, name, preview):
    image = _image(obj, name, "colour")
    return image.get(_PAINTED) == _painted_from(obj, look) and image.size[0] >= _size(name, preview)


def _painted_from(obj, look):
    return repr([look[name] for name in (*appearance.PAINTED, appearance.SEED)] + [_age(obj)])


def _size(name, preview):
    return min(PREVIEW_SIZE, skin_paint.SIZES[name]) if preview else skin_paint.SIZES[name]


def _write(image, pixels):
    """Pixels (R, R, 3), row 0 at the top, into an image."""
    size = len(pixels)
    if tuple(image.size) != (size, size):
        image.scale(size, size)
    rgba = np.ones((size, size, 4), np.float32)
    rgba[..., :3] = pixels[::-1]
    image.pixels.foreach_set(rgba.ravel())
    image.update()


def _displace(obj, image):
    texture = bpy.data.textures.get(image.name) or bpy.data.textures.new(image.name, "IMAGE")
    texture.image, texture.extension, texture.use_alpha, texture.use_clamp = image, "CLIP", False, False
    modifier = obj.modifiers.new(DISPLACEMENT, "DISPLACE")
    modifier.texture, modifier.texture_coords, modifier.uv_layer = texture, "UV", _UV_MAP
    modifier.mid_level, modifier.strength, modifier.direction = 0.0, 0.001, "NORMAL"
    modifier.vertex_group = _skin_group(obj).name


def _skin_group(obj):
    group = obj.vertex_groups.get(SKIN_GROUP)
    if group is None:
        topology = BaseModel.load().topology
        skin = topology.faces[topology.face_material == topology.materials.index(FACE)]
        group = obj.vertex_groups.new(name=SKIN_GROUP)
        group.add(np.unique(skin[skin >= 0]).tolist(), 1.0, "REPLACE")
    return group
