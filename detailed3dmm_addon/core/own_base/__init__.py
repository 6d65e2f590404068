"""Bring your own base: a 3DMM that the user holds a licence for gets our expressions and our wrinkles.

`read_model` reads FLAME, FaceScape and GNM Head files as their makers publish them; `register` finds where each of
their vertices lies on our head (a `Correspondence`); `transfer` carries displacement maps, expressions and whole faces
over. scipy is imported where it is first used.

>>> model = read_model("generic_model.pkl", uv="FLAME_texture.npz")
>>> correspondence = finished(register(model), progress=print)
>>> heights = transfer.displacement(model, correspondence, ours, resolution=2048)
"""

from ..steps import finished
from .correspondence import Correspondence, register
from .model import MorphableModel
from .reading import read_model

__all__ = ["Correspondence", "MorphableModel", "finished", "read_model", "register"]
