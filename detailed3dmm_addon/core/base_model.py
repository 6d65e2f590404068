"""The base mesh: identity and expression to vertices. numpy alone; metres, Blender's axes (Z up, face towards -Y)."""
from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from . import weights
from .checks import vector
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
    """A run of stored rows with the identity modes that move them, in units of `loadings @ identity`."""
    start: int
    stop: int
    loadings: np.ndarray  # (rank, 100), quantisation steps included
    modes: np.ndarray  # (rank, 3 * (stop - start)) float32


@dataclass(frozen=True)
class _Part:
    """A share of one shape key: the stored coordinates it moves, and by how much for everyone or by identity."""
    runs: list  # of (start, stop), three times the stored rows
    components: np.ndarray  # (r, 3 n) int16, the runs one after another
    loadings: np.ndarray  # (r, 101): what an identity, preceded by 1, makes of each component, in metres a unit
    mirrored: bool = False

    def offsets(self, identity):
        """(3 n,) float32: what this part adds to the face of `identity` (101,) at weight 1."""
        mix = self.loadings @ identity
        if len(mix) == 1:
            offsets = np.multiply(self.components[0], mix[0], dtype=np.float32)
        else:
            offsets = mix @ self.components.astype(np.float32)
        if self.mirrored:
            np.negative(offsets[::3], out=offsets[::3])
        return offsets


class _Face:
    """The keys of one identity, each worked out when it is first used."""

    def __init__(self, identity, at_rest, keys):
        self.identity = identity
        self.at_rest = at_rest  # (3 V,) coordinates in the order of storage
        self._keys = keys
        self._leading_one = np.append(np.float32(1), identity)
        self._offsets = {}

    def add(self, key, weight, flat):
        """Add `weight` times a key to coordinates `flat` (3 V,) in the order of storage."""
        if key not in self._offsets:
            self._offsets[key] = [(part.runs, part.offsets(self._leading_one)) for part in self._keys[key]]
        for runs, offsets in self._offsets[key]:
            weighted = offsets * weight
            at = 0
            for start, stop in runs:
                target = flat[start:stop]
                np.add(target, weighted[at:at + stop - start], out=target)
                at += stop - start


