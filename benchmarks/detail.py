"""How fast the Detailed3DMM is: preview and full maps, against the physics that taught it, in one run.

    python benchmarks/detail.py            # the teacher's own row needs a C++ compiler

Medians in milliseconds and ratios; the networks' first row counts everything from sliders to map, base mesh included.
"""

import argparse
import resource
import shutil
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from detailed3dmm_addon.core.detail_controls import DetailControls  # noqa: E402
from detailed3dmm_addon.core.detailed3dmm import LARGEST, Detailed3DMM  # noqa: E402
from training.teacher.sampling import both  # noqa: E402
from training.teacher.teacher import Creases, Teacher  # noqa: E402

FACE_AGE = 55
RESOLUTIONS = (256, 512, 1024, 2048, 4096)  # the last two with the fine band
SOLVED = RESOLUTIONS[:3]  # the fine band of larger maps is drawn, not solved


def median_ms(action, repeats):
    action()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def network_rows(model, face, repeats):
    """Milliseconds by resolution, the person's templates remembered as they are while a slider moves."""
    identity, expression, person = face
    rows = {r: median_ms(lambda r=r: model.displacement(identity, expression, person, FACE_AGE, r), repeats)
            for r in RESOLUTIONS}  # fmt: skip
    controls = DetailControls(folds=1.5, memory=0.5, regions={"forehead": 0.5}, mask=np.ones((1024, 1024)))
    rows["controls"] = median_ms(
        lambda: model.displacement(identity, expression, person, FACE_AGE, 512, controls), repeats)
    rows["codes"] = median_ms(lambda: model.codes(identity, expression, person, FACE_AGE), repeats)
    return rows


def first_bake(model, face):
    """Seconds of the process's first map at the largest size, and by how many MB it grew for it at its peak."""
    identity, expression, person = face
    model.displacement(identity, expression, person, FACE_AGE)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    model.displacement(identity, expression, person + 0.1, FACE_AGE, LARGEST)
    seconds = time.perf_counter() - start
    return seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def teacher_ms(model, face, size):
    """One map of the teacher, its compiler warm, the templates given; how willingly a crease stays costs no time."""
    identity, expression, person = face
    teacher, placement = Teacher(model.base, size), model.network.placement
    with torch.inference_mode():
        variant, warp, skin = placement.numbers(torch.from_numpy(person)[None], torch.from_numpy(identity)[None])
        templates, log_skin = placement(variant, warp, size)[0].numpy(), placement.skin(skin, size)[0].numpy()
    families, coarse = len(templates), 128
    orientation = np.tile(np.array([0.0, 0.0, 1.0])[:, None, None], (families, 1, coarse, coarse))
    creases = Creases(templates, log_skin, orientation, np.full((families, coarse, coarse), 0.5))
    return median_ms(lambda: teacher.displacement(identity, expression, FACE_AGE, creases), repeats=2)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    model = Detailed3DMM.load()
    rng = np.random.default_rng(0)
    expression = model.base.expression({**both("browInnerUp"), **both("eyeSquint", 0.6)})
    face = (0.8 * rng.standard_normal(100).astype(np.float32), expression, rng.standard_normal(24).astype(np.float32))
    seconds, megabytes = first_bake(model, face)
    rows = network_rows(model, face, options.repeats)
    print(f"{options.threads} threads, medians of {options.repeats}")
    print(f"sliders to codes (mesh, strain, mapping)   {rows['codes']:8.1f} ms")
    for resolution in RESOLUTIONS:
        print(f"sliders to map at {resolution:4d}                   {rows[resolution]:8.1f} ms")
    print(f"bands, regions, mask and memory at 512     {rows['controls'] - rows[512]:8.1f} ms more")
    print(f"first map at {LARGEST} of a person             {seconds * 1000:8.1f} ms, {megabytes:.0f} MB at its peak")
    if shutil.which("g++") is None:
        print("teacher: not measured, it is compiled and g++ is not installed")
        return
    for size in SOLVED:
        slow = teacher_ms(model, face, size)
        print(f"teacher at {size:4d}                          {slow:8.1f} ms, {slow / rows[size]:6.1f} x the network's")


if __name__ == "__main__":
    main()
