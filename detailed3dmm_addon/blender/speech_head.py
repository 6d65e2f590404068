"""What turns with the head of a speaking face: a bone that bends the neck, or the object itself."""
import bpy
import numpy as np
from mathutils import Euler, Matrix, Quaternion

from ..core.base_model import BaseModel
from ..core.errors import Detailed3DMMError
from . import strings
from .speech_action import HEAD, Track

BONE, OBJECT = "BONE", "OBJECT"
_HEAD, _NECK = "head", "neck"  # bones, and the vertex groups that they move
TOLERANCE = 0.001  # radians, 0.06 degrees
# Heights in metres on the mean face, in front (y = -0.1) and at the nape (y = 0.05), between which the weight of the
# neck's vertices goes from the neck to the head. In front the head begins below the chin, which stays rigid.
_FRONT, _NAPE = (-0.15, -0.088), (-0.135, -0.055)
_FRONT_Y, _NAPE_Y = -0.1, 0.05
_JOINT = (0.0, 0.012, -0.03)  # where the skull sits on the neck, from the middle between the ears: landmarks 0 and 16
_EARS, _CROWN = (0, 16), 0.16
_ROOT = (0.0, 0.03, -0.19)


def check(obj, target, bone):
    """Raise Detailed3DMMError where the head cannot turn so."""
    if target == OBJECT:
        if obj.rotation_mode == "AXIS_ANGLE":
            raise Detailed3DMMError(strings.message(strings.ERROR_AXIS_ANGLE))
        return
    rig = obj.find_armature()
    if rig is None and obj.mode != "OBJECT":
        raise Detailed3DMMError(strings.message(strings.ERROR_NOT_OBJECT_MODE))
    if rig is not None and _bone(rig, bone) is None:
        raise Detailed3DMMError(strings.message(strings.ERROR_HEAD_BONE, rig=rig.name))


def owners(obj):
    """Datablocks on which a head's motion may lie: the face, and the armature that moves it."""
    return [obj, *filter(None, [obj.find_armature()])]


def owner_for(context, obj, target):
    """The datablock that is to carry the head's motion; an armature is made where there is none yet."""
    if target == OBJECT:
        return obj
    return obj.find_armature() or add_bones(context, obj)


def tracks(owner, obj, head, bone="", rest=None):
    """`Track`s of a head's motion.

    owner : what carries it, the face object or its armature; obj : the face object; bone : name
    head : (T, 3) pitch, yaw, roll about the face's own X, Z and Y axes, radians
    rest : the object's delta rotation without the motion, as a list; None where there is none yet
    """
    turns = [Euler((pitch, roll, yaw)).to_matrix() for pitch, yaw, roll in head.tolist()]
    if owner == obj:
        own, before = _rotation(obj, ""), _rotation(obj, "delta_", rest)
        # Blender applies the delta after the object's own rotation: the turn has to be said in the parent's axes.
        return _rotation_tracks("delta_rotation", obj.rotation_mode,
                                [before @ own @ turn @ own.inverted() for turn in turns], before)
    pose = _bone(owner, bone)
    axes = (obj.matrix_world.inverted() @ owner.matrix_world).to_3x3().normalized() @ pose.bone.matrix_local.to_3x3()
    return _rotation_tracks(f'pose.bones["{pose.name}"].rotation', pose.rotation_mode,
                            [axes.inverted() @ turn @ axes for turn in turns], Matrix.Identity(3))


def add_bones(context, obj):
    """An armature of two bones, neck and head, that follows the face object and bends its neck; gives the armature."""
    joint = _joint(obj)
    armature = bpy.data.armatures.new(f"{obj.name} rig")
    rig = bpy.data.objects.new(armature.name, armature)
    (obj.users_collection[0] if obj.users_collection else context.scene.collection).objects.link(rig)
    rig.parent = obj
    armature.display_type = "STICK"
    rig.show_in_front = True
    _edit_bones(context, rig, joint, *_weigh(obj))
    for bone in rig.pose.bones:
        bone.rotation_mode = "XYZ"
    modifier = obj.modifiers.new(armature.name, "ARMATURE")
    modifier.object = rig
    obj.modifiers.move(len(obj.modifiers) - 1, 0)  # before anything that subdivides
    return rig


