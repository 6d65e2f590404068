"""Runs inside a windowed Blender, which test_reconstruct.py starts through the rig: a face from a photo, by mouse.

What looks at the photo is a stand-in that takes its time: ESC, progress, undo, drops and the camera are looked at
here. Screenshots are left beside Blender's log, for people to look at.
"""
import sys
import time

import bpy
import numpy as np
import rig

sys.path.append("/tmp/out")
from shared_session import SETTLED, face, faces, part, until  # noqa: E402

PHOTO = "/tmp/out/photo.png"
WIDTH, HEIGHT = 480, 360
ROW = 14  # pixels: less than a field is high
started, closed = [], []  # of the stand-in's generators: that they began, how they ended


def write_photo():
    y, x = np.mgrid[:HEIGHT, :WIDTH] / HEIGHT
    image = bpy.data.images.new("photo", WIDTH, HEIGHT)
    image.pixels.foreach_set(np.stack([0.3 + 0.3 * x, 0.5 * y, 0.5 - 0.2 * x, np.ones_like(x)], -1).astype("f").ravel())
    image.filepath_raw, image.file_format = PHOTO, "PNG"
    image.save()
    bpy.data.images.remove(image)


def made():
    """Somebody at the right of the picture, whose skin is painted in stripes."""
    camera, light, texture = (part(f"photo.{name}") for name in ("camera", "light", "texture"))
    stripes = np.full((64, 64, 3), (0.5, 0.3, 0.22), np.float32)
    stripes[::8] = (0.1, 0.3, 0.1)
    return part("photo.reconstruction").Reconstruction(
        part("core.character").Character(expression={"jawOpen": 0.4}, extra={"photo": {"creases": 0.4, "age": 0.2}}),
        camera.Camera(700.0, np.array([239.5, 179.5]), (WIDTH, HEIGHT), camera.FRONTAL, np.array([0.05, 0.0, 0.7])),
        light.ambient(), texture.Texture(stripes, np.ones((64, 64), np.float32)), None, picture(), 0.01)


def picture():
    from types import SimpleNamespace

    image = bpy.data.images.load(PHOTO)
    pixels = np.empty(WIDTH * HEIGHT * 4, np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    return SimpleNamespace(pixels=pixels.reshape(HEIGHT, WIDTH, 4)[::-1, :, :3], size=(WIDTH, HEIGHT), path=PHOTO,
                           name="photo.png")


def reconstructing(_path, _more, _wanted):
    started.append(True)
    try:
        for step in range(10):
            time.sleep(0.1)
            yield step / 10
    except GeneratorExit:
        closed.append("cancelled")
        raise
    closed.append("done")
    return made()


def counts():
    return tuple(len(getattr(bpy.data, kind)) for kind in ("objects", "meshes", "cameras", "images", "materials"))


def press_reconstruct(x, y):
    rig.move(500, 300)
    yield SETTLED
    yield from rig.click(x - 30, y - 34)


def steps():
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    write_photo()
    operators = part("blender.reconstruct_operators")
    operators.reconstructing, operators.missing_module = reconstructing, lambda: None
    part("blender.reconstruct_panel").missing_module = lambda: None
    rig.open_sidebar("Detailed3DMM")
    rig.area().spaces.active.overlay.show_extras = False
    yield 1.5
    x, y = yield from rig.find_prop("filepath", step=ROW)
    bpy.context.scene.detailed3dmm_photo.filepath = PHOTO
    bpy.ops.ed.undo_push(message="Photo")
    rig.shot("1_panel.png")
    before = counts()
    yield from cancelled(x, y, before)
    yield from done_and_undone(x, y, before)
    yield from seen_by_the_camera()
    yield from dropped()
    print("reconstructed:", len(closed))


def cancelled(x, y, before):
    yield from press_reconstruct(x, y)
    yield from until(lambda: started, "a click on Reconstruct starts nothing")
    rig.shot("2_progress.png")
    yield from rig.key("Escape")
    yield from until(lambda: closed, "ESC does not cancel")
    assert closed == ["cancelled"] and counts() == before, "something was left by a cancelled reconstruction"


def done_and_undone(x, y, before):
    yield from press_reconstruct(x, y)
    yield from until(face, "a click on Reconstruct makes no face")
    assert rig.area().spaces.active.region_3d.view_perspective == "CAMERA", "the view does not look through the camera"
    rig.shot("3_reconstructed.png")
    rig.move(500, 300)
    yield 0.3
    yield from rig.key("ctrl+z")
    yield from until(lambda: not face(), "undo leaves the face")
    assert counts() == before, "one undo step does not take all back"
    assert bpy.context.scene.detailed3dmm_photo.filepath == PHOTO
    yield from rig.key("ctrl+shift+z")
    yield from until(face, "redo does not bring the face back")


def seen_by_the_camera():
    """The face before the photo."""
    assert bpy.context.scene.camera == face().detailed3dmm.photo.camera
    rig.area().spaces.active.region_3d.view_perspective = "CAMERA"
    yield SETTLED
    rig.shot("4_camera.png")
    face().detailed3dmm.photo.front = True
    yield 2 * SETTLED
    rig.shot("5_photo_in_front.png")


def dropped():
    count = len(closed)
    with rig.override():
        bpy.ops.wm.drop_import_file("INVOKE_DEFAULT", directory="/tmp/out/", files=[{"name": "photo.png"}])
    yield 2
    rig.shot("6_dropped.png")
    # Blender itself takes pictures too, and asks; scripts are answered by the operator alone.
    yield from rig.key("Escape")
    if len(closed) == count:
        with rig.override():
            bpy.ops.detailed3dmm.reconstruct_file("INVOKE_DEFAULT", filepath=PHOTO)
    yield from until(lambda: len(faces()) == 2, "a drop is ignored")
