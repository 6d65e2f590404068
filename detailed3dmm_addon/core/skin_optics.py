"""The colour of skin, hair and eyes from their pigments. numpy only.

Two layers: the epidermis with melanin absorbs on the way in and out, the dermis with blood scatters the light back.

Absorption of melanin, of bloodless skin and the reduced scattering of the dermis: S. L. Jacques, "Optical properties of
biological tissues: a review", Phys. Med. Biol. 58 (2013). Extinction of haemoglobin: S. Prahl, "Tabulated molar
extinction coefficient for hemoglobin in water" (1998). Diffuse reflectance of a half space: H. W. Jensen et al., "A
practical model for subsurface light transport" (2001), equation 15. Colour matching: C. Wyman et al., "Simple analytic
approximations to the CIE XYZ color matching functions" (2013).
"""
from functools import lru_cache

import numpy as np

_WAVELENGTHS = np.arange(400.0, 701.0, 10.0)  # nm; most of what makes skin yellow lies below 450
# cm-1 / (mol / litre), at 400, 410 ... 700 nm.
_OXYGENATED = np.array((
    266232, 466840, 480360, 246072, 102580, 62816, 44480, 33209, 26629, 23684, 20932, 20035, 24202, 39957, 53236,
    43016, 32613, 44496, 50104, 14400, 3200, 1506, 942, 610, 442, 368, 320, 294, 278, 276, 290), float)
_DEOXYGENATED = np.array((
    223296, 303956, 407560, 528600, 413280, 103292, 23388, 16156, 14550, 16684, 20862, 25773, 31589, 39036, 46592,
    53412, 53788, 45072, 37020, 28324, 14677, 9443, 6509, 5148, 4345, 3750, 3226, 2795, 2407, 2051, 1794), float)
_BLOOD_MOLAR = 150.0 / 64500.0  # g / litre over g / mol
_VESSEL = 0.0005  # cm, radius of capillaries: light that they swallow whole meets no blood behind them
_EPIDERMIS = 0.0060  # cm
_PATH = 1.6  # diffuse light crosses the epidermis at a slant
_OXYGEN = 0.75
_KERATIN = 0.015  # what the horny layer scatters back before any pigment is met: the darkest skin is brown, not red
_MELANIN_550 = 6.6e11 * 550 ** -3.33  # cm-1
# Single melanosomes absorb with a slope of 3.33. Packed ones shade each other, and skin as it is seen is far less
# orange: this slope meets the middle and dark tones of the Monk skin tone scale (E. Monk, 2019, CC BY 4.0).
_MELANIN_SLOPE = 1.8
# What the parameters 0..1 stand for: fractions of the epidermis' and of the dermis' volume.
MELANIN_RANGE = (0.012, 0.36)
BLOOD_RANGE = (0.006, 0.065)
_TABLE = 48


def skin_colour(melanin, blood):
    """Diffuse colour of skin.

    Parameters
    ----------
    melanin, blood : arrays of one shape, clamped to 0..1; 0 and 1 are the ends of `MELANIN_RANGE` and `BLOOD_RANGE`

    Returns
    -------
    (..., 3) float32, linear sRGB
    """
    table = _skin_table()
    x = np.clip(np.asarray(melanin, np.float32), 0, 1) * (_TABLE - 1)
    y = np.clip(np.asarray(blood, np.float32), 0, 1) * (_TABLE - 1)
    i, j = np.minimum(x.astype(np.int32), _TABLE - 2), np.minimum(y.astype(np.int32), _TABLE - 2)
    x, y = (x - i)[..., None], (y - j)[..., None]
    low = table[i, j] * (1 - y) + table[i, j + 1] * y
    return low * (1 - x) + (table[i + 1, j] * (1 - y) + table[i + 1, j + 1] * y) * x


def enamel(whiteness):
    """Colour of teeth, yellow to bleached, whiteness 0..1: linear sRGB (3,)."""
    yellow, bleached = np.array([0.52, 0.40, 0.22]), np.array([0.80, 0.76, 0.68])
    return yellow + (bleached - yellow) * whiteness


def hair_colour(darkness, redness):
    """Colour of a hair as a diffuse body, linear sRGB (3,) float32; both parameters 0..1.

    Beer-Lambert absorption by eumelanin and pheomelanin, set by eye: the published coefficients are those of light
    that crosses many fibres and turn a single painted hair green.
    """
    eumelanin, pheomelanin = np.array([0.80, 0.97, 1.20]), np.array([0.32, 0.85, 1.60])
    absorption = (1 - redness) * eumelanin + redness * pheomelanin
    return (0.40 * np.exp(-(0.13 + 4.2 * float(darkness) ** 1.4) * absorption) + 0.004).astype(np.float32)


