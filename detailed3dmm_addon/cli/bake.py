"""The verb `bake`: displacement frame by frame, of an animated face in a .blend file or of a character with curves."""
import numpy as np

from ..core import displacement_file
from ..core.base_model import BaseModel
from ..core.character import Character, check_names
from ..core.errors import ParameterError
from .arguments import add_resolution, add_verb, frame_range
from .displaced import detail_model
from .output import output
from .terminal import STDOUT, progress, report, silenced


def add_to(verbs):
    """Declare the verb."""
    verb = add_verb(verbs, "bake", None, "write an animated face's displacement, one EXR a frame")
    verb.add_argument("blend_file", nargs="?", metavar="FACE.blend", help="file with an animated face (needs Blender)")
    verb.add_argument("--object", metavar="NAME", help="which face of the file")
    verb.add_argument("--character", metavar="FILE.json", help="instead of a .blend file, together with --curves")
    verb.add_argument("--curves", metavar="CURVES.npz", help="expression values; its first frame is frame 1")
    verb.add_argument("--frames", type=frame_range, metavar="A:B", help="first and last frame, both written")
    add_resolution(verb)
    verb.set_defaults(run=lambda options: _checked(verb, options))


def _checked(parser, options):
    """Do it, or say which arguments do not go together, as argparse says it."""
    from_curves = options.character is not None and options.curves is not None
    if (options.blend_file is None) == (not from_curves) or \
            options.blend_file is not None and (options.character or options.curves):
        try:
            parser.error("give either FACE.blend, or --character and --curves")
        except SystemExit as stop:
            return stop.code
    return run(options)


def run(options):
    """Write the frames."""
    with silenced(STDOUT):
        frames, displacements = _frames_of_blend_file(options) if options.blend_file else _frames_of_curves(options)
        files = output(options, [_frame_file(frame) for frame in frames])
        for frame, displacement in progress(displacements, len(frames)):
            displacement_file.write_exr(files[_frame_file(frame)], displacement)
    report(files.values())


def _frames_of_blend_file(options):
    from ..blender import headless

    return headless.animated_face(options.blend_file, options.object, options.frames, options.resolution)


def _frames_of_curves(options):
    """(frame numbers, generator of (frame, displacement)) of a character that follows curves."""
    from ..core.curves_file import Curves

    character, curves = Character.load(options.character), Curves.load(options.curves)
    names = BaseModel.load().expression_names
    check_names(curves.names, names, "expression")
    columns = [names.index(name) for name in curves.names]
    frames = options.frames or range(1, len(curves) + 1)
    if frames[0] < 1 or frames[-1] > len(curves):
        raise ParameterError(f"The curves have the frames 1 to {len(curves)}, not {frames[0]} to {frames[-1]}.")
    model, controls = detail_model(), character.controls()

    def displacements():
        for frame in frames:
            expression = np.zeros(len(names), np.float32)
            expression[columns] = curves.values[frame - 1]
            yield frame, model.displacement(character.identity, expression, character.detail, character.age,
                                            resolution=options.resolution, controls=controls)
    return frames, displacements()


def _frame_file(frame):
    return f"displacement_{frame:04d}.exr"
