"""Materials and studio: what each part wears, how wrinkles are shown, and what a render of it looks like."""
import ctypes.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python module")

from detailed3dmm_addon.blender import material, studio  # noqa: E402
from detailed3dmm_addon.core.base_model import BaseModel  # noqa: E402
from detailed3dmm_addon.core.errors import ParameterError  # noqa: E402

SECONDS = {"CYCLES": 300, "EEVEE": 500}  # EEVEE compiles its shaders, and may have to draw without a graphics card
NO_CONTEXT = (134, -6)  # Blender aborts where it gets no OpenGL context


@pytest.fixture
def image():
    return bpy.data.images.new("heights", 64, 64, alpha=False, float_buffer=True, is_data=True)


def part(obj, name):
    return obj.data.materials[BaseModel.load().topology.materials.index(name)]


def test_every_part_wears_a_material(face, image):
    material.assign(face, {}, image)
    worn = list(face.data.materials)
    assert len(worn) == 12 and all(worn)
    assert part(face, "M_IrisLeft") == part(face, "M_IrisRight")
    assert len({found.name for found in worn}) == 10
    for found in worn:
        output = next(node for node in found.node_tree.nodes if node.type == "OUTPUT_MATERIAL")
        assert output.inputs["Surface"].is_linked


def test_an_artists_material_stays(face, image):
    own = bpy.data.materials.new("Gold tooth")
    material.assign(face, {}, image)
    slot = BaseModel.load().topology.materials.index("M_Teeth")
    face.data.materials[slot] = own
    material.assign(face, {"teeth": 0.1}, image)
    assert face.data.materials[slot] == own


def test_eyes_follow_their_parameters(face, image):
    material.assign(face, {"iris_hue": 0.0}, image)
    inputs = part(face, "M_IrisLeft").node_tree.nodes["iris outer"].outputs[0]
    blue = list(inputs.default_value)
    material.update_skin(face, {"iris_hue": 1.0})
    brown = list(inputs.default_value)
    assert blue[2] > blue[0] and brown[0] > brown[2]


def test_unknown_parameters_change_nothing(face, image):
    material.assign(face, {}, image)
    with pytest.raises(ParameterError):
        material.update_skin(face, {"iris_huge": 1.0})


def test_modes_come_and_go(face, image):
    mine = face.modifiers.new("Mine", "SMOOTH")
    for mode, kinds in ((material.MODIFIER, ["SMOOTH", "SUBSURF", "DISPLACE"]),
                        (material.ADAPTIVE, ["SMOOTH", "SUBSURF"]), (material.BUMP, ["SMOOTH"])):
        material.assign(face, {}, image, mode)
        assert sorted(modifier.type for modifier in face.modifiers) == sorted(kinds)
    assert mine.name in face.modifiers


def test_the_displacement_modifier_moves_the_skin_by_millimetres(face, image, shape):
    image.pixels.foreach_set(np.tile(np.float32([2, 2, 2, 1]), 64 * 64))
    material.assign(face, {}, image, material.MODIFIER)
    face.modifiers[material.SUBDIVISION].levels = 0
    moved = shape(face)
    face.modifiers[material.DISPLACEMENT].show_viewport = False
    distance = np.linalg.norm(moved - shape(face), axis=1) * 1000
    skin = np.unique(BaseModel.load().topology.faces[BaseModel.load().topology.face_material == 0])
    skin = skin[skin >= 0]
    assert np.median(distance[skin]) == pytest.approx(2.0, abs=0.01)
    assert np.delete(distance, skin).max() == 0


def test_the_studio_is_set_up_once(face):
    for _ in range(2):
        made = studio.set_up(bpy.context.scene, face)
    studios = [child for child in bpy.context.scene.collection.children if child.name.startswith(studio.COLLECTION)]
    assert studios == [made] and bpy.context.scene.camera in list(made.objects)
    assert len([obj for obj in bpy.data.objects if obj.type == "CAMERA"]) == 1


def test_the_camera_sees_the_whole_head(face, shape):
    from bpy_extras.object_utils import world_to_camera_view
    from mathutils import Vector
    studio.set_up(bpy.context.scene, face)
    bpy.context.view_layer.update()
    points = shape(face)
    for index in (*BaseModel.load().landmarks, int(points[:, 2].argmax())):
        x, y, depth = world_to_camera_view(bpy.context.scene, bpy.context.scene.camera, Vector(points[index]))
        assert 0.05 < x < 0.95 and 0.05 < y < 0.99 and depth > 0


@pytest.fixture(scope="module", params=["CYCLES", "EEVEE"])
def renders(request, tmp_path_factory):
    """Pictures (height, width, 3) 0..1 of a smooth face and of one with a folded forehead."""
    if request.param == "EEVEE" and not ctypes.util.find_library("EGL"):
        pytest.skip("EEVEE needs libEGL, which is not installed here")
    folder = tmp_path_factory.mktemp(request.param)
    script = Path(__file__).with_name("material_session.py")
    done = subprocess.run([sys.executable, str(script), request.param, str(folder)], capture_output=True, text=True,
                          timeout=SECONDS[request.param])
    if request.param == "EEVEE" and done.returncode in NO_CONTEXT:
        pytest.skip("EEVEE got no OpenGL context here")
    assert done.returncode == 0, done.stdout + done.stderr
    return [read(folder / f"{name}.png") for name in ("smooth", "folded")]


def read(path):
    cv2 = pytest.importorskip("cv2")
    return cv2.imread(str(path))[..., ::-1] / 255.0


def test_a_render_is_a_lit_face_and_not_clay(renders):
    picture = renders[0]
    height, width = picture.shape[:2]
    cheeks = picture[height * 45 // 100:height * 60 // 100, width * 35 // 100:width * 65 // 100].reshape(-1, 3)
    red, green, blue = cheeks.mean(0)
    assert red > 1.1 * green > 1.1 * blue
    assert picture.std() > 0.08 and cheeks.mean() > 0.15
    backdrop = picture[:height // 8, :width // 8].reshape(-1, 3).mean(0)
    assert backdrop[2] >= backdrop[0] and backdrop.mean() < cheeks.mean()


def test_displacement_shows_where_it_is(renders):
    smooth, folded = renders
    change = np.abs(smooth - folded).mean(-1)
    height, width = change.shape
    forehead = change[height * 14 // 100:height * 30 // 100, width * 35 // 100:width * 65 // 100]
    below = change[height * 60 // 100:]
    assert forehead.mean() > 0.01 and forehead.mean() > 3 * below.mean()
