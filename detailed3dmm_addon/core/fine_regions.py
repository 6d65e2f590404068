"""What skin relief each part of the face has: pores, lines, crepe, lip grooves, and which way they run.

Figures, and who measured them. Lines: primary lines 20-100 micrometres deep cross into polygons, secondary lines are
shallower (K. Hashimoto, "New methods for surface ultrastructure", Int. J. Dermatol. 13, 1974). With age the lines along
one axis deepen beyond 100 micrometres and those across it vanish, from forty on (P. Corcuff et al., "Skin relief and
aging", J. Soc. Cosmet. Chem. 34, 1983); the temple's turn coarser and directed (Topography and anisotropy of the skin
surface with ageing, Skin Res. Technol. 11, 2005). Pores: those a viewer notices are 0.25 mm wide or more, most on nose,
forehead and inner cheek (F. Flament et al., "Facial skin pores: a multiethnic study", Clin. Cosmet. Investig. Dermatol.
8, 2015), and grow longer with age. Lines run along the relaxed skin tension lines (A. F. Borges, 1984).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .fine_chart import chart, sample
from .skin_canvas import FACE, canvas, landmarks, landmarks_uv
from .skin_regions import blob, lip_distance, noise, smoothstep, under_eye

_SIZE = 256
_EYES = ((36, 39), (42, 45))  # corners, landmarks


@dataclass(frozen=True)
class Regions:
    """Maps over the texture square, (256, 256) float32.

    pores : share of follicles that show, 0..1; pore_width : mm; lines : depth of the polygons' lines, mm;
    crepe : where lids and under-eye skin creases finely, 0..1; fans : crow's feet and upper lip, 0..1; lips : 0..1;
    tension, grooves : (256, 256, 2) doubled angle (cos 2a, sin 2a) in the chart of the tension and the lips' lines
    """

    pores: np.ndarray
    pore_width: np.ndarray
    lines: np.ndarray
    crepe: np.ndarray
    fans: np.ndarray
    lips: np.ndarray
    tension: np.ndarray
    grooves: np.ndarray

    def at(self, name, uv):
        """One map's values at texture points (N, 2), the row coordinate down."""
        return sample(getattr(self, name), np.asarray(uv) * _SIZE - 0.5)


@lru_cache(maxsize=1)
def regions():
    face = canvas(FACE, _SIZE)
    points, position = landmarks(), face.position
    lips = smoothstep(-1.0, 1.5, lip_distance(face))
    lids = _lids(position, points)
    bare = (1 - lips) * (1 - lids)
    nose = blob(position, points[30] + (0, 8, 6), (17, 24, 20))
    cheek = blob(position, (30, -96, 0), (22, 28, 22))
    centre = np.maximum(
        blob(position, (0, -105, 84), (40, 30, 24)), blob(position, points[8] + (0, 0, 14), (17, 16, 12))
    )
    pores = np.maximum.reduce([1.15 * nose, 1.05 * cheek, 0.6 * centre]) * 0.88 + 0.12
    fans = np.maximum(blob(position, points[36] - (11, -6, 1), (11, 16, 12)),
                      0.7 * blob(position, points[51] + (-6, 2, 6), (18, 14, 6)))  # fmt: skip
    uneven = 1 + 0.22 * noise(position, 16.0, 5)
    fields = {
        "pores": bare * np.clip(pores * (1 + 0.15 * noise(position, 11.0, 6)), 0, 1),
        "pore_width": 0.14 + 0.17 * np.maximum(nose, 0.75 * cheek) + 0.04 * centre,
        "lines": (bare + 0.4 * lids * (1 - lips)) * (0.026 - 0.017 * nose + 0.003 * centre) * uneven,
        "crepe": lids * (1 - lips),
        "fans": fans * (1 - lips),
        "lips": lips,
        "tension": _tension(face),
        "grooves": _grooves(face),
    }
    return Regions(**{name: np.ascontiguousarray(field, np.float32) for name, field in fields.items()})


def _lids(position, points):
    """The thin skin of both lids and below them, 0..1."""
    lids = blob(position, (points[36] + points[39]) / 2 + (0, 0, 1), (19, 16, 11))
    return smoothstep(0.12, 0.6, np.maximum(lids, under_eye(position)))


def _tension(face):
    """Relaxed skin tension lines: level, but round the eyes and round the mouth."""
    xy, marks = _chart_points(), _chart_landmarks()
    total = np.zeros((*xy.shape[:2], 2)) + (0.35, 0.0)
    for outer, inner in _EYES:
        middle, width = marks[[outer, inner]].mean(0), np.abs(marks[outer, 0] - marks[inner, 0])
        offset = (xy - middle) / (1.0, 0.75)
        radius = np.linalg.norm(offset, axis=-1) / width
        above_or_below = np.abs(offset[..., 1]) / (np.linalg.norm(offset, axis=-1) + 1e-6)
        total += _doubled(_across(offset)) * (2.0 * np.exp(-((radius / 0.9) ** 2)) * above_or_below**2)[..., None]
    mouth = marks[48:60].mean(0)
    offset = xy - mouth
    radius = np.linalg.norm(offset, axis=-1)
    ring = np.exp(-(((radius - 48) / 20) ** 2)) * smoothstep(8, 26, np.abs(offset[..., 0]))
    total += 1.2 * _doubled(_across(offset)) * ring[..., None]
    around = np.exp(-((radius / 26) ** 2)) * (offset[..., 1] < 0)  # the upper lip's lines point at the mouth
    return total + 1.2 * _doubled(offset) * around[..., None]


def _grooves(face):
    """The lips' lines: where a fan that spreads from the mouth's middle line cuts them."""
    mouth = landmarks()[60:68].mean(0)
    blade = face.position[..., 0] / (1 + np.abs(face.position[..., 2] - mouth[2]) / 22)
    down, right = np.gradient(blade)
    xy = _chart_points()
    xy_down, xy_right = np.gradient(xy, axis=(0, 1))
    return _doubled(right[..., None] * xy_down - down[..., None] * xy_right)


def _chart_points():
    centres = (np.arange(_SIZE) + 0.5) / _SIZE
    return chart().of_uv(np.stack(np.meshgrid(centres, centres), -1).reshape(-1, 2)).reshape(_SIZE, _SIZE, 2)


def _chart_landmarks():
    return chart().of_uv(landmarks_uv() * (1, -1) + (0, 1))


def _across(offset):
    return np.stack([-offset[..., 1], offset[..., 0]], -1)


def _doubled(direction):
    """(cos 2a, sin 2a) of directions (..., 2): lines have no sign, so angles are averaged doubled."""
    x, y = direction[..., 0], direction[..., 1]
    return np.stack([x * x - y * y, 2 * x * y], -1) / np.maximum(x * x + y * y, 1e-9)[..., None]
