"""How fast the fine band is, beside plain upsampling of the network's map, in one run.

    python benchmarks/fine_band.py

Milliseconds and how much memory a map needs at its peak beyond what was there. "First" is a person not seen before,
"again" another expression of a person whose relaxed map is remembered; both with strain everywhere.
"""

import argparse
import statistics
import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from detailed3dmm_addon.core.fine_band import FineBand  # noqa: E402

AGE, GRID, UPSAMPLED = 45, 64, 512


def times_ms(action, arguments):
    """Median of an action over a list of arguments, none of which it saw before."""
    times = []
    for argument in arguments:
        start = time.perf_counter()
        action(argument)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def peak_mb(action):
    """Highest resident memory of this process during an action, above what it was before; None but on Linux."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return None
    before, highest, done = _resident_mb(statm), [0.0], threading.Event()

    def watch():
        while not done.wait(0.002):
            highest[0] = max(highest[0], _resident_mb(statm))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        action()
    finally:
        done.set()
        watcher.join()
    return max(highest[0] - before, 0.0)


def _resident_mb(statm):
    import resource

    return int(statm.read_text().split()[1]) * resource.getpagesize() / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(options.threads)
    rng = np.random.default_rng(0)
    persons = rng.standard_normal((options.repeats + 1, 24))
    strains = [rng.normal(0, 0.1, (GRID, GRID, 3)).astype(np.float32) for _ in persons]
    band = FineBand()
    start = time.perf_counter()
    band.height(None, persons[0], AGE, 256)
    print(f"{options.threads} threads, medians of {options.repeats}")
    print(f"once a session (chart, regions, lattices)   {1000 * (time.perf_counter() - start):8.0f} ms")
    small = torch.from_numpy(rng.standard_normal((1, 1, UPSAMPLED, UPSAMPLED)).astype(np.float32))
    for size in (2048, 4096):
        memory = peak_mb(lambda size=size: FineBand().height(strains[0], persons[0], AGE, size))
        first = times_ms(lambda p, size=size: band.height(strains[0], p, AGE, size), persons[1:])
        again = times_ms(lambda s, size=size: band.height(s, persons[-1], AGE, size), strains[1:])
        plain = times_ms(lambda _, size=size: F.interpolate(small, (size, size), mode="bicubic"), persons[1:])
        row = f"{size:4d}: first {first:6.0f} ms, again {again:6.0f} ms, bicubic {UPSAMPLED} upsampled {plain:6.0f} ms"
        print(row + ("" if memory is None else f", {memory:4.0f} MB at the peak"))


if __name__ == "__main__":
    main()
