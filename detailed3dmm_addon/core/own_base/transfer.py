"""What goes over the correspondence: displacement maps, expressions, whole faces."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ..base_model import BaseModel
from ..errors import ParameterError
from .head import bodies
from .raster import drawn
from .surface import laplacian, largest_part

LARGEST = 8192
_GUTTER = 4  # texels that a map goes on beyond the edges of UV islands, where filtering looks
_HOLD = 1e-6  # keeps vertices still that nothing is connected with, where the system would be singular


def displacement(model, correspondence, ours, resolution=1024):
    """One of our displacement maps in the model's own UV layout.

    Parameters
    ----------
    model : `MorphableModel` with UVs; correspondence : `Correspondence`
    ours : (R, R) mm, row 0 at V = 1, as `Detailed3DMM.displacement` gives it
    resolution : texels a side

    Returns
    -------
    (resolution, resolution) float32, mm on the model's mean head: deeper where that is larger than ours; zero where it
    has no place on our face, with a fade of one of its triangles

    Raises
    ------
    ParameterError
        If the model has no UVs, or a size is wrong.
    """
    correspondence.check(len(model.mean))
    return redrawn(*_triangles(model, correspondence), ours, resolution)


def redrawn(corners, values, ours, resolution):
    """A displacement map of ours in another UV layout.

    Parameters
    ----------
    corners : (T, 3, 2) texture coordinates of triangles there; values : (T, 3, 3) our u, our v, and strength at them
    ours : (R, R) mm; resolution : texels a side

    Returns
    -------
    (resolution, resolution) float32, mm
    """
    import cv2

    ours = _checked_map(ours, resolution)
    corners = corners - tile(corners)
    inside = (corners.max(1) > 0).all(1) & (corners.min(1) < 1).all(1)
    places, mask = drawn(corners[inside], values[inside], resolution)
    _go_on(places, mask)
    size = len(ours)
    u, v = places[..., 0] * size - 0.5, (1 - places[..., 1]) * size - 0.5
    return cv2.remap(ours, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) * places[..., 2]


def tile(corners):
    """(2,) whole numbers: the UDIM tile (0, 0 is 1001) that holds most of the triangles `corners` (T, 3, 2)."""
    tiles, counts = np.unique(np.floor(corners.mean(1)), axis=0, return_counts=True)
    return tiles[np.argmax(counts)]


def _go_on(values, mask):
    """Carry values (R, R, 3) a few texels beyond where `mask` holds, in place."""
    import cv2

    distance, labels = cv2.distanceTransformWithLabels(
        (~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)
    nearest = np.zeros(labels.max() + 1, np.int64)
    nearest[labels[mask]] = np.flatnonzero(mask)
    beyond = ~mask & (distance <= _GUTTER)
    values[beyond] = values.reshape(-1, values.shape[2])[nearest[labels[beyond]]]


def _checked_map(ours, resolution):
    ours = np.asarray(ours, np.float32)
    if ours.ndim != 2 or ours.shape[0] != ours.shape[1] or not np.isfinite(ours).all():
        raise ParameterError(f"A displacement map is square, with finite numbers, this one is {ours.shape}.")
    if not 16 <= resolution <= LARGEST:
        raise ParameterError(f"The resolution must lie between 16 and {LARGEST}, not at {resolution}.")
    return ours


def _triangles(model, correspondence):
    """Corners (T, 3, 2) of the triangles that our map reaches, and at each our u, our v and its strength (T, 3, 3)."""
    if model.uv is None:
        raise ParameterError(f"{model.name} has no texture coordinates: give the file that holds them.")
    strength = correspondence.mapped * correspondence.scale
    values = np.concatenate([correspondence.uv, strength[:, None]], axis=1)
    reached = (correspondence.mapped[model.triangles] > 0).any(1)
    return model.uv[model.triangles_uv[reached]].astype(np.float64), values[model.triangles[reached]]


class Carrier:
    """Carries offsets of our head's vertices to a model's.

    Skin takes what our skin does at its place; skin without a place, such as the inside of a nostril, goes smoothly
    along with what is around it; eyeballs and teeth follow ours; all turned and scaled as the two heads are.
    """

    def __init__(self, model, correspondence):
        correspondence.check(len(model.mean))
        self.model, self.correspondence = model, correspondence
        self._triangles = model.triangles.astype(np.int64)

    def offsets(self, ours):
        """Offsets of the model's vertices.

        Parameters
        ----------
        ours : (26719, 3) metres, by which the vertices of our head move away from our mean head or any face near it

        Returns
        -------
        (V, 3) float32, metres
        """
        found = self.correspondence
        result = np.einsum("nk,nkc->nc", found.weights, np.asarray(ours)[found.corners]).astype(np.float64)
        result = self._filled(result)
        for number, body in enumerate(bodies()):
            part = found.follows == number
            if part.any():
                result[part] = self._followed(ours, body, part)
        result[found.follows == -2] = 0
        return (found.scale[:, None] * result @ found.rotation.T).astype(np.float32)

    def vertices(self, face):
        """A face of ours, at rest, in the model's topology.

        Parameters
        ----------
        face : (26719, 3) metres

        Returns
        -------
        (V, 3) float32, metres, where the model's mean head is
        """
        found, mean = self.correspondence, self.model.mean.astype(np.float64)
        own = np.asarray(face, np.float64)
        place = float(found.similarity) * np.einsum("nk,nkc->nc", found.weights, own[found.corners]) @ found.rotation.T
        moved = self._filled(place + found.translation - mean)
        for number, body in enumerate(bodies()):
            part = found.follows == number
            if part.any():
                offset = self._followed(own - BaseModel.load().mean, body, part)
                moved[part] = float(found.similarity) * offset @ found.rotation.T
        moved[found.follows == -2] = 0
        return (mean + moved).astype(np.float32)

    def shapes(self, neutral, posed, with_identity):
        """A face of ours at rest and posed in the model's topology: on its own mean head, or in the shape of ours.

        Parameters
        ----------
        neutral, posed : (26719, 3) metres; with_identity : whether the result has the shape of our face

        Returns
        -------
        (V, 3) float32 at rest, (V, 3) float32 posed, metres
        """
        rest = self.vertices(neutral) if with_identity else self.model.mean
        return rest, rest + self.offsets(np.asarray(posed) - neutral)

    def _filled(self, offsets):
        """Offsets (V, 3) that are kept where the skin has a place, and harmonic in between."""
        free, solve, to_known = self._harmonic
        result = offsets.copy()
        if len(free):
            result[free] = solve(-to_known @ offsets)
        return result

    @cached_property
    def _harmonic(self):
        """Vertices without a place, a solver for them, and what the others put into it."""
        from scipy.sparse import identity
        from scipy.sparse.linalg import splu

        mean = self.model.mean.astype(np.float64)
        placed = self.correspondence.placed | ~largest_part(mean, self._triangles)
        free = np.flatnonzero(~placed)
        plate = laplacian(mean, self._triangles).tocsr()
        if not len(free):
            return free, None, None
        system = (plate[free][:, free] + _HOLD * identity(len(free))).tocsc()
        known = plate[free].multiply(placed[None]).tocsr()
        return free, splu(system).solve, known

    def _followed(self, offsets, body, part):
        """Offsets (n, 3) of a loose part by the affine motion of one of our rigid bodies, about its own centre."""
        rest = BaseModel.load().mean[body].astype(np.float64)
        centre = rest.mean(0)
        basis = np.concatenate([rest - centre, np.full((len(rest), 1), 0.01)], axis=1)
        motion = np.linalg.lstsq(basis, np.asarray(offsets, np.float64)[body], rcond=1e-6)[0]
        found = self.correspondence
        local = (self.model.mean[part] - found.translation) @ found.rotation / float(found.similarity)
        local = local - local.mean(0)
        return np.concatenate([local, np.full((len(local), 1), 0.01)], axis=1) @ motion


def expression_shapes(carrier, identity=None):
    """Our expression keys on the model, one after the other.

    Parameters
    ----------
    carrier : `Carrier`; identity : (100,) of the face whose expressions they are, or None for the mean face

    Yields
    ------
    (name, (V, 3) float32 offsets in metres) in the order of `BaseModel.key_names`, correctives included
    """
    base = BaseModel.load()
    identity = np.zeros(100, np.float32) if identity is None else identity
    for name, offsets in zip(base.key_names, base.each_offsets(identity), strict=True):
        yield name, carrier.offsets(offsets)


def own_shapes(model):
    """{our expression name: (V, 3) metres}: the model's own shapes where its maker says what they mean.

    One that ARKit has once and we have for each side goes to both, each with its half of the head.
    """
    names = BaseModel.load().expression_names
    shapes = {}
    for name, shape in zip(model.expression_names, model.expression, strict=True):
        if name in names:
            shapes[name] = shape
        elif f"{name}_L" in names:
            left = _left_share(model.mean)[:, None]
            shapes[f"{name}_L"], shapes[f"{name}_R"] = shape * left, shape * (1 - left)
    return shapes


def _left_share(vertices, width=0.02):
    """(V,) 0 on the subject's right to 1 on the left (+X), smooth over `width` metres."""
    share = np.clip(vertices[:, 0] / width + 0.5, 0, 1)
    return (share * share * (3 - 2 * share)).astype(np.float32)