class BaseModel:
    """100 identity coefficients and 53 expressions to 26,719 vertices.

    Identity is in standard deviations of the training faces, zeros the mean face. The offsets of the expressions
    depend on the identity. Correctives are further keys, whose weights follow from the expressions.

    >>> model = BaseModel.load()
    >>> face = model.vertices(np.zeros(100), model.expression({"jawOpen": 0.3}))
    """

    def __init__(self, tensors, metadata):
        self._blocks = _blocks(tensors)
        # Copies: views would keep the whole file in memory, with the modes that the blocks have now.
        tensors = {name: _frozen(tensor) for name, tensor in tensors.items() if not name.endswith(".modes")}
        self._tensors = tensors
        self._last = None
        self._row_of = np.argsort(tensors["order"])
        self.expression_names = tuple(json.loads(metadata["expression_names"]))
        self.correctives = tuple(Corrective(**described) for described in json.loads(metadata["correctives"]))
        self.corrective_names = tuple(corrective.name for corrective in self.correctives)
        self.key_names = self.expression_names + self.corrective_names
        self.topology = Topology(materials=tuple(json.loads(metadata["materials"])), **{
            name: tensors[name] for name in ("faces", "uv", "faces_uv", "face_material")})
        self.landmarks = tensors["landmarks"]
        self.mean = tensors["mean"][self._row_of]

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
        return self._in_order(self._face(vector(identity, IDENTITY_SIZE, "identity")).at_rest)

    def offsets(self, identity):
        """What each key adds to this face at weight 1.

        Parameters
        ----------
        identity : (100,)

        Returns
        -------
        (K, 26719, 3) float32, metres, in the order of `key_names`: expressions, then correctives
        """
        result = np.empty((len(self._keys), len(self.mean), 3), np.float32)
        for target, offsets in zip(result, self.each_offsets(identity), strict=True):
            target[:] = offsets
        return result

    def each_offsets(self, identity):
        """One after the other what `offsets` gives together, for those who need no 20 MB at once."""
        identity = vector(identity, IDENTITY_SIZE, "identity")
        face = _Face(identity, None, self._keys)  # not kept: all keys of a face take 10 MB
        flat = np.empty(self.mean.size, np.float32)
        for key in range(len(self._keys)):
            flat[:] = 0
            face.add(key, np.float32(1), flat)
            yield self._in_order(flat)

    def key_weights(self, expression):
        """(K,) weights of all keys: the expression's own (53,) values, then what each corrective makes of them."""
        expression = vector(expression, len(self.expression_names), "expression")
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
        identity = vector(identity, IDENTITY_SIZE, "identity")
        key_weights = self.key_weights(expression)
        face = self._face(identity)
        flat = face.at_rest.copy()
        for key in np.flatnonzero(key_weights):
            face.add(key, np.float32(key_weights[key]), flat)
        return self._in_order(flat)

    def _face(self, identity):
        """The keys of `identity`; those of the last one are kept, for whoever moves an expression."""
        if self._last is None or not np.array_equal(self._last.identity, identity):
            flat = np.empty(self.mean.size, np.float32)
            for block in self._blocks:
                np.dot(block.loadings @ identity, block.modes, out=flat[3 * block.start:3 * block.stop])
            flat += self._tensors["mean"].ravel()
            self._last = _Face(identity.copy(), flat, self._keys)
        return self._last

    def _in_order(self, flat):
        """(V, 3) vertices in their own order from coordinates in the order of storage."""
        return np.take(flat.reshape(-1, 3), self._row_of, axis=0)

    def expression(self, values):
        """(53,) float32 from a dictionary of name -> value; raises ParameterError for a name that is not there."""
        unknown = sorted(set(values) - set(self.expression_names))
        if unknown:
            raise ParameterError(f"Unknown expression \"{unknown[0]}\": use ARKit's names such as jawOpen.")
        return np.array([values.get(name, 0.0) for name in self.expression_names], np.float32)

    def mirror_identity(self, identity):
        """(100,) the identity whose face is the mirror image of this one's."""
        identity = vector(identity, IDENTITY_SIZE, "identity")
        return self._tensors["mirror_identity"] @ identity

    def mirror_expression(self, expression):
        """(53,) the expression with left and right exchanged."""
        expression = vector(expression, len(self.expression_names), "expression")
        return expression[self._tensors["mirror_expression"]]

    def mirror_vertices(self, vertices):
        """(26719, 3) the mesh seen in a mirror, vertex numbers kept in their places."""
        return np.asarray(vertices)[self.mirror] * np.array([-1, 1, 1], np.float32)

    def modes(self, vertices):
        """(100, n, 3) metres by which each identity coefficient moves these vertices."""
        result = np.zeros((IDENTITY_SIZE, len(vertices), 3))
        rows = self._row_of[vertices]
        for block in self._blocks:
            inside = np.flatnonzero((rows >= block.start) & (rows < block.stop))
            own = block.modes.reshape(len(block.modes), -1, 3)[:, rows[inside] - block.start]
            result[:, inside] = np.tensordot(block.loadings.T, own, 1)
        return result

    @property
    def mirror(self):
        """(26719,) int32: the vertex on the other side; its own inverse."""
        return self._tensors["mirror"]

    @cached_property
    def _keys(self):
        """For each key its parts; a twin's parts are those of its source, mirrored or negated."""
        tensors = self._tensors
        keys = [[] for _ in self.key_names]
        run = component = row = loading = 0
        for key, runs, count, loaded in tensors["parts"].tolist():
            places = tensors["part_runs"][run:run + runs]
            size = count * 3 * int((places[:, 1] - places[:, 0]).sum())
            loadings = np.zeros((count, 1 + IDENTITY_SIZE), np.float32)
            if loaded:
                loadings[:, 1:] = tensors["part_loadings"][loading:loading + loaded]
            else:
                loadings[:, 0] = 1
            keys[key].append(_Part(
                (3 * places).tolist(), tensors["part_components"][component:component + size].reshape(count, -1),
                loadings * tensors["part_steps"][row:row + count, None]))
            run, component, row, loading = run + runs, component + size, row + count, loading + loaded
        for key, source, factor in tensors["twins"].tolist():
            keys[key] = [self._mirrored(part) if factor == 1 else replace(part, loadings=-part.loadings)
                         for part in keys[source]]
        return keys

    def _mirrored(self, part):
        loadings = part.loadings.copy()
        loadings[:, 1:] = loadings[:, 1:] @ self._tensors["mirror_identity"]
        sections = 3 * self._tensors["mirror_runs"]
        runs = []
        for start, stop in part.runs:
            first, _, image = sections[np.searchsorted(sections[:, 0], start, "right") - 1].tolist()
            runs.append((start - first + image, stop - first + image))
        return replace(part, runs=runs, loadings=loadings, mirrored=True)


def _blocks(tensors):
    blocks = []
    for number, (start, stop) in enumerate(tensors["blocks"].tolist()):
        part = {name: tensors[f"block{number}.{name}"] for name in ("modes", "steps", "loadings")}
        loadings = part["loadings"] * part["steps"][:, None]
        blocks.append(_Block(start, stop, loadings, part["modes"].astype(np.float32)))
    return blocks


def _frozen(array):
    copy = np.array(array)
    copy.setflags(write=False)
    return copy
