"""Where faces crease: anatomical line drawings on the UV square of the mean face, irregular as skin is.

Lines run across the pull of the muscle beneath them (Kraissl 1951). Number and spacing by site: forehead 3-7 transverse
lines 8-14 mm apart, glabella 1-3 vertical ones, crow's feet 2-5 a side fanning from the outer canthus, perioral lines
4-6 mm apart (Lemperle et al. 2001; Carruthers et al. 2008, validated grading scales of the same sites).

Coordinates are millimetres of the UV square, (0, 0) at its top left corner, 290 a side: the midline is x = 145. Sites
with a left and a right are drawn on the subject's right (x < 145) and mirrored, each side with its own accidents.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import wraps

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d

MIDLINE = 145.0
STEP = 0.25  # mm between the points of a drawn line


@dataclass(frozen=True)
class Line:
    """One crease. points : (n, 2) mm; depth : (n,) 0..1 along it; width : mm, half of its valley's; reach : mm, how far
    its banks go."""

    points: np.ndarray
    depth: np.ndarray
    width: float
    reach: float


class Pen:
    """Draws lines with the accidents of skin: wobble, uneven depth, gaps, forked ends. One random stream each."""

    def __init__(self, rng):
        self.rng = rng

    def stroke(self, knots, depth, width, reach, wobble=0.7, gaps=0.35, fork=0.0):
        """Lines (a list: a gap may split it, a fork adds to it) through `knots` (k, 2), tapered at both ends."""
        points = spline(np.asarray(knots, float))
        length = len(points) * STEP
        normal = _normals(points)
        points = (
            points
            + normal * (wobble * self._noise(len(points), 9.0) + 0.15 * wobble * self._noise(len(points), 3.0))[:, None]
        )
        along = np.linspace(0, 1, len(points))
        taper = np.clip(np.minimum(along / self._uniform(0.15, 0.4), (1 - along) / self._uniform(0.15, 0.4)), 0, 1)
        profile = depth * np.sin(0.5 * np.pi * taper) ** 0.8 * (1 + 0.18 * self._noise(len(points), 12.0))
        lines = [Line(points, np.clip(profile, 0, 1.3), width, reach)]
        if length > 18 and self.rng.random() < gaps:
            lines = self._parted(lines[0], normal)
        if length > 8 and self.rng.random() < fork:
            lines.append(self._forked(points, depth, width, reach))
        return lines

    def _parted(self, line, normal):
        """The line in two, their ends overlapping beside each other."""
        cut = int(len(line.points) * self._uniform(0.3, 0.7))
        lap = int(self._uniform(1, 5) / STEP)
        shift = self._uniform(0.8, 2.2) * self.rng.choice([-1, 1])
        parts = []
        for part, sign in ((slice(0, cut + lap), 0), (slice(cut - lap, None), 1)):
            points, depth = line.points[part] + sign * shift * normal[part], line.depth[part]
            fade = np.linspace(0, 1, len(depth))
            end = 1 - fade if sign == 0 else fade
            parts.append(Line(points, depth * np.clip(end * len(depth) * STEP / 6, 0, 1), line.width, line.reach))
        return parts

    def _forked(self, points, depth, width, reach):
        start = int(len(points) * self._uniform(0.45, 0.7))
        heading = points[start] - points[max(start - 8, 0)]
        heading /= np.linalg.norm(heading) + 1e-9
        angle = self._uniform(0.25, 0.55) * self.rng.choice([-1, 1])
        turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ heading
        length = min(len(points) * STEP * 0.4, 9.0)
        branch = points[start] + np.linspace(0, length, max(int(length / STEP), 4))[:, None] * turned
        fade = np.linspace(1, 0, len(branch))
        return Line(branch, 0.7 * depth * np.minimum(1, 1.6 * fade), width, 0.7 * reach)

    def _noise(self, count, grain_mm):
        """Smooth noise of unit variance along a line."""
        sigma = grain_mm / STEP / 2.5
        noise = gaussian_filter1d(self.rng.standard_normal(count + int(8 * sigma)), sigma)[int(4 * sigma) :][:count]
        return noise * np.sqrt(2 * np.sqrt(np.pi) * sigma)

    def _uniform(self, low, high):
        return self.rng.uniform(low, high)

    def jitter(self, value, spread):
        return value + spread * self.rng.standard_normal(np.shape(value))


def mirrored(lines):
    return [replace(line, points=line.points * [-1, 1] + [2 * MIDLINE, 0]) for line in lines]


def both_sides(draw):
    """Turns a drawing of the right side into one of both, the left with its own accidents."""

    @wraps(draw)
    def drawn(pen):
        return draw(pen) + mirrored(draw(pen))

    return drawn


def forehead(pen):
    rng, lines = pen.rng, []
    count = rng.integers(4, 6)
    wing, tilt, lean = rng.uniform(-0.5, 3.0), rng.uniform(-0.03, 0.03), rng.normal(0, 6)
    levels = np.linspace(45.0, 15.0, count) + rng.uniform(-1.6, 1.6, count)
    for rank, level in enumerate(levels):
        half = np.array([rng.uniform(34, 62), rng.uniform(34, 62)]) * (1.0 if rank < count - 1 else 0.7)
        x = np.linspace(MIDLINE - half[0], MIDLINE + half[1], 9)
        # Over the brows the lines arch, above the nose they dip.
        arch = (
            -wing * np.sin(np.pi * np.clip((x - MIDLINE + lean) / 96, -0.6, 0.6)) ** 2
            + 5.5 * np.clip((np.abs(x - MIDLINE) - 44) / 30, 0, 1) ** 2
        )
        y = level + arch + tilt * (x - MIDLINE) + rng.normal(0, 0.3, len(x))
        depth = rng.uniform(0.6, 1.0) * (0.75 if rank in (0, count - 1) else 1.0)
        lines += pen.stroke(
            np.stack([x, y], 1), depth, rng.uniform(0.7, 1.0), rng.uniform(4.5, 6), 0.32, gaps=0.5, fork=0.4
        )
    for _ in range(rng.integers(1, 4)):  # short lines between the long ones
        x0, y0, length = MIDLINE + rng.uniform(-42, 42), rng.uniform(16, 44), rng.uniform(9, 22)
        lines += pen.stroke([[x0, y0], [x0 + length, y0 + rng.normal(0, 1.2)]], rng.uniform(0.25, 0.5), 0.6, 3.0, 0.3)
    return lines


def glabella(pen):
    rng, lines = pen.rng, []
    for side in (-1, 1):
        x, top, bottom = MIDLINE + side * rng.uniform(4.5, 7.5), rng.uniform(47, 54), rng.uniform(70, 75)
        lean = side * rng.uniform(-1.0, 2.2)
        knots = [[x + lean, top], [x + 0.3 * lean, 0.5 * (top + bottom)], [x - 0.15 * side, bottom]]
        lines += pen.stroke(knots, rng.uniform(0.75, 1.0), 0.8, 4.2, 0.5, gaps=0.2, fork=0.35)
        if rng.random() < 0.6:  # a lighter neighbour
            knots = np.array(knots) + [side * rng.uniform(4.0, 6.0), rng.uniform(-3, 1)]
            lines += pen.stroke(knots[:2], rng.uniform(0.3, 0.55), 0.6, 3.0, 0.4, gaps=0)
    if rng.random() < 0.5:
        lines += pen.stroke(
            [[pen.jitter(MIDLINE, 0.8), 56], [pen.jitter(MIDLINE, 0.8), 69]], 0.4, 0.6, 2.6, 0.4, gaps=0
        )
    return lines


def procerus(pen):
    rng, lines = pen.rng, []
    for y in (78.0, 82.5)[: rng.integers(1, 3)]:
        half, sag = rng.uniform(6.5, 9.5), rng.uniform(-1.2, 0.8)
        knots = [
            [MIDLINE - half, y - sag],
            [pen.jitter(MIDLINE, 1), pen.jitter(y, 0.4) + sag],
            [MIDLINE + half, y - sag],
        ]
        lines += pen.stroke(knots, rng.uniform(0.6, 1.0), 0.7, 3.0, 0.3, gaps=0.1)
    return lines


@both_sides
def bunny(pen):
    rng, lines = pen.rng, []
    for rank in range(rng.integers(3, 5)):
        start = np.array([136.0 - 1.6 * rank, 84.5 + 3.6 * rank]) + rng.normal(0, 0.5, 2)
        bend, length = rng.uniform(-1, 1), rng.uniform(8, 13)
        end = start + [-length * 0.72, length * 0.62]
        lines += pen.stroke(
            [start, 0.5 * (start + end) + [bend, bend], end], rng.uniform(0.5, 0.95), 0.55, 2.0, 0.3, gaps=0.1, fork=0.2
        )
    return lines


@both_sides
def crows_feet(pen):
    rng, lines = pen.rng, []
    count = rng.integers(4, 6)
    for rank, angle in enumerate(np.linspace(-0.72, 0.95, count) + rng.normal(0, 0.06, count)):
        heading = np.array([-np.cos(angle), np.sin(angle)])
        start = np.array([87.5, 83.0]) + heading * rng.uniform(4.0, 7.0) + [0, 1.2 * rank - 2]
        length = rng.uniform(15, 25) * (1 - 0.25 * abs(angle))
        curl = rng.uniform(0.05, 0.22) * np.sign(angle + 0.05)
        side = np.array([-heading[1], heading[0]])
        knots = [
            start,
            start + 0.5 * length * heading - curl * 0.3 * length * side,
            start + length * heading - curl * length * side,
        ]
        lines += pen.stroke(knots, rng.uniform(0.6, 1.0), 0.6, 2.6, 0.45, gaps=0.25, fork=0.45)
    for _ in range(rng.integers(2, 5)):
        angle = rng.uniform(-0.6, 0.9)
        heading = np.array([-np.cos(angle), np.sin(angle)])
        start = np.array([85.0, 83.0]) + heading * rng.uniform(7, 16)
        lines += pen.stroke([start, start + heading * rng.uniform(5, 10)], rng.uniform(0.25, 0.5), 0.5, 1.8, 0.3)
    return lines


@both_sides
def lower_lid(pen):
    rng, lines = pen.rng, []
    for rank in range(rng.integers(3, 5)):
        drop = 4.6 + 3.3 * rank + rng.normal(0, 0.3)
        inner, outer = 119 - rng.uniform(0, 3) - 1.2 * rank, 92 - rng.uniform(0, 5) + 1.0 * rank
        knots = [[inner, 83.5 + drop * 0.8], [106, 84.2 + drop + 0.4], [outer, 83.0 + drop * 0.9]]
        lines += pen.stroke(knots, rng.uniform(0.4, 0.85), 0.5, 1.9, 0.4, gaps=0.5, fork=0.3)
    for _ in range(rng.integers(3, 7)):  # short ones that cross, down and outwards
        start = np.array([rng.uniform(95, 116), rng.uniform(88, 95)])
        lines += pen.stroke(
            [start, start + [-rng.uniform(3, 6), rng.uniform(2, 5)]], rng.uniform(0.2, 0.4), 0.45, 1.5, 0.2
        )
    return lines


@both_sides
def nasolabial(pen):
    rng = pen.rng
    knots = np.array([[121.5, 124.5], [115.5, 134.5], [109.0, 146.0], [104.0, 158.0], [102.5, 168.0]])
    knots = knots + [rng.uniform(-1.5, 1.5), 0] + rng.normal(0, 0.5, knots.shape)
    return pen.stroke(knots[: rng.integers(4, 6)], rng.uniform(0.55, 0.8), 1.0, 5.0, 0.4, gaps=0.1, fork=0.2)


@both_sides
def cheek_crescents(pen):
    rng, lines = pen.rng, []
    for rank in range(rng.integers(2, 4)):
        x = 97.0 - 8.5 * rank + rng.normal(0, 0.8)
        knots = [[x + 5, 127 + 3 * rank], [x - 1.5, 141 + rank], [x - 2.5, 153], [x + 1.0, 165 - 2 * rank]]
        lines += pen.stroke(
            np.array(knots) + rng.normal(0, 0.5, (4, 2)),
            rng.uniform(0.5, 0.95) * (1 - 0.12 * rank),
            0.8,
            3.8,
            0.6,
            gaps=0.3,
            fork=0.35,
        )
    return lines


@both_sides
def marionette(pen):
    rng, lines = pen.rng, []
    knots = np.array([[109.5, 167.0], [106.8, 175.0], [105.8, 184.0], [107.5, 193.5]]) + rng.normal(0, 0.5, (4, 2))
    lines += pen.stroke(knots, rng.uniform(0.5, 0.75), 0.9, 4.0, 0.4, gaps=0.1)
    if rng.random() < 0.6:
        lines += pen.stroke(
            knots[:3] + [-rng.uniform(4.5, 6.5), rng.uniform(1, 4)], rng.uniform(0.35, 0.6), 0.7, 3.0, 0.4
        )
    return lines


def lip_lines(pen):
    rng, lines = pen.rng, []
    for x in np.arange(123.5, 167.0, 5.4):
        x = x + rng.normal(0, 0.9)
        lean = (x - MIDLINE) / 60
        border = 141.0 + 0.012 * (x - MIDLINE) ** 2
        knots = [
            [x + lean * 2, border - rng.uniform(5.5, 9.0)],
            [x, border - 3],
            [x - lean * 2, border + rng.uniform(0, 1.5)],
        ]
        lines += pen.stroke(knots, rng.uniform(0.45, 1.0), 0.5, 2.0, 0.25, gaps=0)
    for x in np.arange(128.0, 165.0, 8.0):
        x = x + rng.normal(0, 2.2)
        lean = (x - MIDLINE) / 50
        knots = [[x - lean, 185.5], [x + lean + rng.normal(0, 0.8), 187.5 + rng.uniform(0.5, 3.5)]]
        lines += pen.stroke(knots, rng.uniform(0.15, 0.6), 0.5, 2.0, 0.2, gaps=0)
    return lines


def chin(pen):
    """The bunched chin: a crease under the lower lip and pits, the peau d'orange of the mentalis."""
    rng, lines = pen.rng, []
    for _ in range(400):
        x, y = rng.normal(MIDLINE, 10.5), rng.normal(199.5, 4.2)
        angle, length = rng.uniform(0, np.pi), rng.uniform(0.8, 3.4)
        heading = 0.5 * length * np.array([np.cos(angle), 0.55 * np.sin(angle)])
        centre = np.array([x, y])
        fade = np.exp(-(((x - MIDLINE) / 20) ** 2) - ((y - 199.5) / 8) ** 2)
        if all(np.hypot(*((centre - pit.points.mean(0)) * [0.8, 1.7])) > 2.9 for pit in lines):
            points = centre + np.linspace(-1, 1, 7)[:, None] * heading
            depth = rng.uniform(1.2, 2.2) * fade * (1 - np.linspace(-1, 1, 7) ** 2) ** 0.5
            lines.append(Line(points, depth, 1.0, 2.1))
    return lines


