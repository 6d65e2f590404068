"""Where on the average head lips, cheeks, brows, beard and scalp are: smooth fields over points in mm. numpy only."""
import numpy as np

from .skin_canvas import landmarks, landmarks_uv

# The hairline: height in mm over the angle around the head's axis, degrees, 0 in front and 180 behind.
_HAIRLINE_ANGLE = np.array([0, 12, 24, 34, 44, 52, 60, 68, 73, 79, 83, 88, 104, 112, 118, 128, 150, 180.0])
_HAIRLINE_HEIGHT = np.array([107, 108, 111, 111, 101, 86, 72, 52, 8, 4, 30, 46, 44, 34, 0, -32, -46, -50.0])
# The same for where a beard begins and ends.
_BEARD_ANGLE = np.array([0, 8, 14, 20, 30, 45, 58, 68, 76, 84, 180.0])
_BEARD_TOP = np.array([-13, -13, -15, -24, -34, -28, -14, 2, 14, 20, 20.0])
_BEARD_BOTTOM = np.array([-102, -102, -101, -100, -97, -90, -78, -60, -40, -20, 60.0])
_HEAD_AXIS = -10.0  # y of the axis
_WHORL = np.array([6.0, 62.0, 128.0])  # from where scalp hair radiates


def blob(position, centre, radii):
    """Gaussian of a point's distance from `centre` and from its mirror image, in units of `radii`; 0..1."""
    offset = np.stack([np.abs(position[..., 0]) - abs(centre[0]), position[..., 1] - centre[1],
                       position[..., 2] - centre[2]], -1) / np.asarray(radii, np.float32)
    return np.exp(-(offset * offset).sum(-1))


def smoothstep(low, high, value):
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def noise(position, wavelength, seed, waves=14):
    """Smooth random field with zero mean and unit variance over points (..., 3) mm; continuous over all seams."""
    generator = np.random.default_rng(seed)
    directions = generator.standard_normal((waves, 3))
    directions *= (2 * np.pi / wavelength * generator.uniform(0.6, 1.5, waves) /
                   np.linalg.norm(directions, axis=1))[:, None]
    phases = generator.uniform(0, 2 * np.pi, waves)
    total = np.zeros(position.shape[:-1], np.float32)
    for direction, phase in zip(directions.astype(np.float32), phases.astype(np.float32), strict=True):
        total += np.sin(position @ direction + phase)
    return total * np.sqrt(2 / waves)


def blush(position):
    """Where blood lies near the surface: cheeks, nose, ears, chin; 0..1."""
    points = landmarks()
    return np.maximum.reduce([
        0.85 * blob(position, (40, -88, 0), (21, 30, 19)),
        1.0 * blob(position, points[30] - (0, 6, 2), (15, 18, 11)),
        0.9 * blob(position, (12, -112, -4), (8, 12, 8)),
        0.9 * blob(position, (88, 5, 15), (14, 30, 34)),
        0.45 * blob(position, points[8] + (0, 0, 10), (17, 16, 12)),
    ])


def pallor(position):
    """Where skin is yellower than elsewhere: forehead, around the mouth; 0..1."""
    return np.maximum(0.8 * blob(position, (0, -95, 95), (60, 40, 26)),
                      0.4 * blob(position, (16, -108, -52), (16, 20, 12)))


def under_eye(position):
    """The thin skin below the eye, and a little of the lid above; 0..1."""
    points = landmarks()
    low, inner = (points[36] + points[39]) / 2, points[39]
    return np.maximum.reduce([blob(position, low + (0, 0, -8.5), (14, 16, 5)),
                              blob(position, inner + (-1, 0, -5), (7, 14, 7)),
                              0.55 * blob(position, low + (0, 0, 9), (17, 14, 5))])


def lid_rim(position):
    """Close to the lids' edges, where skin is red; 0..1."""
    points = landmarks()
    return np.maximum.reduce([blob(position, points[k], (3.5, 5, 2.2)) for k in (36, 37, 38, 39, 40, 41)])


def nostrils(position):
    """Folds beside the nose and the nostrils' rims; 0..1."""
    points = landmarks()
    return np.maximum(blob(position, points[31] + (-3, 4, 4), (4, 8, 7)),
                      blob(position, points[31] + (5, 0, 1), (5, 7, 3)))


def oily(position):
    """The zone of forehead, nose and chin; 0..1."""
    points = landmarks()
    return np.maximum.reduce([blob(position, (0, -105, 88), (34, 30, 22)), blob(position, points[29], (13, 22, 22)),
                              0.6 * blob(position, points[8] + (0, 0, 12), (14, 16, 10)),
                              0.55 * blob(position, (38, -90, 12), (14, 20, 9))])


def pores(position):
    """How coarse the skin's grain is: most on the nose and beside it, little on lids and lips; 0..1."""
    points = landmarks()
    coarse = 0.45 + 0.55 * np.maximum(blob(position, points[30] + (0, 8, 4), (20, 26, 20)),
                                      blob(position, (30, -96, 2), (24, 26, 20)))
    lids = blob(position, (points[36] + points[39]) / 2, (19, 16, 11))
    return coarse * (1 - 0.75 * lids)


