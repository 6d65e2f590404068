"""From float64 shapes to the quantised tensors that `core.base_model` reads."""
import numpy as np

LEVELS = 32767
IDENTITY_STEP = 1e-9  # metres: below it nothing is worth storing


def pack_identity(modes, blocks):
    """Quantise the modes block by block.

    Parameters
    ----------
    modes : (100, V, 3) metres; blocks : list of (start, stop, rank), rank 0 keeps all modes

    Returns
    -------
    dict of tensors
    """
    tensors = {"blocks": np.array([block[:2] for block in blocks], np.int32)}
    for number, (start, stop, rank) in enumerate(blocks):
        flat = modes[:, start:stop].reshape(len(modes), -1)
        loadings = np.eye(len(modes))
        if rank:
            u, s, v = np.linalg.svd(flat, full_matrices=False)
            loadings, flat = u[:, :rank].T, s[:rank, None] * v[:rank]
        integers, steps = quantise(flat)
        tensors |= {f"block{number}.modes": integers, f"block{number}.steps": steps,
                    f"block{number}.loadings": loadings.astype(np.float32)}
    return tensors


def pack_keys(keys):
    """Quantise keys, each a tuple of vertices (n,), components (1 + rank, n, 3) and loadings (rank, 100)."""
    packed = [quantise(components.reshape(len(components), -1)) for _, components, _ in keys]
    return {
        "key_sizes": np.array([(len(vertices), len(loadings)) for vertices, _, loadings in keys], np.int32),
        "key_vertices": np.concatenate([vertices for vertices, _, _ in keys]).astype(np.int32),
        "key_components": np.concatenate([integers.ravel() for integers, _ in packed]),
        "key_steps": np.concatenate([steps for _, steps in packed]),
        "key_loadings": np.concatenate([loadings for _, _, loadings in keys]).astype(np.float32),
    }


def quantise(rows):
    """(r, n) -> int16 (r, n) and float32 steps (r,), the largest value of a row at full scale."""
    steps = np.maximum(np.abs(rows).max(1), IDENTITY_STEP) / LEVELS
    return np.rint(rows / steps[:, None]).astype(np.int16), steps.astype(np.float32)
