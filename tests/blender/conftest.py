"""One Blender for all tests of this folder: the add-on registered, an empty file for each test."""
import wave

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python module")

import detailed3dmm_addon  # noqa: E402
from detailed3dmm_addon.core import skin_paint  # noqa: E402
from detailed3dmm_addon.core.person import USUAL_PERSON  # noqa: E402
from tests.blender.spoken import COUNT, FPS  # noqa: E402


@pytest.fixture(scope="session")
def addon():
    detailed3dmm_addon.register()
    yield detailed3dmm_addon
    detailed3dmm_addon.unregister()


@pytest.fixture
def plain_skin(monkeypatch):
    """One colour instead of painted skin, which takes seconds a face and is tested elsewhere."""
    def paint(_appearance, _age, _material, size):
        return skin_paint.Textures(*np.full((2, size, size, 3), 0.5, np.float32))
    monkeypatch.setattr(skin_paint, "paint", paint)
    monkeypatch.setattr(skin_paint, "SIZES", dict.fromkeys(skin_paint.SIZES, 16))


@pytest.fixture
def empty(addon, plain_skin):
    """Blender with an empty file open."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.ed.undo_push(message="Original")
    return bpy


@pytest.fixture
def face(empty):
    """A face, active and alone in the file."""
    bpy.ops.detailed3dmm.add_face()
    return bpy.context.object


@pytest.fixture
def wrinkles(monkeypatch):
    """A stand-in for the trained detail: a map whose level tells what it was asked for, quickly and without torch."""
    from detailed3dmm_addon.blender import bake

    class Flat:
        asked = []

        def displacement(self, identity, expression, person, age, resolution=1024, controls=None):
            self.asked.append(resolution)
            self.controls = controls
            level = expression.sum() + identity.sum() / 100 + (person - USUAL_PERSON).sum() / 100
            level *= controls.wrinkles * (1 if controls.mask is None else controls.mask.mean())
            return np.full((resolution, resolution), level, np.float32)

    model = Flat()
    monkeypatch.setattr(bake, "detail_model", lambda: model)
    return model


@pytest.fixture(scope="session")
def shape():
    """Gives the vertices (26719, 3) of an object as Blender evaluates them."""
    def evaluated(obj):
        bpy.context.view_layer.update()
        result = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
        points = np.empty(len(result.vertices) * 3, np.float32)
        result.vertices.foreach_get("co", points)
        return points.reshape(-1, 3)
    return evaluated


@pytest.fixture(scope="session")
def level():
    """Gives the value at the middle of a face's displacement image, millimetres, and the image's size."""
    def read(obj):
        image = obj.detailed3dmm.image
        pixels = np.empty(image.size[0] * image.size[1] * 4, np.float32)
        image.pixels.foreach_get(pixels)
        return float(pixels.reshape(*image.size, 4)[image.size[1] // 2, image.size[0] // 2, 0]), image.size[0]
    return read



@pytest.fixture(scope="session")
def curves():
    """Gives the F-curves of a datablock: in the action itself until 4.3, in a slot's channels from 4.4 on."""
    def of(datablock):
        animation = datablock.animation_data
        if bpy.app.version < (4, 4, 0):
            return animation.action.fcurves
        from bpy_extras.anim_utils import action_get_channelbag_for_slot
        return action_get_channelbag_for_slot(animation.action, animation.action_slot).fcurves
    return of


@pytest.fixture
def recording(tmp_path):
    """Path of a silent sound file as long as `spoken.take`."""
    path = tmp_path / "guten Tag ü.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(b"\0\0" * (16000 * COUNT // FPS))
    return path


@pytest.fixture
def scene(face):
    """The scene of a face whose wrinkles, which are tested elsewhere, take no time."""
    from detailed3dmm_addon.blender import live
    scene = bpy.context.scene
    scene.render.fps, scene.frame_end = FPS, 250
    with live.paused():
        yield scene
