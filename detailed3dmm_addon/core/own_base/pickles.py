"""Arrays out of pickles without running what else is in them.

A pickle may name any function of any module and have it called. Here every name is looked up in a short table: numpy's
arrays and numbers, plain containers, and stand-ins that keep data and do nothing in the place of chumpy's arrays,
scipy's sparse matrices and torch's tensors. Anything else is refused before it is imported.
"""

from __future__ import annotations

import codecs
import pickle
import struct
from collections import OrderedDict

import numpy as np

from ..errors import FileFormatError

# What the machinery of pickle and numpy raises on damaged input, found by damaging it.
DAMAGED = (pickle.UnpicklingError, AttributeError, AssertionError, EOFError, ImportError, IndexError, KeyError,
           TypeError, ValueError, OverflowError, MemoryError, RecursionError, NotImplementedError, struct.error)


class Kept:
    """Stands in for an object of a library that is not asked: remembers the state that the pickle holds for it."""

    def __init__(self, *_arguments, **_keywords):
        self.state = {}

    def __setstate__(self, state):
        self.state = state if isinstance(state, dict) else {}


class _Array:
    """What a pickle gets for `numpy.ndarray`: an argument of `_reconstruct`, and nothing that can be called."""


def load(path):
    """The object in a pickle file of Python 2 or 3.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dicts, lists, tuples, strings, numbers and numpy arrays; chumpy arrays as arrays, others as `Kept`

    Raises
    ------
    FileFormatError
        If the file asks for anything but data, or is damaged.
    """
    with path.open("rb") as file:
        return _load(file, path)


def load_npy(path):
    """The object or array in a .npy file, where numpy itself would refuse objects or run whatever they say."""
    with path.open("rb") as file:
        try:
            version = np.lib.format.read_magic(file)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            _, _, dtype = read(file)
            if dtype.hasobject:
                array = _load(file, path)
                return array.item() if isinstance(array, np.ndarray) and array.size == 1 else array
            file.seek(0)
            return np.lib.format.read_array(file, allow_pickle=False)
        except DAMAGED as error:
            raise FileFormatError(f"{path} is truncated or damaged.") from error


def _load(file, path):
    try:
        return _plain(_Unpickler(file, path).load(), path)
    except DAMAGED as error:
        raise FileFormatError(f"{path} is truncated or damaged.") from error


def _plain(value, path, depth=0):
    """`value` with chumpy's stand-ins replaced by the arrays in them."""
    if depth > 20:
        raise FileFormatError(f"{path} is nested too deeply for a model.")
    if isinstance(value, Kept):
        return value.state["x"] if isinstance(value.state.get("x"), np.ndarray) else value
    if isinstance(value, dict):
        return {key: _plain(item, path, depth + 1) for key, item in value.items()}
    return value


class _Unpickler(pickle.Unpickler):
    def __init__(self, file, path):
        super().__init__(file, encoding="latin1")  # strings of Python 2, numpy's bytes among them
        self._path = path

    def find_class(self, module, name):
        known = _KNOWN.get((module.replace("numpy._core", "numpy.core"), name))
        if known is not None:
            return known
        if module.partition(".")[0] in {"chumpy", "scipy", "torch"}:
            return Kept
        raise FileFormatError(f"{self._path} asks to run {module}.{name}, and a model file holds arrays alone: do not "
                              "trust it, and get it again from the model's own site.")

    def persistent_load(self, _identifier):
        return Kept()


def _reconstruct(_kind, _shape, _dtype):
    # The state that follows gives shape and type: nothing that the pickle says here is needed.
    return np.ndarray((0,), np.uint8)


def _scalar(dtype, content=b""):
    return np.frombuffer(content.encode("latin1") if isinstance(content, str) else content, dtype)[0]


def _from_buffer(content, dtype, shape, order="C", _axis_order=None):
    return np.frombuffer(content, dtype).reshape(shape, order=order)


def _encode(text, encoding="latin1"):
    return codecs.encode(text, encoding) if encoding == "latin1" else b""


def _bytes(content=(), encoding="latin1"):
    return bytes(content, encoding) if isinstance(content, str) else b""


def _nothing(*_arguments):
    return Kept()


_KNOWN = {
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct, ("numpy.core.multiarray", "scalar"): _scalar,
    ("numpy.core.numeric", "_frombuffer"): _from_buffer, ("numpy", "ndarray"): _Array, ("numpy", "dtype"): np.dtype,
    ("_codecs", "encode"): _encode, ("__builtin__", "bytes"): _bytes, ("builtins", "bytes"): _bytes,
    ("collections", "OrderedDict"): OrderedDict, ("copy_reg", "_reconstructor"): _nothing,
    ("__builtin__", "set"): set, ("builtins", "set"): set,
    ("copyreg", "_reconstructor"): _nothing, ("__builtin__", "object"): _Array, ("builtins", "object"): _Array,
}
