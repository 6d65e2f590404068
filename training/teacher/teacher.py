"""The wrinkle teacher: from (identity, expression, person, age) to the displacement that the physics folds.

It is slow and never shipped; the networks learn from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt

from . import buckling
from .muscles import active_strain
from .regions import skin_properties
from .skin_mesh import SkinMesh
from .uv_surface import MM_PER_UNIT

STRAIN_GAIN = 0.42  # the share of the mesh's strain that the outer skin has to take up by folding
RIM_FADE_MM = 3.0  # displacement and its slope vanish at the tile's edge and at eyelid and lip rims


def both(name, value=1.0):
    """The same value for the left and the right unit of a pair."""
    return {name + "_L": value, name + "_R": value}


@dataclass(frozen=True)
class Setting:
    """One posed face on the map: `buckling.Skin` without what the person adds."""

    strain: np.ndarray
    metric: np.ndarray
    wavelength: np.ndarray
    critical_strain: np.ndarray
    mask: np.ndarray

    def skin(self, wavelength, critical_strain, rest):
        return buckling.Skin(self.strain, self.metric, wavelength, critical_strain, rest, self.mask)


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
        return 1.75 - 1.25 * (age - 18) / 72

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

    def displacement(self, identity, expression, age, templates, log_skin, family_strains, steps=90):
        """Displacement (R, R) mm of one face.

        templates : (families, R, R) mm, this person's; log_skin : (2, R, R), see `CreasePlacement.skin`;
        family_strains : (families, R, R, 2, 2), the strain of each family's own expression on the mean face.
        """
        setting = self.setting(identity, expression)
        critical = setting.critical_strain * np.exp(log_skin[0]) * self.critical_strain_at(age)
        wavelength = setting.wavelength * np.exp(log_skin[1])
        rest = resting_height(templates, age) * setting.mask
        start = rest + (activation(setting.strain, family_strains) * templates).sum(0)
        maps = buckling.coefficients(setting.skin(wavelength, critical, rest))
        height = buckling.relax(torch.from_numpy(start.astype(np.float32)), maps, steps, rate=0.02).numpy()
        return height * self.rim_fade


def resting_height(templates, age):
    """Creases that stay on the face at rest, (R, R) mm: barely any at 20, a third of the full depth at 80."""
    from .templates import RESTING

    share = 0.02 + 0.33 * np.clip((age - 22) / 58, 0, 1.2) ** 1.5
    return share * np.einsum("f,fhw->hw", RESTING, templates)


def activation(strain, family_strains):
    """How far each family's own strain is present, (families, R, R) in 0..1: the start of the relaxation."""
    inner = np.einsum("hwij,fhwij->fhw", strain, family_strains)
    norm = np.einsum("fhwij,fhwij->fhw", family_strains, family_strains)
    floor = 0.02 * norm.max(axis=(1, 2), keepdims=True) + 1e-12
    return np.clip(inner / (norm + floor), 0, 1).astype(np.float32)


def _in_map_frame(strain, metric):
    """Strain (n, 2, 2) from a frame along the map's axes to map coordinates (the axes' skew is neglected)."""
    length = np.sqrt(np.stack([metric[:, 0, 0], metric[:, 1, 1]], -1))
    return strain * length[:, :, None] * length[:, None, :]
