"""The displacement of a character, for the verbs that write one."""
from ..core.base_model import BaseModel


def detail_model():
    """The network, imported this late so that a mistake in the arguments is answered without waiting for PyTorch."""
    from ..core.detailed3dmm import Detailed3DMM

    return Detailed3DMM.load()


def displacement_of(character, resolution=1024):
    """(R, R) float32 mm: a character's skin in its own expression."""
    expression = character.expression_vector(BaseModel.load().expression_names)
    return detail_model().displacement(character.identity, expression, character.detail, character.age,
                                       resolution=resolution, controls=character.controls())
