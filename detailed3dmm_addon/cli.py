"""The command line: ``python -m detailed3dmm_addon VERB ...`` and ``blender --command detailed3dmm VERB ...``.

Exit status: 0 done; 1 could not be done, with one line on stderr that says why; 2 wrong usage.
"""
import argparse
import os
import sys
import warnings
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from .core import VERSION, displacement_file, mesh_file
from .core.character import Character, check_names
from .core.detail_controls import resized
from .core.errors import AudioError, Detailed3DMMError, FileFormatError, ParameterError, PhotoError
from .core.steps import finished
from .speech.emotions import EMOTIONS

PROGRAM = "detailed3dmm"
STDOUT, STDERR = 1, 2
RESOLUTIONS = (256, 512, 1024, 2048, 4096)
SPEECH_FILES = ("curves.npz", "curves.csv")
MESH_FILES = ("character.json", "mesh.npz", "mesh.obj", "displacement.exr", "displacement.png")


def main(arguments):
    """Run one verb.

    Parameters
    ----------
    arguments : list of str, without the program's name

    Returns
    -------
    int, the exit status
    """
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as stop:  # argparse has said why
        return stop.code
    try:
        with _warnings_in_one_line():
            return options.run(options) or 0
    except (Detailed3DMMError, OSError, ModuleNotFoundError) as error:
        print(f"{PROGRAM}: {_sentence(error)}", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"{PROGRAM}: interrupted.", file=sys.stderr)
    return 1


def sculpt(options):
    """A character's mesh and displacement, and on request its render and a .blend file."""
    from .core.base_model import BaseModel
    names = MESH_FILES + ("render.png",) * options.render + ("face.blend",) * options.blend
    character = _sculpted(options)
    model = BaseModel.load()
    expression = character.expression_vector(model.expression_names)
    files = _output(options, names)
    vertices = model.vertices(character.identity, expression)
    displacement = _detail_model().displacement(
        character.identity, expression, character.detail, character.age, resolution=options.resolution,
        controls=character.controls())
    character.save(files["character.json"])
    mesh_file.write_npz(files["mesh.npz"], vertices, model.topology)
    mesh_file.write_obj(files["mesh.obj"], vertices, model.topology)
    displacement_file.write_exr(files["displacement.exr"], displacement)
    displacement_file.write_png(files["displacement.png"], displacement)
    if options.render or options.blend:
        with _silenced(STDOUT):
            from .blender import headless
            headless.build(character, displacement)
            if options.blend:
                headless.save(files["face.blend"])
            if options.render:
                headless.render(files["render.png"])
    _report(files.values())


def speech(options):
    """Curves of a talking head from a sound file, or from each of a folder: what is there already stays."""
    from .speech import recordings
    character = Character.load(options.character) if options.character else Character()
    names = SPEECH_FILES + ("face.blend",) * options.blend
    if not options.audio.is_dir():
        files = _free(options, names)
        _speak(options, character, recordings.single(options.audio, options.transcript), files)
        return _report(files.values())
    found = [(recording.folder, recording) for recording in recordings.in_folder(options.audio, options.transcript)]
    return _each(options, found, names, partial(_speak, options, character), "recordings could not be spoken")


def fit(options):
    """A person from a photo, or from each of a folder: what is there already stays."""
    from . import cli_fit
    cli_fit.check(options)
    names = cli_fit.file_names(options)
    if options.photo.is_dir():
        found = [(folder, photo) for photo, folder in cli_fit.photos_in(options.photo)]
        return _each(options, found, names, partial(_fit, options), "photos could not be fitted")
    files = _free(options, names)
    _fit(options, options.photo, files)
    return _report(files.values())


def _fit(options, photo, files):
    """Write what a photo makes; nothing is written unless all of it can be."""
    from . import cli_fit
    from .core.base_model import BaseModel
    made = _with_progress(cli_fit.fit(options, photo))
    character = made.character
    displacement = _detail_model().displacement(
        character.identity, character.expression_vector(BaseModel.load().expression_names), character.detail,
        character.age, resolution=options.resolution, controls=character.controls())
    files["character.json"].parent.mkdir(parents=True, exist_ok=True)
    if options.render or options.blend:
        with _silenced(STDOUT):
            from .blender import headless
            headless.reconstruct(made, displacement)
            if options.blend:
                headless.save(files["face.blend"])
            if options.render:
                headless.render(files["render.png"], cli_fit.render_size(made))
    cli_fit.write(made, files, displacement)


