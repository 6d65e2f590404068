"""Small networks in TensorFlow Lite's format, run with numpy: those that the bundled OpenCV cannot read.

A file is a FlatBuffer: tables whose fields lie at offsets that a list before each table tells. Numbers of fields, of
operators and of types are those of TensorFlow's schema (tensorflow/compiler/mlir/lite/schema/schema.fbs, Apache-2.0;
NOTICE). Only what multilayer perceptrons and mixers are made of is known here: convolutions are of one pixel.
"""

from __future__ import annotations

import struct
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

_MARK = b"TFL3"
_TYPES = {0: np.dtype("<f4"), 1: np.dtype("<f2"), 2: np.dtype("<i4")}
_MOST, _LARGEST = 1 << 12, 1 << 20  # entries of a list, numbers of a tensor: a damaged file must not ask for gigabytes
_NO_ACTIVATION, _RELU = 0, 1


@dataclass(frozen=True)
class Operation:
    """One step. run : function of (inputs, options, shape of the result); inputs, output : numbers of tensors"""

    run: object
    options: _Table
    inputs: tuple
    output: int


@dataclass(frozen=True)
class Network:
    """A graph of one input and one output.

    constants : {number of a tensor: array}; shapes : of every tensor; operations : in the order in which they run;
    source, result : numbers of the tensors that go in and come out
    """

    constants: dict
    shapes: tuple
    operations: tuple
    source: int
    result: int

    @property
    def takes(self):
        """Shape of what goes in."""
        return self.shapes[self.source]

    @property
    def gives(self):
        """Shape of what comes out."""
        return self.shapes[self.result]

    def __call__(self, values):
        """Array of the shape that the network gives, of one with as many numbers as it takes.

        Raises ValueError where the operations do not fit together, or what comes out is not finite.
        """
        tensors = {**self.constants, self.source: np.asarray(values, np.float32).reshape(self.takes)}
        with _damage_told(), np.errstate(all="ignore"):
            for operation in self.operations:
                shape = self.shapes[operation.output]
                made = operation.run([tensors[number] for number in operation.inputs], operation.options, shape)
                if made.shape != shape:
                    raise ValueError("an operation's result has another shape than the file says")
                tensors[operation.output] = made
            result = tensors[self.result]
        if not np.isfinite(result).all():
            raise ValueError("the network's result is not finite")
        return result


def read(content):
    """The Network in the bytes of a ``.tflite`` file.

    Raises ValueError where it is none, has other operators, or does not run: it is run once on random numbers.
    """
    with _damage_told():
        if content[4:8] != _MARK:
            raise ValueError("no TensorFlow Lite network")
        model = _Table(content, _Table(content, 0).number("I", 0))
        codes = [max(code.field(0, "b"), code.field(3, "i")) for code in model.tables(1)]
        graph, buffers = model.tables(2)[0], model.tables(4)
        tensors = graph.tables(0)
        shapes = tuple(_shape(tensor) for tensor in tensors)
        stored = {number: buffers[tensor.field(2, "I")].values(0, "u1") for number, tensor in enumerate(tensors)}
        constants = {number: content.view(_TYPES[tensors[number].field(1, "b")]).reshape(shapes[number])
                     for number, content in stored.items() if len(content)}
        operations = tuple(Operation(_OPERATORS[codes[step.field(0, "I")]], step.table(4), tuple(step.values(1, "<i4")),
                                     step.values(2, "<i4").item()) for step in graph.tables(3))
        network = Network(constants, shapes, operations, *(graph.values(field, "<i4").item() for field in (1, 2)))
        network(np.random.default_rng(0).standard_normal(network.takes))
        return network


@contextmanager
def _damage_told():
    """A file that is cut off or altered shows in many ways; callers meet ValueError alone."""
    try:
        yield
    except (struct.error, LookupError, TypeError, OverflowError, MemoryError) as error:
        raise ValueError("damaged, or made of other operators than are known here") from error


