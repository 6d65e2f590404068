"""How long a face from a photo takes, step by step.

    python benchmarks/photo.py PHOTO

Medians in seconds of the clock and of the processor, so that a busy machine shows; and the process's largest memory.
"""

import argparse
import resource
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from detailed3dmm_addon.core.steps import finished  # noqa: E402
from detailed3dmm_addon.photo.face_mesh import find_landmarks  # noqa: E402
from detailed3dmm_addon.photo.picture import read_picture  # noqa: E402
from detailed3dmm_addon.photo.reconstruction import Photo, fitted, reconstruct  # noqa: E402


def timed(action, repeats):
    """(result, seconds of the clock, seconds of the processor), medians; the first run warms up and is not counted."""
    result, clock, processor = action(), [], []
    for _ in range(repeats):
        start = time.perf_counter(), time.process_time()
        action()
        clock.append(time.perf_counter() - start[0])
        processor.append(time.process_time() - start[1])
    return result, statistics.median(clock), statistics.median(processor)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photo", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    picture, *read = timed(lambda: read_picture(options.photo), options.repeats)
    found, *finding = timed(lambda: find_landmarks(picture), options.repeats)
    _fit, *fitting = timed(lambda: fitted([Photo(picture)], found[:1]), options.repeats)
    _all, *whole = timed(lambda: finished(reconstruct([Photo(picture)])), 1)
    print(f"{picture.size[0]} x {picture.size[1]} pixels               clock  processor, s")
    for name, (clock, processor) in (("reading the picture", read), ("finding the landmarks", finding),
                                     ("fitting shape, expression, camera", fitting),
                                     ("everything, texture included", whole)):
        print(f"{name:35s}{clock:6.2f} {processor:8.2f}")
    print(f"largest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