def _each(options, found, names, work, failure):
    """`work(item, files)` for each (folder, item) that has not all its files yet; errors of one do not stop the others.
    """
    failed, there = 0, 0
    for folder, item in _progress(found, len(found), "file"):
        files = {name: options.out / folder / name for name in names}
        if all(path.exists() for path in files.values()) and not options.force:
            there += 1
            continue
        try:
            work(item, files)
        except (AudioError, FileFormatError, PhotoError) as error:  # of this file; the others may be fine
            failed += 1
            print(f"{PROGRAM}: {_sentence(error)}", file=sys.stderr)
            continue
        _report(files.values())
    if there:
        print(f"{there} of {len(found)} were there already.")
    if failed:
        raise Detailed3DMMError(f"{failed} of {len(found)} {failure}, see above.")
    return 0


def _speak(options, character, recording, files):
    """Write what a recording makes of a character; nothing is written unless all of it can be."""
    from .core.base_model import BaseModel
    from .core.live_link_face import write_csv
    from .speech import take
    settings = take.SpeechSettings(
        intensity=options.intensity, style=options.style, emotion=options.emotion, blinks=0 if options.no_blinks else 1,
        head=0 if options.no_head else 1, seed=options.seed)
    heard = _with_progress(take.analyse(recording.audio, recording.transcript()))
    performance = take.perform(heard, settings, character.identity, options.fps, BaseModel.load())
    for note in performance.notes:
        warnings.warn(note, stacklevel=2)
    for path in files.values():
        path.parent.mkdir(parents=True, exist_ok=True)
    if options.blend:
        _speaking_file(character, performance, recording.audio, files["face.blend"])
    for name, write in (("curves.csv", write_csv), ("curves.npz", lambda path, curves: curves.save(path))):
        unfinished = files[name].with_suffix(".part")  # what is broken off must not be taken for done
        write(unfinished, performance.curves)
        unfinished.replace(files[name])


def _speaking_file(character, performance, audio, path):
    from .core.base_model import BaseModel
    expression = character.expression_vector(BaseModel.load().expression_names)
    displacement = _detail_model().displacement(character.identity, expression, character.detail, character.age,
                                                controls=character.controls())
    with _silenced(STDOUT):
        from .blender import headless
        headless.speak(headless.build(character, displacement), performance, audio)
        headless.save(path)


def bake(options):
    """Displacement frame by frame, of an animated face in a .blend file or of a character with curves."""
    with _silenced(STDOUT):
        frames, displacements = _frames_of_blend_file(options) if options.blend_file else _frames_of_curves(options)
        files = _output(options, [_frame_file(frame) for frame in frames])
        for frame, displacement in _progress(displacements, len(frames)):
            displacement_file.write_exr(files[_frame_file(frame)], displacement)
    _report(files.values())


def encode(options):
    """The DNPM code of a displacement map, what the network makes of it, and on request who wears its creases."""
    character = Character.load(options.character) if options.character else None
    with _silenced(STDERR):  # the image libraries' own words about a damaged file: our sentence says it
        displacement = displacement_file.read(options.displacement, options.unit, options.scale, options.midlevel)
    displacement_file.check_relief(displacement)
    files = _output(options, ("code.npz", "reconstruction.exr") + ("character.json",) * (character is not None))
    model = _detail_model()
    from .core.detailed3dmm import LARGEST, save_codes
    codes = model.encode(displacement)
    reconstruction = model.decode(codes, min(len(displacement), LARGEST))
    save_codes(files["code.npz"], codes)
    displacement_file.write_exr(files["reconstruction.exr"], reconstruction)
    if character is not None:
        from .core.detail_from_map import wear
        finished(wear(model, displacement, character)).character.save(files["character.json"])
    _report(files.values())
    print(f"root mean square of the map {_rms(displacement):.4f} mm, of the difference "
          f"{_rms(reconstruction - resized(displacement, len(reconstruction))):.4f} mm")


