"""Writes the trained reader of photos as the weights that ship; `evaluate_photo_detail --record` adds their figures.

    python -m training.publish_photo_detail --data data/photo_detail --reliefs data/detail --version 1.0.0

How far it overrates what it knows is measured on every second held-out person, and published with it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch

from detailed3dmm_addon.photo.detail_reader import FACTORS, NAME, DetailReader
from training.evaluate_photo_detail import clear_photos, drawn_photos, smooth_faces, variance_factors, wrinkles
from training.publish import WEIGHTS, publish
from training.train_photo_detail import CHECKPOINT

COMMAND = "python -m training.make_photo_detail && python -m training.train_photo_detail"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("data/photo_detail"))
    parser.add_argument("--version", default="1.0.0")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--reliefs", type=Path, default=Path("data/detail"), help="what make_detail_data wrote")
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    state = torch.load(options.data / CHECKPOINT)
    tensors = {name: tensor.numpy().astype(np.float16) for name, tensor in state.items()}
    reader = DetailReader()
    reader.load_state_dict(state)
    clear = clear_photos(smooth_faces(options.data), wrinkles(options.data, options.reliefs))
    factors = variance_factors(reader.eval(), [clear, drawn_photos(options.data)])
    entry = publish(NAME, tensors, {FACTORS: factors}, options.version, COMMAND, {}, options.weights)
    print(f"{entry.file}: {entry.bytes / 1e6:.1f} MB, {FACTORS}: {factors}")


if __name__ == "__main__":
    main()
