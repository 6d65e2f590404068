"""Contact sheet of a person from a photo: the photo, the fit, the face that comes of it, and what it does afterwards.

    .venv/bin/python tools/portrait.py PHOTO [--out PNG] [--face N] [--size WIDTH HEIGHT] [--samples N]
    .venv/bin/python tools/portrait.py --astronaut     # scikit-image's photo of Eileen Collins (NASA, public domain)

Above: the photo, the face as clay over it, the face in the photo's light, then from both sides in the studio. Below:
other expressions, each with the wrinkles that it makes on this person.
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
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import detailed3dmm_addon  # noqa: E402
from detailed3dmm_addon.blender import headless, live, mesh, parameters, studio  # noqa: E402
from detailed3dmm_addon.core.errors import Detailed3DMMError  # noqa: E402
from detailed3dmm_addon.core.steps import finished  # noqa: E402
from detailed3dmm_addon.photo.overlay import overlay  # noqa: E402
from detailed3dmm_addon.photo.picture import read_picture  # noqa: E402
from detailed3dmm_addon.photo.reconstruction import Photo, reconstruct  # noqa: E402
from tools.people import POSES  # noqa: E402
from tools.sheets import quiet, sheet, write  # noqa: E402

AROUND = 2.3  # height of the crop over that of the landmarks
TURNS = {"From the right": 40, "From the left": -40}  # degrees


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photo", type=Path, nargs="?")
    parser.add_argument("--astronaut", action="store_true", help="the photo that scikit-image brings along")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "portrait.png")
    parser.add_argument("--face", type=int, default=1, help="counted from the left")
    parser.add_argument("--size", type=int, nargs=2, default=(300, 375), metavar=("WIDTH", "HEIGHT"), help="of a cell")
    parser.add_argument("--samples", type=int, default=14, help="Cycles samples a pixel")
    options = parser.parse_args()
    if (options.photo is None) != options.astronaut:
        parser.error("give either a photo or --astronaut")
    detailed3dmm_addon.register()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            rows = portrait(options, Path(folder) / "cell.png")
    except Detailed3DMMError as error:
        print(error, file=sys.stderr)
        return 1
    cv2.imwrite(str(options.out), sheet(rows), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    print(f"Look at {options.out}")
    return 0


def portrait(options, path):
    """Title -> pictures, the rows of the sheet; `path` is where renders pass through."""
    photo = Photo(read_picture(astronaut() if options.astronaut else options.photo), options.face - 1)
    steps = tqdm(total=3 + len(TURNS) + len(POSES), unit="picture", file=sys.stdout)
    made = finished(reconstruct([photo]))
    with quiet():
        face = headless.reconstruct(made, np.zeros((256, 256), np.float32))
        live.draw(face)
    scene, crop = bpy.context.scene, Crop(made.landmarks.points, options.size)

    def rendered(title):
        with quiet():
            studio.render(scene, path, samples=options.samples)
        steps.update()
        return titled(cv2.imread(str(path)), title)

    seen = {"The photo": made.picture.pixels, "The fit": overlay(made.picture, made.vertices, made.camera)}
    first = [titled(crop.of(np.uint8(np.clip(pixels, 0, 1) * 255)[..., ::-1]), name) for name, pixels in seen.items()]
    with quiet():
        studio.render(scene, path, samples=options.samples)
    first.append(titled(crop.of(cv2.imread(str(path))), "In the photo's light"))
    steps.update(3)
    in_studio(scene, face, options.size)
    for title, turn in TURNS.items():
        face.rotation_euler.z = math.radians(turn)
        first.append(rendered(title))
    face.rotation_euler.z = 0
    second = []
    for title, pose in POSES.items():
        parameters.set_expression(face, {name: pose.get(name, 0.0) for name in mesh.expression_names()})
        with quiet():
            live.draw(face)
        second.append(rendered(title))
    return {"From the photo": first, "Afterwards": second}


def astronaut():
    """The path of scikit-image's photo."""
    import skimage

    return Path(skimage.__file__).parent / "data" / "astronaut.png"


class Crop:
    """The part of a photo around a face, in the shape of a cell."""

    def __init__(self, points, size):
        low, high = points.min(0), points.max(0)
        tall = AROUND * (high[1] - low[1])
        middle = (low + high) / 2 - (0, 0.12 * (high[1] - low[1]))
        self.size, self.scale = tuple(size), size[1] / tall
        self.move = np.array(size) / 2 - self.scale * middle

    def of(self, image):
        """(height, width, 3) uint8 of an image as large as the photo."""
        affine = np.float64([[self.scale, 0, self.move[0]], [0, self.scale, self.move[1]]])
        return cv2.warpAffine(image, affine, self.size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)


def in_studio(scene, face, size):
    """Take the photo's light and camera away and set up the studio, the face upright before it."""
    for rig in [child for child in scene.collection.children if child.name.endswith("photo light")]:
        for lamp in list(rig.objects):
            bpy.data.objects.remove(lamp, do_unlink=True)
    face.location, face.rotation_euler = (0, 0, 0), (0, 0, 0)
    bpy.context.view_layer.update()
    studio.set_up(scene, face, resolution=size)


def titled(cell, title):
    """The cell with a title at its foot."""
    cell = np.ascontiguousarray(cell)
    write(cell, title, cell.shape[1] // 2, cell.shape[0] - 14, scale=0.5)
    return cell


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # Blender's module may hang on the way out