def mentolabial(pen):
    rng = pen.rng
    half = rng.uniform(14, 19)
    knots = [
        [MIDLINE - half, 195.0],
        [MIDLINE - 0.5 * half, 191.6],
        [MIDLINE, 191.0],
        [MIDLINE + 0.5 * half, 191.6],
        [MIDLINE + half, 195.0],
    ]
    return pen.stroke(np.array(knots) + rng.normal(0, 0.3, (5, 2)), 0.9, 0.9, 3.4, 0.3, gaps=0.1)


def neck(pen):
    rng, lines = pen.rng, []
    for level in (231.0, 246.0, 261.0)[: rng.integers(2, 4)]:
        half = np.array([rng.uniform(45, 75), rng.uniform(45, 75)])
        x = np.linspace(MIDLINE - half[0], MIDLINE + half[1], 7)
        y = level + rng.normal(0, 1.5) - 0.0022 * (x - MIDLINE) ** 2 + rng.normal(0, 0.6, 7)
        lines += pen.stroke(np.stack([x, y], 1), rng.uniform(0.6, 1.0), 0.9, 4.5, 0.7, gaps=0.6, fork=0.3)
    return lines


@both_sides
def accordion(pen):
    """Lines of the cheek that a broad smile stacks in front of the ear, and sleep lines."""
    rng, lines = pen.rng, []
    for rank in range(rng.integers(3, 5)):
        x = 76.0 - 6.5 * rank + rng.normal(0, 1.0)
        lean = rng.uniform(-3, 6)
        knots = [
            [x + lean, pen.jitter(112 + 4 * rank, 3)],
            [x, 135 + rng.normal(0, 2)],
            [x + 0.6 * lean + 3, pen.jitter(158 - 2 * rank, 4)],
        ]
        lines += pen.stroke(knots, rng.uniform(0.35, 0.7), 0.7, 3.0, 0.7, gaps=0.5, fork=0.3)
    return lines