class _Table:
    """A table of a FlatBuffer. content : bytes of the file; at : where it begins"""

    def __init__(self, content, at):
        self._content, self._at = content, at

    def number(self, kind, at):
        """The number of a kind, as `struct` calls it, that lies `at` bytes from the table's beginning."""
        return struct.unpack_from("<" + kind, self._content, self._at + at)[0]

    def field(self, number, kind, default=0):
        """The value of a field."""
        at = self._offset(number)
        return self.number(kind, at) if at else default

    def values(self, number, kind):
        """(n,) the list in a field; kind : its numpy type."""
        start, count = self._list(number)
        return np.frombuffer(self._content, kind, count, start) if count else np.zeros(0, kind)

    def table(self, number):
        """The table that a field points at; one without fields where there is none."""
        at = self._offset(number)
        return _Table(self._content, self._at + at + self.number("I", at)) if at else _Table(_WITHOUT_FIELDS, 4)

    def tables(self, number):
        """The tables that a list in a field points at."""
        start, count = self._list(number)
        if count > _MOST:
            raise ValueError("a list is too long")
        places = start + 4 * np.arange(count)
        return [_Table(self._content, int(place) + struct.unpack_from("<I", self._content, place)[0])
                for place in places]

    def _list(self, number):
        """(where the first entry lies, how many there are) of a field's list."""
        at = self._offset(number)
        if not at:
            return 0, 0
        at += self.number("I", at)
        return self._at + at + 4, self.number("I", at)

    def _offset(self, number):
        """Bytes from the table's beginning to a field, 0 where it is left out and has its default."""
        fields = -self.number("i", 0)
        size = self.number("H", fields)
        at = 4 + 2 * number
        return self.number("H", fields + at) if at < size else 0


_WITHOUT_FIELDS = struct.pack("<HHi", 4, 4, 4)


def _shape(tensor):
    shape = tuple(int(side) for side in tensor.values(0, "<i4"))
    if min(shape, default=1) < 1 or np.prod(shape, dtype=float) > _LARGEST:
        raise ValueError("a tensor is too large")
    return shape


def _activated(values, options, field):
    """What an operator answers with the activation that is fused to it, told in a field of its options."""
    kind = options.field(field, "b")
    if kind not in (_NO_ACTIVATION, _RELU):
        raise ValueError("an activation is not known here")
    return np.maximum(values, 0) if kind == _RELU else values


def _by_element(function):
    """The operator of a function of arrays that broadcast; the result's shape is known, so that none can blow up."""
    def run(inputs, options, shape):
        return _activated(function(*inputs, out=np.empty(shape, np.float32)), options, 0)
    return run


def _reduction(function):
    def run(inputs, options, _shape):
        values, axes = inputs
        return function(values, axis=tuple(axes.ravel()), keepdims=bool(options.field(0, "b")))
    return run


def _convolution(inputs, options, shape):
    """Of one pixel: pixels (..., I) by weights (O, 1, 1, I) and bias (O,)."""
    pixels, weights, bias = inputs
    steps = options.field(1, "i", 1), options.field(2, "i", 1)
    if weights.shape[1:3] != (1, 1) or steps != (1, 1):
        raise ValueError("a convolution of more than a pixel is not known here")
    return _activated(np.matmul(pixels, weights[:, 0, 0].T, out=np.empty(shape, np.float32)) + bias, options, 3)


def _slice(inputs, options, _shape):
    values, *borders = inputs
    open_begin, open_end, ellipsis, added, dropped = (options.field(number, "i") for number in range(5))
    if ellipsis or added:
        raise ValueError("a slice of this kind is not known here")
    parts = [
        int(begin) if dropped >> axis & 1 else
        slice(None if open_begin >> axis & 1 else begin, None if open_end >> axis & 1 else end, step)
        for axis, (begin, end, step) in enumerate(zip(*borders, strict=True))]
    return values[tuple(parts)]


def _logistic(values, out):
    return np.divide(1, 1 + np.exp(-values), out=out)


def _inverse_root(values, out):
    return np.divide(1, np.sqrt(values), out=out)


def _squared_difference(one, other, out):
    return np.square(np.subtract(one, other, out=out), out=out)


_OPERATORS = {
    0: _by_element(np.add),
    2: lambda inputs, options, shape: _activated(np.concatenate(inputs, options.field(0, "i")), options, 1),
    3: _convolution,
    6: lambda inputs, options, shape: inputs[0].astype(np.float32),  # half precision
    14: _by_element(_logistic),
    18: _by_element(np.multiply),
    22: lambda inputs, options, shape: inputs[0].reshape(shape),
    39: lambda inputs, options, shape: np.transpose(inputs[0], inputs[1]),
    40: _reduction(np.mean),
    41: _by_element(np.subtract),
    42: _by_element(np.divide),
    45: _slice,
    59: _by_element(np.negative),
    74: _reduction(np.sum),
    75: _by_element(np.sqrt),
    76: _by_element(_inverse_root),
    99: _by_element(_squared_difference),
}
