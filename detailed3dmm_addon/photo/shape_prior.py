"""What a picture says of a face's shape and expression beyond where its landmarks lie.

The face mesh was trained on photographs of all kinds of people, and its inner layers know more of a face than the
points that it answers with. Ridge regression, learned on drawn heads (`training/photo/strangers.py`), reads identity
and expression from them. It explains a small share of how faces differ, and landmarks alone a smaller one; as the mean
of the prior of the fit to landmarks, both count.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..core import weights
from ..core.base_model import IDENTITY_SIZE, BaseModel
from . import landmark_shift
from .crops import Region, cut
from .face_mesh import region_of
from .face_models import FACE_MESH, network

NAME = "shape_prior"
LAYERS = ("p_re_lu_20", "p_re_lu_18", "p_re_lu_15")  # 32 and 128 channels of 3 x 3, 128 of 6 x 6
_SIZE = 192  # pixels that the network sees


@dataclass(frozen=True, eq=False)
class Expected:
    """What a face is likely to be.

    identity : (100,) standard deviations; expression : (53,) 0..1; deviation : (53,) by how much expressions differ
    from that, standard deviations
    shift : (468, 2) pixels from landmarks to where the points of the base model are likely to be seen
    """

    identity: np.ndarray
    expression: np.ndarray
    deviation: np.ndarray
    shift: np.ndarray | float = 0.0


@dataclass(frozen=True, eq=False)
class ShapePrior:
    """A linear map from features to an identity and an expression, one after the other.

    centre, scale : (F,) float32; loadings : (F, 153) float16; mean : (153,) float32
    deviation : (53,) float32, what is left of each expression
    """

    centre: np.ndarray
    scale: np.ndarray
    loadings: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray

    def read(self, seen):
        """(..., 100) identities and (..., 53) expressions, these from 0 to 1, of features (..., 2, F) of `both_sides`.

        The mean of what a picture and its mirror image say.
        """
        said = (seen - self.centre) / self.scale @ self.loadings.astype(np.float32) + self.mean
        plain, mirrored = np.moveaxis(said, -2, 0)
        said = (plain + in_mirror(mirrored)) / 2
        return said[..., :IDENTITY_SIZE], np.clip(said[..., IDENTITY_SIZE:], 0, 1)


def in_mirror(said):
    """(..., 153) identities and expressions of the mirror images of faces."""
    base, shape = BaseModel.load(), said.shape
    rows = said.reshape(-1, shape[-1])
    turned = [
        np.concatenate([base.mirror_identity(row[:IDENTITY_SIZE]), base.mirror_expression(row[IDENTITY_SIZE:])])
        for row in rows
    ]
    return np.reshape(turned, shape)


def expected(picture, landmarks):
    """The person and the expression that a face appears to show, and how far its landmarks appear to be off.

    Parameters
    ----------
    picture : picture.Picture; landmarks : face_mesh.Landmarks in it, whose scores, where it has them, tell more of the
        expression

    Returns
    -------
    Expected

    Raises
    ------
    WeightsError
        If the face mesh, this prior or `landmark_shift` is missing.
    """
    prior, region = load(), region_of(landmarks)
    seen = both_sides(picture.pixels, region)
    identity, expression = prior.read(seen)
    deviation = prior.deviation
    if landmarks.scores is not None:
        from . import blendshape_scores

        expression, deviation = blendshape_scores.load().joined(landmarks.scores, expression, deviation)
    return Expected(identity, expression, deviation, landmark_shift.load().pixels(seen, landmarks, region))


def both_sides(pixels, region):
    """(2, F) features of a `crops.Region` of a picture (H, W, 3), and of the same in a mirror."""
    across = np.array([pixels.shape[1] - 1 - region.centre[0], region.centre[1]])
    return np.stack([features(pixels, region), features(pixels[:, ::-1], Region(across, region.side, -region.angle))])


def features(pixels, region):
    """(F,) float32: what the face mesh's inner layers answer to a `crops.Region` of a picture (H, W, 3)."""
    import cv2

    net = network(FACE_MESH)
    net.setInput(cv2.dnn.blobFromImage(cut(np.ascontiguousarray(pixels), region, _SIZE, replicate=True)))
    return np.concatenate([layer.ravel() for layer in net.forward(LAYERS)])


@lru_cache(maxsize=1)
def load():
    """The ShapePrior of this installation, read once. Raises WeightsError if its file is missing or damaged."""
    tensors, _metadata = weights.load(NAME)
    return ShapePrior(**tensors)
