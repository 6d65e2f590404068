"""The principal strain fields of the base model's faces: what `core.strain.StrainCode` projects onto."""

from __future__ import annotations

import numpy as np
import torch
from scipy.ndimage import binary_erosion
from tqdm import tqdm

from detailed3dmm_addon.core.dnpm import EXPRESSION_STYLE, GRID
from detailed3dmm_addon.core.strain import grid_strain, sample_grid
from training.teacher.muscles import active_strain
from training.teacher.sampling import sample_expression, sample_person
from training.teacher.skin_mesh import SkinMesh

SAMPLES = 2500


def fit_strain_basis(model, seed=5):
    """Tensors for `StrainCode` from random faces: dict of arrays."""
    mesh = SkinMesh(model.topology)
    raster = mesh.rasterise(GRID)
    triangles = mesh.triangles[np.maximum(raster.index.ravel(), 0)]
    tensors = {
        "texel_vertices": triangles.astype(np.int32),
        "texel_weights": raster.barycentric.reshape(-1, 3) * raster.mask.reshape(-1, 1),
        "inner": binary_erosion(raster.mask, np.ones((3, 3))),
    }
    active = _active_on_grid(model, mesh, raster, tensors["inner"])
    fields, expressions = _random_fields(model, tensors, seed)
    fields += expressions @ active
    _, _, basis = torch.svd_lowrank(torch.from_numpy(fields - fields.mean(0)), EXPRESSION_STYLE + 16, niter=4)
    tensors["basis"] = basis.T[:EXPRESSION_STYLE].contiguous().numpy()
    projected = fields @ tensors["basis"].T
    tensors["mean"], tensors["scale"] = projected.mean(0), projected.std(0)
    tensors["active"] = active
    kept = 1 - ((fields - projected @ tensors["basis"]) ** 2).sum() / ((fields - fields.mean(0)) ** 2).sum()
    print(f"strain basis: {EXPRESSION_STYLE} components keep {kept:.1%} of the variance")
    return tensors


def fields_of(tensors):
    """Each standardised component as a field (C, 3, G, G), and the mean field (3, G, G)."""
    components = tensors["basis"] * tensors["scale"][:, None]
    mean = tensors["mean"][None] @ tensors["basis"]
    return _on_grid(components, tensors["inner"]), _on_grid(mean, tensors["inner"])[0]


def _on_grid(rows, inner):
    out = np.zeros((len(rows), *inner.shape, 3), np.float32)
    out[:, inner] = rows.reshape(len(rows), -1, 3)
    return np.ascontiguousarray(np.moveaxis(out, -1, 1))


def _active_on_grid(model, mesh, raster, inner):
    """(53, 3 * inner) strain that muscles add at full expression."""
    vertices = model.neutral(np.zeros(100, np.float32))[: mesh.vertex_count] * 1000
    active = active_strain(model, vertices)
    rows = [mesh.sample(raster, unit)[inner] for unit in active]
    return np.stack([np.stack([r[:, 0, 0], r[:, 0, 1], r[:, 1, 1]], -1).ravel() for r in rows])


def _random_fields(model, tensors, seed):
    rng = np.random.default_rng(seed)
    names = list(model.expression_names)
    fields = np.zeros((SAMPLES, 3 * int(tensors["inner"].sum())), np.float32)
    expressions = np.stack([sample_expression(rng, names) for _ in range(SAMPLES)])
    for row, expression in zip(fields, tqdm(expressions, desc="strain fields"), strict=True):
        identity, _, _ = sample_person(rng)
        grids = (
            sample_grid(vertices, tensors["texel_vertices"], tensors["texel_weights"])
            for vertices in (model.neutral(identity), model.vertices(identity, expression))
        )
        row[:] = grid_strain(*grids)[tensors["inner"]].ravel()
    return fields, expressions
