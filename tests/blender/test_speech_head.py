"""The head's part of a take, by a bone or by the object."""
import bpy
import numpy as np
import pytest
from mathutils import Euler

from detailed3dmm_addon.core.base_model import BaseModel
from tests.blender.spoken import START, bake, take


@pytest.mark.parametrize("mode", ["XYZ", "QUATERNION", "AXIS_ANGLE"])
def test_head_bone_turns_as_the_take_says(face, scene, mode):
    bake(face, take(head=0))
    assert face.find_armature() is None  # where the head keeps still, nothing is added
    bake(face)
    rig = face.find_armature()
    rig.pose.bones["head"].rotation_mode = mode
    bake(face)
    for index in (7, 30, 55):
        scene.frame_set(START + index)
        pitch, yaw, roll = take().curves.head[index].tolist()
        bone = rig.pose.bones["head"]
        turned = bone.matrix.to_3x3() @ bone.bone.matrix_local.to_3x3().inverted()
        error = turned.inverted() @ Euler((pitch, roll, yaw)).to_matrix()
        assert error.to_quaternion().angle < 0.003


def test_head_bends_the_neck_and_keeps_the_face_rigid(face, scene, shape):
    rest = shape(face)
    performance = take(scale=0.0)
    performance.curves.head[:] = (0.0, 0.2, 0.0)
    bake(face, performance)
    scene.frame_set(START + 20)
    turned, landmarks = shape(face), BaseModel.load().landmarks
    pairs = landmarks[[8, 27, 36, 45, 0, 16]]  # chin, nose, eyes, ears
    distances = [np.linalg.norm(points[pairs][:, None] - points[pairs], axis=-1) for points in (rest, turned)]
    assert np.abs(distances[0] - distances[1]).max() < 1e-4
    assert turned[landmarks[30]][0] > 0.015  # the nose goes to the face's own left
    foot = rest[:, 2] < rest[:, 2].min() + 0.02
    assert np.abs(turned - rest)[foot].max() < 1e-4


@pytest.mark.parametrize("mode", ["XYZ", "QUATERNION"])
def test_object_turns_in_its_own_axes(face, scene, mode):
    face.rotation_mode = mode
    face.rotation_euler, face.rotation_quaternion = (0.1, 0.2, 1.5), Euler((0.1, 0.2, 1.5)).to_quaternion()
    bpy.context.view_layer.update()
    before = face.matrix_world.to_3x3()
    for _again in range(2):  # a second bake starts from the same rest
        bake(face, head="OBJECT")
        scene.frame_set(START + 30)
        pitch, yaw, roll = take().curves.head[30].tolist()
        error = (before @ Euler((pitch, roll, yaw)).to_matrix()).inverted() @ face.matrix_world.to_3x3()
        assert error.to_quaternion().angle < 0.004
    assert face.find_armature() is None and tuple(face.rotation_euler) == pytest.approx((0.1, 0.2, 1.5))
