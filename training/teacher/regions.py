"""What the skin is like where: wavelength and critical strain by facial region.

Wavelengths follow the spacing of the lines that a region shows: forehead 8-14 mm, glabella 5-7, crow's feet and lower
lids 3-5 (Quatresooz et al. 2006; Lemperle et al. 2001 grade the same sites by depth). Thick, fat-backed cheeks fold
late.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

WAVELENGTH, CRITICAL_STRAIN = 9.0, 0.08  # mm, -: skin away from every region


@dataclass(frozen=True)
class Region:
    """A Gaussian blob of skin around a landmark: centre offset and radii in cm (lateral, up, forward)."""

    landmarks: tuple[int, ...]
    offset: tuple[float, float, float]
    radius: tuple[float, float, float]
    wavelength: float
    critical_strain: float
    strength: float = 1.0


# Offsets and radii of paired regions are given for the subject's left (+x); the right side is their mirror image.
CENTRAL = {
    "mouth": Region((48, 54), (0, 0, 0), (3.4, 2.3, 6), 4.0, 0.10),
    "upper_lip": Region((33, 51), (0, -0.2, 0), (2.2, 0.8, 4), 3.2, 0.06),
    "lower_lip": Region((57,), (0, -0.3, 0), (2.2, 0.6, 4), 3.4, 0.06),
    "forehead": Region((27,), (0, 5.2, 0), (6.8, 3.4, 7), 11.0, 0.05, 1.2),
    "brow_raise": Region((27,), (0, 4.8, 0), (7.0, 3.4, 7), 11.0, 0.05, 1.0),
    "glabella": Region((27,), (0, 1.8, 0), (1.6, 1.8, 4), 6.5, 0.05),
    "nose_root": Region((27,), (0, 0.3, 0), (1.3, 0.7, 3), 5.5, 0.06),
    "chin": Region((8,), (0, 1.2, 0), (2.0, 1.3, 3), 4.4, 0.05, 1.2),
    "neck": Region((8,), (0, -4.2, -3.5), (8, 3.6, 8), 14.0, 0.07),
}
PAIRED = {
    "cheek": Region((54,), (2.2, 1.6, -2), (2.6, 3.2, 5), 11.0, 0.10),
    "nasolabial": Region((35, 54), (0.9, 0.2, 0), (0.8, 1.5, 3), 9.0, 0.06),
    "marionette": Region((54,), (0.6, -1.5, 0), (0.8, 1.3, 3), 9.0, 0.06),
    "bunny": Region((27, 35), (0.5, 0.6, 0), (1.2, 1.6, 3), 4.8, 0.05),
    "crow": Region((45,), (1.4, 0.0, -1), (1.5, 1.9, 2.6), 4.6, 0.05, 1.2),
    "lower_lid": Region((42, 45), (0, -1.0, 0), (1.9, 0.7, 2.5), 3.6, 0.06, 1.1),
    "upper_lid": Region((42, 45), (0, 0.9, 0), (1.9, 0.6, 2.5), 4.0, 0.08),
}
MIRRORED_LANDMARK = {54: 48, 35: 31, 45: 36, 42: 39, 27: 27}


def _mirrored(region):
    return replace(
        region,
        landmarks=tuple(MIRRORED_LANDMARK[i] for i in region.landmarks),
        offset=(-region.offset[0], *region.offset[1:]),
    )


# Every blob by name; those of a pair end in _L and _R, the subject's left and right.
REGIONS = dict(CENTRAL)
for _name, _region in PAIRED.items():
    REGIONS[_name + "_L"], REGIONS[_name + "_R"] = _region, _mirrored(_region)


def lateral_up_forward(vertices):
    """Vertices (n, 3) in mm and Blender axes -> cm along the directions that regions are given in."""
    return vertices[:, [0, 2, 1]] * [0.1, 0.1, -0.1]


def weight(region, vertices, landmarks):
    """A region's weight (n,), 0..1, at skin vertices (n, 3) in mm."""
    points = lateral_up_forward(vertices)
    centre = points[landmarks][list(region.landmarks)].mean(0) + region.offset
    distance = ((points - centre) / region.radius) ** 2
    return np.clip(region.strength * np.exp(-distance.sum(-1)), 0, 1)


def skin_properties(vertices, landmarks):
    """Wavelength (n,) mm and critical strain (n,) at skin vertices (n, 3) mm in Blender axes, of a 35-year-old."""
    wavelength = np.full(len(vertices), WAVELENGTH)
    critical = np.full(len(vertices), CRITICAL_STRAIN)
    for region in REGIONS.values():
        w = weight(region, vertices, landmarks)
        wavelength = wavelength * (1 - w) + region.wavelength * w
        critical = critical * (1 - w) + region.critical_strain * w
    return wavelength, critical
