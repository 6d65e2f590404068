"""The lips: closed at rest on every face, and kept from passing through each other while the jaw moves.

Near the line where they meet, the rows of both lips are made to move as one with identity, half way between what each
would do alone: they fit together on every face as on the mean face. All of it is linear in identity.
"""
import numpy as np

from .measures import LIP_KNOTS, lip_gaps
from .spread import Spread

GAP = 1.9e-4  # metres between the lips at rest, the same on every face (in the data: median 0.6 mm, -1.5 to +3 mm)
REACH = 0.014
CONTACT_ROWS = tuple(range(3, 12))
CLOSED_GAP = 2.5e-4  # the same where `mouthClose` follows the jaw
ROUNDS = 6
BLEND = 0.008  # metres from the middle over which one side of the mouth fades into the other
PRESS = 2e-4  # metres by which lips may cross where they press on each other


class Lips:
    """Contact of the lips on the mean face, and the smooth fields that move them.

    Parameters
    ----------
    mean : (V, 3); triangles : (T, 3) of the skin; rim : Rim of the mouth
    """

    def __init__(self, mean, triangles, rim):
        self.rim = rim
        rows = list(CONTACT_ROWS)
        self._upper, self._lower = rim.rows[rows][:, rim.upper[3:-3]], rim.rows[rows][:, rim.lower[3:-3]]
        self._to_knots = [np.stack([_interpolation(mean[row, 0], LIP_KNOTS) for row in lip])
                          for lip in (self._upper, self._lower)]
        corner = rim.rows[3:12][:, [48, 49, 11, 12]].ravel()
        self.spread = Spread(mean, triangles, np.unique(np.r_[self._upper.ravel(), self._lower.ravel(), corner]), REACH)
        self.vertices = self.spread.vertices
        pinned = self.spread.pinned
        self._sides = np.zeros((len(pinned), len(rows), len(LIP_KNOTS)))
        for lip, side in ((self._upper, -0.5), (self._lower, 0.5)):
            for row, vertices in enumerate(lip):
                at = np.searchsorted(pinned, vertices)
                self._sides[at, row] = side * _interpolation(LIP_KNOTS, mean[vertices, 0])

    @property
    def left_half(self):
        """(25, 1) share of the subject's left side in what both sides do together."""
        return (0.5 + 0.5 * np.clip(LIP_KNOTS / BLEND, -1, 1))[:, None]

    def opening(self, points):
        """(..., 9, 25, 3) from each contact row of the lower lip to the upper's, of `points` or displacements."""
        upper, lower = points[..., self._upper, :], points[..., self._lower, :]
        return self._to_knots[0] @ upper - self._to_knots[1] @ lower

    def closing(self, opening):
        """Displacement (..., n, 3) of `vertices` that takes `opening` away, half by each lip."""
        return self.spread(np.einsum("prk,...rkc->...pc", self._sides, opening))

    def set_gap(self, points, gap):
        """Displacement (n, 3) of `vertices` that leaves the lips of `points` (V, 3) `gap` metres apart."""
        pose, height = points.copy(), np.zeros((len(CONTACT_ROWS), len(LIP_KNOTS), 3))
        for _ in range(ROUNDS):
            height[:, :, 2] += lip_gaps(pose, self.rim) / 1e3 - gap
            pose[self.vertices] = points[self.vertices] + self.closing(height)
        return self.closing(height)

    def uncrossing(self, points):
        """(9, 25, 3) opening that takes the lips of `points` apart where they cross by more than `PRESS`."""
        pose, height = points.copy(), np.zeros((len(CONTACT_ROWS), len(LIP_KNOTS), 3))
        for _ in range(ROUNDS):
            height[:, :, 2] += np.minimum(lip_gaps(pose, self.rim) / 1e3 + PRESS, 0)
            pose[self.vertices] = points[self.vertices] + self.closing(height)
        return height

    def closed_neutral(self, mean, modes):
        """Mean and modes of faces whose lips at rest stand `GAP` apart."""
        mean, modes = mean.copy(), modes.copy()
        mean[self.vertices] += self.set_gap(mean, GAP)
        modes[:, self.vertices] += self.closing(self.opening(modes))
        return mean, modes


def _interpolation(at, wanted):
    """(W, A) linear interpolation matrix from values at `at` to `wanted`, constant beyond the ends."""
    order = np.argsort(at)
    sorted_at = at[order]
    right = np.clip(np.searchsorted(sorted_at, wanted), 1, len(at) - 1)
    weight = np.clip((wanted - sorted_at[right - 1]) / np.maximum(sorted_at[right] - sorted_at[right - 1], 1e-9), 0, 1)
    matrix = np.zeros((len(wanted), len(at)))
    lines = np.arange(len(wanted))
    np.add.at(matrix, (lines, order[right - 1]), 1 - weight)
    np.add.at(matrix, (lines, order[right]), weight)
    return matrix
