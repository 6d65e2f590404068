"""Checking what callers hand in."""

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
