"""The verb `encode`: the DNPM code of a displacement map, what the network makes of it, and who wears its creases."""
import numpy as np

from ..core import displacement_file
from ..core.character import Character
from ..core.detail_controls import resized
from ..core.steps import finished
from .arguments import add_verb
from .displaced import detail_model
from .output import output
from .terminal import STDERR, report, silenced


def add_to(verbs):
    """Declare the verb."""
    verb = add_verb(verbs, "encode", run, "find the DNPM code of a displacement map")
    verb.add_argument("displacement", metavar="DISPLACEMENT", help="EXR, TIFF or PNG of one channel, a square of the "
                      "face's UVs: as sculpt writes it, a scan's or a bake's")
    verb.add_argument("--unit", choices=displacement_file.UNITS, default="mm", help="of floating-point values")
    verb.add_argument("--scale", type=float, metavar="MM", help="millimetres from black to white of 8 or 16 bit values")
    verb.add_argument("--midlevel", type=float, default=0.5, help="value of the undisplaced surface, 0 to 1")
    verb.add_argument("--character", metavar="FILE.json", help="write this character too, with the creases of the map: "
                      "its expression is the one that the map shows")


def run(options):
    """Write code and reconstruction, and with --character who wears the map's creases."""
    character = Character.load(options.character) if options.character else None
    with silenced(STDERR):  # the image libraries' own words about a damaged file: our sentence says it
        displacement = displacement_file.read(options.displacement, options.unit, options.scale, options.midlevel)
    displacement_file.check_relief(displacement)
    files = output(options, ("code.npz", "reconstruction.exr") + ("character.json",) * (character is not None))
    model = detail_model()
    from ..core.detailed3dmm import LARGEST, save_codes
    codes = model.encode(displacement)
    reconstruction = model.decode(codes, min(len(displacement), LARGEST))
    save_codes(files["code.npz"], codes)
    displacement_file.write_exr(files["reconstruction.exr"], reconstruction)
    if character is not None:
        from ..core.detail_from_map import wear
        finished(wear(model, displacement, character)).character.save(files["character.json"])
    report(files.values())
    print(f"root mean square of the map {_rms(displacement):.4f} mm, of the difference "
          f"{_rms(reconstruction - resized(displacement, len(reconstruction))):.4f} mm")


def _rms(values):
    return float(np.sqrt(np.mean(np.square(values))))
