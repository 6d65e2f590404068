"""Runs inside a windowed Blender, which test_panel.py starts through the rig: the panel under a real mouse.

Screenshots are left beside Blender's log, for people to look at.
"""
import sys

import bpy
import numpy as np
import rig
from mathutils import Euler

sys.path.append("/tmp/out")
from shared_session import SETTLED, face, faces, part  # noqa: E402

ROW = 14  # pixels: less than a slider is high


def basis():
    points = np.empty(len(face().data.vertices) * 3, np.float32)
    face().data.shape_keys.reference_key.points.foreach_get("co", points)
    return points


def frame_face():
    space = rig.area().spaces.active
    space.overlay.show_overlays = False
    view = space.region_3d
    view.view_perspective, view.view_distance, view.view_location = "ORTHO", 0.55, (0, 0, 0)
    view.view_rotation = Euler((1.5707, 0, 0.35)).to_quaternion()


def header(index):
    """Window coordinates of the header of a closed panel, counted from the top, where all above are closed too."""
    region = rig.region("UI")
    return region.x + 60, region.y + region.height - 14 - 28 * index


def add_face():
    region = rig.region("UI")
    for below in range(40, 80, 10):
        yield from rig.click(region.x + region.width // 2 - 20, region.y + region.height - below)
        yield 1.0
        if face():
            return
    raise AssertionError("no Add Face button under the panel's header")


def drag(name, distance):
    x, y = yield from rig.find_prop(name, step=ROW)
    yield from rig.drag(x, y, distance)


def undo():
    rig.move(500, 300)
    yield 0.3
    yield from rig.key("ctrl+z")
    yield SETTLED


def steps():
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    assert "torch" not in sys.modules
    rig.open_sidebar("Detailed3DMM")
    yield 1.5
    rig.shot("1_no_face.png")

    yield from add_face()
    assert face().detailed3dmm.is_face
    frame_face()
    yield 2 * SETTLED
    rig.shot("2_new_face.png")

    yield from rig.click(*header(0))  # closes Face
    yield from rig.click(*header(1))  # opens Shape
    yield SETTLED
    yield from identity_slider()
    yield from rig.click(*header(1))
    yield SETTLED
    yield from expression_slider()
    yield from adding_undone()


def identity_slider():
    before, slider = basis(), "shape_" + part("core.semantic").SLIDERS[0].name
    yield from drag(slider, 40)
    moved = getattr(face().detailed3dmm, slider)
    assert abs(moved) > 0.5, "the identity slider was dragged and shows the same value"
    assert np.abs(basis() - before).max() > 1e-4, "the identity slider was dragged and the mesh did not follow"
    yield 2 * SETTLED
    assert part("blender.mesh").is_adapted(face()), "the hand rests and the expressions were not adapted"
    rig.shot("3_shape.png")
    yield from undo()
    assert abs(getattr(face().detailed3dmm, slider)) < 1e-3 and np.abs(basis() - before).max() < 1e-7
    yield from rig.key("ctrl+shift+z")
    yield SETTLED
    assert abs(getattr(face().detailed3dmm, slider) - moved) < 1e-3


def expression_slider():
    yield from drag("both_browInnerUp", 120)
    keys = face().data.shape_keys.key_blocks
    value = keys["browInnerUp_L"].value
    assert value > 0.2 and keys["browInnerUp_R"].value == value
    yield 2 * SETTLED
    rig.shot("4_expression.png")
    problem = part("blender.live").problem()
    size = face().detailed3dmm.image.size[0]
    print("wrinkles:", problem or f"{size} x {size}")
    assert problem or size == int(face().detailed3dmm.final_resolution), "the final resolution did not follow"
    x, y = yield from rig.find_prop("link_sides", step=ROW)
    yield from rig.click(x, y)
    yield SETTLED
    assert not face().detailed3dmm.link_sides
    rig.shot("5_sides.png")
    yield from drag("value", -200)  # the first of them: browInnerUp_R
    keys = face().data.shape_keys.key_blocks
    assert keys["browInnerUp_R"].value < value == keys["browInnerUp_L"].value
    yield from undo()
    keys = face().data.shape_keys.key_blocks
    assert keys["browInnerUp_R"].value == keys["browInnerUp_L"].value == value
    yield from keyframe_under_the_mouse()


def keyframe_under_the_mouse():
    x, y = yield from rig.find_prop("value", step=ROW)
    rig.move(x, y)
    yield 0.3
    yield from rig.key("i")
    yield SETTLED
    animation = face().data.shape_keys.animation_data
    assert animation and animation.action, "I over an expression slider set no keyframe"


def adding_undone():
    for _ in range(12):
        yield from undo()
        if not faces():
            break
    assert not faces(), "undo did not take the face away"
    yield SETTLED  # timers meet a file without the face
