"""Runs inside a windowed Blender, which test_jobs.py starts through the rig: long work with progress, ESC and an end.

The files that it reads lie beside Blender's log: another model's head, and a displacement map.
"""
import importlib.util
import sys

import bpy
import rig

sys.path.append("/tmp/out")
from shared_session import SETTLED, face, steps_seen, until, watch_jobs  # noqa: E402


def choose(file):
    """Pick a file in the browser that an operator opened, as a click on its button does."""
    yield from until(lambda: any(area.type == "FILE_BROWSER" for area in rig.window().screen.areas), "no file browser")
    area = rig.area("FILE_BROWSER")
    parameters = area.spaces.active.params
    parameters.directory, parameters.filename = b"/tmp/out/", file
    yield SETTLED
    with rig.override(area):
        bpy.ops.file.execute("INVOKE_DEFAULT")


def job(operator, cancel, file=None, **arguments):
    """Run a modal job from start to end, or to ESC after its second step."""
    steps_seen.clear()
    with bpy.context.temp_override(window=rig.window(), area=rig.area(), region=rig.region("WINDOW"), object=face(),
                                   active_object=face()):
        assert operator("INVOKE_DEFAULT", **arguments) == {"RUNNING_MODAL"}
    if file:
        yield from choose(file)
    if cancel:
        yield from until(lambda: len(steps_seen) >= 1, f"{operator} does nothing")
        rig.shot(f"{operator.idname_py()}_progress.png")
        yield from rig.key("Escape")
        yield 3 * SETTLED
        count = len(steps_seen)
        yield 3 * SETTLED
        assert len(steps_seen) == count, f"ESC does not stop {operator}"
        assert not any(result for _name, _seconds, result in steps_seen), f"{operator} was over before ESC"
    else:
        yield from until(lambda: any(result for _n, _s, result in steps_seen), f"{operator} does not end")
        print(f"{operator.idname_py()}: {len(steps_seen)} steps, the longest "
              f"{max(seconds for _name, seconds, _result in steps_seen):.2f} s")
        assert steps_seen[-1][2] == {"FINISHED"}, steps_seen[-1]


def steps():
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    bpy.context.preferences.view.filebrowser_display_type = "SCREEN"
    with rig.override():
        bpy.ops.detailed3dmm.add_face()
    face().detailed3dmm.live = False
    yield 1.0
    watch_jobs()
    yield from own_base()
    if importlib.util.find_spec("OpenImageIO"):  # Debian's Blender has none
        yield from detail_from_image()


def detail_from_image():
    operator, settings = bpy.ops.detailed3dmm.detail_from_image, face().detailed3dmm
    before = tuple(settings.person), settings.detail.more
    yield from job(operator, True, "map.exr")
    assert (tuple(settings.person), settings.detail.more) == before, "a cancelled job changed the face"
    yield from job(operator, False, "map.exr")
    settings = face().detailed3dmm
    assert (tuple(settings.person), settings.detail.more) != before


def own_base():
    operator, before = bpy.ops.detailed3dmm.import_own_base, (len(bpy.data.objects), len(bpy.data.meshes))
    yield from job(operator, True, "facescape_bm_v1.6_847_50_52_id_front.npz")
    assert (len(bpy.data.objects), len(bpy.data.meshes)) == before, "a cancelled job left something"
    yield from job(operator, False, "facescape_bm_v1.6_847_50_52_id_front.npz")
    made = bpy.context.view_layer.objects.active
    assert made.detailed3dmm_own_base.is_own_base and made.detailed3dmm_own_base.face == face()
    face().data.shape_keys.key_blocks["jawOpen"].value = 0.5
    yield 2
    rig.shot("own_base.png")
    assert abs(made.data.shape_keys.key_blocks["jawOpen"].value - 0.5) < 1e-6
