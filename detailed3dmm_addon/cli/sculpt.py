"""The verb `sculpt`: a character's mesh and displacement, and on request its render and a .blend file."""
from dataclasses import replace

from ..core import displacement_file, mesh_file
from ..core.base_model import BaseModel
from ..core.character import Character, check_names
from ..core.errors import ParameterError
from .arguments import add_expression, add_resolution, add_verb, assignment, seed
from .displaced import displacement_of
from .output import output
from .scene import write_scene
from .terminal import report

FILES = ("character.json", "mesh.npz", "mesh.obj", "displacement.exr", "displacement.png")


def add_to(verbs):
    """Declare the verb."""
    verb = add_verb(verbs, "sculpt", run, "make a face: mesh and displacement, and on request a render")
    person = verb.add_mutually_exclusive_group()
    person.add_argument("--seed", type=seed, metavar="N", help="a random person; without it the average face")
    person.add_argument("--character", metavar="FILE.json", help="start from a character file")
    verb.add_argument("--set", action="append", default=[], type=assignment, metavar="NAME=VALUE", dest="settings",
                      help="a shape slider in millimetres from the average face, or age in years (repeatable)")
    add_expression(verb)
    add_resolution(verb)
    verb.add_argument("--render", action="store_true", help="write render.png (needs Blender)")
    verb.add_argument("--blend", action="store_true", help="write face.blend (needs Blender)")


def run(options):
    """Write the face that the options describe."""
    character, model = sculpted(options), BaseModel.load()
    vertices = model.vertices(character.identity, character.expression_vector(model.expression_names))
    files = output(options, FILES + ("render.png",) * options.render + ("face.blend",) * options.blend)
    displacement = displacement_of(character, options.resolution)
    character.save(files["character.json"])
    mesh_file.write_npz(files["mesh.npz"], vertices, model.topology)
    mesh_file.write_obj(files["mesh.obj"], vertices, model.topology)
    displacement_file.write_exr(files["displacement.exr"], displacement)
    displacement_file.write_png(files["displacement.png"], displacement)
    write_scene(files, lambda headless: headless.build(character, displacement))
    report(files.values())


def sculpted(options):
    """The character that --seed or --character, --set and --expression describe."""
    if options.character:
        character = Character.load(options.character)
    else:
        character = Character() if options.seed is None else Character.random(options.seed)
    return _shaped(posed(character, options.expression), options.settings)


def posed(character, expression):
    """A character with some of its expressions set, [(name, value)]."""
    check_names(dict(expression), BaseModel.load().expression_names, "expression")
    return replace(character, expression={**character.expression, **dict(expression)})


def _shaped(character, settings):
    """A character with age or shape sliders set, [(name, value)]."""
    from ..core.semantic import SLIDERS, SemanticSliders

    known = {slider.name: slider for slider in SLIDERS}
    check_names(dict(settings), [*known, "age"], "slider")
    for name, value in settings:
        if name == "age":
            character = replace(character, age=value)
            continue
        if not known[name].minimum <= value <= known[name].maximum:
            raise ParameterError(f"{name} is {value:g}: it must lie between {known[name].minimum:.1f} and "
                                 f"{known[name].maximum:.1f} mm.")
        identity = SemanticSliders.load().moved(character.identity, name, value)
        character = replace(character, identity=identity)
    return character
