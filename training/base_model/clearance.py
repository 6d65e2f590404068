"""Lids on the way down: a straight path would cut through the eyeball, so a corrective leads them around it."""
import numpy as np

from .rims import LID_MARGIN
from .spread import Spread

REACH = 0.010
ROWS = slice(1, 7)  # of the rim: the edge of the lid and the skin next to it
LEAST = 1.5e-4  # metres kept between lid and eyeball
COVER, FAR = 7e-4, 2e-3  # metres kept between the closed lid's skin and the cornea; from where the skin is left alone
GLANCE = np.radians(18)  # the closed lid has room for an eye that looks this far aside


def cover_eyeball(blink, face, lids, eyeball, identities, skin):
    """Let the closed lids lie on the eyeball: their edges as far out as when open, their skin clear of the cornea."""
    margin = lids.rim.rows[list(LID_MARGIN)]
    both = np.concatenate([margin[:, lids.rim.upper].ravel(), margin[:, lids.rim.lower].ravel()])
    inside = np.r_[lids.rim.rows[:2].ravel(), both]
    cover = np.setdiff1d(np.intersect1d(lids.vertices, face.material_vertices("M_Face")), inside)
    vertices = np.concatenate([cover, both])
    rest, _ = eyeball.clearance(face.mean, face.mean[both])
    rest = np.tile(rest.reshape(2, -1).mean(0), 2)
    closed, _ = eyeball.clearance(face.mean, (face.mean + blink.base)[cover], GLANCE)
    near = np.clip((FAR - closed) / (FAR - COVER), 0, 1)
    needed = np.zeros((len(identities), len(vertices), 3))
    for (mesh, at_rest, travel), target in zip(_poses(blink, face, vertices, eyeball, identities), needed, strict=True):
        now, out = eyeball.clearance(mesh, at_rest + travel, GLANCE)
        target[:len(cover)] = out[:len(cover)] * (near * (np.maximum(closed, COVER) - now[:len(cover)]))[:, None]
        now, out = eyeball.clearance(mesh, (at_rest + travel)[len(cover):])
        target[len(cover):] = out * (rest - now)[:, None]
    constant, slopes = regress(identities, needed)
    blink.add(*skin.extend(vertices, constant, slopes), 6e-5)


def half_way_key(name, blink, face, lids, eyeball, identities, skin, make):
    """The corrective that at half blink gives the lids the clearance that they have, on average, open and closed.

    Parameters
    ----------
    blink : Key; identities : (S, 100) sampled faces, on which it is fitted; make : name -> Key
    """
    seen = np.unique(lids.rim.rows[ROWS])
    spread = Spread(face.mean, skin.triangles, seen, REACH)
    needed = np.zeros((len(identities), len(seen), 3))
    for (mesh, at_rest, travel), target in zip(_poses(blink, face, seen, eyeball, identities), needed, strict=True):
        ends = [eyeball.clearance(mesh, at_rest + step * travel)[0] for step in (0, 1)]
        now, outwards = eyeball.clearance(mesh, at_rest + travel / 2)
        target[:] = outwards * (np.maximum((ends[0] + ends[1]) / 2, LEAST) - now)[:, None]
    constant, slopes = regress(identities, needed)
    key = make(name)
    key.expression = f"4*{blink.name}*(1-{blink.name})"
    key.add(*skin.extend(spread.vertices, spread(constant), spread(slopes)), 8e-5)
    return key


def _poses(key, face, vertices, eyeball, identities):
    """For each identity a mesh (V, 3) that holds its eyeball, and the vertices' places and travel by the key."""
    base, slopes = key.base[vertices], key.slopes(vertices)
    mesh = face.mean.copy()
    for identity in identities:
        mesh[eyeball.white] = face.mean[eyeball.white] + np.tensordot(identity, face.modes[:, eyeball.white], 1)
        at_rest = face.mean[vertices] + np.tensordot(identity, face.modes[:, vertices], 1)
        yield mesh, at_rest, base + np.tensordot(identity, slopes, 1)


def regress(identities, values):
    """Least squares of values (S, ...) on identities (S, 100): constant (...) and slopes (100, ...)."""
    inputs = np.c_[np.ones(len(identities)), identities]
    moments = inputs.T @ inputs + 3 * np.eye(inputs.shape[1])
    weights = np.linalg.solve(moments, inputs.T @ values.reshape(len(values), -1))
    weights = weights.reshape(-1, *values.shape[1:])
    return weights[0], weights[1:]
