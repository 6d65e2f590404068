"""Hairs as strokes in texture space: where they root, how they lie, and their drawing. numpy only; millimetres."""
from dataclasses import dataclass

import numpy as np

from .skin_canvas import landmarks, landmarks_uv
from .skin_regions import above_hairline, noise, scalp_flow, smoothstep

_BROW_RIGHT, _BROW_LEFT = (21, 20, 19, 18, 17), (22, 23, 24, 25, 26)  # landmarks, nose to temple
_BROW_HEIGHT = 9.0  # mm at its fullest
# Along a brow from the nose (0) to the temple (1): its relative height, and how hairs stand to it, degrees.
_BROW_PLACE = np.array([0.0, 0.08, 0.25, 0.5, 0.72, 0.88, 1.0])
_BROW_TALL = np.array([0.62, 0.88, 1.0, 0.92, 0.66, 0.42, 0.16])
_BROW_ANGLE = np.array([84, 74, 48, 27, 14, 4, -4.0])
_BROW_LENGTH = np.array([5.5, 6.5, 8.0, 8.0, 7.0, 6.0, 4.5])


@dataclass(frozen=True)
class Strokes:
    """Hairs in a tile. path : (N, K, 2) u and v from root to tip; strength : (N,) 0..1; grey : (N,) bool."""
    path: np.ndarray
    strength: np.ndarray
    grey: np.ndarray

    def where(self, chosen):
        return Strokes(self.path[chosen], self.strength[chosen], self.grey[chosen])


@dataclass(frozen=True)
class Layer:
    """One kind of hair. shade : (R, R) 0..1, how far hairs too fine to draw tint the skin; width : root, in 1/2048;
    tone : brightness relative to the hair of the head.
    """
    strokes: Strokes
    shade: np.ndarray
    width: float
    opacity: float
    tone: float = 1.0


def scalp(canvas, position, look, ears, seed):
    """Cropped hair above the hairline."""
    edge = above_hairline(position, look["hairline"]) + 1.5 * noise(position, 14, seed)
    where = smoothstep(-5, 14, edge) * _patchy(position, seed + 1) * (1 - ears)
    strokes = _scattered(canvas, where * (0.35 + 0.9 * look["scalp"]), (1.5, 3.6), scalp_flow(position), 0.35,
                         look["grey"], seed + 2)
    return Layer(strokes, where * (0.5 + 0.45 * look["scalp"]), 1.2, 0.8)


def stubble(canvas, look, beard, seed):
    """A shaved or growing beard."""
    where, amount = beard * _patchy(canvas.position, seed), look["stubble"]
    down = np.zeros_like(canvas.position) + np.array([0, 0, -1], np.float32)
    strokes = _scattered(canvas, where * (0.25 + 0.55 * amount), (0.3, 0.5 + 1.6 * amount), down, 0.5, look["grey"],
                         seed + 1)
    return Layer(strokes, where * 0.42 * amount, 0.8, 0.35 + 0.5 * amount)


def brows(canvas, look, seed):
    """Both eyebrows."""
    generator = np.random.default_rng(seed)
    sides = [_brow(canvas, chain, look["brow_density"], look["brow_width"], look["grey"], generator)
             for chain in (_BROW_RIGHT, _BROW_LEFT)]
    strokes = Strokes(*(np.concatenate(parts) for parts in zip(*sides, strict=True)))
    shade = draw(strokes, canvas.size, 1.0)
    for axis in (0, 1) * 2:
        shade = (np.roll(shade, 1, axis) + 2 * shade + np.roll(shade, -1, axis)) / 4
    return Layer(strokes, shade * (0.35 + 0.55 * look["brow_density"]), 1.05, 1.0, tone=0.6)


def draw(strokes, size, width):
    """Coverage (size, size) float32, 0..1, row 0 at V = 1.

    width : texels at the root; hairs taper and fade towards the tip
    """
    image = np.zeros((size + 2, size + 2), np.float32)
    if not len(strokes.path):
        return image[1:-1, 1:-1]
    longest = np.linalg.norm(np.diff(strokes.path, axis=1), axis=-1).sum(1).max() * size
    count = int(np.clip(longest / 0.7, 2, 160))
    t = np.linspace(0, 1, count)
    at = t * (strokes.path.shape[1] - 1)
    low = np.minimum(at.astype(int), strokes.path.shape[1] - 2)
    points = strokes.path[:, low] + (at - low)[:, None] * (strokes.path[:, low + 1] - strokes.path[:, low])
    x, y = points[..., 0] * size - 0.5, (1 - points[..., 1]) * size - 0.5
    taper = (1 - t ** 2.2) * np.minimum(1, 0.55 + 4 * t)
    strength = (strokes.strength[:, None] * taper).astype(np.float32)
    sharp = 0.5 + 0.5 * width
    for shift_y in (-1, 0, 1):
        for shift_x in (-1, 0, 1):
            i, j = np.floor(y + 0.5).astype(int) + shift_y, np.floor(x + 0.5).astype(int) + shift_x
            near = np.exp(-((i - y) ** 2 + (j - x) ** 2) / sharp ** 2)
            inside = (i >= 0) & (i < size) & (j >= 0) & (j < size)
            np.maximum.at(image, (i[inside] + 1, j[inside] + 1), (strength * near)[inside].astype(np.float32))
    return np.clip(image[1:-1, 1:-1], 0, 1)


