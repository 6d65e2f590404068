"""Corrective keys: shapes that come in where expressions meet, with weights that Blender can compute by itself."""
import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

NAMES = {"max": max, "min": min, "abs": abs}
_ARRAY_NAMES = {"max": np.maximum, "min": np.minimum, "abs": np.abs}


@dataclass(frozen=True)
class Corrective:
    """A corrective key and its weight as a function of expression values.

    expression : arithmetic over expression names with numbers, `+ - * /`, `max` and `min`, such as
        "max(0, mouthClose - jawOpen)": what Blender's *simple expressions* allow, so that a driver with one
        variable for each name in `variables` runs without Python and without the add-on.
    """
    name: str
    expression: str

    @property
    def variables(self):
        """The expression names that the weight reads, in order of appearance."""
        words = re.findall(r"[A-Za-z_]\w*", self.expression)
        return tuple(dict.fromkeys(word for word in words if word not in NAMES))

    def weight(self, values):
        """The weight for a dictionary of expression name -> value."""
        return float(eval(_compiled(self.expression), {"__builtins__": {}}, {**NAMES, **values}))

    def weights(self, values):
        """(T,) weights for a dictionary of expression name -> (T,) values."""
        return eval(_compiled(self.expression), {"__builtins__": {}}, {**_ARRAY_NAMES, **values})


@lru_cache
def _compiled(expression):
    return compile(expression, "corrective", "eval")
