"""The marks that skin's relief consists of, as short furrows in the chart: polygons of lines, creases, pores.

Furrows follow a person by smooth functions of the person code: neighbouring codes have neighbouring skin.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .fine_chart import chart
from .fine_regions import regions
from .person import PERSON_CODE_SIZE
from .skin_regions import smoothstep

NARROW, WIDE = 0.066, 0.135  # mm, standard deviations of the two profiles
SHALLOWEST = 0.0015  # mm, of furrows worth drawing
PITCH = 0.92  # mm between crossings of lines
_MISSING = 0.2  # share of the lattice's lines that nobody has
_BEND = 0.16  # of a line's length, how far its middle lies to the side at most
_TURN = 0.5 / 73.3  # 0.5 radians that a crossing turns on its orbit a unit of person code; a random byte's deviation
_DRIFT = 2.5  # mm that the whole network moves a unit of person code
_CREASE_STEPS = 12
_TORN = 0.02  # of the texture square: no furrow is that long


@dataclass(frozen=True)
class Furrows:
    """Straight furrows.

    start, end : (N, 2) texture coordinates, row coordinate down; depth : (N, 2) mm at start and end; wide : (N,) share
    of the furrow that has the wide profile
    """

    start: np.ndarray
    end: np.ndarray
    depth: np.ndarray
    wide: np.ndarray

    def __getitem__(self, part):
        return Furrows(self.start[part], self.end[part], self.depth[part], self.wide[part])


def furrows(person, age):
    """All furrows of a person (24,) at an age in years, as a list of `Furrows`."""
    ageing = float(smoothstep(30, 85, age))
    lattice = _lattice(PITCH, 1)
    points, phase = lattice.moved(person)
    return [
        *_network(lattice, points, phase, ageing),
        *_pores(person, ageing),
        *_creases(person, ageing),
    ]


class _Lattice:
    """A triangular lattice over the chart whose points orbit their places as the person code turns them."""

    def __init__(self, pitch, seed):
        rng = np.random.default_rng(seed)
        skin = chart()
        columns, rows = (skin.size / (pitch, pitch * 0.75**0.5)).astype(int) + 1
        row, column = np.mgrid[:rows, :columns]
        x = (column + 0.5 * (row % 2)) * pitch
        self.places = np.stack([x, row * pitch * 0.75**0.5], -1).reshape(-1, 2) + skin.origin
        self.places = self.places.astype(np.float32)
        count = len(self.places)
        self.radius = np.float32(pitch) * (0.12 + 0.3 * rng.random(count, np.float32))
        self.start = np.float32(2 * np.pi) * rng.random(count, np.float32)
        self.turns = rng.integers(-127, 128, (count, PERSON_CODE_SIZE), np.int8)  # a byte tells crossings apart
        self.drift = rng.normal(0, _DRIFT / PERSON_CODE_SIZE**0.5, (PERSON_CODE_SIZE, 2))
        self.luck = rng.random(count, np.float32)
        index = np.arange(count).reshape(rows, columns)
        edges = np.concatenate([_pairs(index, *step) for step in ((0, 1), (1, 0), (1, -1))])
        luck = rng.random(len(edges), np.float32)
        used = (luck > _MISSING) & np.isfinite(skin.to_uv(self.places))[edges].all((1, 2))
        self.edges, self.edge_luck = edges[used], luck[used]

    def moved(self, person):
        """Chart points (N, 2) of a person and the angles (N,) at which they stand on their orbits."""
        phase = self.start + self.turns @ (person * _TURN).astype(np.float32)
        orbit = self.radius[:, None] * np.stack([np.cos(phase), np.sin(phase)], -1)
        return self.places + orbit + (9 * np.tanh(person @ self.drift / 9)).astype(np.float32), phase


@lru_cache(maxsize=8)
def _lattice(pitch, seed):
    return _Lattice(pitch, seed)


def _pairs(index, down, right):
    """Pairs (E, 2) of neighbours; rows alternate by half a place, so a diagonal step depends on the row."""
    if down == 0:
        return np.stack([index[:, :-1].ravel(), index[:, 1:].ravel()], -1)
    pairs = []
    for parity in (0, 1):
        shift = parity if right == 0 else parity - 1  # to the right-hand or the left-hand neighbour below
        upper, lower = index[parity:-1:2], index[parity + 1 :: 2]
        if shift == 1:
            upper, lower = upper[:, :-1], lower[:, 1:]
        elif shift == -1:
            upper, lower = upper[:, 1:], lower[:, :-1]
        pairs.append(np.stack([upper.ravel(), lower.ravel()], -1))
    return np.concatenate(pairs)


def _network(lattice, points, phase, ageing):
    """Bent lines between crossings: deep ones along the skin's tension, and with age hardly any others."""
    uv = chart().to_uv(points)
    a, b = lattice.edges.T
    along = points[b] - points[a]
    bend = _BEND * np.sin(phase[a] - phase[b] + 6 * lattice.edge_luck)
    middle = 0.5 * (points[a] + points[b]) + bend[:, None] * along[:, ::-1] * np.array([-1, 1], np.float32)
    middle_uv = chart().to_uv(middle)
    aligned = _alignment(along, regions().at("tension", middle_uv))
    directed = 0.4 + 0.5 * ageing
    luck = lattice.edge_luck + 0.1 * np.sin(phase[a] + phase[b]) + 0.25 * (aligned - 0.5)
    share = smoothstep(_MISSING, 0.9, luck) * (1 - directed + directed * smoothstep(0, 1, aligned))
    depth = regions().at("lines", middle_uv) * share * (1.5 + 1.6 * ageing)
    ends = 0.75 + 0.35 * np.sin(2 * phase)
    wide = 0.35 + 0.35 * ageing * aligned
    halves = ((uv[a], middle_uv, ends[a], 1.0), (middle_uv, uv[b], 1.0, ends[b]))
    for start, end, first, last in halves:
        yield _kept(start, end, np.stack([depth * first, depth * last], -1), wide)


