"""ICT-FaceKit's files to one archive: `python -m training.import_ict ICT-FaceKit/FaceXModel data` (see README.md)."""
import argparse
import shutil
from pathlib import Path

import numpy as np

from .base_model.data import INDEX_FILE, MODEL_FILE

NEUTRAL, INDICES = "generic_neutral_mesh", "vertex_indices.json"
IGNORED = ("PupilDilate_L", "PupilDilate_R")


def convert(source, target):
    """Write ``ict_face_model.npz`` and the index lists.

    Parameters
    ----------
    source : folder with the .obj files; target : folder to write into, created
    """
    source, target = Path(source), Path(target)
    target.mkdir(parents=True, exist_ok=True)
    mean, uv, faces, faces_uv, materials, face_material = _mesh(source / f"{NEUTRAL}.obj")
    stems = sorted(path.stem for path in source.glob("*.obj"))
    identities = [stem for stem in stems if stem.startswith("identity")]
    expressions = [stem for stem in stems if stem not in (NEUTRAL, *identities, *IGNORED)]

    def offsets(names):
        return np.stack([_positions(source / f"{name}.obj") - mean for name in names]).astype(np.float32)

    np.savez_compressed(
        target / MODEL_FILE, mean=mean.astype(np.float32), uv=uv.astype(np.float32), faces=faces, faces_uv=faces_uv,
        materials=np.array(materials), face_material=face_material, identity=offsets(identities),
        expression=offsets(expressions), expression_names=np.array(expressions))
    shutil.copy(source / INDICES, target / INDEX_FILE)


def _positions(path):
    with open(path, encoding="utf-8") as lines:
        return np.array([line.split()[1:4] for line in lines if line.startswith("v ")], float)


def _mesh(path):
    uv, faces, faces_uv, materials, face_material = [], [], [], [], []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            word, *rest = line.split() or [""]
            if word == "vt":
                uv.append([float(number) for number in rest[:2]])
            elif word == "usemtl":
                if rest[0] not in materials:
                    materials.append(rest[0])
                current = materials.index(rest[0])
            elif word == "f":
                corners = [[int(number) - 1 for number in corner.split("/")[:2]] for corner in rest]
                padded = corners + [[-1, -1]] * (4 - len(corners))
                faces.append([corner[0] for corner in padded])
                faces_uv.append([corner[1] for corner in padded])
                face_material.append(current)
    return (_positions(path), np.array(uv), np.array(faces, np.int32), np.array(faces_uv, np.int32), materials,
            np.array(face_material, np.int16))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", help="ICT-FaceKit's folder FaceXModel")
    parser.add_argument("target", help="folder of the training data, for --data or DETAILED3DMM_DATA")
    arguments = parser.parse_args()
    convert(arguments.source, arguments.target)


if __name__ == "__main__":
    main()
