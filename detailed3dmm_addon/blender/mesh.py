"""The face as a Blender object: topology, Basis, expression keys, correctives with their drivers.

Identity lives in the Basis: when it changes every key is rewritten. While a slider is dragged the keys that show are
only carried along (`move_identity`); all are adapted to the new face when the hand rests (`update_identity`). Which
identity a mesh was last built for is stamped on it, so that undo, scripts and library files need no bookkeeping here.
"""
import json
import re
import string
import zlib

import bpy
import numpy as np

from ..core import skin
from ..core.base_model import BaseModel
from ..core.character import Character
from ..core.errors import WeightsError
from . import detail, images, material, parameters, strings

STAMP = "detailed3dmm_stamp"  # on the mesh: checksums of the identities that the Basis and the keys were made for
UV_NAME = "UVMap"


def add_face(context, character=None, name="Face"):
    """Add a face object at the 3D cursor, selected and active; gives the object.

    character : core.character.Character, or None for the average face.
    """
    obj = bpy.data.objects.new(name, _build_mesh(name))
    context.collection.objects.link(obj)
    obj.location = context.scene.cursor.location
    obj.detailed3dmm.is_face = True
    _add_keys(obj)
    apply_character(obj, character or Character())
    images.own_image(obj)
    for other in context.selected_objects:
        other.select_set(False)
    obj.select_set(True)
    context.view_layer.objects.active = obj
    return obj


def is_face(obj):
    """Whether an object was made by `add_face` (or is a copy of one that was)."""
    return obj is not None and obj.type == "MESH" and obj.detailed3dmm.is_face


def faces(scene):
    """The faces of a scene whose sliders can work."""
    return [obj for obj in scene.objects if not problem(obj)]


def problem(obj):
    """Why the sliders cannot change this object, as one sentence for the user; None where they can."""
    if not is_face(obj):
        return strings.ERROR_NO_FACE
    if obj.library or obj.data.library:
        return strings.ERROR_LINKED
    if obj.mode == "EDIT":
        return strings.ERROR_OBJECT_MODE
    try:
        model = BaseModel.load()
    except WeightsError as error:
        return str(error)
    keys = obj.data.shape_keys
    if keys is None or len(obj.data.vertices) != len(model.mean) or \
            not set(model.key_names) <= set(keys.key_blocks.keys()):
        return strings.ERROR_TOPOLOGY
    return None


def update_identity(obj):
    """Rewrite Basis and every key for the identity in the object's properties, expressions adapted to it."""
    model, identity = BaseModel.load(), parameters.identity(obj.detailed3dmm)
    neutral = model.neutral(identity)
    blocks = obj.data.shape_keys.key_blocks
    _carry_along(obj, neutral, _own_keys(obj))
    shape = np.empty_like(neutral)
    for name, offsets in zip(model.key_names, model.each_offsets(identity), strict=True):
        np.add(neutral, offsets, out=shape)
        blocks[name].points.foreach_set("co", shape.ravel())
    obj.data[STAMP] = [_checksum(identity)] * 2
    _share_identity(obj, identity)
    obj.data.update_tag()


def move_identity(obj):
    """Move Basis to the identity in the object's properties and carry the keys that show along: enough for dragging."""
    identity = parameters.identity(obj.detailed3dmm)
    _carry_along(obj, BaseModel.load().neutral(identity), _showing_keys(obj))
    obj.data[STAMP] = [_checksum(identity), list(obj.data.get(STAMP, (0, 0)))[1]]
    _share_identity(obj, identity)
    obj.data.update_tag()


def is_moved(obj):
    """Whether the Basis fits the identity in the object's properties."""
    return _stamp(obj)[0] == _checksum(parameters.identity(obj.detailed3dmm))


def is_adapted(obj):
    """Whether the expression keys fit it as well."""
    return is_moved(obj) and _stamp(obj)[1] == _stamp(obj)[0]


def expression_names():
    """Names of the 53 expression keys."""
    return BaseModel.load().expression_names


def expression_of(obj):
    """Values (53,) float32 of the expression keys, in the model's order."""
    return parameters.expression(obj, expression_names())


def character_of(obj):
    """What the sliders of a face say, as a core.character.Character."""
    settings = obj.detailed3dmm
    names = BaseModel.load().expression_names
    expression = {name: round(float(value), 6)
                  for name, value in zip(names, expression_of(obj), strict=True) if value}
    return Character(
        identity=parameters.identity(settings), expression=expression, detail=parameters.person(settings),
        age=settings.age, skin=settings.skin.read(), pose=json.loads(settings.pose or "{}"),
        detail_controls=detail.read(settings.detail),
        extra=json.loads(settings.extra or "{}"))


