"""What the networks are compared with: PCA of the maps, ridge regression onto its components from the same inputs."""

from __future__ import annotations

import torch

from .dataset import FACE

RIDGES = (10.0, 100.0, 1e3, 1e4, 1e5)


class LinearBaseline:
    """`components` principal maps at `size`, predicted linearly from identity, expression, strain, person and age.

    The ridge is the one that does best on the last sixth of the training faces when fitted to the others.

    train : anything with `maps[size]` (N, size, size) and `faces`, the inputs named in `dataset.FACE`, (N, ...)
    """

    def __init__(self, train, components, size=256):
        self.size = size
        maps = train.maps[size].flatten(1)
        self.skin = (maps != 0).any(0)  # texels that no training map uses stay zero, and cost nothing
        maps = maps[:, self.skin].float()
        self.mean = maps.mean(0)
        maps -= self.mean
        components = min(components, len(maps) - 1)
        _, _, self.basis = torch.svd_lowrank(maps, components, niter=1)
        scores = maps @ self.basis
        inputs = self.inputs(train)
        self.centre, self.spread = inputs.mean(0), inputs.std(0) + 1e-6
        x, kept = self._design(inputs), len(maps) * 5 // 6

        def unseen_error(ridge):
            return (x[kept:] @ _ridge(x[:kept], scores[:kept], ridge) - scores[kept:]).square().sum()

        self.weights = _ridge(x, scores, min(RIDGES, key=unseen_error))

    @staticmethod
    def inputs(data):
        return torch.cat([data.faces[k].float().reshape(len(data.faces[k]), -1) for k in FACE], 1)

    def synthesised(self, data):
        """Maps (N, size, size) from the faces' parameters alone."""
        return self._maps(self._design(self.inputs(data)) @ self.weights)

    def reconstructed(self, maps):
        """Maps (N, size, size) through the principal components."""
        return self._maps((torch.as_tensor(maps).flatten(1)[:, self.skin].float() - self.mean) @ self.basis)

    def _maps(self, scores):
        maps = torch.zeros(len(scores), self.size * self.size)
        maps[:, self.skin] = scores @ self.basis.T + self.mean
        return maps.view(-1, self.size, self.size).numpy()

    def _design(self, inputs):
        x = (inputs - self.centre) / self.spread
        return torch.cat([x, torch.ones(len(x), 1)], 1)


def _ridge(x, y, ridge):
    return torch.linalg.solve(x.T @ x + ridge * torch.eye(x.shape[1]), x.T @ y)
