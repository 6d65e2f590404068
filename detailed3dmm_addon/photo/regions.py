"""Where features lie on the face's tile, on whomever, row 0 at V = 1."""
from functools import lru_cache

import numpy as np

from ..core import skin_regions
from ..core.skin_canvas import FACE, canvas


@lru_cache(maxsize=4)
def lips(size, outside, inside):
    """(size, size) float32 0..1: the lips, from 0 at `outside` to 1 at `inside`, mm within their outline."""
    distance = skin_regions.lip_distance(canvas(FACE, size))
    return skin_regions.smoothstep(outside, inside, distance).astype(np.float32)