def own_base(options):
    """Another model's head with our expressions and wrinkles: mesh, displacement, and where it lies on ours."""
    from .core.base_model import BaseModel, Topology
    from .core.own_base import read_model, register, transfer
    model = read_model(options.model, options.uv, options.landmarks)
    if model.uv is None:
        raise ParameterError(f"{model.name} keeps its texture coordinates in another file: name it with --uv.")
    base, character = BaseModel.load(), _sculpted(options)
    expression = character.expression_vector(base.expression_names)
    files = _output(options, ("mesh.obj", "mesh.npz", "displacement.exr", "correspondence.npz"))
    found = finished(register(model))
    neutral, posed = transfer.Carrier(model, found).shapes(
        base.neutral(character.identity), base.vertices(character.identity, expression), bool(options.character))
    heights = _detail_model().displacement(character.identity, expression, character.detail, character.age,
                                           resolution=options.resolution, controls=character.controls())
    topology = Topology(model.faces, model.uv, model.faces_uv, (model.name,), np.zeros(len(model.faces), np.int32))
    found.save(files["correspondence.npz"])
    mesh_file.write_npz(files["mesh.npz"], posed, topology, neutral)
    mesh_file.write_obj(files["mesh.obj"], posed, topology)
    displacement_file.write_exr(files["displacement.exr"], transfer.displacement(
        model, found, heights, options.resolution))
    _report(files.values())
    print(f"distance of its face from ours bent onto it: median {found.residual[0]:.2f} mm, 95 % within "
          f"{found.residual[1]:.2f} mm")


def info(options):
    """Versions, weights, devices and what is missing; status 1 where weights are damaged."""
    from . import diagnosis
    lines, whole = diagnosis.describe()
    print("\n".join(lines))
    if not whole:
        raise Detailed3DMMError("weights are missing or damaged, see above. Install Detailed3DMM again.")


def _parser():
    from . import cli_fit
    parser = argparse.ArgumentParser(prog=PROGRAM, description="Faces whose expressions bring their own wrinkles.")
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {VERSION}")
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    _add_sculpt(verbs)
    _add_speech(verbs)
    verb = _add_verb(verbs, fit, "make a person of a photo: shape, expression, camera and texture", out=True)
    cli_fit.add_arguments(verb)
    _add_bake(verbs)
    verb = _add_verb(verbs, encode, "find the DNPM code of a displacement map", out=True)
    verb.add_argument("displacement", metavar="DISPLACEMENT", help="EXR, TIFF or PNG of one channel, a square of the "
                      "face's UVs: as sculpt writes it, a scan's or a bake's")
    verb.add_argument("--unit", choices=displacement_file.UNITS, default="mm", help="of floating-point values")
    verb.add_argument("--scale", type=float, metavar="MM", help="millimetres from black to white of 8 or 16 bit values")
    verb.add_argument("--midlevel", type=float, default=0.5, help="value of the undisplaced surface, 0 to 1")
    verb.add_argument("--character", metavar="FILE.json", help="write this character too, with the creases of the map: "
                      "its expression is the one that the map shows")
    _add_own_base(verbs)
    _add_verb(verbs, info, "show versions, weights, devices and what is missing")
    return parser


def _add_verb(verbs, run, text, out=False):
    name = run.__name__.replace("_", "-")
    verb = verbs.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.", allow_abbrev=False)
    verb.set_defaults(run=run)
    if out:
        verb.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder to write into, made if needed")
        verb.add_argument("--force", action="store_true", help="overwrite what is there")
    return verb


def _add_sculpt(verbs):
    verb = _add_verb(verbs, sculpt, "make a face: mesh and displacement, and on request a render", out=True)
    person = verb.add_mutually_exclusive_group()
    person.add_argument("--seed", type=_seed, metavar="N", help="a random person; without it the average face")
    person.add_argument("--character", metavar="FILE.json", help="start from a character file")
    verb.add_argument("--set", action="append", default=[], type=_assignment, metavar="NAME=VALUE", dest="settings",
                      help="a shape slider in millimetres from the average face, or age in years (repeatable)")
    verb.add_argument("--expression", action="append", default=[], type=_assignment, metavar="NAME=VALUE",
                      help="an expression, 0 to 1, such as jawOpen=0.3 (repeatable)")
    verb.add_argument("--resolution", type=int, choices=RESOLUTIONS, default=1024, help="of the displacement map")
    verb.add_argument("--render", action="store_true", help="write render.png (needs Blender)")
    verb.add_argument("--blend", action="store_true", help="write face.blend (needs Blender)")