def _brow(canvas, chain, density, width, grey, generator):
    uv, points = landmarks_uv()[list(chain)], landmarks()[list(chain)]
    count = int(260 + 700 * density)
    # More hairs in the body of the brow than at its ends.
    s = generator.beta(1.25, 1.35, count)
    w = np.clip(generator.normal(0, 0.45, count), -1, 1)
    tangent = _along(points, s + 0.02) - _along(points, s - 0.02)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    outward = np.cross(tangent, np.array([0, 0, 1.0]))
    outward *= -np.sign(outward[:, 1:2])
    up = np.cross(outward, tangent)
    up /= np.linalg.norm(up, axis=1, keepdims=True)
    up *= np.sign(up[:, 2:3])
    tall = np.interp(s, _BROW_PLACE, _BROW_TALL) * _BROW_HEIGHT * width
    centre = _along(uv, s)
    shift = canvas.to_uv(centre, up * (w * tall / 2 - 2.2)[:, None])
    root = centre + shift
    # Hairs of the upper edge lean down, those of the lower edge up: they meet in a ridge.
    angle = np.interp(s, _BROW_PLACE, _BROW_ANGLE) - 24 * w * smoothstep(0.1, 0.5, s) + generator.normal(0, 7, count)
    length = np.interp(s, _BROW_PLACE, _BROW_LENGTH) * generator.uniform(0.65, 1.1, count) * (0.75 + 0.25 * width)
    t = np.linspace(0, 1, 8)
    bend = np.radians(angle)[:, None] * (1 - 0.45 * t)
    step = (length / len(t))[:, None]
    forward, rise = np.cumsum(np.cos(bend) * step, 1), np.cumsum(np.sin(bend) * step, 1)
    ahead, above = canvas.to_uv(root, tangent)[:, None], canvas.to_uv(root, up)[:, None]
    path = root[:, None] + forward[..., None] * ahead + rise[..., None] * above
    strength = generator.uniform(0.6, 1.0, count) * smoothstep(-0.06, 0.1, s) * (0.75 + 0.25 * (1 - np.abs(w)))
    return path, strength, generator.uniform(0, 1, count) < grey


def _along(points, s):
    """Catmull-Rom through an open chain (N, D) at places s (K,) in 0..1."""
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    at = s * (len(points) - 1)
    k = np.clip(np.floor(at).astype(int), 0, len(points) - 2)
    t = (at - k)[:, None]
    a, b, c, d = (padded[k + offset] for offset in range(4))
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t ** 2 + (3 * b - a - 3 * c + d) * t ** 3)


def _millimetres(canvas, uv, step):
    """Length on the head of steps (N, 2) in u and v."""
    move = canvas.sample(canvas.along_u, uv) * step[:, :1] + canvas.sample(canvas.along_v, uv) * step[:, 1:]
    return np.linalg.norm(move, axis=-1)


def _patchy(position, seed):
    """Slow variation 0.7 .. 1 of hair density over points in mm."""
    return np.clip(0.93 + 0.06 * noise(position, 25.0, seed), 0.7, 1.0)


def _scattered(canvas, per_mm2, length, flow, disorder, grey, seed, points=4):
    """Short hairs along a direction.

    per_mm2 : (R, R); length : (shortest, longest) mm; flow : (R, R, 3) on the head; disorder : radians off the flow
    """
    generator = np.random.default_rng(seed)
    root = canvas.scatter(per_mm2, generator)
    count = len(root)
    uv = canvas.to_uv(root, canvas.sample(flow, root))
    uv *= generator.uniform(*length, (count, 1)) / np.maximum(_millimetres(canvas, root, uv), 0.2)[:, None]
    turn = generator.normal(0, disorder, (count, 1))
    turned = np.cos(turn) * uv + np.sin(turn) * np.stack([-uv[:, 1], uv[:, 0]], -1)
    path = root[:, None] + np.linspace(0, 1, points)[:, None] * turned[:, None]
    return Strokes(path, generator.uniform(0.55, 1.0, count), generator.uniform(0, 1, count) < grey)
