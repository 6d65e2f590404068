"""How well and how fast other models' heads are brought together with ours: the table of docs/own-base.md.

``.venv/bin/python -m benchmarks.own_base``: on files made from our own head, where the truth is known.
"""
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.own_base import finished, read_model, register
from tests import own_base_files


def main():
    print("file        vertices  landmarks  median mm  95 % mm  surfaces mm  processor s")
    mean = BaseModel.load().mean
    with tempfile.TemporaryDirectory() as folder:
        for write in (own_base_files.write_flame, own_base_files.write_facescape, own_base_files.write_gnm):
            path, truth = write(Path(folder))
            model = read_model(path)
            for landmarks in (model.landmarks, None):
                start = time.process_time()
                found = finished(register(replace(model, landmarks=landmarks)))
                seconds = time.process_time() - start
                places = np.einsum("nk,nkc->nc", found.weights, mean[found.corners])[:len(truth)]
                errors = 1000 * np.linalg.norm(places - mean[truth], axis=1)[found.mapped[:len(truth)] > 0]
                known = 0 if landmarks is None else int(np.isfinite(landmarks).all(1).sum())
                middle, high = np.percentile(errors, [50, 95])
                print(f"{model.name:12}{len(truth):8}{known:11}{middle:11.2f}{high:9.2f}"
                      f"{found.residual[0]:13.2f}{seconds:13.1f}", flush=True)


if __name__ == "__main__":
    main()
