"""The verb `own-base`: another model's head with our expressions and wrinkles."""
import numpy as np

from ..core import displacement_file, mesh_file
from ..core.base_model import BaseModel, Topology
from ..core.character import Character
from ..core.errors import ParameterError
from ..core.steps import finished
from .arguments import add_expression, add_resolution, add_verb
from .displaced import displacement_of
from .output import output
from .sculpt import posed
from .terminal import report


def add_to(verbs):
    """Declare the verb."""
    verb = add_verb(verbs, "own-base", run, "put expressions and wrinkles on a head model of your own")
    verb.add_argument("model", metavar="MODEL", help="file of FLAME, FaceScape or GNM Head")
    verb.add_argument("--uv", metavar="FILE", help="FLAME's texture coordinates: FLAME_texture.npz or a template OBJ")
    verb.add_argument("--landmarks", metavar="FILE", help="FLAME's landmark embedding or GNM's head_sparse_68.txt")
    verb.add_argument("--character", metavar="FILE.json", help="whose face and wrinkles; without it the model's mean "
                      "head with the wrinkles of the average face")
    add_expression(verb)
    add_resolution(verb)


def run(options):
    """Write the head's mesh and displacement, and where it lies on ours."""
    from ..core.own_base import read_model, register, transfer

    model = read_model(options.model, options.uv, options.landmarks)
    if model.uv is None:
        raise ParameterError(f"{model.name} keeps its texture coordinates in another file: name it with --uv.")
    character = posed(Character.load(options.character) if options.character else Character(), options.expression)
    base = BaseModel.load()
    shape = base.vertices(character.identity, character.expression_vector(base.expression_names))
    files = output(options, ("mesh.obj", "mesh.npz", "displacement.exr", "correspondence.npz"))
    found = finished(register(model))
    neutral, posed_head = transfer.Carrier(model, found).shapes(
        base.neutral(character.identity), shape, bool(options.character))
    heights = displacement_of(character, options.resolution)
    topology = Topology(model.faces, model.uv, model.faces_uv, (model.name,), np.zeros(len(model.faces), np.int32))
    found.save(files["correspondence.npz"])
    mesh_file.write_npz(files["mesh.npz"], posed_head, topology, neutral)
    mesh_file.write_obj(files["mesh.obj"], posed_head, topology)
    displacement_file.write_exr(files["displacement.exr"], transfer.displacement(
        model, found, heights, options.resolution))
    report(files.values())
    print(f"distance of its face from ours bent onto it: median {found.residual[0]:.2f} mm, 95 % within "
          f"{found.residual[1]:.2f} mm")
