"""What the command line makes and reads through Blender: face.blend, render.png, and baking an animated face."""
import subprocess
import sys

import numpy as np
import OpenImageIO

from detailed3dmm_addon.core import displacement_file

SECONDS = 600

ANIMATE = """
import bpy, os, sys
bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
face, = (obj for obj in bpy.data.objects if obj.data and getattr(obj.data, "shape_keys", None))
for name in ("browInnerUp_L", "browInnerUp_R"):
    key = face.data.shape_keys.key_blocks[name]
    for frame, value in ((1, 0.0), (3, 1.0)):
        key.value = value
        key.keyframe_insert("value", frame=frame)
bpy.context.scene.frame_end = 3
bpy.ops.wm.save_as_mainfile(filepath=sys.argv[2])
sys.stdout.flush()
os._exit(0)
"""

EMPTY = """
import bpy, os, sys
bpy.ops.wm.read_homefile(use_factory_startup=True)
bpy.ops.wm.save_as_mainfile(filepath=sys.argv[1])
sys.stdout.flush()
os._exit(0)
"""

LOOK = """
import bpy, os, sys
bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
face, = (obj for obj in bpy.data.objects if obj.data and getattr(obj.data, "shape_keys", None))
image = bpy.data.images[face.name + "_displacement"]
print(len(face.data.vertices), round(face.data.shape_keys.key_blocks["jawOpen"].value, 3),
      bpy.context.scene.camera is not None, image.packed_file is not None, image.size[0],
      max(list(image.pixels)[::4]) > 0.02)
sys.stdout.flush()
os._exit(0)
"""


def blender(script, *arguments):
    """Run a script in a Blender without the add-on; its last line."""
    done = subprocess.run([sys.executable, "-c", script, *map(str, arguments)], capture_output=True, text=True,
                          timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    return (done.stdout.strip().splitlines() or [""])[-1]


def test_blend_file_works_without_the_addon(sculpted):
    assert blender(LOOK, sculpted / "face.blend") == "26719 0.25 True True 512 True"


def test_render_shows_something(sculpted):
    source = OpenImageIO.ImageInput.open(str(sculpted / "render.png"))
    pixels = source.read_image("float")
    source.close()
    middle = pixels[pixels.shape[0] // 3:-pixels.shape[0] // 3, pixels.shape[1] // 3:-pixels.shape[1] // 3, :3]
    assert middle.std() > 0.02
    assert middle[..., 0].mean() > middle[..., 2].mean()  # skin is redder than it is blue


def test_bake_of_an_animated_file(cli, tmp_path, sculpted):
    blender(ANIMATE, sculpted / "face.blend", tmp_path / "animated.blend")
    written = cli("bake", tmp_path / "animated.blend", "--resolution", 256, "--out", tmp_path / "all").written()
    assert [path.name for path in written] == [f"displacement_{frame:04d}.exr" for frame in (1, 2, 3)]
    maps = [displacement_file.read(path) for path in written]
    assert maps[0].shape == (256, 256)
    assert np.abs(maps[2] - maps[0]).max() > np.abs(maps[1] - maps[0]).max() > 0.02

    cli("sculpt", "--character", sculpted / "character.json", "--expression", "browInnerUp_L=1",
        "--expression", "browInnerUp_R=1", "--resolution", 256, "--out", tmp_path / "s").written()
    np.testing.assert_allclose(maps[2], displacement_file.read(tmp_path / "s" / "displacement.exr"), atol=1e-3)

    one = cli("bake", tmp_path / "animated.blend", "--frames", "3:3", "--resolution", 256, "--out", tmp_path / "one")
    np.testing.assert_array_equal(displacement_file.read(one.written()[0]), maps[2])


def test_bake_of_other_files(cli, tmp_path, sculpted):
    whole = (sculpted / "face.blend").read_bytes()
    (tmp_path / "half.blend").write_bytes(whole[:len(whole) // 2])
    (tmp_path / "text.blend").write_text("not a blend file")
    blender(EMPTY, tmp_path / "empty.blend")
    for name, words in {"half.blend": ["half.blend"], "text.blend": ["text.blend"], "none.blend": ["none.blend"],
                        "empty.blend": ["no face"]}.items():
        assert cli("bake", tmp_path / name, "--out", tmp_path / "o").refused(*words)
    assert cli("bake", sculpted / "face.blend", "--object", "Other", "--out", tmp_path / "o").refused("Other", "Face")
    assert not (tmp_path / "o").exists()
