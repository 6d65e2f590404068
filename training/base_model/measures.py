"""What closes and what crosses, measured on meshes: millimetres, negative where surfaces pass through each other."""
import numpy as np

from .rims import LID_MARGIN

LIP_KNOTS = np.linspace(-0.018, 0.018, 25)  # metres from the middle of the mouth, on the mean face
LIP_ROWS = slice(4, 13)


def lip_gaps(points, rim, middle=None):
    """Clearance of the lips, at 25 places across the mouth.

    Both lips are cut into profiles at equal x; at each depth y that both profiles have, the height of the upper over
    the lower lip is taken, and of those the least.

    Parameters
    ----------
    points : (V, 3) metres; rim : Rim of the mouth

    Returns
    -------
    (25,) millimetres: positive open, 0 touching, negative crossed
    """
    upper = _profiles(points[rim.rows[LIP_ROWS][:, rim.upper[3:-3]]])
    lower = _profiles(points[rim.rows[LIP_ROWS][:, rim.lower[3:-3]]])
    gaps = []
    for above, below in zip(upper, lower, strict=True):
        start, end = max(above[:, 1].min(), below[:, 1].min()), min(above[:, 1].max(), below[:, 1].max())
        depth = np.linspace(start + 1e-6, max(end - 1e-6, start + 1e-6), 24)
        gaps.append((_height(above, depth, np.min) - _height(below, depth, np.max)).min())
    return np.array(gaps) * 1e3


def lid_gaps(points, rim):
    """(20,) millimetres between the edges of the lids, from corner to corner: least height of the upper lid's edge
    over the lower's in any of the four rows of the edge; 0 touching, negative crossed."""
    rows = list(LID_MARGIN)
    return (points[rim.rows[rows][:, rim.upper], 2] - points[rim.rows[rows][:, rim.lower], 2]).min(0) * 1e3


def lid_clearance(points, rim, eyeball):
    """Least distance in millimetres by which the lids, from the middle of their edges on, lie outside the eyeball."""
    return eyeball.clearance(points, points[np.unique(rim.rows[3:7])])[0].min() * 1e3


def _profiles(lip):
    """(25, R, 3) profiles of one lip (R, C, 3) at places between its own corners."""
    rows = []
    for row in lip:
        order = np.argsort(row[:, 0])
        x = row[order, 0]
        at = np.interp(LIP_KNOTS, [LIP_KNOTS[0], LIP_KNOTS[-1]], [x[0] * 0.9, x[-1] * 0.9])
        rows.append(np.stack([np.interp(at, x, row[order, axis]) for axis in range(3)], -1))
    return np.stack(rows, 1)


def _height(profile, depth, choose):
    """z of a profile at depths y; where it folds over itself, the lowest or the highest branch."""
    y, z = profile[:, 1, None], profile[:, 2, None]
    part = (depth - y[:-1]) / np.where(np.abs(np.diff(y, axis=0)) > 1e-9, np.diff(y, axis=0), 1e-9)
    height = z[:-1] + part * np.diff(z, axis=0)
    beyond = np.inf if choose is np.min else -np.inf
    height = choose(np.where((part >= 0) & (part <= 1), height, beyond), axis=0)
    return np.where(np.isfinite(height), height, choose(z))


def in_front_of_skin(points, skin, rim, vertices, cell=0.0015, tolerance=2e-4):
    """How many of `vertices` lie in front of the skin, or, in the open mouth, in front of both lips.

    points : (V, 3) metres; skin : (F, 4) faces of the face's skin; rim : Rim of the mouth; cell : metres of the
    grid of (x, z) on which the frontmost skin is looked up
    """
    first, second, third = points[skin[:, :3].T]
    samples = np.concatenate([first * a + second * b + third * (1 - a - b) for a, b in (
        (1, 0), (0, 1), (0, 0), (1 / 3, 1 / 3), (0.5, 0.5), (0, 0.5), (0.5, 0))])
    keys = np.floor(samples[:, [0, 2]] / cell).astype(np.int64) @ [1, 100000]
    cells, which = np.unique(keys, return_inverse=True)
    front = np.full(len(cells), np.inf)
    np.minimum.at(front, which.ravel(), samples[:, 1])
    inside = points[vertices]
    own = np.floor(inside[:, [0, 2]] / cell).astype(np.int64) @ [1, 100000]
    at = np.minimum(np.searchsorted(cells, own), len(cells) - 1)
    lips = points[rim.rows[7:12], 1].min()
    return int((inside[:, 1] < np.where(cells[at] == own, front[at], lips) - tolerance).sum())
