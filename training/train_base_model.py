"""Trains the base model: `python -m training.train_base_model --data FOLDER` writes weights/base_model.safetensors."""
import argparse
import json
from pathlib import Path

import numpy as np

from detailed3dmm_addon.core.base_model import BaseModel

from .base_model import data as source
from .base_model.build import build
from .base_model.pack import FAINT, pack_identity, pack_keys, storage_order
from .publish import WEIGHTS, publish

VERSION = "0.2.0"
COMMAND = "python -m training.train_base_model --data FOLDER"
# First the skin, last lids' linings and lashes, with all modes; between them gums, tongue, teeth and eyeballs,
# which 40 combinations of the modes move (`packing_errors` says how exactly).
CHECKED = 4  # faces on which packing is compared with double precision
BLOCKS = ((0, 14062, 0), (14062, 24591, 40), (24591, 26719, 0))


def train(folder):
    """Tensors, metadata and packing errors of the model from the data in `folder`."""
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
    metadata = {"format": "1", "expression_names": json.dumps(face.names), "correctives": json.dumps(correctives),
                "materials": json.dumps(face.materials)}
    return tensors, metadata, packing_errors(BaseModel(tensors, metadata), face, keys)


def packing_errors(model, face, keys):
    """What quantisation and the low-rank block change: largest error in mm over a few random faces."""
    neutral, key_error = [], []
    for identity in np.random.default_rng(3).normal(size=(CHECKED, len(face.modes))):
        error = model.neutral(identity) - face.mean - np.tensordot(identity, face.modes, 1)
        neutral.append(np.abs(error).max(1) * 1e3)
        for key, offsets in zip(keys, model.offsets(identity), strict=True):
            moved = np.flatnonzero(np.linalg.norm(key.base, axis=1) > FAINT)
            exact = key.base[moved] + np.tensordot(identity, key.slopes(moved), 1)
            key_error.append(np.abs(offsets[moved] - exact).max(initial=0) * 1e3)
    start, stop, _ = BLOCKS[1]
    skin = np.r_[0:start, stop:len(face.mean)]
    return {"packing error of the neutral skin, mm": float(np.max([error[skin] for error in neutral]).round(5)),
            "packing error of teeth, gums, tongue and eyeballs, mm":
                float(np.max([error[start:stop] for error in neutral]).round(5)),
            "packing error of expressions, mm": float(np.max(key_error).round(5))}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help=f"folder of the training data (default: ${source.DATA_VARIABLE})")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    arguments = parser.parse_args()
    folder = source.data_folder(arguments.data)
    if folder is None:
        parser.error(f"no training data: give --data or set {source.DATA_VARIABLE} (see training/README.md)")
    tensors, metadata, errors = train(folder)
    entry = publish("base_model", tensors, metadata, VERSION, COMMAND, errors, arguments.out)
    print(json.dumps(errors, indent=1))
    print(f"{arguments.out / entry.file}: {entry.bytes / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
