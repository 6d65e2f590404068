"""A shape key while it is being made: what it does to the mean face, and how that changes with identity."""
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Key:
    """One expression or corrective.

    base : (V, 3) offsets of the mean face, metres; parts : changes with identity, each of some vertices (n,),
    components (r, n, 3) and loadings (r, 100); expression : the weight of a corrective, None for an expression.
    """
    name: str
    base: np.ndarray
    parts: list = field(default_factory=list)
    expression: str | None = None

    def slopes(self, vertices):
        """(100, n, 3): change of the offsets of `vertices` with each identity coefficient."""
        total = np.zeros((100, len(vertices), 3))
        for own, components, loadings in self.parts:
            place = np.full(len(self.base), -1)
            place[own] = np.arange(len(own))
            shared = np.flatnonzero(place[vertices] >= 0)
            total[:, shared] += np.tensordot(loadings.T, components[:, place[vertices[shared]]], 1)
        return total

    def add(self, vertices, constant, slopes, tolerance, rank=16):
        """Add (n, 3) for everyone and (100, n, 3) by identity, the latter (or None) to a `tolerance` in metres."""
        self.base[vertices] += constant
        kept = None if slopes is None else low_rank(slopes, tolerance, rank)
        if kept is not None:
            self.parts.append((vertices, *kept))


def low_rank(slopes, tolerance, rank):
    """Fewest components (r, n, 3) and loadings (r, 100) of `slopes` that leave every vertex's deviation (over
    standard-normal identities) below `tolerance`, but at most `rank`; None where nothing needs to be kept."""
    flat = slopes.reshape(len(slopes), -1)
    deviation = np.sqrt((flat ** 2).sum(0).reshape(-1, 3).sum(1))
    if deviation.max(initial=0) < tolerance:
        return None
    values, vectors = np.linalg.eigh(flat @ flat.T)
    vectors = vectors[:, ::-1][:, :rank]
    components = vectors.T @ flat
    left = deviation ** 2
    for count, component in enumerate(components, 1):
        left = left - (component.reshape(-1, 3) ** 2).sum(1)
        if left.max() < tolerance ** 2:
            components, vectors = components[:count], vectors[:, :count]
            break
    return components.reshape(len(components), -1, 3), vectors.T
