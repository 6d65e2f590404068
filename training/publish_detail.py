"""Writes the trained checkpoint as the weights that ship; `evaluate_detail --record` adds their figures.

python -m training.publish_detail --data data/detail --version 1.0.0
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from detailed3dmm_addon.core.base_model import BaseModel
from training.publish import publish
from training.teacher.templates import FAMILIES
from training.train_detail import strain_tensors, trained_network

COMMAND = "python -m training.make_detail_data && python -m training.train_detail (stages preview, full, encoder)"


def tensors_of(checkpoint, strain):
    """Stored names -> arrays: float16, the crease planes int8 with a scale each."""
    tensors = {f"strain.{name}": _compact(array) for name, array in strain.items() if name != "fields"}
    for name, tensor in checkpoint.items():
        tensors[f"network.{name}"] = _compact(tensor.numpy())
    planes = checkpoint["placement.planes"].numpy().astype(np.float32)
    scale = np.abs(planes).max((2, 3), keepdims=True) / 127
    tensors["network.placement.planes"] = np.round(planes / scale).astype(np.int8)
    tensors["network.placement.planes_scale"] = scale.astype(np.float32)
    return tensors


def _compact(array):
    return array.astype(np.float16) if array.dtype in (np.float32, np.float64) else array


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("data/detail"))
    parser.add_argument("--version", default="1.0.0")
    options = parser.parse_args()
    strain = strain_tensors(options.data)
    tensors = tensors_of(trained_network(options.data, BaseModel.load()).state_dict(), strain)
    entry = publish("detailed3dmm", tensors, {"families": list(FAMILIES)}, options.version, COMMAND, {})
    print(f"{entry.file}: {entry.bytes / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