def _add_speech(verbs):
    verb = _add_verb(verbs, speech, "make a talking head's curves from sound", out=True)
    verb.add_argument("audio", metavar="AUDIO", type=Path, help="a sound file (wav, mp3, flac, ogg), or a folder of "
                      "them: each gets a folder of its own, and those that are done are left out the next time")
    verb.add_argument("--transcript", metavar="TEXTFILE", type=Path, help="the words spoken; for a folder of sound "
                      "files, the folder of texts under the same names")
    verb.add_argument("--fps", type=partial(_number, lowest=1, highest=240), default=30, help="frames a second")
    verb.add_argument("--character", metavar="FILE.json", help="whose lips must meet; without it the average face")
    verb.add_argument("--intensity", type=partial(_number, lowest=0, highest=3), default=1.0, help="0 still, 1 usual")
    verb.add_argument("--style", type=partial(_number, lowest=-1, highest=1), default=0.0, help="-1 mumbled to 1 "
                      "over-articulated")
    verb.add_argument("--emotion", choices=EMOTIONS, default=EMOTIONS[0])
    verb.add_argument("--no-blinks", action="store_true", help="leave the eyes open")
    verb.add_argument("--no-head", action="store_true", help="keep the head still")
    verb.add_argument("--seed", type=_seed, default=0, metavar="N", help="another take of brows, eyes and head")
    verb.add_argument("--blend", action="store_true", help="write face.blend, the sound in it (needs Blender)")


def _add_bake(verbs):
    verb = _add_verb(verbs, bake, "write an animated face's displacement, one EXR a frame", out=True)
    verb.add_argument("blend_file", nargs="?", metavar="FACE.blend", help="file with an animated face (needs Blender)")
    verb.add_argument("--object", metavar="NAME", help="which face of the file")
    verb.add_argument("--character", metavar="FILE.json", help="instead of a .blend file, together with --curves")
    verb.add_argument("--curves", metavar="CURVES.npz", help="expression values; its first frame is frame 1")
    verb.add_argument("--frames", type=_frame_range, metavar="A:B", help="first and last frame, both written")
    verb.add_argument("--resolution", type=int, choices=RESOLUTIONS, default=1024)
    verb.set_defaults(run=lambda options: _bake_checked(verb, options))


def _add_own_base(verbs):
    verb = _add_verb(verbs, own_base, "put expressions and wrinkles on a head model of your own", out=True)
    verb.add_argument("model", metavar="MODEL", help="file of FLAME, FaceScape or GNM Head")
    verb.add_argument("--uv", metavar="FILE", help="FLAME's texture coordinates: FLAME_texture.npz or a template OBJ")
    verb.add_argument("--landmarks", metavar="FILE", help="FLAME's landmark embedding or GNM's head_sparse_68.txt")
    verb.add_argument("--character", metavar="FILE.json", help="whose face and wrinkles; without it the model's mean "
                      "head with the wrinkles of the average face")
    verb.add_argument("--expression", action="append", default=[], type=_assignment, metavar="NAME=VALUE",
                      help="an expression, 0 to 1, such as jawOpen=0.3 (repeatable)")
    verb.add_argument("--resolution", type=int, choices=RESOLUTIONS, default=1024, help="of the displacement map")
    verb.set_defaults(seed=None, settings=[])


def _bake_checked(parser, options):
    from_curves = options.character is not None and options.curves is not None
    if (options.blend_file is None) == (not from_curves) or \
            options.blend_file is not None and (options.character or options.curves):
        try:
            parser.error("give either FACE.blend, or --character and --curves")
        except SystemExit as stop:
            return stop.code
    return bake(options)


def _seed(text):
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number, 0 or more")
    return int(text)


def _number(text, lowest, highest):
    try:
        if lowest <= float(text) <= highest:
            return float(text)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is not a number from {lowest} to {highest}")


def _assignment(text):
    name, equals, value = text.partition("=")
    try:
        if not equals or not np.isfinite(float(value)):
            raise ValueError
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE with a number") from None
    return name, float(value)


def _frame_range(text):
    first, colon, last = text.partition(":")
    try:
        frames = range(int(first), int(last if colon else first) + 1)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not A:B with two frame numbers") from None
    if not frames:
        raise argparse.ArgumentTypeError(f"{text!r} ends before it begins")
    return frames


def _sculpted(options):
    """The character that the options describe."""
    from .core.base_model import BaseModel
    from .core.semantic import SLIDERS, SemanticSliders
    if options.character:
        character = Character.load(options.character)
    else:
        character = Character() if options.seed is None else Character.random(options.seed)
    expression = dict(options.expression)
    check_names(expression, BaseModel.load().expression_names, "expression")
    character = replace(character, expression={**character.expression, **expression})
    known = {slider.name: slider for slider in SLIDERS}
    check_names(dict(options.settings), [*known, "age"], "slider")
    for name, value in options.settings:
        if name == "age":
            character = replace(character, age=value)
            continue
        if not known[name].minimum <= value <= known[name].maximum:
            raise ParameterError(f"{name} is {value:g}: it must lie between {known[name].minimum:.1f} and "
                                 f"{known[name].maximum:.1f} mm.")
        identity = SemanticSliders.load().moved(character.identity, name, value)
        character = replace(character, identity=identity)
    return character