@both_sides
def temple(pen):
    rng, lines = pen.rng, []
    for rank in range(rng.integers(2, 4)):
        start = np.array([74.0 - 5 * rank, 52.0 + 5 * rank]) + rng.normal(0, 1.5, 2)
        lines += pen.stroke(
            [start, start + [-4, -8], start + [-6, -17]] + rng.normal(0, 0.8, (3, 2)),
            rng.uniform(0.3, 0.6),
            0.7,
            3.0,
            0.6,
        )
    return lines


# Drawings of one layer do not overlap, so one plane holds them all; those of different layers may cross.
LAYERS = {
    "across": (forehead, crows_feet, nasolabial, lip_lines, mentolabial, neck),
    "along": (glabella, bunny, lower_lid, cheek_crescents, marionette, chin),
    "crossing": (procerus, accordion, temple),
}


def spline(knots):
    chord = np.r_[0, np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))]
    at = np.linspace(0, chord[-1], max(int(chord[-1] / STEP), 6))
    return (
        CubicSpline(chord, knots)(at)
        if len(knots) > 2
        else knots[0] + (at / chord[-1])[:, None] * (knots[1] - knots[0])
    )


def _normals(points):
    tangent = np.gradient(points, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-9
    return np.stack([-tangent[:, 1], tangent[:, 0]], 1)
