"""The wrinkle teacher: from (identity, expression, person, age) to the displacement that the physics folds.

It is slow and never shipped; the networks learn from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt

from . import buckling
from .muscles import active_strain
from .regions import skin_properties
from .skin_mesh import SkinMesh
from .uv_surface import MM_PER_UNIT

STRAIN_GAIN = 0.42  # the share of the mesh's strain that the outer skin has to take up by folding
RIM_FADE_MM = 3.0  # displacement and its slope vanish at the tile's edge and at eyelid and lip rims
FULL_EXCESS = 0.16  # compression beyond the critical one that folds a crease to its full depth
FULLEST = 1.2  # of the full depth: more compression than that goes elsewhere
RELIEF = 4.0  # skin between creases that fold buckles that much later: they take up the compression
IRONING = 2.5  # how fast stretch across a crease opens it


@dataclass(frozen=True)
class Setting:
    """One posed face on the map: `buckling.Skin` without what the person adds."""

    strain: np.ndarray
    metric: np.ndarray
    wavelength: np.ndarray
    critical_strain: np.ndarray
    mask: np.ndarray


class Teacher:
    """Physics on the maps of one base model.

    Parameters
    ----------
    model : core.base_model.BaseModel
    size : texels a side of the maps it makes
    """

    def __init__(self, model, size=512):
        self.model, self.size = model, size
        self.mesh = SkinMesh(model.topology)
        self.raster = self.mesh.rasterise(size)
        self._active = active_strain(model, self.neutral(np.zeros(100)))

    @cached_property
    def rim_fade(self):
        """(R, R) from 0 at the skin's borders to 1 inside, smooth at both ends."""
        depth = distance_transform_edt(np.pad(self.raster.mask, 1))[1:-1, 1:-1] * MM_PER_UNIT / self.size
        x = np.clip((depth - MM_PER_UNIT / self.size) / RIM_FADE_MM, 0, 1)
        return (x * x * (3 - 2 * x)).astype(np.float32)

    def neutral(self, identity):
        return self.model.neutral(np.asarray(identity, np.float32))[: self.mesh.vertex_count] * 1000

    def posed(self, identity, expression):
        vertices = self.model.vertices(np.asarray(identity, np.float32), expression)
        return vertices[: self.mesh.vertex_count] * 1000

    def expression_vector(self, values):
        """Named values -> (53,)."""
        vector = np.zeros(len(self.model.expression_names), np.float32)
        for name, value in values.items():
            vector[self.model.expression_names.index(name)] = value
        return vector

    def critical_strain_at(self, age):
        """What age does to the critical strain, a factor: thin, stiff, dry skin folds early."""
        return 1.5 - 1.0 * (age - 18) / 72

    def setting(self, identity, expression):
        """Strain, metric and regional skin of a posed face, on the map."""
        neutral = self.neutral(identity)
        strain, metric = self.mesh.strain(neutral, self.posed(identity, expression))
        strain = strain + _in_map_frame(np.tensordot(expression, self._active, 1), metric)
        wavelength, critical = skin_properties(neutral, self.model.landmarks)
        maps = [self.mesh.sample(self.raster, a) for a in (strain * STRAIN_GAIN, metric, wavelength, critical)]
        outside = ~self.raster.mask
        maps[2][outside], maps[3][outside] = 9, 1
        return Setting(*maps, self.raster.mask)

    def displacement(self, identity, expression, age, creases):
        """Displacement (R, R) mm of one face. creases : Creases, this person's."""
        setting = self.setting(identity, expression)
        critical = setting.critical_strain * np.exp(creases.log_skin[0]) * self.critical_strain_at(age)
        wavelength = setting.wavelength * np.exp(creases.log_skin[1])
        kept, folded = resting_shares(age, creases), folding(setting, critical, creases.orientation)
        share = np.where(folded < 0, kept * (1 + folded), kept + (1 - kept) * folded)
        kept, share = _resized(kept, self.size), _resized(share, self.size)
        rest = (kept * creases.templates).sum(0) * setting.mask
        habit = (share * creases.templates).sum(0) * setting.mask
        skin = buckling.Skin(setting.strain, setting.metric, wavelength, RELIEF * critical, rest, setting.mask, habit)
        return buckling.relax_from_half(skin, habit, coarse_steps=50, fine_steps=14, rate=0.03) * self.rim_fade