def _bone(rig, name):
    """The pose bone called `name`; without a name the first that is called head. None where there is none."""
    bones = rig.pose.bones if rig.pose else {}  # an armature that nobody has looked at has no pose
    if name:
        return bones.get(name)
    return next((bone for bone in bones.values() if bone.name.lower().startswith(_HEAD)), None)


def _rotation(obj, prefix, values=None):
    if obj.rotation_mode == "QUATERNION":
        return Quaternion(values or getattr(obj, f"{prefix}rotation_quaternion")).to_matrix()
    return Euler(values or getattr(obj, f"{prefix}rotation_euler"), obj.rotation_mode).to_matrix()


def _rotation_tracks(path, mode, matrices, rest):
    """`Track`s of rotation matrices (T of them) in a rotation mode; `rest` is where they start from."""
    if mode == "QUATERNION":
        kind, values, at_rest = "quaternion", _quaternions(matrices), np.array(rest.to_quaternion())
    elif mode == "AXIS_ANGLE":
        kind, at_rest = "axis_angle", np.array((0.0, 0.0, 1.0, 0.0))
        values = np.array([(turn.angle, *turn.axis) if turn.angle else at_rest
                           for turn in (matrix.to_quaternion() for matrix in matrices)])
    else:
        kind, at_rest = "euler", np.array(rest.to_euler(mode))
        values = np.array([matrix.to_euler(mode, rest.to_euler(mode)) for matrix in matrices])
    return [Track(f"{path}_{kind}", index, HEAD, values[:, index], float(at_rest[index]), TOLERANCE)
            for index in range(values.shape[1])]


def _quaternions(matrices):
    """(T, 4) with signs that do not jump."""
    values, last = [], Quaternion()
    for matrix in matrices:
        turn = matrix.to_quaternion()
        turn.make_compatible(last)
        values.append(tuple(turn))
        last = turn
    return np.array(values)


def _joint(obj):
    points = np.empty(len(obj.data.vertices) * 3, np.float32)
    obj.data.shape_keys.reference_key.points.foreach_get("co", points)
    ears = points.reshape(-1, 3)[BaseModel.load().landmarks[list(_EARS)]].mean(0)
    mean = BaseModel.load().mean[BaseModel.load().landmarks[list(_EARS)]].mean(0)
    return np.array(_JOINT) + ears - mean


def _edit_bones(context, rig, joint, head_name, neck_name):
    """Bones exist in Edit Mode alone: go there and come back to what was active and selected."""
    layer = context.view_layer
    active, selected = layer.objects.active, [obj for obj in layer.objects if obj.select_get()]
    layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    neck, head = rig.data.edit_bones.new(neck_name), rig.data.edit_bones.new(head_name)
    neck.head, neck.tail, head.head = _ROOT, joint, joint
    head.tail = joint + np.array((0.0, 0.0, _CROWN))
    head.parent = neck
    head.align_roll((0.0, -1.0, 0.0))
    bpy.ops.object.mode_set(mode="OBJECT")
    layer.objects.active = active
    for obj in layer.objects:
        obj.select_set(obj in selected)


def _weigh(obj):
    """Vertex groups that share every vertex between the bones: the head wholly with one, the neck's foot with the
    other, the skin between them smoothly. Gives the names of the head's and of the neck's."""
    _x, y, z = BaseModel.load().mean.T
    back = np.clip((y - _FRONT_Y) / (_NAPE_Y - _FRONT_Y), 0, 1)
    low, high = (front + (nape - front) * back for front, nape in zip(_FRONT, _NAPE, strict=True))
    share = np.clip((z - low) / (high - low), 0, 1)
    weights = np.round(share * share * (3 - 2 * share), 2)
    groups = [obj.vertex_groups.new(name=name) for name in (_HEAD, _NECK)]
    for group, weight in zip(groups, (weights, 1 - weights), strict=True):
        for value in np.unique(weight[weight > 0]):
            group.add(np.flatnonzero(weight == value).tolist(), float(value), "REPLACE")
    return [group.name for group in groups]
