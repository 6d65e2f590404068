"""Runs inside a windowed Blender, which test_reconstruct.py starts through the rig: landmark pins moved by mouse,
undone, and the face fitted to them.

What fits is a stand-in that lets the mouth's corner follow its pin. Screenshots are left for people to look at.
"""
import sys
import time

import bpy
import numpy as np
import rig
from bpy_extras.view3d_utils import location_3d_to_region_2d

sys.path.append("/tmp/out")
from shared_session import SETTLED, face, part, until  # noqa: E402

WIDTH, HEIGHT = 640, 640
asked = []


def pins():
    return part("blender.reconstruct_pins").of(face().detailed3dmm.photo.camera)


def made(smile=0.1):
    """Somebody in the middle of a plain picture."""
    camera, light, picture = (part(f"photo.{name}") for name in ("camera", "light", "picture"))
    view = camera.Camera(1500.0, np.full(2, (WIDTH - 1) / 2), (WIDTH, HEIGHT), camera.FRONTAL, np.array([0, 0, 0.75]))
    y, x = np.mgrid[:HEIGHT, :WIDTH][..., None] / HEIGHT
    pixels = np.concatenate([0.5 + 0.3 * x, 0.5 + 0.2 * y, 0.6 - 0.2 * x], 2).astype(np.float32)
    return part("photo.reconstruction").Reconstruction(
        part("core.character").Character(expression={"mouthSmile_L": smile}), view, light.ambient(), None, None,
        picture.Picture(pixels), 0.01)


def reconstruct(photos, _with_texture, _age):
    asked.append(photos[0].placed)
    for step in range(5):
        time.sleep(0.1)
        yield step / 5
    return made(smile=0.8)


def on_screen(pin):
    """Where a pin is shown, in the region's pixels, and in the window's."""
    region = rig.region("WINDOW")
    place = location_3d_to_region_2d(region, rig.area().spaces.active.region_3d, pin.matrix_world.translation)
    return place[0] + region.x, place[1] + region.y


def steps():
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    part("photo.reconstruction").reconstruct = reconstruct
    part("blender.reconstruct_refit").require_modules = lambda: None
    rig.open_sidebar("Detailed3DMM")
    yield 1
    with rig.override():
        part("blender.reconstruct").build(bpy.context, made(), "Ada", pack=True)
        bpy.ops.detailed3dmm.landmark_pins()
    bpy.ops.ed.undo_push(message="Pins")
    assert rig.area().spaces.active.region_3d.view_perspective == "CAMERA"
    yield 2
    rig.shot("1_pins.png")
    number = part("photo.pins").PINS["Mouth Corner L"]
    yield from moved(number)
    yield from refitted(number)
    print("pins:", len(pins()))


def moved(number):
    """A click selects the pin, G moves it, a click leaves it there; undo takes that back, and redo."""
    before = tuple(pins()[number].location)
    x, y = on_screen(pins()[number])
    yield from rig.click(x, y)
    yield SETTLED
    assert bpy.context.view_layer.objects.active == pins()[number], bpy.context.view_layer.objects.active
    yield from rig.key("g")
    yield 0.3
    rig.move(x + 12, y + 15)
    yield 0.5
    rig.move(x + 24, y + 30)
    yield 0.5
    yield from rig.click(x + 24, y + 30)
    yield SETTLED
    after = tuple(pins()[number].location)
    assert np.abs(np.subtract(before, after)).max() > 1e-3 and abs(before[2] - after[2]) < 1e-6
    rig.shot("2_moved.png")
    yield from rig.key("ctrl+z")
    yield from until(lambda: np.allclose(pins()[number].location, before, atol=1e-6), "undo leaves the pin moved")
    yield from rig.key("ctrl+shift+z")
    yield from until(lambda: np.allclose(pins()[number].location, after, atol=1e-6), "redo does not move it again")


def refitted(number):
    """Refit runs from the window, ESC takes nothing along, and undo takes the new face back."""
    def smile():
        return face().data.shape_keys.key_blocks["mouthSmile_L"].value
    with rig.override():
        bpy.ops.detailed3dmm.refit("INVOKE_DEFAULT")
    yield from until(lambda: asked, "Refit does not begin")
    yield from rig.key("Escape")
    yield 1
    assert smile() < 0.2, "ESC does not cancel"
    with rig.override():
        bpy.ops.detailed3dmm.refit("INVOKE_DEFAULT")
    yield from until(lambda: smile() > 0.7, "Refit does not change the face")
    assert list(asked[-1]) == [number], asked
    rig.shot("3_refitted.png")
    rig.move(500, 300)
    yield 0.3
    yield from rig.key("ctrl+z")
    yield from until(lambda: smile() < 0.2, "undo leaves the new face")
