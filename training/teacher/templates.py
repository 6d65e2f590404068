"""Crease templates: what each family of creases is at full strength on the mean face, two drawings each.

A person's creases are these, mirrored, blended and warped (`core.creases`). They are solved once, on one face, by
pressing the skin together across every drawn line: physics raises the banks, joins what is close and rounds what is
steep. Every face then folds along them instead of into a chaotic pattern of its own.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from . import buckling, crepe, folds
from .crease_lines import LAYERS, MIDLINE, STEP, Pen
from .uv_surface import MM_PER_UNIT

FAMILIES = (*LAYERS, "crepe", "folds")
DRAWINGS = 2
SOLVED_AT = 1024
FULL_STRAIN = 0.20  # compression across a line that folds it to full depth
GROOVE = 0.25  # mm: the line of weakness before anything is pressed together
HINGE = 0.95  # how much softer a crease bends than the skin around it: sharp valleys between broad banks
# How readily a site's lines stay on the resting face; the sites are `crease_lines.LAYERS`'.
RESTING = {
    "forehead": 0.70, "crows_feet": 0.85, "nasolabial": 1.0, "lip_lines": 0.45, "mentolabial": 0.6, "neck": 0.9,
    "glabella": 0.95, "bunny": 0.25, "lower_lid": 0.7, "cheek_crescents": 0.4, "marionette": 1.0, "chin": 0.12,
    "procerus": 0.6, "accordion": 0.35, "temple": 0.4,
}  # fmt: skip
# Where skin is thin or much exposed and crepes: centre (u, t) mm on the right, radius mm, amount.
CREPE_SITES = (
    ((104, 92), (17, 8), 1.0), ((100, 74), (14, 6), 0.8), ((80, 86), (16, 14), 0.8), ((92, 118), (24, 22), 0.55),
    ((85, 150), (22, 26), 0.6), ((110, 180), (12, 16), 0.5), ((130, 140), (12, 7), 0.4), ((110, 30), (45, 20), 0.28),
    ((115, 245), (45, 28), 0.75),
)  # fmt: skip
NECK = 219.0  # mm down the map: below it folds are the bands of the platysma, which lateral compression raises
COARSE = 128  # texels a side of what is smooth: orientations and resting shares


def solve_templates(teacher, seed=11, progress=lambda items: items):
    """Dict of arrays: `planes` (families, 2, R, R) mm, `orientation` (families, 3, COARSE, COARSE), `resting`
    (families, COARSE, COARSE).

    orientation : the covariant tensor (uu, ut, tt) of the direction across the creases; resting : 0..1, the share of
    the depth that the oldest faces show at rest. Both are symmetric, the planes are not.
    """
    size = teacher.size
    rest_setting = teacher.setting(np.zeros(100), np.zeros(len(teacher.model.expression_names), np.float32))
    planes = np.zeros((len(FAMILIES), DRAWINGS, size, size), np.float32)
    orientation = np.zeros((len(FAMILIES), 3, size, size), np.float32)
    resting = np.zeros((len(FAMILIES), size, size), np.float32)
    for drawing in progress(range(DRAWINGS)):
        rng = np.random.default_rng((seed, drawing))
        for family, sites in enumerate(LAYERS.values()):
            drawn = [Drawn(site(Pen(rng)), rest_setting.metric) for site in sites]
            planes[family, drawing] = _solve(rest_setting, drawn)
            orientation[family] += sum(d.across for d in drawn)
            shares = np.array([RESTING[site.__name__] for site in sites])
            banks = np.stack([gaussian_filter(d.bank, 3 / MM_PER_UNIT * size) for d in drawn]) + 1e-4
            resting[family] += np.tensordot(shares, banks, 1) / banks.sum(0) / DRAWINGS
        everywhere = _widened(orientation[: len(LAYERS)].sum(0))
        along = 0.5 * np.arctan2(2 * everywhere[1], everywhere[0] - everywhere[2]) + 0.5 * np.pi
        planes[-2, drawing] = crepe.draw(rng, along, _crepe_amount(size)) * rest_setting.mask
        planes[-1, drawing] = folds.draw(rng, rest_setting.metric) * rest_setting.mask
    orientation[-2:] = orientation[: len(LAYERS)].sum(0)
    orientation[-1, :, int(NECK / (2 * MIDLINE) * size) :] = np.array([1, 0, 0])[:, None, None]
    resting[-2:] = 1
    return {"planes": planes, "orientation": np.stack([_coarse_tensor(o) for o in orientation]),
            "resting": np.stack([_coarse(_even(r)) for r in resting])}  # fmt: skip


class Drawn:
    """Lines on the map: `valley` (R, R) 0..1, `bank` (R, R) 0..1 around it, `across` (3, R, R) their direction."""

    def __init__(self, lines, metric):
        size = len(metric)
        self.valley, self.bank = np.zeros((2, size, size), np.float32)
        self.across = np.zeros((3, size, size), np.float32)
        for line in lines:
            self._add(line, metric, size / (2 * MIDLINE))

    def _add(self, line, metric, scale):
        pad = 2.2 * line.reach + 2
        low = np.maximum(((line.points.min(0) - pad) * scale).astype(int), 0)
        high = np.minimum(((line.points.max(0) + pad) * scale).astype(int) + 1, len(metric))
        window = (slice(low[1], high[1]), slice(low[0], high[0]))
        texels = (np.stack(np.mgrid[window][::-1], -1).reshape(-1, 2) + 0.5) / scale
        _, nearest = cKDTree(line.points).query(texels)
        offset, shape = texels - line.points[nearest], self.valley[window].shape
        g = metric[window].reshape(-1, 2, 2) / (2 * MIDLINE) ** 2
        distance = np.sqrt(np.maximum(np.einsum("ni,nij,nj->n", offset, g, offset), 0)).reshape(shape)
        depth = line.depth[nearest].reshape(shape)
        bank = depth * np.exp(-((distance / (1.25 * line.reach)) ** 2))
        self.valley[window] = np.maximum(self.valley[window], depth * np.exp(-((distance / line.width) ** 1.4)))
        self.bank[window] = np.maximum(self.bank[window], bank)
        du, dt = np.gradient(line.points, axis=0)[nearest].T.reshape(2, *shape) / np.float32(STEP)
        self.across[(slice(None), *window)] += bank**2 * np.stack([dt * dt, -du * dt, du * du])


def _solve(setting, drawn):
    """Full-strength heights (R, R) of what is drawn, pressed together across its lines."""
    valley, bank = (np.max([getattr(d, name) for d in drawn], axis=0) for name in ("valley", "bank"))
    uu, ut, tt = sum(d.across for d in drawn)
    across = np.stack([np.stack([uu, ut], -1), np.stack([ut, tt], -1)], -1)
    size = np.einsum("hwij,hwij->hw", _inverse(setting), across)
    strain = -FULL_STRAIN * (bank / np.maximum(size, 1e-9))[..., None, None] * across
    rest = -GROOVE * valley
    skin = buckling.Skin(strain, setting.metric, setting.wavelength, np.full_like(valley, 0.05), rest, setting.mask,
                         stiffness=1 - HINGE * np.clip(valley, 0, 1))  # fmt: skip
    return buckling.relax_from_half(skin, 3 * rest, coarse_steps=300, fine_steps=80, rate=0.03)


def _inverse(setting):
    return np.linalg.inv(np.where(setting.mask[..., None, None], setting.metric, np.eye(2)))


def _crepe_amount(size):
    t, u = (np.mgrid[:size, :size] + 0.5) / size * 2 * MIDLINE
    amount = np.zeros((size, size))
    for (cu, ct), (ru, rt), strength in CREPE_SITES:
        amount = np.maximum(amount, strength * np.exp(-(((u - cu) / ru) ** 2) - ((t - ct) / rt) ** 2))
    return np.maximum(amount, amount[:, ::-1])


def _even(field):
    return 0.5 * (field + field[..., ::-1])


def _coarse(field):
    return cv2.resize(field.astype(np.float32), (COARSE, COARSE), interpolation=cv2.INTER_AREA)


def _widened(tensor):
    """A direction field for the skin between the lines too."""
    even = _even_tensor(tensor)
    size = tensor.shape[-1]
    return sum(share * np.stack([gaussian_filter(c, mm / MM_PER_UNIT * size) for c in even])
               for mm, share in ((3, 1.0), (17, 0.3)))  # fmt: skip


def _even_tensor(tensor):
    uu, ut, tt = tensor
    return np.stack([_even(uu), 0.5 * (ut - ut[..., ::-1]), _even(tt)])


def _coarse_tensor(tensor):
    """Trace one in map coordinates, on the coarse grid."""
    widened = np.stack([_coarse(c) for c in _widened(tensor)])
    return widened / np.maximum(widened[0] + widened[2], 1e-12)
