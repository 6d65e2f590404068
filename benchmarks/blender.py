"""How quickly Blender follows the sliders, and what the add-on costs in memory.

``.venv/bin/python benchmarks/blender.py`` prints medians, the issue's budgets and the ratio of both.
"""
import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
ROUNDS = 15
MEMORY = ("Blender alone", "Blender and numpy", "face, add-on off", "face", "face and torch")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--memory", choices=MEMORY, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory:
        print(memory_of(options.memory))
    else:
        speed()
        memory()
    sys.stdout.flush()
    os._exit(0)  # Blender's module may hang on the way out


def speed():
    import bpy
    import numpy as np

    import detailed3dmm_addon
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    start, busy = time.perf_counter(), time.thread_time()
    detailed3dmm_addon.register()
    row("enable the add-on", [((time.perf_counter() - start) * 1e3, (time.thread_time() - busy) * 1e3)], 500)
    face = new_face()
    from detailed3dmm_addon.blender import images, mesh, parameters
    settings, update = face.detailed3dmm, bpy.context.view_layer.update
    identities = np.random.default_rng(0).normal(size=(ROUNDS, 100)).astype(np.float32)
    face.data.shape_keys.key_blocks["jawOpen"].value = 0.5
    face.data.shape_keys.key_blocks["mouthSmile_L"].value = 0.5

    def identity(index, move):
        parameters.set_identity(settings, identities[index])
        move(face)
        update()

    def expression(index):
        face.data.shape_keys.key_blocks["browInnerUp_L"].value = 0.05 * (index + 1)
        update()

    def mesh_alone(index):
        parameters.set_identity(settings, identities[index])
        mesh.move_identity(face)

    row("identity slider to mesh, handler alone", times(mesh_alone), 16)
    row("identity slider to evaluated mesh", times(lambda index: identity(index, mesh.move_identity)), 16)
    row("53 expressions adapted at rest", times(lambda index: identity(index, mesh.update_identity)), 100)
    row("expression slider to evaluated mesh", times(expression), 5)
    for size, budget in ((256, 40), (1024, 200)):
        wrinkles(face, size, budget, images)


def wrinkles(face, size, budget, images):
    from detailed3dmm_addon.blender import bake
    from detailed3dmm_addon.core.errors import Detailed3DMMError
    keys = face.data.shape_keys.key_blocks

    def draw(index):
        keys["browInnerUp_L"].value = 0.05 * (index + 1)
        images.write_image(face, bake.displacement(face, size))
    try:
        draw(0)
    except Detailed3DMMError as error:
        print(f"displacement {size}: {error}")
        return
    row(f"displacement {size} into the image", times(draw), budget)


def memory():
    measured = {}
    for state in MEMORY:
        done = subprocess.run([sys.executable, __file__, "--memory", state], capture_output=True, text=True,
                              timeout=600, check=True)
        measured[state] = float(done.stdout.split()[-1])
        print(f"{'memory: ' + state:44}{measured[state]:8.0f} MB")
    more = measured["face"] - measured["face, add-on off"]
    print(f"{'enabled add-on, beside the same file without':44}{more:8.0f} MB, budget 60, {more / 60:.2f} of it")
    print(f"{'all with torch':44}{measured['face and torch']:8.0f} MB, budget 600, "
          f"{measured['face and torch'] / 600:.2f} of it")


def memory_of(state):
    """Resident memory of this process in MB, brought into a state."""
    import bpy
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    if state == "Blender and numpy":
        import numpy  # noqa: F401  Blender loads it itself as soon as any add-on uses it
    if state.startswith("face"):
        face_in_file(state)
    import resource
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def face_in_file(state):
    import tempfile

    import bpy
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "face.blend")
        make = (f"import sys, os; sys.path.insert(0, {str(ROOT)!r}); import bpy, detailed3dmm_addon; "
                "detailed3dmm_addon.register(); bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True); "
                f"bpy.ops.detailed3dmm.add_face(); bpy.ops.wm.save_as_mainfile(filepath={path!r}); "
                "sys.stdout.flush(); os._exit(0)")
        subprocess.run([sys.executable, "-c", make], check=True, timeout=600, capture_output=True)
        if state != "face, add-on off":
            import detailed3dmm_addon
            detailed3dmm_addon.register()
        bpy.ops.wm.open_mainfile(filepath=path)
        face = bpy.data.objects["Face"]
        if state != "face, add-on off":
            face.detailed3dmm.identity_0[0] = 1.0
        if state == "face and torch":
            bake_all(face)
        bpy.context.view_layer.update()


def bake_all(face):
    from detailed3dmm_addon.blender import live
    for size in (256, 1024):
        live.draw(face, size)


def new_face():
    import bpy
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.detailed3dmm.add_face()
    return bpy.context.object


def times(function):
    """(wall, processor) milliseconds of each round, the first one left out.

    The processor's time is that of the calling thread: what a machine busy with other work does not change.
    """
    measured = []
    for index in range(ROUNDS):
        start, busy = time.perf_counter(), time.thread_time()
        function(index)
        measured.append(((time.perf_counter() - start) * 1e3, (time.thread_time() - busy) * 1e3))
    return measured[1:]


def row(name, measured, budget):
    wall, processor = (statistics.median(column) for column in zip(*measured, strict=True))
    print(f"{name:44}{wall:8.2f} ms, {processor:.2f} of the processor, budget {budget}, {wall / budget:.2f} of it")


if __name__ == "__main__":
    main()
