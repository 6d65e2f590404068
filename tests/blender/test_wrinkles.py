"""The displacement image: when it is drawn, at which size, in which file."""
import bpy
import numpy as np
import pytest

from detailed3dmm_addon.blender import bake, live
from detailed3dmm_addon.core import displacement_file
from detailed3dmm_addon.core.errors import Detailed3DMMError
from detailed3dmm_addon.core.person import USUAL_PERSON


def test_playback_in_background_draws_every_frame(face, wrinkles, level, curves):
    jaw = face.data.shape_keys.key_blocks["jawOpen"]
    for frame, value in ((1, 0.0), (11, 1.0)):
        jaw.value = value
        jaw.keyframe_insert("value", frame=frame)
    for curve in curves(face.data.shape_keys):
        for point in curve.keyframe_points:
            point.interpolation = "LINEAR"
    seen = []
    for frame in (1, 6, 11):
        bpy.context.scene.frame_set(frame)
        seen.append(level(face)[0])
    assert seen == pytest.approx([0, 0.5, 1])


def test_driven_expression_is_followed(face, wrinkles, level):
    driver = face.data.shape_keys.key_blocks["jawOpen"].driver_add("value").driver
    driver.expression = "frame / 100"
    bpy.context.scene.frame_set(25)
    assert level(face)[0] == pytest.approx(0.25)


def test_unchanged_face_is_not_drawn_again(face, wrinkles):
    live.update_now(bpy.context.scene)
    asked = len(wrinkles.asked)
    bpy.context.scene.frame_set(5)
    live.update_now(bpy.context.scene)
    assert len(wrinkles.asked) == asked


@pytest.mark.parametrize(("change", "expected"), [
    ({"detail_strength": 0.5}, 0.5), ({"use_detail": False}, 0.0),
    ({"person": [2.0 + USUAL_PERSON[0], *USUAL_PERSON[1:]]}, 1.02)])
def test_settings_change_the_map(face, wrinkles, level, change, expected):
    face.data.shape_keys.key_blocks["jawOpen"].value = 1.0
    for name, value in change.items():
        setattr(face.detailed3dmm, name, value)
    live.update_now(bpy.context.scene)
    assert level(face)[0] == pytest.approx(expected, abs=1e-6)


def test_first_row_of_the_map_is_the_top_of_the_image(face, monkeypatch):
    class Gradient:
        def displacement(self, *_args, resolution, controls):
            return np.repeat(np.linspace(1, 0, resolution, dtype=np.float32)[:, None], resolution, 1)
    monkeypatch.setattr(bake, "detail_model", Gradient)
    face.detailed3dmm.final_resolution = "256"
    bpy.ops.detailed3dmm.bake_displacement()
    pixels = np.array(face.detailed3dmm.image.pixels[:]).reshape(256, 256, 4)
    assert pixels[-1, 0, 0] == 1 and pixels[0, 0, 0] == 0 and pixels[..., 3].min() == 1


def test_bake_packs_the_image(face, wrinkles, level):
    face.detailed3dmm.final_resolution = "512"
    assert bpy.ops.detailed3dmm.bake_displacement() == {"FINISHED"}
    image = face.detailed3dmm.image
    assert image.packed_file and tuple(image.size) == (512, 512)
    assert image.name == "Face_displacement" and image.colorspace_settings.name == "Non-Color" and image.is_float


@pytest.mark.parametrize("target", ["EXR", "PNG"])
def test_bake_writes_files_in_millimetres(face, wrinkles, tmp_path, target):
    face.data.shape_keys.key_blocks["jawOpen"].value = 0.5
    path = tmp_path / "map"
    bpy.ops.detailed3dmm.bake_displacement(target=target, filepath=str(path), resolution=256)
    heights = displacement_file.read(path.with_suffix("." + target.lower()))
    assert heights.shape == (256, 256) and heights == pytest.approx(0.5, abs=1e-4)


def test_bake_into_no_folder_says_so(face, wrinkles, tmp_path):
    with pytest.raises(RuntimeError, match="not inside an existing folder"):
        bpy.ops.detailed3dmm.bake_displacement(target="EXR", filepath=str(tmp_path / "none" / "map.exr"))


def test_without_torch_the_rest_goes_on(face, monkeypatch, shape):
    from detailed3dmm_addon.blender import compat
    monkeypatch.setattr(compat, "has_module", lambda name: name != "torch")
    with pytest.raises(RuntimeError, match="PyTorch"):
        bpy.ops.detailed3dmm.bake_displacement()
    before = shape(face)
    face.data.shape_keys.key_blocks["jawOpen"].value = 0.5
    bpy.context.scene.frame_set(2)
    assert "PyTorch" in live.problem()
    assert np.abs(shape(face) - before).max() > 0.005


def test_missing_weights_are_reported(face, monkeypatch):
    def missing():
        raise Detailed3DMMError("The weights are missing.")
    monkeypatch.setattr(bake, "detail_model", missing)
    with pytest.raises(RuntimeError, match="The weights are missing"):
        bpy.ops.detailed3dmm.bake_displacement()


@pytest.mark.parametrize("mode", ["MODIFIER", "ADAPTIVE", "BUMP"])
def test_modes(face, wrinkles, mode):
    face.detailed3dmm.detail_mode = mode
    kinds = {modifier.type for modifier in face.modifiers}
    assert kinds == {"MODIFIER": {"SUBSURF", "DISPLACE"}, "ADAPTIVE": {"SUBSURF"}, "BUMP": set()}[mode]
