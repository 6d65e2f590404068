"""Draws photos that the reader of detail learns from (smooth faces) and is measured on.

    python -m training.make_photo_detail --persons 100 --held-out 20

Those that are there already are kept, so it can be stopped and run again.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import torch

from training.photo_detail import sightings

HELD_OUT = 90_000  # number of the first person that nothing is trained on
SMOOTH = 5_000  # further on: those without wrinkles


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("data/photo_detail"))
    parser.add_argument("--persons", type=int, default=100)
    parser.add_argument("--held-out", type=int, default=20)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    sets = (
        ("smooth", 0, options.persons, False),
        ("held_out", HELD_OUT, options.held_out, True),
        ("held_out_smooth", HELD_OUT + SMOOTH, options.held_out, False),
    )
    for name, first, count, relief in sets:
        sightings.gather(options.out / name, first, first + count, relief, lambda path: print(path, flush=True))


if __name__ == "__main__":
    main()
