"""Checking what callers hand in."""

from collections.abc import Mapping

import numpy as np

from .errors import ParameterError


def vector(values, size, what):
    """`values` as float32 (size,); raises ParameterError, in which they are called `what`, where that cannot be."""
    values = np.asarray(values, np.float32)
    if values.shape != (size,):
        raise ParameterError(f"The {what} must have {size} numbers, not {values.size}.")
    if not np.isfinite(values).all():
        raise ParameterError(f"The {what} holds a value that is not a finite number.")
    return values


def number(value, what, low, high):
    """`value` as a float; raises ParameterError where it is not a number, or not between `low` and `high`."""
    if isinstance(value, (bool, str)) or not isinstance(value, (int, float, np.number)) or not low <= value <= high:
        raise ParameterError(f"{what} is {value!r}: it must be a number between {low:g} and {high:g}.")
    return float(value)


def table(value, what):
    """`value`, a mapping; raises ParameterError where it is none."""
    if not isinstance(value, Mapping):
        raise ParameterError(f"{what} must be a table of names and values.")
    return value
