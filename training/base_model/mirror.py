"""The mirror symmetry of the training mesh: which vertex, key and identity lies on the other side."""
import numpy as np
from scipy.spatial import cKDTree

EXACT = 2e-3  # cm; pairs nearer than this in the mean face seed the walk over the mesh


def mirror_vertices(mean, faces):
    """The involution of the vertices that mirrors the mesh: nearest points as seeds, then a walk over the faces.

    Parameters
    ----------
    mean : (V, 3) centimetres, x = 0 the plane of symmetry; faces : (F, 4) int, -1 pads triangles

    Returns
    -------
    (V,) int32, its own inverse
    """
    distance, nearest = cKDTree(mean).query(mean * [-1, 1, 1], k=2)
    lone = (distance[:, 0] < EXACT) & (distance[:, 1] > 10 * EXACT)  # some vertices lie on top of each other
    image = np.where(lone & lone[nearest[:, 0]], nearest[:, 0], -1)
    rings = [tuple(int(v) for v in face if v >= 0) for face in faces]
    by_edge = {(ring[i - 1], ring[i]): ring for ring in rings for i in range(len(ring))}
    pending = list(rings)
    while pending:
        left = [ring for ring in pending if not _continue(image, ring, by_edge)]
        if len(left) == len(pending):
            break
        pending = left
    open_ones = np.flatnonzero(image < 0)
    if len(open_ones):
        image[open_ones] = open_ones[cKDTree(mean[open_ones]).query(mean[open_ones] * [-1, 1, 1])[1]]
    if not np.array_equal(image[image], np.arange(len(mean))):
        raise ValueError("The mesh has no mirror symmetry: the vertex pairs are not one to one.")
    return image.astype(np.int32)


def _continue(image, ring, by_edge):
    """Pair all vertices of one face if one of its edges is paired already; False where it has to wait."""
    for i, after in enumerate(ring):
        before = ring[i - 1]
        if image[before] < 0 or image[after] < 0:
            continue
        other = by_edge.get((image[after], image[before]))
        if other is None or len(other) != len(ring):
            continue
        start = other.index(image[after])
        for step in range(len(ring)):
            vertex, mirrored = ring[(i + step) % len(ring)], other[(start - step) % len(ring)]
            if image[vertex] < 0:
                image[vertex] = mirrored
        return True
    return False


def mirror_names(names):
    """(K,) int32: the key of the other side by name: `_L` and `_R`, `Left` and `Right` change places."""
    pairs = (("_L", "_R"), ("_R", "_L"), ("Left", "Right"), ("Right", "Left"))
    return np.array([next((names.index(name[:-len(a)] + b) for a, b in pairs if name.endswith(a)), i)
                     for i, name in enumerate(names)], np.int32)


def mirror_identity(modes, image):
    """(100, 100) matrix M with: modes of `M @ identity` = the mirror image of the modes of `identity`."""
    flat = modes.reshape(len(modes), -1).astype(np.float64)
    mirrored = (modes[:, image] * np.array([-1, 1, 1], modes.dtype)).reshape(len(modes), -1).astype(np.float64)
    return np.linalg.solve(flat @ flat.T, flat @ mirrored.T)


def symmetric_involution(matrix):
    """The orthogonal matrix nearest to `matrix` that is its own inverse (square, nearly an involution)."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return (vectors * np.sign(values)) @ vectors.T
