"""The base model at a few points of its surface, with derivatives: what a fit to landmarks works on. numpy alone."""
import numpy as np

from ..core.base_model import IDENTITY_SIZE

_STEP = 1e-3  # of an expression


class FacePoints:
    """Points in triangles of the base model.

    triangles : (N, 3) vertex indices; barycentric : (N, 3) weights
    """

    def __init__(self, base, triangles, barycentric):
        self.base = base
        self._vertices, corners = np.unique(triangles, return_inverse=True)
        self._corners = corners.reshape(-1, 3)
        self._barycentric = np.asarray(barycentric, float)
        self.mean = self._at(base.mean[self._vertices])  # (N, 3) metres
        self.modes = self._at(base.modes(self._vertices).transpose(1, 2, 0))  # (N, 3, 100)
        self._keys = None
        self.focus(np.zeros(IDENTITY_SIZE))

    def focus(self, identity):
        """Take the expressions of this identity (100,): how they change with it is small and left out in between."""
        self._keys = self._at(np.stack([offsets[self._vertices] for offsets in self.base.each_offsets(identity)], -1))

    def positions(self, identity, expression):
        """(N, 3) metres of the points of a face: identity (100,), expression (53,)."""
        return self.mean + self.modes @ identity + self._keys @ self.base.key_weights(expression)

    def by_expression(self, expression):
        """(N, 3, 53) metres by which the points move with each expression, correctives included."""
        return self._keys @ key_slopes(self.base, expression)

    def _at(self, values):
        """(N, ...) values at the points from those at `_vertices`."""
        weights = self._barycentric.reshape(*self._corners.shape, *[1] * (values.ndim - 1))
        return sum(weights[:, corner] * values[self._corners[:, corner]] for corner in range(3))


def key_slopes(base, expression):
    """(K, 53) by which the weight of each key of the base model changes with each expression (53,)."""
    # Towards the inside of 0..1, where correctives are smooth.
    steps = np.where(np.asarray(expression) > 0.5, -_STEP, _STEP)
    moved = np.asarray(expression, float)[:, None] + np.diag(steps)
    here = dict(zip(base.expression_names, expression, strict=True))
    values = dict(zip(base.expression_names, moved, strict=True))
    correctives = [(corrective.weights(values) - corrective.weight(here)) / steps for corrective in base.correctives]
    return np.concatenate([np.eye(len(steps)), correctives])