@dataclass(frozen=True)
class Creases:
    """Where one person creases, see `templates.solve_templates`, and how readily, see `CreasePlacement.skin`.

    templates : (families, R, R) mm; log_skin : (2, R, R); orientation : (families, 3, C, C); resting :
    (families, C, C).
    """

    templates: np.ndarray
    log_skin: np.ndarray
    orientation: np.ndarray
    resting: np.ndarray


def resting_shares(age, creases):
    """What share of each family's depth stays on the face at rest, (families, C, C): barely any at 20."""
    old = np.clip((age - 25) / 55, 0, 1.2)
    share = np.full(len(creases.resting), 0.02 + 0.60 * old**1.5)
    share[-2:] = 0.06 + 0.80 * old**1.3, 0.04 + 0.96 * old**1.4  # crepe, folds
    readily = np.exp(-0.6 * _resized(creases.log_skin[:1], creases.resting.shape[-1]))
    return np.clip(share[:, None, None] * creases.resting * readily, 0, 0.95).astype(np.float32)


def folding(setting, critical, orientation):
    """How far the strain folds each family of creases, (families, C, C): 0 not at all, 1 to full depth; negative where
    it irons them out.

    Depth grows as the square root of the compression beyond the critical one: arc length of a sinusoid.
    """
    size = orientation.shape[-1]
    strain, metric = (_resized(a, size, channels_last=True) for a in (setting.strain, setting.metric))
    mask, critical = (_resized(a[None].astype(np.float32), size)[0] for a in (setting.mask, critical))
    inverse = np.linalg.inv(np.where((mask > 0.5)[..., None, None], metric, np.eye(2) * 1e4))
    mixed = inverse @ strain
    raised = mixed @ inverse
    uu, ut, tt = orientation[:, 0], orientation[:, 1], orientation[:, 2]
    length = inverse[..., 0, 0] * uu + 2 * inverse[..., 0, 1] * ut + inverse[..., 1, 1] * tt
    across = raised[..., 0, 0] * uu + 2 * raised[..., 0, 1] * ut + raised[..., 1, 1] * tt
    across = across / np.maximum(length, 1e-12)
    half = 0.5 * (mixed[..., 0, 0] + mixed[..., 1, 1])
    determinant = mixed[..., 0, 0] * mixed[..., 1, 1] - mixed[..., 0, 1] * mixed[..., 1, 0]
    across[-2] = half - np.sqrt(np.maximum(half**2 - determinant, 0))  # crepe answers to compression of any direction
    excess = np.maximum(-across - critical, 0) / FULL_EXCESS
    folded = FULLEST * np.tanh((np.sqrt(excess + 0.01) - 0.1) / FULLEST)
    return np.where(across > 0, -np.clip(IRONING * across, 0, 0.8), folded).astype(np.float32)


def _resized(maps, size, channels_last=False):
    """Maps (N, R, R), or (R, R, ...) with `channels_last`, at another size."""
    mode = cv2.INTER_AREA if size < maps.shape[1] else cv2.INTER_CUBIC
    if channels_last:
        flat = cv2.resize(maps.reshape(*maps.shape[:2], -1), (size, size), interpolation=mode)
        return flat.reshape(size, size, *maps.shape[2:])
    return np.stack([cv2.resize(np.ascontiguousarray(m), (size, size), interpolation=mode) for m in maps])


def _in_map_frame(strain, metric):
    """Strain (n, 2, 2) from a frame along the map's axes to map coordinates (the axes' skew is neglected)."""
    length = np.sqrt(np.stack([metric[:, 0, 0], metric[:, 1, 1]], -1))
    return strain * length[:, :, None] * length[:, None, :]