def iris_colours(hue, darkness):
    """Linear RGB of an iris' outer part, its inner ring and its light fibres. hue : 0 blue, green, hazel, 1 brown."""
    stops = ((0.0, (0.10, 0.17, 0.28), (0.22, 0.22, 0.18), (0.38, 0.46, 0.55)),
             (0.35, (0.12, 0.16, 0.11), (0.24, 0.17, 0.07), (0.36, 0.40, 0.28)),
             (0.65, (0.14, 0.10, 0.045), (0.22, 0.11, 0.035), (0.34, 0.24, 0.11)),
             (1.0, (0.085, 0.036, 0.014), (0.10, 0.040, 0.014), (0.20, 0.095, 0.040)))
    upper = next(index for index, stop in enumerate(stops) if hue <= stop[0] + 1e-6)
    low, high = stops[max(upper - 1, 0)], stops[upper]
    t = (hue - low[0]) / (high[0] - low[0]) if high[0] > low[0] else 0.0
    scale = 1.5 - 1.15 * darkness
    return tuple(tuple(scale * (a + (b - a) * t) for a, b in zip(low[k], high[k], strict=True)) for k in (1, 2, 3))


@lru_cache(maxsize=1)
def _skin_table():
    melanin = MELANIN_RANGE[0] * (MELANIN_RANGE[1] / MELANIN_RANGE[0]) ** np.linspace(0, 1, _TABLE)
    blood = BLOOD_RANGE[0] * (BLOOD_RANGE[1] / BLOOD_RANGE[0]) ** np.linspace(0, 1, _TABLE)
    spectra = _reflectance(melanin[:, None, None], blood[None, :, None])
    return _linear_srgb(spectra).clip(0.002, 0.98).astype(np.float32)


def _reflectance(melanin, blood):
    """Diffuse reflectance (..., wavelength) for volume fractions."""
    base = 0.244 + 85.3 * np.exp(-(_WAVELENGTHS - 154) / 66.2)
    epidermis = melanin * _MELANIN_550 * (_WAVELENGTHS / 550) ** -_MELANIN_SLOPE + (1 - melanin) * base
    haemoglobin = _OXYGEN * _OXYGENATED + (1 - _OXYGEN) * _DEOXYGENATED
    haemoglobin = 2.303 * haemoglobin * _BLOOD_MOLAR
    in_vessels = (1 - np.exp(-2 * _VESSEL * haemoglobin)) / (2 * _VESSEL)
    absorption = blood * in_vessels + (1 - blood) * base
    scattering = 46.0 * (_WAVELENGTHS / 500) ** -1.421
    albedo = scattering / (scattering + absorption)
    root = np.sqrt(3 * (1 - albedo))
    internal_reflection = 2.35  # (1 + Fdr) / (1 - Fdr) at index 1.4
    dermis = albedo / 2 * (1 + np.exp(-4 / 3 * internal_reflection * root)) * np.exp(-root)
    return _KERATIN + np.exp(-2 * _PATH * _EPIDERMIS * epidermis) * dermis


def _linear_srgb(spectra):
    """Spectra (..., wavelength) -> linear sRGB (..., 3), white for a reflectance of 1."""
    matching = _matching(_WAVELENGTHS)
    to_rgb = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
    xyz_to_rgb = matching @ to_rgb.T
    return spectra @ (xyz_to_rgb / xyz_to_rgb.sum(0))


def _matching(wavelengths):
    def lobe(centre, below, above):
        return np.exp(-0.5 * ((wavelengths - centre) * np.where(wavelengths < centre, below, above)) ** 2)

    x = 0.362 * lobe(442.0, 0.0624, 0.0374) + 1.056 * lobe(599.8, 0.0264, 0.0323) - 0.065 * lobe(501.1, 0.0490, 0.0382)
    y = 0.821 * lobe(568.8, 0.0213, 0.0247) + 0.286 * lobe(530.9, 0.0613, 0.0322)
    z = 1.217 * lobe(437.0, 0.0845, 0.0278) + 0.681 * lobe(459.0, 0.0385, 0.0725)
    return np.stack([x, y, z], -1)
