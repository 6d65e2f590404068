"""Files of other people's networks that git does not hold: fetched beside the weights, used only where they are whole.

What fetches them are the tools of a checkout and of the extension's build; here they are found and checked.
"""

from __future__ import annotations

import hashlib

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
    purpose : what the network does, to complete "a network that ..."; tool : what fetches it in a checkout

    Returns
    -------
    Path

    Raises
    ------
    WeightsError
        If it is missing or altered.
    """
    try:
        with path(name).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()  # by blocks: some are large
    except OSError as error:
        raise WeightsError(
            f"{path(name)}, a network that {purpose}, is missing: install Detailed3DMM again, or in a checkout run "
            f"python3 {tool}."
        ) from error
    if found != sha256:
        raise WeightsError(
            f"{path(name)} is not the network that {purpose}, its checksum differs: remove it and install "
            "Detailed3DMM again."
        )
    return path(name)


def read(name, sha256, purpose, tool):
    """The content of a file, as bytes; see `checked`."""
    return checked(name, sha256, purpose, tool).read_bytes()
