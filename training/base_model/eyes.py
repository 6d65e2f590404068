"""Lids that close on every face, in every combination, and eyeballs that look around.

The closure of the lids is measured row by row on their edges, from the upper lid to the lower. Blinking closes it all;
other expressions close (or open) a fraction of it. A corrective takes back what would go too far, so that the lids
meet at the line of the lower lid whatever the other sliders do.
"""
import numpy as np

from .rims import LID_MARGIN
from .spread import Spread

REACH = 0.013
SEATED = slice(1, 6)  # rows of the rim that keep their distance to the eyeball
KEEP_PLACE = 0.03  # how much the eyeball's motion in the data counts against the lids' distance
MEETING_GAP = 2e-5  # metres between lids that touch
CLOSURES = {"eyeLookDown": 0.54, "eyeSquint": 0.25, "cheekSquint": 0.29, "noseSneer": 0.14, "mouthSmile": 0.07,
            "eyeLookUp": -0.19, "eyeWide": -0.30}  # fraction of the opening that each closes, fitted on the mean face
LEVEL = ("browDown", "browInnerUp", "browOuterUp", "eyeLookIn", "eyeLookOut", "mouthUpperUp", "cheekPuff")  # close none
GAZE = {"eyeLookUp": ((-1, 0, 0), 22), "eyeLookDown": ((1, 0, 0), 26),
        "eyeLookIn": ((0, 0, -1), 30), "eyeLookOut": ((0, 0, 1), 30)}  # axis and degrees, left eye
ROUND = 4.0  # a quadratic w (1 - w) is a quarter at half way


class Lids:
    """One pair of lids (the subject's left).

    Parameters
    ----------
    mean : (V, 3); triangles : (T, 3) of the skin; rim : Rim of the eye
    """

    def __init__(self, mean, triangles, rim):
        rows = list(LID_MARGIN)
        self.rim = rim
        self.upper, self.lower = rim.rows[rows][:, rim.upper], rim.rows[rows][:, rim.lower]
        corners = np.setdiff1d(np.arange(rim.rows.shape[1]), np.r_[rim.upper, rim.lower])
        pinned = np.unique(np.r_[self.upper.ravel(), self.lower.ravel(), rim.rows[rows][:, corners].ravel()])
        self.spread = Spread(mean, triangles, pinned, REACH)
        self.vertices = self.spread.vertices
        self._upper_at = np.searchsorted(pinned, self.upper)

    def opening(self, points):
        """(..., 4, 20, 3) from the lower lid's edge to the upper's, of `points` or displacements (..., V, 3)."""
        return points[..., self.upper, :] - points[..., self.lower, :]

    def raise_upper(self, opening):
        """Displacement (..., n, 3) of `vertices` that adds `opening`, all by the upper lid."""
        given = np.zeros((*opening.shape[:-3], len(self.spread.pinned), 3))
        given[..., self._upper_at, :] = opening
        return self.spread(given)


def close_lids(keys, side, mean, modes, lids, skin):
    """Make `eyeBlink` close the lids, and the other expressions close their fraction, on every face."""
    openings = lids.opening(mean), lids.opening(modes)
    touching = np.zeros_like(openings[0])
    touching[..., 2] = MEETING_GAP
    for name, fraction in {"eyeBlink": 1.0, **CLOSURES}.items():
        key = keys[name + side]
        slopes = np.zeros_like(modes)
        slopes[:, lids.vertices] = key.slopes(lids.vertices)
        missing = fraction * (touching - openings[0]) - lids.opening(key.base)
        missing_slopes = -fraction * openings[1] - lids.opening(slopes)
        _add(key, lids, skin, missing, missing_slopes, 3e-5 if name == "eyeBlink" else 6e-5)
    for name in LEVEL:
        key = keys[name + side]
        slopes = np.zeros_like(modes)
        slopes[:, lids.vertices] = key.slopes(lids.vertices)
        _add(key, lids, skin, -lids.opening(key.base) * [0, 0, 1], -lids.opening(slopes) * [0, 0, 1], 8e-5)


def meeting_key(name, mean, modes, lids, skin, make):
    """The corrective that opens the upper lid by the whole opening of the face."""
    key = make(name)
    _add(key, lids, skin, lids.opening(mean), lids.opening(modes), 5e-5)
    return key


def meeting_weight(side):
    """Weight of the meeting corrective: closures A and blink b shall close b + (1 - b) min(1, A) together."""
    closing = "+".join(f"{fraction:g}*{name}{side}" for name, fraction in CLOSURES.items()).replace("+-", "-")
    closing = closing.replace("0.", ".")  # Blender takes 255 characters
    return f"max(eyeBlink{side}*({closing}),{closing}-1+eyeBlink{side})"