def _frames_of_blend_file(options):
    from .blender import headless
    return headless.animated_face(options.blend_file, options.object, options.frames, options.resolution)


def _frames_of_curves(options):
    """(frame numbers, generator of (frame, displacement)) of a character that follows curves."""
    from .core.base_model import BaseModel
    from .core.curves_file import Curves
    character, curves = Character.load(options.character), Curves.load(options.curves)
    names = BaseModel.load().expression_names
    check_names(curves.names, names, "expression")
    columns = [names.index(name) for name in curves.names]
    frames = options.frames or range(1, len(curves) + 1)
    if frames[0] < 1 or frames[-1] > len(curves):
        raise ParameterError(f"The curves have the frames 1 to {len(curves)}, not {frames[0]} to {frames[-1]}.")
    model, controls = _detail_model(), character.controls()

    def displacements():
        for frame in frames:
            expression = np.zeros(len(names), np.float32)
            expression[columns] = curves.values[frame - 1]
            yield frame, model.displacement(character.identity, expression, character.detail, character.age,
                                            resolution=options.resolution, controls=controls)
    return frames, displacements()


def _detail_model():
    # Imported this late so that a mistake in the arguments is answered at once, without waiting for PyTorch.
    from .core.detailed3dmm import Detailed3DMM
    return Detailed3DMM.load()


def _frame_file(frame):
    return f"displacement_{frame:04d}.exr"


def _free(options, names):
    """{name: path} in the output folder; nothing that is there already is among them without --force."""
    files = {name: options.out / name for name in names}
    present = [path for path in files.values() if path.exists()]
    if present and not options.force:
        raise Detailed3DMMError(f"{present[0]} is already there: name another folder, or add --force to overwrite it.")
    return files


def _output(options, names):
    """What `_free` gives, and the output folder is made."""
    files = _free(options, names)
    options.out.mkdir(parents=True, exist_ok=True)
    if not os.access(options.out, os.W_OK | os.X_OK):
        raise PermissionError(13, "Permission denied", str(options.out))
    return files


def _report(paths):
    for path in paths:
        print(path)


def _progress(items, total, unit="frame"):
    """`items` with a progress line on stderr where that is a terminal and tqdm is there."""
    try:
        from tqdm import tqdm
    except ImportError:  # Blender's own Python has none
        return items
    return tqdm(items, total=total, unit=unit, disable=None)


def _with_progress(steps):
    """The value of a generator of shares done, run to its end, with what C libraries say of damaged files unsaid."""
    with os.fdopen(os.dup(STDERR), "w") as terminal, _silenced(STDERR):
        try:
            from tqdm import tqdm
        except ImportError:
            return finished(steps)
        with tqdm(total=1, file=terminal, disable=None, leave=False, bar_format="{l_bar}{bar}|") as bar:
            return finished(steps, lambda share: bar.update(share - bar.n))


@contextmanager
def _warnings_in_one_line():
    """Print a warning of the model as a sentence, without the place in the code that Python adds."""
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_, **__: print(f"{PROGRAM}: {message}", file=sys.stderr)
        yield


@contextmanager
def _silenced(descriptor):
    """Keep what Blender and C libraries print off stdout or stderr, which Python's own printing does not pass."""
    stream = {STDOUT: sys.stdout, STDERR: sys.stderr}[descriptor]
    stream.flush()
    saved, nothing = os.dup(descriptor), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, descriptor)
    try:
        yield
    finally:
        stream.flush()
        os.dup2(saved, descriptor)
        os.close(saved)
        os.close(nothing)


def _rms(values):
    return float(np.sqrt(np.mean(np.square(values))))


def _sentence(error):
    if isinstance(error, ModuleNotFoundError):
        return (f"this needs the Python package {error.name}, which is not installed here. "
                "In a checkout, python3 tools/environment.py makes an environment that has it.")
    if isinstance(error, PermissionError) and error.filename:
        return f"{error.filename} cannot be written: permission denied."
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}."
    return " ".join(str(error).split())
