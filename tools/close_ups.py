"""Skin at 4096 texels, close up and in raking light, rendered by Cycles: docs/fine-band.png.

    .venv/bin/python tools/close_ups.py [--out PNG] [--size PIXELS] [--samples N]

One person at 25, at 70, and at 70 with a smile and narrowed eyes; the columns are places on the face.
"""
import argparse
import math
import os
import sys
import tempfile
from pathlib import Path

import bpy
import cv2
import numpy as np
from mathutils import Matrix, Vector
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import detailed3dmm_addon  # noqa: E402
from detailed3dmm_addon.blender import headless, live, parameters, studio  # noqa: E402
from detailed3dmm_addon.core.base_model import BaseModel  # noqa: E402
from detailed3dmm_addon.core.detailed3dmm import Detailed3DMM  # noqa: E402
from tools.people import both, character  # noqa: E402
from tools.sheets import quiet, sheet  # noqa: E402

PERSON, RESOLUTION = "Tomas", 4096
SMILE = both(mouthSmile=0.9, cheekSquint=0.75, eyeSquint=0.8)
ROWS = {"25": (25, {}), "70": (70, {}), "70, smiling": (70, SMILE)}
# Landmarks whose middle is meant, and how far beside it to the subject's left and up, mm.
PLACES = {
    "Nose": ((33, 35), (2, 6)), "Cheek": ((45, 54), (6, 0)), "Forehead": ((27,), (12, 42)),
    "Eye corner": ((45,), (9, 1)), "Lips": ((57, 54), (-8, 1)),
}
ACROSS, DISTANCE = 0.024, 0.25  # metres: what a picture shows, and from where
FILL = 0.25  # of the studio's other lights
GRAZING = math.radians(24)  # of the light above the skin


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "fine-band.png")
    parser.add_argument("--size", type=int, default=256, help="of a picture, pixels")
    parser.add_argument("--samples", type=int, default=24, help="Cycles samples a pixel")
    options = parser.parse_args()
    detailed3dmm_addon.register()
    rows = {title: pictures(age, pose, options) for title, (age, pose) in tqdm(ROWS.items(), file=sys.stdout)}
    cv2.imwrite(str(options.out), sheet(rows, PLACES), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    print(f"Look at {options.out}")


def pictures(age, pose, options):
    """The person's skin at each place, (size, size, 3) BGR."""
    person, model = character(PERSON, age), BaseModel.load()
    with quiet(), tempfile.TemporaryDirectory() as folder:
        face = headless.build(person, Detailed3DMM.load().displacement(
            person.identity, np.zeros(len(model.expression_names)), person.detail, person.age))
        parameters.set_expression(face, pose)
        face.detailed3dmm.final_resolution = str(RESOLUTION)
        live.draw(face)
        scene = bpy.context.scene
        studio.set_up(scene, face, resolution=(options.size, options.size))
        dim(scene)
        points = model.vertices(person.identity, model.expression(pose))
        made = []
        for landmarks, offset in PLACES.values():
            aim(scene, *place(model, points, landmarks, offset))
            path = Path(folder) / "cell.png"
            studio.render(scene, path, samples=options.samples)
            made.append(cv2.imread(str(path)))
        return made


def dim(scene):
    """Leave the skin to the key light."""
    for obj in scene.objects:
        if obj.type == "LIGHT" and not obj.name.startswith("Key"):
            obj.data.energy *= FILL


def place(model, points, landmarks, offset):
    """A point of the skin (3,) and its normal (3,), metres."""
    wanted = points[model.landmarks[list(landmarks)]].mean(0) + np.array([offset[0], 0, offset[1]]) / 1000
    faces = model.topology.faces[model.topology.face_material == model.topology.materials.index("M_Face")]
    a, b, c, d = (points[faces[:, k]] for k in range(4))
    middle = (a + b + c + d) / 4
    nearest = np.hypot(*(middle - wanted)[:, [0, 2]].T).argsort()[:40]
    front = nearest[middle[nearest, 1].argmin()]
    normal = np.cross(c[front] - a[front], d[front] - b[front])
    return middle[front], normal / np.linalg.norm(normal)


def aim(scene, point, normal):
    """The scene's camera straight onto the skin, its key light grazing it from above and the left of the picture."""
    point, normal = Vector(point), Vector(normal)
    camera = scene.camera
    camera.data.sensor_width, camera.data.lens = 36.0, 36.0 * DISTANCE / ACROSS
    camera.location = point + DISTANCE * normal
    camera.rotation_euler = (-normal).to_track_quat("-Z", "Y").to_euler()
    across = Matrix(camera.rotation_euler.to_matrix()) @ Vector((-0.8, 0.6, 0.0))
    key = next(obj for obj in scene.objects if obj.name.startswith("Key"))
    key.location = point + 0.4 * (math.cos(GRAZING) * across + math.sin(GRAZING) * normal)
    key.rotation_euler = (point - key.location).to_track_quat("-Z", "Y").to_euler()
    key.data.size, key.data.energy = 0.05, 3.0


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # Blender's module may hang on the way out
