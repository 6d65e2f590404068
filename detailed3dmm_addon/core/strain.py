"""What an expression does to this face's skin, as a few numbers: the in-plane strain on a coarse grid, projected.

Wrinkles answer to the strain of the skin, not to slider values: reading it lets the detail generalise to identities
and combinations of expressions that no training face showed.
"""

from __future__ import annotations

import numpy as np

STRAIN_LIMIT = 0.6  # beyond it, at lip and lid rims, the coarse grid measures the gap and not the skin


class StrainCode:
    """Projects strain fields onto the principal components of the training faces' fields.

    Parameters
    ----------
    tensors : dict with `texel_vertices` (G*G, 3) int32 and `texel_weights` (G*G, 3), where the grid's texels lie on the
        mesh; `inner` (G, G) bool, texels whose neighbours are skin too; `basis` (C, 3 * inner.sum()), whose rows read
        the coefficients; `mean` (C,) and `scale` (C,) of the projections; `active` (53, 3 * inner.sum()), what muscles
        add per expression
    """

    def __init__(self, tensors):
        # Copies: views would keep the whole weights file in memory.
        self.vertices = np.array(tensors["texel_vertices"])
        self.weights = np.array(tensors["texel_weights"], np.float32)
        self.inner = np.array(tensors["inner"], bool)
        self.basis = np.array(tensors["basis"], np.float32)
        self.mean, self.scale = (np.array(tensors[k], np.float32) for k in ("mean", "scale"))
        self.active = np.array(tensors["active"], np.float32)

    def field(self, neutral, posed, expression):
        """Strain (3 * inner.sum(),) of a posed face, muscles included.

        neutral, posed : (V, 3) vertices, metres; expression : (53,).
        """
        strain = grid_strain(self._grid(neutral), self._grid(posed))
        return strain[self.inner].ravel() + np.asarray(expression, np.float32) @ self.active

    def __call__(self, field):
        """Standardised coefficients (C,) of a strain field."""
        return (self.basis @ field - self.mean) / self.scale

    def magnitude(self, field):
        """How strongly the skin is strained, (G, G), zero where that is not known."""
        lateral, shear, vertical = field.reshape(-1, 3).T
        out = np.zeros(self.inner.shape, np.float32)
        out[self.inner] = np.sqrt(lateral**2 + 2 * shear**2 + vertical**2)
        return out

    def grid(self, field):
        """A strain field (3 * inner.sum(),) as a map (G, G, 3: lateral, shear, vertical), 0 where it is not known."""
        out = np.zeros((*self.inner.shape, 3), np.float32)
        out[self.inner] = field.reshape(-1, 3)
        return out

    def _grid(self, vertices):
        return sample_grid(vertices, self.vertices, self.weights)


def sample_grid(vertices, texel_vertices, texel_weights):
    """Positions (G, G, 3) of a coarse grid's texels on a mesh (V, 3)."""
    size = int(round(len(texel_vertices) ** 0.5))
    points = np.einsum("nk,nkc->nc", texel_weights, vertices[texel_vertices])
    return points.reshape(size, size, 3).astype(np.float32)


def grid_strain(neutral, posed):
    """Green strain (G, G, 3: lateral, shear, vertical) between two grids of positions (G, G, 3).

    1/2 S^-1 (g - g0) S^-1 with S the square root of the neutral metric g0: dimensionless, in an orthonormal frame close
    to the map's axes, negative where the skin is shorter than at rest.
    """
    a0, b0, c0 = _metric(neutral)
    a, b, c = _metric(posed)
    p, q, r = _inverse_square_root(a0, b0, c0)
    da, db, dc = 0.5 * (a - a0), 0.5 * (b - b0), 0.5 * (c - c0)
    uu = p * p * da + 2 * p * q * db + q * q * dc
    ut = p * q * da + (p * r + q * q) * db + q * r * dc
    tt = q * q * da + 2 * q * r * db + r * r * dc
    return np.clip(np.stack([uu, ut, tt], -1), -STRAIN_LIMIT, STRAIN_LIMIT)


def _metric(grid):
    u, t = np.gradient(grid, axis=1), np.gradient(grid, axis=0)
    return (u * u).sum(-1), (u * t).sum(-1), (t * t).sum(-1)


def _inverse_square_root(a, b, c):
    """Of symmetric 2 x 2 matrices [[a, b], [b, c]], by Cayley-Hamilton; the unit matrix where they are singular."""
    root = np.sqrt(np.maximum(a * c - b * b, 0))
    trace = np.sqrt(a + c + 2 * root)
    scale = root * trace
    flat = scale <= 1e-15
    scale = np.where(flat, 1, scale)
    return np.where(flat, 1, (c + root) / scale), np.where(flat, 0, -b / scale), np.where(flat, 1, (a + root) / scale)
