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

SAMPLES = 3000
QUIET = 0.012  # strain: the code need not tell skin that varies less than this


def fit_strain_basis(model, seed=5):
    """Tensors for `StrainCode` from random faces: dict of arrays, and `fields`, what each coefficient adds.

    The components are those of the strain relative to its spread at each texel: lids, lips and chin strain less skin
    than an open jaw does, and fold no less.
    """
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
    spread = fields.std(0) + QUIET
    even = (fields - fields.mean(0)) / spread
    _, _, basis = torch.svd_lowrank(torch.from_numpy(even), EXPRESSION_STYLE + 16, niter=4)
    basis = basis.T[:EXPRESSION_STYLE].contiguous().numpy()
    tensors["basis"], tensors["fields"] = basis / spread, basis * spread
    projected = fields @ tensors["basis"].T
    tensors["mean"], tensors["scale"] = projected.mean(0), projected.std(0)
    tensors["active"] = active
    kept = 1 - (((even - (projected - projected.mean(0)) @ basis) ** 2).sum() / (even**2).sum())
    print(f"strain basis: {EXPRESSION_STYLE} components keep {kept:.1%} of the variance")
    return tensors


def fields_of(tensors, orientation):
    """What each standardised component adds (C, 3 + families, G, G), and their mean (3 + families, G, G): the strain
    and what of it lies across each family's creases.

    orientation : (families, 3, R, R) as in `templates.solve_templates`
    """
    rows = np.concatenate([tensors["mean"][None] @ tensors["fields"], tensors["fields"] * tensors["scale"][:, None]])
    inner = tensors["inner"]
    strain = np.zeros((len(rows), *inner.shape, 3), np.float32)
    strain[:, inner] = rows.reshape(len(rows), -1, 3)
    strain = np.moveaxis(strain, -1, 1)
    weight = resized(orientation, GRID) * np.array([1, 2, 1], np.float32)[:, None, None]
    fields = np.concatenate([strain, np.einsum("crhw,frhw->cfhw", strain, weight)], 1)
    return fields[1:], fields[0]


def resized(fields, size):
    """Fields (..., R, R) at a smaller size."""
    flat = torch.from_numpy(np.float32(fields)).flatten(0, -3)[None]
    smaller = torch.nn.functional.interpolate(flat, (size, size), mode="area")
    return smaller.numpy().reshape(*fields.shape[:-2], size, size)


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
