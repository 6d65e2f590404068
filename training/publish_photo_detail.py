"""Writes the trained reader of photos as the weights that ship; `evaluate_photo_detail --record` adds their figures.

python -m training.publish_photo_detail --data data/photo_detail --version 1.0.0
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from detailed3dmm_addon.photo.detail_reader import NAME
from training.publish import WEIGHTS, publish
from training.train_photo_detail import CHECKPOINT

COMMAND = "python -m training.make_photo_detail && python -m training.train_photo_detail"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("data/photo_detail"))
    parser.add_argument("--version", default="1.0.0")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    state = torch.load(options.data / CHECKPOINT)
    tensors = {name: tensor.numpy().astype(np.float16) for name, tensor in state.items()}
    entry = publish(NAME, tensors, {}, options.version, COMMAND, {}, options.weights)
    print(f"{entry.file}: {entry.bytes / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
