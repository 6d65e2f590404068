"""Trains the base model: `python -m training.train_base_model --data FOLDER` writes weights/base_model.safetensors."""
import argparse
import json
from pathlib import Path

import numpy as np

from .base_model import data as source
from .base_model.build import build
from .base_model.pack import pack_identity, pack_keys, storage_order
from .publish import WEIGHTS, publish

VERSION = "0.2.0"
COMMAND = "python -m training.train_base_model --data FOLDER"
# First the skin, last lids' linings and lashes, with all modes; between them gums, tongue, teeth and eyeballs,
# which 30 combinations of the modes move to within 0.02 mm.
BLOCKS = ((0, 14062, 0), (14062, 24591, 30), (24591, 26719, 0))


def train(folder):
    """Tensors and metadata of the model from the data in `folder`."""
    face = source.read(folder)
    keys, twins = build(face)
    landmarks = json.loads((Path(folder) / source.INDEX_FILE).read_text())["idx_to_landmark_verts"]
    order = storage_order(keys, face, BLOCKS)
    tensors = {
        "faces": face.faces, "uv": face.uv, "faces_uv": face.faces_uv, "face_material": face.face_material,
        "landmarks": np.array(landmarks, np.int32), "mirror": face.image,
        "mirror_identity": face.identity_image.astype(np.float32), "mirror_expression": face.key_image,
        **pack_identity(face.mean, face.modes, BLOCKS, order), **pack_keys(keys, twins, face, BLOCKS, order),
    }
    correctives = [{"name": key.name, "expression": key.expression} for key in keys if key.expression]
    metadata = {"format": "1", "expression_names": face.names, "correctives": correctives,
                "materials": face.materials}
    return tensors, metadata


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help=f"folder of the training data (default: ${source.DATA_VARIABLE})")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    arguments = parser.parse_args()
    folder = source.data_folder(arguments.data)
    if folder is None:
        parser.error(f"no training data: give --data or set {source.DATA_VARIABLE} (see training/README.md)")
    entry = publish("base_model", *train(folder), VERSION, COMMAND, {}, arguments.out)
    print(f"{arguments.out / entry.file}: {entry.bytes / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