def _add(key, lids, skin, opening, slopes, tolerance):
    fields = [lids.raise_upper(opening)] + ([] if slopes is None else [lids.raise_upper(slopes)])
    vertices, *fields = skin.extend(lids.vertices, *fields)
    key.add(vertices, fields[0], fields[1] if len(fields) > 1 else None, tolerance)


def seat_eyeball(face, lids, eyeball, skin):
    """Let the eyeball and the lids' edges keep their distance from each other on every face.

    The eyeball moves and grows (it does not turn) so that the lids stay as far outside as they are on the mean face,
    in the least squares; the rest of the way the lids' edges go.
    """
    seen = np.unique(lids.rim.rows[SEATED])
    arms = face.mean[seen] - eyeball.centre(face.mean)
    radius = np.linalg.norm(arms, axis=1)
    out = arms / radius[:, None]
    own = np.concatenate([eyeball.centre(face.modes), _growth(eyeball, face)[:, None]], 1)  # (100, 4)
    system = np.c_[out, radius]
    wanted = (face.modes[:, seen] * out).sum(-1)
    weight = np.diag([KEEP_PLACE, KEEP_PLACE, KEEP_PLACE, KEEP_PLACE * radius.mean() ** 2]) * len(seen)
    motion = np.linalg.solve(system.T @ system + weight, system.T @ wanted.T + weight @ own.T).T
    placed = face.modes.copy()
    placed[:, eyeball.vertices] = motion[:, None, :3] + motion[:, 3, None, None] * eyeball.arms(face.mean)
    seat = Spread(face.mean, skin.triangles, seen, REACH)
    vertices, field = skin.extend(seat.vertices, seat((motion @ system.T - wanted)[:, :, None] * out))
    placed[:, vertices] += field
    touched = np.union1d(vertices, eyeball.vertices)
    image = face.image[touched]
    placed[:, image] = np.tensordot(face.identity_image, placed[:, touched] * [-1, 1, 1], 1)
    return placed


def _growth(eyeball, face):
    """(100,) relative growth of the eyeball with each mode."""
    arms = eyeball.arms(face.mean)
    return (eyeball.arms(face.modes) * arms).sum((1, 2)) / (arms ** 2).sum()


def clear_gaze(keys, side, mean, lids, eyeball, skin, names):
    """Let the lids of expressions `names` give way to the cornea: as far outside as when the eye looks ahead."""
    seen = np.unique(lids.rim.rows[SEATED])
    spread = Spread(mean, skin.triangles, seen, REACH)
    rest = eyeball.clearance(mean, mean[seen])[0]
    for name in names:
        key = keys[name + side]
        posed = mean + key.base
        now, outwards = eyeball.clearance(posed, posed[seen])
        vertices, push = skin.extend(spread.vertices, spread(outwards * np.maximum(rest - now, 0)[:, None]))
        key.add(vertices, push, None, 0)


def turn_eyeball(keys, side, mean, modes, eyeball):
    """Let the gaze expressions turn the eyeball about its centre, wherever identity puts it."""
    for name, (axis, degrees) in GAZE.items():
        turned = rotation(axis, np.radians(degrees)) - np.eye(3)
        key = keys[name + side]
        key.base[eyeball.vertices] = 0
        key.add(eyeball.vertices, eyeball.arms(mean) @ turned.T, eyeball.arms(modes) @ turned.T, 2e-5)


def rounding_keys(side, mean, modes, eyeball, make):
    """Correctives that keep a half-turned eyeball round: a straight path cuts the corner of the circle."""
    keys = []
    for name, plane, (there, back) in (("eyePitchRound", [0, 1, 1], ("eyeLookUp", "eyeLookDown")),
                                       ("eyeYawRound", [1, 1, 0], ("eyeLookIn", "eyeLookOut"))):
        terms = []
        for gaze in (there, back):
            flattening = 1 - np.cos(np.radians(GAZE[gaze][1]) / 2)
            terms.append(f"{ROUND * flattening:.4f}*{gaze}{side}*(1-{gaze}{side})")
        key = make(name + side)
        key.expression = "+".join(terms)
        key.add(eyeball.vertices, eyeball.arms(mean) * plane, eyeball.arms(modes) * plane, 2e-4)
        keys.append(key)
    return keys


def rotation(axis, angle):
    """(3, 3) rotation by `angle` radians about a unit `axis`."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]], float)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
