"""What the networks are compared with: PCA of the maps, ridge regression onto its components from the same inputs."""

from __future__ import annotations

import numpy as np
import torch

from .dataset import FACE

RIDGES = (10.0, 100.0, 1e3, 1e4, 1e5)


class LinearBaseline:
    """`components` principal maps at `size`, predicted linearly from identity, expression, strain, person and age.

    The ridge is the one that does best on the last sixth of the training faces when fitted to the others.
    """

    def __init__(self, train, components, size=256):
        self.size = size
        maps = self.maps(train)
        self.mean = maps.mean(0)
        components = min(components, len(maps) - 1)
        _, _, self.basis = torch.svd_lowrank(maps - self.mean, components, niter=2)
        scores = (maps - self.mean) @ self.basis
        inputs = self.inputs(train)
        self.centre, self.spread = inputs.mean(0), inputs.std(0) + 1e-6
        x, kept = self._design(inputs), len(maps) * 5 // 6

        def unseen_error(ridge):
            return (x[kept:] @ _ridge(x[:kept], scores[:kept], ridge) - scores[kept:]).square().sum()

        self.weights = _ridge(x, scores, min(RIDGES, key=unseen_error))

    def maps(self, dataset):
        """Maps of a dataset at this size, (N, size * size)."""
        return dataset.maps[self.size].float().flatten(1)

    @staticmethod
    def inputs(dataset):
        return torch.cat([dataset.faces[k].float().reshape(len(dataset), -1) for k in FACE], 1)

    def synthesised(self, dataset):
        """Maps (N, size, size) from the faces' parameters alone."""
        return self._maps(self._design(self.inputs(dataset)) @ self.weights)

    def reconstructed(self, dataset):
        """Maps (N, size, size) through the principal components."""
        return self._maps((self.maps(dataset) - self.mean) @ self.basis)

    def _maps(self, scores):
        return (scores @ self.basis.T + self.mean).view(-1, self.size, self.size).numpy()

    def _design(self, inputs):
        x = (inputs - self.centre) / self.spread
        return torch.cat([x, torch.ones(len(x), 1)], 1)


def _ridge(x, y, ridge):
    return torch.linalg.solve(x.T @ x + ridge * torch.eye(x.shape[1]), x.T @ y)


def squared_error(output, target):
    """Squared error as a share of the target's energy, both (N, R, R)."""
    return float(((output - target) ** 2).sum() / np.maximum((target**2).sum(), 1e-12))
