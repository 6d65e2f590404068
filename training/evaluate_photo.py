"""Measures fits to photos of known geometry: writes what the fit makes of each, and runs the set's own scorer on it.

    python -m training.evaluate_photo --set FOLDER --scorer FOLDER/score_now.py --out out/photo
    python -m training.evaluate_photo --set FOLDER --scorer FOLDER/score_now.py --out out/photo --degraded --together

The set is a folder with index.json ("images": name, file, subject, degradation) and the pictures that it names. For
each picture ``<name>.npz`` is written as the scorer reads it: the face's skin in mm, with and without the expression,
and seven points. Distances are the scorer's, mm; besides, how long a fit took and how far the landmarks are from it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.photo import reconstruction
from detailed3dmm_addon.photo.face_mesh import find_landmarks
from detailed3dmm_addon.photo.picture import read_picture

# Of the 68 landmarks: right eye outside and inside, left eye inside and outside, below the nose, corners of the mouth.
SEVEN = (36, 39, 42, 45, 33, 48, 54)
CLEAN = "none"


def marked(path, task=None):
    """A picture as a `reconstruction.Photo`, and its largest face's `Landmarks`; task : as `find_landmarks` has it."""
    picture = read_picture(path)
    return reconstruction.Photo(picture), max(find_landmarks(picture, task), key=lambda found: found.size)


def prediction(base, identity, expression):
    """The arrays that the scorer reads of one face."""
    topology = base.topology
    skin = topology.faces[topology.face_material == topology.materials.index("M_Face")]
    skin = np.where(skin < 0, skin[:, :1], skin)  # a triangle as a quad with one corner twice
    arrays = {"faces": skin}
    for suffix, vertices in (("", base.vertices(identity, expression)), ("_neutral", base.neutral(identity))):
        arrays["verts" + suffix] = vertices * 1000
        arrays["lm7" + suffix] = vertices[base.landmarks[list(SEVEN)]] * 1000
    return arrays


def fitted(images, folder, together, shaded, task=None):
    """{name: (identity, expression, residual, seconds)}; together: pictures of one subject are fitted as one person."""
    people = {}
    for image in images:
        key = (image["subject"], image["degradation"]) if together else image["name"]
        people.setdefault(key, []).append(image)
    results = {}
    for shown in people.values():
        start = time.perf_counter()
        photos, landmarks = zip(*[marked(folder / image["file"], task) for image in shown], strict=True)
        fit = reconstruction.fitted(photos, landmarks, shaded)
        seconds = (time.perf_counter() - start) / len(shown)
        for image, expression in zip(shown, fit.expressions, strict=True):
            results[image["name"]] = fit.identity, expression, fit.residual, seconds
            print(f"{image['name']:16s} landmarks off {100 * fit.residual:.2f} % of the eye distance, {seconds:.2f} s",
                  flush=True)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", type=Path, required=True, help="folder with index.json and the pictures")
    parser.add_argument("--scorer", type=Path, required=True, help="the set's scorer, a Python program")
    parser.add_argument("--out", type=Path, required=True, help="folder for the predictions")
    parser.add_argument("--degraded", action="store_true", help="the degraded pictures instead of the clean ones")
    parser.add_argument("--subjects", nargs="*", help="these alone")
    parser.add_argument("--together", action="store_true", help="all pictures of a subject as one fit")
    parser.add_argument("--landmarks", action="store_true", help="fit to landmarks alone, not to shading")
    parser.add_argument("--landmarker", help="Google's face_landmarker.task: landmarks and scores come from it")
    parser.add_argument("--scored", nargs="*", default=[], help="options handed to the scorer: neutral metric")
    options = parser.parse_args()
    images = [image for image in json.loads((options.set / "index.json").read_text())["images"]
              if (image["degradation"] != CLEAN) == options.degraded
              and (not options.subjects or image["subject"] in options.subjects)]
    options.out.mkdir(parents=True, exist_ok=True)
    base = BaseModel.load()
    results = fitted(images, options.set, options.together, not options.landmarks, options.landmarker)
    for name, (identity, expression, _residual, _seconds) in results.items():
        np.savez(options.out / f"{name}.npz", **prediction(base, identity, expression))
    residuals, seconds = zip(*[result[2:] for result in results.values()], strict=True)
    print(f"median: landmarks off {100 * np.median(residuals):.2f} % of the eye distance, {np.median(seconds):.2f} s")
    command = [sys.executable, str(options.scorer), str(options.out), "--set",
               "degraded" if options.degraded else "clean", "--only", ",".join(results)]
    subprocess.run(command + [f"--{option}" for option in options.scored], check=True)


if __name__ == "__main__":
    main()