def _pores(person, ageing):
    """Follicles' openings: at the lines' crossings, and where they stand closest, on the nose, as many between them."""
    for seed, above, gain in ((1, 0.0, 1.0), (9, 0.6, 2.5)):
        lattice = _lattice(PITCH, seed)
        points, phase = lattice.moved(person)
        shares = gain * (regions().at("pores", chart().to_uv(points)) - above)
        shown = smoothstep(-0.08, 0.12, shares - lattice.luck)
        chosen = shown > 0
        yield _openings(points[chosen], phase[chosen], shown[chosen], ageing)


def _openings(points, phase, shown, ageing):
    """Pores at `points`, drawn out along the tension as skin slackens; shown : (N,) 0..1, how far each has opened."""
    uv = chart().to_uv(points)
    width = regions().at("pore_width", uv)
    size = 0.55 + 0.9 * (0.5 + 0.5 * np.sin(3 * phase)) ** 1.5
    direction = _unit(regions().at("tension", uv))
    length = width * size * (0.45 + 0.6 * ageing)
    wide = np.clip((width * size - 0.12) * 7, 0, 1)
    profile = 2.5 * ((1 - wide) * NARROW + wide * WIDE)
    # A furrow shorter than its profile is wide does not reach its depth.
    depth = shown * (0.012 + 0.15 * width * size) * np.sqrt(1 + (profile / length) ** 2)
    reach = 0.5 * length[:, None] * direction
    start, end = chart().to_uv(points - reach), chart().to_uv(points + reach)
    return _kept(start, end, np.stack([depth, depth], -1), wide)


def _creases(person, ageing):
    """Long fine lines: crepe of the lids, fans at eye corners and lip, grooves of the lips."""
    kinds = (  # map, direction, pitch of seeds, length, depth, wide share
        ("crepe", "tension", 1.15, 3.2, 0.016 + 0.026 * ageing, 0.35),
        ("fans", "tension", 2.2, 7.0, 0.004 + 0.036 * ageing, 0.5),
        ("lips", "grooves", 1.0, 3.6, 0.06 + 0.012 * ageing, 0.75),
    )
    for seed, (where, direction, pitch, length, depth, wide) in enumerate(kinds, 2):
        lattice = _lattice(pitch, seed)
        points, phase = lattice.moved(person)
        depths = depth * regions().at(where, chart().to_uv(points)) * (0.55 + 0.45 * np.sin(2 * phase))
        chosen = depths > SHALLOWEST
        lengths = length * (0.5 + lattice.luck[chosen])
        yield _traced(points[chosen], lengths, depths[chosen], where, direction, wide)


def _traced(points, lengths, depth, where, direction, wide):
    """Furrows along a direction field, both ways from `points`, that taper off."""
    step = (lengths / (2 * _CREASE_STEPS))[:, None]
    taper = np.cos(0.5 * np.pi * np.arange(_CREASE_STEPS + 1) / _CREASE_STEPS)
    parts = []
    for sign in (1, -1):
        at, uv = points, chart().to_uv(points)
        heading = sign * _unit(regions().at(direction, uv))
        for k in range(_CREASE_STEPS):
            turn = _unit(regions().at(direction, uv))
            heading = turn * np.where((turn * heading).sum(-1) < 0, -1, 1)[:, None]
            at = at + step * heading
            before, uv = uv, chart().to_uv(at)
            inside = smoothstep(0.05, 0.5, regions().at(where, uv))
            parts.append((before, uv, (depth * inside)[:, None] * taper[k : k + 2]))
    start, end, depths = (np.concatenate(part) for part in zip(*parts, strict=True))
    return _kept(start, end, depths, wide)


def _alignment(direction, doubled):
    """How far directions (N, 2) run along a field of doubled angles (N, 2): 1 along, 0 across."""
    x, y = direction.T
    length2 = np.maximum(x * x + y * y, 1e-9)
    cos = ((x * x - y * y) * doubled[:, 0] + 2 * x * y * doubled[:, 1]) / length2
    return 0.5 + 0.5 * cos / np.maximum(np.linalg.norm(doubled, axis=1), 0.6)


def _unit(doubled):
    """Unit vectors (N, 2) of doubled angles."""
    angle = 0.5 * np.arctan2(doubled[:, 1], doubled[:, 0])
    return np.stack([np.cos(angle), np.sin(angle)], -1)


def _kept(start, end, depth, wide):
    """Furrows on the texture square that are deep enough to be seen."""
    across, down = np.abs(start - end).T
    # The chart folds under lips and lids, where ends lie far apart; off the square they are not numbers: no less.
    keep = (np.maximum(*depth.T) > SHALLOWEST) & (across < _TORN) & (down < _TORN)
    wide = np.broadcast_to(wide, keep.shape)
    return Furrows(*(np.ascontiguousarray(part[keep], np.float32) for part in (start, end, depth, wide)))
