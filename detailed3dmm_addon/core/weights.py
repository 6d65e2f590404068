"""Reading the trained weights: safetensors files listed, with their checksums, in ``weights/weights.json``.

The reader needs numpy alone, so that the mesh sliders work in a Blender that has no torch and no safetensors package.
"""
import hashlib
import json
import math
import os
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np

from .errors import WeightsError

FOLDER_VARIABLE = "DETAILED3DMM_WEIGHTS"
INDEX_NAME = "weights.json"

_DTYPES = {
    "BOOL": "?", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2", "U32": "<u4", "I32": "<i4", "U64": "<u8",
    "I64": "<i8", "F16": "<f2", "F32": "<f4", "F64": "<f8",
}
_HEADER_LIMIT = 100_000_000


@dataclass(frozen=True)
class WeightsEntry:
    """One line of ``weights.json``.

    name : what `load` is called with; file : name inside the weights folder; bytes : the file's size;
    training : the command that made it; quality : measured figures by name.
    """
    name: str
    file: str
    version: str
    sha256: str
    bytes: int
    licence: str
    training: str
    quality: dict = field(default_factory=dict)


def weights_folder():
    """Where the weights lie: beside the code in an installed extension, beside the package in a checkout.

    The environment variable ``DETAILED3DMM_WEIGHTS`` names another folder, for trying weights that were just trained.
    """
    if os.environ.get(FOLDER_VARIABLE):
        return Path(os.environ[FOLDER_VARIABLE])
    package = Path(__file__).resolve().parent.parent
    inside = package / "weights"
    return inside if inside.is_dir() else package.parent / "weights"


def weights_index():
    """Every published set of weights.

    Returns
    -------
    list of WeightsEntry

    Raises
    ------
    WeightsError
        If ``weights.json`` is missing or unreadable.
    """
    path = weights_folder() / INDEX_NAME
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
        known = {f.name for f in fields(WeightsEntry)}
        return [WeightsEntry(**{key: value for key, value in entry.items() if key in known}) for entry in listed]
    except OSError as error:
        raise WeightsError(f"The weights are missing: {path} cannot be read. Install Detailed3DMM again.") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise WeightsError(f"The list of weights {path} is damaged. Install Detailed3DMM again.") from error


def load(name):
    """Read weights by name, their checksum verified when the process first reads them.

    Parameters
    ----------
    name : str, such as "base_model"

    Returns
    -------
    tensors : dict of name -> read-only array; metadata : dict of str -> str

    Raises
    ------
    WeightsError
        If the weights are not listed, missing, truncated or altered.
    """
    entry = next((entry for entry in weights_index() if entry.name == name), None)
    if entry is None:
        raise WeightsError(f"The weights \"{name}\" are not part of this installation. Install Detailed3DMM again.")
    path = weights_folder() / entry.file
    content = _read(path)
    _verify(path, content, entry)
    return _parse(content, path)


def verify(entry):
    """Read a listed file again and compare its checksum; raises WeightsError where it differs."""
    path = weights_folder() / entry.file
    _check(path, _read(path), entry)


def read_safetensors(path):
    """Read a safetensors file with numpy alone.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    tensors : dict of name -> read-only array (bfloat16 comes as float32); metadata : dict of str -> str

    Raises
    ------
    WeightsError
        If the file cannot be read, is truncated, or is not a safetensors file.
    """
    return _parse(_read(Path(path)), path)


_verified = set()


def _verify(path, content, entry):
    if (path, entry.sha256) not in _verified:
        _check(path, content, entry)
        _verified.add((path, entry.sha256))


def _check(path, content, entry):
    if len(content) < entry.bytes:
        raise WeightsError(f"The weights file {path} is truncated ({len(content)} of {entry.bytes} bytes). "
                           "Install Detailed3DMM again.")
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        raise WeightsError(f"The weights file {path} was altered: its checksum differs. Install Detailed3DMM again.")


def _read(path):
    try:
        return path.read_bytes()
    except OSError as error:
        raise WeightsError(f"The weights file {path} is missing or cannot be read. "
                           "Install Detailed3DMM again.") from error


def _parse(content, path):
    try:
        size = int.from_bytes(content[:8], "little")
        if len(content) < 8 or size > min(_HEADER_LIMIT, len(content) - 8):
            raise ValueError("the header does not fit into the file")
        header = json.loads(content[8:8 + size].decode("utf-8"))
        metadata = header.pop("__metadata__", {})
        body = memoryview(content)[8 + size:]
        return {name: _tensor(body, **described) for name, described in header.items()}, metadata
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise WeightsError(f"{path} is not a complete safetensors file. Install Detailed3DMM again.") from error


def _tensor(body, dtype, shape, data_offsets):
    start, end = data_offsets
    if not 0 <= start <= end <= len(body):
        raise ValueError("a tensor lies outside the file")
    if dtype == "BF16":
        halves = np.frombuffer(body[start:end], "<u2").astype("<u4")
        return (halves << 16).view("<f4").reshape(shape)
    if math.prod(shape) * np.dtype(_DTYPES[dtype]).itemsize != end - start:
        raise ValueError("a tensor's size differs from its shape")
    return np.frombuffer(body[start:end], _DTYPES[dtype]).reshape(shape)
