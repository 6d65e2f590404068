"""From float64 shapes to the quantised tensors that `core.base_model` reads.

Vertices are stored in an order of their own: those that the same keys move lie together, so that a key is a few runs
of rows; the right side repeats the order of the left, so that a key's mirror image is the same numbers elsewhere.
"""
import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage

LEVELS = 32767
LEAST_STEP = 1e-9  # metres: keeps a row of zeros from dividing by zero
FAINT = 5e-6  # metres: a key that moves a vertex less does not move it
BRIDGE = 100  # vertices: a shorter gap between two runs is stored as zeros


def storage_order(keys, face, blocks):
    """(V,) the vertex in each row of storage: within each block left side, middle, right side."""
    moved = np.stack([np.linalg.norm(key.base, axis=1) > FAINT for key in keys if np.any(key.base)], 1)
    moved = np.concatenate([moved, moved[face.image]], 1).astype(float)
    order = []
    for start, stop, _ in blocks:
        own = np.arange(start, stop)
        image = face.image[own]
        left = own[(face.mean[own, 0] > face.mean[image, 0]) | ((face.mean[own, 0] == face.mean[image, 0])
                                                                 & (own < image))]
        middle = own[image == own]
        left, middle = _alike(left, moved), _alike(middle, moved)
        order += [left, middle, face.image[left]]
    order = np.concatenate(order)
    if not np.array_equal(np.sort(order), np.arange(len(face.mean))):
        raise ValueError("The blocks do not cover every vertex once: a mirror image lies in another block.")
    return order.astype(np.int32)


def _alike(vertices, moved):
    """`vertices` sorted so that those that the same keys move lie together."""
    patterns, which = np.unique(moved[vertices], axis=0, return_inverse=True)
    if len(patterns) < 3:
        return vertices
    rank = np.argsort(leaves_list(linkage(patterns, "average")))
    return vertices[np.lexsort((vertices, rank[which.ravel()]))]


def pack_identity(mean, modes, blocks, order):
    """Quantise mean and modes block by block, in storage order.

    Parameters
    ----------
    mean : (V, 3) metres; modes : (100, V, 3); blocks : list of (start, stop, rank), rank 0 keeps all modes

    Returns
    -------
    dict of tensors
    """
    tensors = {"order": order, "mean": mean[order].astype(np.float32),
               "blocks": np.array([block[:2] for block in blocks], np.int32)}
    for number, (start, stop, rank) in enumerate(blocks):
        flat = modes[:, order[start:stop]].reshape(len(modes), -1)
        loadings = np.eye(len(modes))
        if rank:
            u, s, v = np.linalg.svd(flat, full_matrices=False)
            loadings, flat = u[:, :rank].T, s[:rank, None] * v[:rank]
        integers, steps = quantise(flat)
        tensors |= {f"block{number}.modes": integers, f"block{number}.steps": steps,
                    f"block{number}.loadings": loadings.astype(np.float32)}
    return tensors


def pack_keys(keys, twins, face, blocks, order):
    """Quantise keys: each becomes a part that is the same for everyone and parts that change with identity.

    Parameters
    ----------
    keys : list of training.base_model.keys.Key; twins : dict of name -> (name of the stored key, factor), the
        keys that follow from another: factor 1 its mirror image, factor -1 its opposite

    Returns
    -------
    dict of tensors. `parts` (P, 4): key, runs, components, loadings of each stored part, in storage order;
    `part_runs` (R, 2): first and last-but-one row; `twins` (T, 3): key, the key it follows from, factor;
    `mirror_runs` (S, 3): start and stop of each left, middle and right section, and where its mirror image starts
    """
    sections = mirror_sections(face, blocks, order)
    row = np.argsort(order)
    names = [key.name for key in keys]
    table, all_runs, components, steps, loadings = [], [], [], [], []
    for number, key in enumerate(keys):
        if key.name in twins:
            continue
        base = np.flatnonzero(np.linalg.norm(key.base, axis=1) > FAINT)
        for vertices, shapes, loaded in [(base, key.base[None, base], np.zeros((0, 100))), *key.parts]:
            dense = np.zeros((len(shapes), len(order), 3))
            dense[:, row[vertices]] = shapes
            runs = _runs(np.sort(row[vertices]), sections[:, 0])
            integers, step = quantise(np.concatenate([dense[:, a:b] for a, b in runs], 1).reshape(len(shapes), -1))
            table.append((number, len(runs), len(shapes), len(loaded)))
            all_runs += runs
            components.append(integers.ravel())
            steps.append(step)
            loadings.append(loaded)
    return {
        "parts": np.array(table, np.int32), "part_runs": np.array(all_runs, np.int32),
        "part_components": np.concatenate(components), "part_steps": np.concatenate(steps),
        "part_loadings": np.concatenate(loadings).astype(np.float32), "mirror_runs": sections,
        "twins": np.array([(names.index(name), names.index(source), factor)
                           for name, (source, factor) in twins.items()], np.int32),
    }


def mirror_sections(face, blocks, order):
    """(S, 3) int32: start and stop of each section of storage, and where its mirror image starts."""
    middle = face.image[order] == order
    sections = []
    for start, stop, _ in blocks:
        count = int(middle[start:stop].sum())
        left = (stop - start - count) // 2
        sections += [(start, start + left, start + left + count), (start + left, start + left + count, start + left),
                     (start + left + count, stop, start)]
    return np.array(sections, np.int32)


def _runs(rows, borders):
    """Runs (start, stop) that cover sorted `rows`, none across one of the `borders`."""
    section = np.searchsorted(borders, rows, "right")
    cut = np.flatnonzero((np.diff(rows) > BRIDGE) | (np.diff(section) != 0))
    starts, stops = np.r_[rows[:1], rows[cut + 1]], np.r_[rows[cut], rows[-1:]] + 1
    return list(zip(starts.tolist(), stops.tolist(), strict=True))


def quantise(rows):
    """(r, n) -> int16 (r, n) and float32 steps (r,), the largest value of a row at full scale."""
    steps = np.maximum(np.abs(rows).max(1), LEAST_STEP) / LEVELS
    return np.rint(rows / steps[:, None]).astype(np.int16), steps.astype(np.float32)
