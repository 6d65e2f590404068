"""The base mesh: identity and expression to vertices. numpy alone; metres, Blender's axes (Z up, face towards -Y)."""
from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from . import weights
from .correctives import Corrective
from .errors import ParameterError

IDENTITY_SIZE = 100


@dataclass(frozen=True)
class Topology:
    """Which vertices make a face, and where each lies in texture space.

    faces, faces_uv : (26384, 4) int32, -1 pads triangles; uv : (28911, 2); materials : names;
    face_material : (26384,) index into `materials`. The faces of `M_Face` fill the UV square 0..1 alone.
    """
    faces: np.ndarray
    uv: np.ndarray
    faces_uv: np.ndarray
    materials: tuple
    face_material: np.ndarray


@dataclass(frozen=True)
class _Block:
    """A run of vertices with the identity modes that move it, all in units of `loadings @ identity`."""
    start: int
    stop: int
    loadings: np.ndarray  # (rank, 100), quantisation steps included
    modes: np.ndarray  # (rank, 3 * (stop - start)) float32


@dataclass(frozen=True)
class _Key:
    """One shape key: the vertices it moves, and by how much; component 0 for everyone, the others by identity."""
    vertices: np.ndarray  # (n,) int32
    components: np.ndarray  # (1 + rank, 3 n) int16
    steps: np.ndarray  # (1 + rank,) metres a unit of `components`
    loadings: np.ndarray  # (rank, 100)

    def offsets(self, identity, weight=1.0):
        """(n, 3) float32, `weight` times what this key does to the face of `identity`."""
        mix = np.concatenate([[1.0], self.loadings @ identity]) * self.steps * weight
        return (mix.astype(np.float32) @ self.components.astype(np.float32)).reshape(-1, 3)


class BaseModel:
    """100 identity coefficients and 53 expressions to 26,719 vertices.

    Identity is in standard deviations of the training faces, zeros the mean face. The offsets of the expressions
    depend on the identity. Correctives are further keys, whose weights follow from the expressions.

    >>> model = BaseModel.load()
    >>> face = model.vertices(np.zeros(100), model.expression({"jawOpen": 0.3}))
    """

    def __init__(self, tensors, metadata):
        self._tensors = tensors
        self.expression_names = tuple(json.loads(metadata["expression_names"]))
        self.correctives = tuple(Corrective(**described) for described in json.loads(metadata["correctives"]))
        self.corrective_names = tuple(corrective.name for corrective in self.correctives)
        self.key_names = self.expression_names + self.corrective_names
        self.topology = Topology(materials=tuple(json.loads(metadata["materials"])), **{
            name: tensors[name] for name in ("faces", "uv", "faces_uv", "face_material")})
        self.landmarks = tensors["landmarks"]
        self.mean = tensors["mean"]

    @staticmethod
    @lru_cache(maxsize=1)
    def load():
        """The model of this installation, read once. Raises WeightsError if its file is missing or damaged."""
        return BaseModel(*weights.load("base_model"))

    def neutral(self, identity):
        """The face at rest.

        Parameters
        ----------
        identity : (100,), standard deviations

        Returns
        -------
        (26719, 3) float32, metres
        """
        identity = _vector(identity, IDENTITY_SIZE, "identity")
        points = self.mean.copy()
        for block in self._blocks:
            points[block.start:block.stop] += ((block.loadings @ identity) @ block.modes).reshape(-1, 3)
        return points

    def offsets(self, identity):
        """What each key adds to this face at weight 1.

        Parameters
        ----------
        identity : (100,)

        Returns
        -------
        (K, 26719, 3) float32, metres, in the order of `key_names`: expressions, then correctives
        """
        identity = _vector(identity, IDENTITY_SIZE, "identity")
        result = np.zeros((len(self._keys), len(self.mean), 3), np.float32)
        for target, key in zip(result, self._keys, strict=True):
            target[key.vertices] = key.offsets(identity)
        return result

    def key_weights(self, expression):
        """(K,) weights of all keys: the expression's own (53,) values, then what each corrective makes of them."""
        expression = _vector(expression, len(self.expression_names), "expression")
        values = dict(zip(self.expression_names, expression.tolist(), strict=True))
        return np.concatenate([expression, [corrective.weight(values) for corrective in self.correctives]])

    def vertices(self, identity, expression):
        """The posed face: `neutral(identity) + key_weights(expression) @ offsets(identity)`, and quickly.

        Parameters
        ----------
        identity : (100,); expression : (53,), usually 0..1

        Returns
        -------
        (26719, 3) float32, metres
        """
        points = self.neutral(identity)
        identity = np.asarray(identity, np.float32)
        key_weights = self.key_weights(expression)
        for index in np.flatnonzero(key_weights):
            key = self._keys[index]
            points[key.vertices] += key.offsets(identity, key_weights[index])
        return points

    def expression(self, values):
        """(53,) float32 from a dictionary of name -> value; raises ParameterError for a name that is not there."""
        unknown = sorted(set(values) - set(self.expression_names))
        if unknown:
            raise ParameterError(f"Unknown expression \"{unknown[0]}\": use ARKit's names such as jawOpen.")
        return np.array([values.get(name, 0.0) for name in self.expression_names], np.float32)

    def mirror_identity(self, identity):
        """(100,) the identity whose face is the mirror image of this one's."""
        identity = _vector(identity, IDENTITY_SIZE, "identity")
        return self._tensors["mirror_identity"] @ identity

    def mirror_expression(self, expression):
        """(53,) the expression with left and right exchanged."""
        expression = _vector(expression, len(self.expression_names), "expression")
        return expression[self._tensors["mirror_expression"]]

    def mirror_vertices(self, vertices):
        """(26719, 3) the mesh seen in a mirror, vertex numbers kept in their places."""
        return np.asarray(vertices)[self.mirror] * np.array([-1, 1, 1], np.float32)

    @property
    def mirror(self):
        """(26719,) int32: the vertex on the other side; its own inverse."""
        return self._tensors["mirror"]

    @cached_property
    def _blocks(self):
        blocks = []
        for number, (start, stop) in enumerate(self._tensors["blocks"].tolist()):
            part = {name: self._tensors[f"block{number}.{name}"] for name in ("modes", "steps", "loadings")}
            loadings = part["loadings"] * part["steps"][:, None]
            blocks.append(_Block(start, stop, loadings, part["modes"].astype(np.float32)))
        return blocks

    @cached_property
    def _keys(self):
        tensors, keys = self._tensors, []
        at = {"vertices": 0, "components": 0, "rows": 0, "loadings": 0}
        for count, rank in tensors["key_sizes"].tolist():
            size = (1 + rank) * 3 * count
            keys.append(_Key(
                tensors["key_vertices"][at["vertices"]:at["vertices"] + count],
                tensors["key_components"][at["components"]:at["components"] + size].reshape(1 + rank, -1),
                tensors["key_steps"][at["rows"]:at["rows"] + 1 + rank],
                tensors["key_loadings"][at["loadings"]:at["loadings"] + rank]))
            at["vertices"] += count
            at["components"] += size
            at["rows"] += 1 + rank
            at["loadings"] += rank
        return keys


def _vector(values, size, what):
    values = np.asarray(values, np.float32)
    if values.shape != (size,):
        raise ParameterError(f"The {what} must have {size} numbers, not {values.size}.")
    if not np.isfinite(values).all():
        raise ParameterError(f"The {what} holds a value that is not a finite number.")
    return values
