"""Landmark pins: empties on a pane of glass before the photo's camera, which Blender's own tools move and undo.

A pin that lies elsewhere than the last fit left it was placed by hand, and stays so until it is released.
"""
from types import MappingProxyType

import bpy
import numpy as np

from ..photo.pins import PINS

_LANDMARK, _LEFT_AT, _PLACED = "detailed3dmm_landmark", "detailed3dmm_left_at", "detailed3dmm_placed"
_BEFORE = 0.02  # metres between the pane and the foremost point of the face
_RADIUS = 0.0022  # metres, of a pin that lay on the face
_MOVED = 0.1  # pixels beyond which a pin was moved: more than 32-bit numbers lose
_SHAPES = {False: "CIRCLE", True: "SPHERE"}  # as the fit left it, placed by hand


def is_pin(obj):
    """Whether an object is a pin of some photo's camera."""
    return obj is not None and _LANDMARK in obj


def of(camera):
    """{number of a landmark: pin} of a camera object; none where there is no camera."""
    children = camera.children if camera is not None else ()
    return {pin[_LANDMARK]: pin for pin in children if is_pin(pin)}


def placed(camera, view):
    """{number of a landmark: (x, y) pixels} of the pins that were placed by hand.

    camera : object; view : photo.camera.Camera, which it has been since the last fit
    """
    places = {number: _pixel(pin, view) for number, pin in of(camera).items()}
    return {number: places[number] for number, pin in of(camera).items()
            if pin[_PLACED] or np.abs(places[number] - pin[_LEFT_AT]).max() > _MOVED}


def put(camera, view, vertices, by_hand=MappingProxyType({})):
    """Put a camera's pins where the face is seen, the missing ones added; those placed by hand stay where they are.

    Parameters
    ----------
    camera : object; view : photo.camera.Camera of it; vertices : (26719, 3) metres, the face as the photo has it
    by_hand : {number of a landmark: (x, y) pixels}
    """
    there, depth = of(camera), float(view.in_view(vertices)[:, 2].min()) - _BEFORE
    middle = float(view.translation[2])
    for (name, number), pixel in zip(PINS.items(), view.project(_points(vertices)), strict=True):
        pin = there.get(number) or _add(camera, name, number)
        pixel = by_hand.get(number, pixel)
        place = (np.asarray(pixel) - view.centre) / view.focal * depth
        pin.location = place[0], -place[1], -depth
        pin.empty_display_size = _RADIUS * depth / middle
        pin.empty_display_type = _SHAPES[number in by_hand]
        pin[_LEFT_AT], pin[_PLACED] = np.asarray(pixel, float).tolist(), number in by_hand


def release(pins, view):
    """Let pins follow the face again from the next fit on. view : photo.camera.Camera of their camera"""
    for pin in pins:
        pin[_PLACED], pin[_LEFT_AT] = False, _pixel(pin, view).tolist()
        pin.empty_display_type = _SHAPES[False]


def remove(camera):
    """Take all pins of a camera away."""
    for pin in of(camera).values():
        bpy.data.objects.remove(pin)


def _add(camera, name, number):
    pin = bpy.data.objects.new(name, None)
    pin[_LANDMARK] = number
    pin.parent, pin.rotation_euler = camera, (np.pi / 2, 0, 0)  # a circle that faces the camera
    pin.show_in_front = True
    pin.lock_location[2], pin.lock_rotation, pin.lock_scale = True, (True,) * 3, (True,) * 3
    for collection in camera.users_collection:
        collection.objects.link(pin)
    return pin


def _pixel(pin, view):
    """(2,) where a pin is seen."""
    x, y, z = pin.location
    return np.array([x, -y]) / -z * view.focal + view.centre


def _points(vertices):
    """(P, 3) metres of the pins' points on the face."""
    from ..photo import correspondence

    known, numbers = correspondence.load(), list(PINS.values())
    return (vertices[known.triangles[numbers]] * known.barycentric[numbers][..., None]).sum(1)
