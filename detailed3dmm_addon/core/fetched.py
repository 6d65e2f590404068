"""Files by others that git does not hold: fetched beside the weights, used only where they are whole.

What fetches them are the tools of a checkout and of the extension's build; here they are found and checked.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from . import weights
from .errors import WeightsError


def path(name):
    """Where the file `name` belongs: beside the weights."""
    return weights.weights_folder() / name


def checked(name, sha256, purpose, tool):
    """The path of a file that is whole.

    Parameters
    ----------
    name : of the file; sha256 : its checksum, hexadecimal
    purpose : what it is for, to complete "the file, which ..."; tool : what fetches it in a checkout

    Returns
    -------
    Path

    Raises
    ------
    WeightsError
        If it is missing or altered.
    """
    file = path(name)
    try:
        state = file.stat()
        found = _checksum(file, state.st_mtime_ns, state.st_size)
    except OSError as error:
        raise WeightsError(
            f"{file}, which {purpose}, is missing: install Detailed3DMM again, or in a checkout run python3 {tool}."
        ) from error
    if found != sha256:
        raise WeightsError(
            f"{file}, which {purpose}, was altered, its checksum differs: remove it and install Detailed3DMM again, or "
            f"in a checkout run python3 {tool}."
        )
    return file


@lru_cache(maxsize=16)
def _checksum(file, _changed, _size):
    """SHA-256, hexadecimal; computed once in a process while the file stays: 27 MB take a third of a second."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