def freckled(position):
    """Where freckles are: cheeks, nose, a few on the forehead; 0..1."""
    return np.maximum.reduce([blob(position, (34, -95, 8), (26, 34, 15)), blob(position, (0, -122, 14), (16, 26, 18)),
                              0.35 * blob(position, (20, -100, 85), (45, 40, 28))])


def ears(position):
    """The ears and the skin right behind them; 0..1."""
    return smoothstep(0.35, 0.5, blob(position, (90, 6, 14), (15, 26, 30)))


def lining(position):
    """The inside of mouth, nostrils and lids: what the head's tile has in front, below the scalp; 0..1."""
    height = position[..., 2]
    return smoothstep(-30, -36, position[..., 1]) * smoothstep(-94, -86, height) * smoothstep(66, 58, height)


def beard(position):
    """Where beard grows on most men: below a line from sideburns to mouth, above another on the neck; 0..1."""
    points = landmarks()
    angle = _angle(position)
    top = position[..., 2] - np.interp(angle, _BEARD_ANGLE, _BEARD_TOP)
    bottom = position[..., 2] - np.interp(angle, _BEARD_ANGLE, _BEARD_BOTTOM)
    below_lip = blob(position, (11, -112, -47), (8, 20, 6))
    mouth = blob(position, (0, -112, -35), (24, 40, 9))
    sides = blob(position, points[48] + (-6, 0, 2), (7, 20, 6))
    where = smoothstep(4, -5, top) * smoothstep(-10, 12, bottom) * smoothstep(86, 78, angle)
    return where * (1 - 0.8 * mouth) * (1 - 0.6 * below_lip) * (1 - 0.5 * sides)


def above_hairline(position, recession=0.0):
    """Millimetres above the hairline, negative below it. recession : -1 low .. 1 receding."""
    angle = _angle(position)
    height = np.interp(angle, _HAIRLINE_ANGLE, _HAIRLINE_HEIGHT)
    front = np.clip(1 - angle / 55, 0, 1)
    temples = np.exp(-((angle - 30) / 13) ** 2)
    return position[..., 2] - height - recession * (7 * front + 11 * temples)


def sideburns(position):
    """The strips of hair in front of the ears; 0..1."""
    return smoothstep(58, 34, position[..., 2]) * smoothstep(90, 84, _angle(position))


def scalp_flow(position):
    """(..., 3) unit vectors along which scalp hair lies, away from the whorl."""
    direction = position - _WHORL
    return direction / np.maximum(np.linalg.norm(direction, axis=-1, keepdims=True), 1)


def lip_distance(canvas):
    """(R, R) mm inside the lips' outline on the face's canvas, negative outside."""
    uv = landmarks_uv()
    outline = _closed_curve(uv[48:60], 12)
    scale = np.linalg.norm(landmarks()[54] - landmarks()[48]) / abs(uv[54, 0] - uv[48, 0])
    centres = (np.arange(canvas.size) + 0.5) / canvas.size
    u, v = np.meshgrid(centres, 1 - centres)
    near = (np.abs(u - 0.5) < 0.2) & (np.abs(v - 0.43) < 0.15)
    distance = np.full(u.shape, -50.0, np.float32)
    distance[near] = _inside_distance(np.stack([u[near], v[near]], -1), outline) * scale
    return distance


def _angle(position):
    """Degrees around the head's axis from the front, the same on both sides."""
    return np.degrees(np.arctan2(np.abs(position[..., 0]), -(position[..., 1] - _HEAD_AXIS)))


def _closed_curve(points, steps):
    """Catmull-Rom through a ring of points (N, 2) -> (N * steps, 2)."""
    t = (np.arange(steps) / steps)[:, None]
    a, b, c, d = (np.roll(points, shift, 0)[:, None] for shift in (1, 0, -1, -2))
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t ** 2 + (3 * b - a - 3 * c + d) * t ** 3)
    return curve.reshape(-1, points.shape[1])


def _inside_distance(points, outline):
    """Distance of points (N, 2) to a closed outline (M, 2), positive inside."""
    start, end = outline, np.roll(outline, -1, 0)
    best, crossings = np.full(len(points), np.inf), np.zeros(len(points), int)
    for a, b in zip(start, end, strict=True):
        edge, offset = b - a, points - a
        along = np.clip(offset @ edge / max(edge @ edge, 1e-12), 0, 1)
        best = np.minimum(best, ((offset - along[:, None] * edge) ** 2).sum(1))
        spans = (a[1] > points[:, 1]) != (b[1] > points[:, 1])
        if spans.any():
            crossings += spans & (points[:, 0] < a[0] + edge[0] * (points[:, 1] - a[1]) / (edge[1] or 1e-12))
    return np.sqrt(best) * np.where(crossings % 2, 1, -1)
