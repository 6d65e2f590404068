"""From a face's sliders to its displacement map."""
from dataclasses import replace

import numpy as np

from ..core.errors import Detailed3DMMError
from . import compat, detail, mesh, parameters, strings
from .images import SMALLEST, write_image  # noqa: F401  the two halves of a bake


def displacement(obj, resolution, expression=None):
    """Displacement map of a face as its sliders are.

    Parameters
    ----------
    obj : a face object
    resolution : int, pixels a side
    expression : (53,) values, or None for those of the shape keys

    Returns
    -------
    (resolution, resolution) float32, millimetres, row 0 at V = 1

    Raises
    ------
    Detailed3DMMError
        If PyTorch or the trained weights are missing.
    """
    settings = obj.detailed3dmm
    if not settings.use_detail:
        return np.zeros((SMALLEST, SMALLEST), np.float32)
    expression = mesh.expression_of(obj) if expression is None else expression
    controls = mesh.character_of(obj).controls(detail.mask(settings.detail))
    if not compat.has_module("cv2"):  # which draws the fine band: the material keeps its pores
        controls = replace(controls, pores=0.0)
    heights = detail_model().displacement(
        parameters.identity(settings), expression, parameters.person(settings), settings.age, resolution=resolution,
        controls=controls)
    return heights * np.float32(settings.detail_strength)


def detail_model():
    """The trained detail model, read at its first use; Detailed3DMMError where PyTorch or the weights are missing."""
    if not compat.has_module("torch"):
        raise Detailed3DMMError(strings.message(strings.ERROR_NEEDS_TORCH))
    from ..core.detailed3dmm import Detailed3DMM
    return Detailed3DMM.load()
