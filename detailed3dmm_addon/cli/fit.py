"""The verb `fit`: a photo, or a folder of them, to persons."""
import argparse
import sys
from functools import partial
from pathlib import Path

import numpy as np

from ..core import displacement_file, mesh_file
from ..core.errors import FileFormatError, ParameterError, PhotoError
from .arguments import add_resolution, add_verb
from .displaced import displacement_of
from .output import each, free
from .scene import write_scene
from .terminal import report, with_progress

FILES = ("character.json", "mesh.npz", "displacement.exr", "photo_relief.exr", "texture.png", "camera.json",
         "landmarks.json", "overlay.png")
_LONGEST_RENDER = 1000  # pixels
_UNFINISHED = ".part"


def add_to(verbs):
    """Declare the verb."""
    verb = add_verb(verbs, "fit", run, "make a person of a photo: shape, expression, camera and texture")
    verb.add_argument("photo", metavar="PHOTO", type=Path, help="a JPEG, PNG, TIFF, WebP or BMP, or a folder of them: "
                      "each gets a folder of its own, and those that are done are left out the next time")
    verb.add_argument("--face", type=_count, default=1, metavar="N", help="which one of several, counted from the left")
    verb.add_argument("--more", action="append", default=[], type=Path, metavar="PHOTO", help="another photo of the "
                      "same person, for the shape of the face (repeatable)")
    verb.add_argument("--landmarks", metavar="FILE", type=Path, help="468 points in the order of MediaPipe's face mesh "
                      "instead of those that would be found: landmarks.json")
    verb.add_argument("--landmarker", metavar="FILE", help="Google's face_landmarker.task: its networks find the "
                      "landmarks and the eyes' irises, and tell more of the mouth")
    verb.add_argument("--age", type=float, metavar="YEARS", help="how deep the skin folds; without it what the photo "
                      "shows")
    add_resolution(verb)
    verb.add_argument("--render", action="store_true", help="write render.png, seen from where the photo was taken "
                      "(needs Blender)")
    verb.add_argument("--blend", action="store_true", help="write face.blend with camera, photo and texture (needs "
                      "Blender)")


def run(options):
    """Fit the photo; of a folder, what is there already stays."""
    if options.photo.is_dir():
        if options.landmarks or options.more:
            raise ParameterError("--landmarks and --more go with one photo, not with a folder of them.")
        found = [(folder, photo) for photo, folder in _photos_in(options.photo)]
        each(options, found, _file_names(options), partial(_fit, options), "photos could not be fitted")
        return
    files = free(options, _file_names(options))
    _fit(options, options.photo, files)
    report(files.values())


def _fit(options, photo, files):
    """Write what a photo makes; nothing is written unless all of it can be."""
    made = with_progress(_steps(options, photo))
    displacement = displacement_of(made.character, options.resolution)
    files["character.json"].parent.mkdir(parents=True, exist_ok=True)
    write_scene(files, lambda headless: headless.reconstruct(made, displacement), _render_size(made))
    _write(made, files, displacement)
    _say_how_sure(photo, made.skin)


def _say_how_sure(photo, skin):
    """How much of the skin is the photo's, and how much usual, on stderr."""
    shares = {"where the skin creases": skin.shares["creases"], "the age": skin.shares.get("age")}
    said = " and ".join(f"{share:.0%} of {what}" for what, share in shares.items() if share is not None)
    print(f"{photo.name}: {said} from the photo, the rest is usual.", file=sys.stderr)


def _file_names(options):
    """What is written for each photo."""
    return FILES + ("render.png",) * options.render + ("face.blend",) * options.blend


def _photos_in(folder):
    """(path, name of its folder of results) of every photo below a folder; raises PhotoError where there is none."""
    from ..photo.picture import FORMATS

    found = sorted(path for path in Path(folder).rglob("*") if path.suffix.lower().lstrip(".") in FORMATS)
    if not found:
        raise PhotoError(f"{folder} holds no photos: {', '.join(FORMATS)} are read.")
    stems = [path.relative_to(folder).with_suffix("") for path in found]
    return [(path, stem if stems.count(stem) == 1 else path.relative_to(folder))
            for path, stem in zip(found, stems, strict=True)]


def _steps(options, photo):
    """Steps (shares done) of the reconstruction of one photo; gives the `Reconstruction`."""
    from ..photo import landmarks_file
    from ..photo.picture import read_picture
    from ..photo.reconstruction import Photo, reconstruct

    marked = landmarks_file.load(options.landmarks) if options.landmarks else None
    photos = [Photo(read_picture(photo), options.face - 1, marked, task=options.landmarker)]
    photos += [Photo(read_picture(path), task=options.landmarker) for path in options.more]
    return (yield from reconstruct(photos, age=options.age))


def _write(made, files, displacement):
    """Write a reconstruction; each file appears whole or not at all.

    made : photo.reconstruction.Reconstruction; files : {name: path}; displacement : (R, R) float32, mm
    """
    from ..core.base_model import BaseModel
    from ..photo import landmarks_file
    from ..photo.overlay import overlay

    model, character, vertices = BaseModel.load(), made.character, made.vertices
    image = overlay(made.picture, vertices, made.camera)
    writers = {
        "displacement.exr": lambda path: displacement_file.write_exr(path, displacement),
        "photo_relief.exr": lambda path: displacement_file.write_exr(path, made.skin.relief),
        "mesh.npz": lambda path: mesh_file.write_npz(path, vertices, model.topology, model.neutral(character.identity)),
        "texture.png": lambda path: _write_png(path, _encoded(made.texture.colour)),
        "overlay.png": lambda path: _write_png(path, image),
        "camera.json": made.camera.save,
        "landmarks.json": lambda path: landmarks_file.save(path, made.landmarks),
        "character.json": character.save,  # the last: where it is, all is
    }
    for name, writer in writers.items():
        unfinished = files[name].with_name(_UNFINISHED + files[name].name)
        writer(unfinished)
        unfinished.replace(files[name])


def _render_size(made):
    """(width, height) of a render of a reconstruction: the photo's, within reason."""
    return made.camera.scaled(min(1, _LONGEST_RENDER / max(made.camera.size))).size


def _encoded(linear):
    """Linear sRGB as images hold it."""
    from ..core.skin_paint import encode

    return encode(linear)


def _write_png(path, pixels):
    """Write pixels (H, W, 3), sRGB-encoded 0..1, with 8 bits a channel; OSError where the file cannot be written."""
    import cv2

    values = np.round(np.clip(pixels, 0, 1) * 255).astype(np.uint8)
    whole, data = cv2.imencode(".png", values[..., ::-1])
    if not whole:
        raise FileFormatError(f"{path} could not be encoded as PNG.")
    Path(path).write_bytes(data.tobytes())


def _count(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of a face: 1, 2, 3 ...")
    return int(text)