def apply_character(obj, character, with_expression=True):
    """Make a face this character: shape, person, age, skin, and its expression where wanted.

    Raises
    ------
    ParameterError
        If the character names an expression or a skin parameter that does not exist; the face is left as it was.
    """
    names = BaseModel.load().expression_names
    expression = character.expression_vector(names)
    appearance = skin.complete(character.skin, character.age)
    settings = obj.detailed3dmm
    with parameters.silently():
        settings.skin.write(appearance)
        settings.person = character.detail.tolist()
        settings.age = character.age
        settings.pose, settings.extra = json.dumps(character.pose), json.dumps(character.extra)
        parameters.set_identity(settings, character.identity)
        detail.write(settings.detail, character.detail_controls)
    if with_expression:
        parameters.set_expression(obj, dict(zip(names, expression.tolist(), strict=True)))
    update_identity(obj)
    if settings.image:
        material.update_skin(obj, appearance)


def _build_mesh(name):
    topology = BaseModel.load().topology
    mesh = bpy.data.meshes.new(name)
    used = topology.faces >= 0
    corners = used.sum(1)
    starts = np.concatenate([[0], np.cumsum(corners)[:-1]]).astype(np.int32)
    mesh.vertices.add(len(BaseModel.load().mean))
    mesh.loops.add(int(corners.sum()))
    mesh.polygons.add(len(corners))
    mesh.loops.foreach_set("vertex_index", topology.faces[used])
    mesh.polygons.foreach_set("loop_start", starts)
    mesh.polygons.foreach_set("material_index", topology.face_material.astype(np.int32))
    uv = mesh.uv_layers.new(name=UV_NAME, do_init=False)
    uv.uv.foreach_set("vector", topology.uv[topology.faces_uv[used]].astype(np.float32).ravel())
    mesh.update(calc_edges=True)
    return mesh


def _add_keys(obj):
    model = BaseModel.load()
    obj.shape_key_add(name="Basis", from_mix=False)
    for name in model.key_names:
        key = obj.shape_key_add(name=name, from_mix=False)
        # Ranges clamp values: expressions are 0..1, what a corrective's formula gives is taken as it is.
        key.slider_min, key.slider_max = (0.0, 1.0) if name in model.expression_names else (-10.0, 10.0)
    keys = obj.data.shape_keys
    keys.name = f"{obj.name} expressions"
    for corrective in model.correctives:
        drive_corrective(keys, corrective)


def drive_corrective(keys, corrective):
    """Let Blender itself compute a corrective's weight, with a simple expression: no add-on, no Python at run time."""
    driver = keys.key_blocks[corrective.name].driver_add("value").driver
    driver.type = "SCRIPTED"
    expression = corrective.expression
    for letter, name in zip(string.ascii_letters, corrective.variables, strict=False):
        variable = driver.variables.new()
        variable.name, variable.type = letter, "SINGLE_PROP"
        variable.targets[0].id_type = "KEY"
        variable.targets[0].id = keys
        variable.targets[0].data_path = f'key_blocks["{name}"].value'
        # Blender keeps 255 characters of an expression: names would not fit.
        expression = re.sub(rf"\b{name}\b", letter, expression)
    driver.expression = expression


def _carry_along(obj, neutral, keys):
    """Move the Basis to `neutral` (V, 3) and `keys` by the same distances."""
    mesh = obj.data
    basis = mesh.shape_keys.reference_key
    points = np.empty(neutral.size, np.float32)
    basis.points.foreach_get("co", points)
    shift = neutral.ravel() - points
    for key in keys:
        key.points.foreach_get("co", points)
        points += shift
        key.points.foreach_set("co", points)
    basis.points.foreach_set("co", neutral.ravel())
    mesh.attributes["position"].data.foreach_set("vector", neutral.ravel())


def _own_keys(obj):
    """Keys that the artist added to the model's."""
    known = set(BaseModel.load().key_names)
    return [key for key in obj.data.shape_keys.key_blocks[1:] if key.name not in known]


def _showing_keys(obj):
    """Keys that show now, or may show in the next frame, with the artist's own."""
    keys = obj.data.shape_keys
    animation = keys.animation_data
    if animation and (animation.action or animation.nla_tracks):
        return keys.key_blocks[1:]
    known = set(BaseModel.load().key_names)
    return [key for key in keys.key_blocks[1:] if key.value or key.name not in known]


def _share_identity(obj, identity):
    """Objects that share this mesh (linked duplicates) show the same face: let their sliders say so."""
    if obj.data.users < 2:
        return
    for other in bpy.data.objects:
        if other.data == obj.data and other != obj:
            parameters.set_identity(other.detailed3dmm, identity)


def _stamp(obj):
    return list(obj.data.get(STAMP, (0, 0)))


def _checksum(identity):
    # ID properties hold signed 32-bit integers.
    return int(np.array(zlib.crc32(identity.tobytes()), np.uint32).view(np.int32))
