"""Painting the textures of a head: colour of skin, lips, brows and stubble, and what shines. numpy only.

Fields that change slowly are painted coarse and enlarged; hairs, freckles, pores and the lips' edge at full size.
"""
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from . import hair_strokes, skin_regions
from .skin_canvas import BACK, FACE, canvas, enlarge
from .skin_optics import hair_colour, skin_colour
from .skin_regions import noise, smoothstep

COARSE = 256
SIZES = {FACE: 2048, BACK: 1024}
_GREY_HAIR = np.array([0.27, 0.262, 0.25], np.float32)
_VISIBLE = 1 / 255


@dataclass(frozen=True)
class Textures:
    """What a tile's shader reads, row 0 at V = 1.

    colour : (R, R, 3) float32, linear sRGB; surface : (R, R, 3) float32, not a colour: roughness; hair coverage (hair
    neither scatters light below the surface nor shines like skin); height of pores, lip lines and hairs, 0.5 the skin
    """
    colour: np.ndarray
    surface: np.ndarray


def paint(appearance, age=35.0, material=FACE, size=None):
    """Textures of one tile.

    Parameters
    ----------
    appearance : dict of all skin parameters (`skin.complete`), "seed" included
    age : years
    material : `FACE` or `BACK`
    size : texels a side, a multiple of `COARSE`; `SIZES[material]` by default

    Returns
    -------
    Textures; equal arguments give equal textures
    """
    size = size or SIZES[material]
    return _Painting(appearance, age, material, size).textures()


def lip_colour(melanin, blood, tone):
    """Colour of lips in skin of these pigments.

    Parameters
    ----------
    melanin, blood : as `skin_colour` takes them; tone : 0 bare .. 1 lipstick

    Returns
    -------
    (..., 3) linear sRGB
    """
    skin, (red, cover) = skin_colour(melanin, blood), _red_of_lips(np.asarray(melanin), np.asarray(blood), tone)
    return skin + cover * (red - skin)


def encode(linear):
    """Linear sRGB -> sRGB as 8-bit images hold it."""
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055)


def decode(encoded):
    """sRGB as 8-bit images hold it -> linear sRGB."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((np.maximum(encoded, 0.04045) + 0.055) / 1.055) ** 2.4)


def _red_of_lips(melanin, blood, tone):
    """The red of the lips (..., 3), linear sRGB, and how far it covers skin, 0..1."""
    red = skin_colour(np.clip(0.72 * melanin + 0.03, 0, 0.8), np.clip(blood + 0.2 + 0.55 * (0.3 + tone), 0, 1))
    # Full and painted lips are darker than any blood under skin makes them.
    red = red * (1 - np.array([0.10, 0.24, 0.20], np.float32) * (0.5 + tone))
    return red, 0.5 + 0.5 * min(1.0, tone + 0.25)


@lru_cache(maxsize=4)
def _regions(material):
    """Maps of the regions that are the same for everybody, by name."""
    tile = canvas(material, COARSE)
    fields = {function.__name__: function(tile.position).astype(np.float32) for function in (
        skin_regions.blush, skin_regions.pallor, skin_regions.under_eye, skin_regions.lid_rim, skin_regions.nostrils,
        skin_regions.oily, skin_regions.beard, skin_regions.pores, skin_regions.ears, skin_regions.freckled)}
    # What of the head's tile lies in the mouth and behind the lids is lip through and through.
    fields["inside_lips"] = (skin_regions.lip_distance(tile) if material == FACE
                             else 20 * skin_regions.lining(tile.position).astype(np.float32) - 10)
    return fields


@lru_cache(maxsize=4)
def _grain(size, seed):
    """Random map with zero mean and unit variance whose grains are about two texels wide."""
    grain = np.random.default_rng(seed).standard_normal((size, size)).astype(np.float32)
    for axis in (0, 1):
        grain = np.roll(grain, 1, axis) + 2 * grain + np.roll(grain, -1, axis)
    return grain / grain.std()


class _Painting:
    def __init__(self, look, age, material, size):
        self.look, self.age, self.material, self.size = look, age, material, size
        self.seed = look["seed"]
        self.tile = canvas(material, COARSE)
        self.regions = _regions(material)

    def textures(self):
        melanin, blood = self._pigments()
        layers = self._hair_layers()
        pigment = hair_colour(self.look["hair_melanin"], self.look["hair_redness"])
        mixed = pigment + 0.6 * self.look["grey"] * (_GREY_HAIR - pigment)
        colour, shade = skin_colour(melanin, blood), np.zeros_like(melanin)
        for layer in layers:
            colour = colour + (layer.tone * mixed - colour) * layer.shade[..., None]
            shade = np.maximum(shade, layer.shade)
        colour, hair = enlarge(colour, self.size), np.minimum(1.15 * enlarge(shade, self.size), 1)
        roughness = enlarge(self._roughness(), self.size) + 0.2 * hair
        height = self._pores()
        grain = _grain(self.size, 1)
        colour *= (1 + 0.02 * grain)[..., None]
        self._freckles_and_spots(colour, melanin, blood)
        self._lips(colour, roughness, height, melanin, blood)
        for layer in layers:
            # Grey hairs below, as the pigmented ones cover what few of them there are at first.
            for strokes, shade in ((layer.strokes.where(layer.strokes.grey), _GREY_HAIR),
                                   (layer.strokes.where(~layer.strokes.grey), layer.tone * pigment)):
                coverage = layer.opacity * hair_strokes.draw(strokes, self.size, layer.width * self.size / 2048)
                at = np.nonzero(coverage > _VISIBLE)
                amount = coverage[at]
                colour[at] += (shade - colour[at]) * amount[:, None]
                hair[at] = np.maximum(hair[at], amount)
                height[at] = np.maximum(height[at], 0.5 + 0.5 * amount)
        return Textures(colour.clip(0, 1), np.stack([roughness, hair, height], -1).clip(0, 1))

    def _pigments(self):
        """Melanin and blood (R, R), in the units of `skin_colour`."""
        look, place, seed, region = self.look, self.tile.position, self.seed, self.regions
        uneven = look["unevenness"]
        melanin = look["melanin"] + uneven * (0.024 * noise(place, 28, seed + 1) + 0.018 * noise(place, 9, seed + 2))
        blood = look["haemoglobin"] + uneven * (0.05 * noise(place, 18, seed + 3) + 0.045 * noise(place, 6, seed + 4))
        rings = look["under_eye"] * region["under_eye"]
        melanin = melanin + 0.11 * rings + 0.03 * region["beard"] * look["stubble"]
        blood = blood + 0.8 * look["blush"] * region["blush"] - 0.22 * region["pallor"] + 0.24 * rings
        blood = blood + 0.28 * region["lid_rim"] + 0.24 * region["nostrils"]
        return melanin.astype(np.float32), blood.astype(np.float32)

    def _roughness(self):
        base = 0.50 + 0.035 * noise(self.tile.position, 10, self.seed + 31) - 0.12 * self.regions["oily"]
        return (base + 0.05 * np.clip((self.age - 40) / 40, 0, 1)).astype(np.float32)

    def _pores(self):
        """Pits where grains of two sizes are low, and a fine relief between them."""
        pits = np.minimum(_grain(self.size, 2) + 0.5, 0) + 0.3 * enlarge(_grain(self.size // 2, 3), self.size)
        return 0.5 + 0.16 * pits * enlarge(self.regions["pores"], self.size)

    def _freckles_and_spots(self, colour, melanin, blood):
        freckles = self._dots(self.regions["freckled"] * self.look["freckles"], 0.9, (0.35, 1.0), (0.25, 0.8), 21)
        self._blend(colour, skin_colour(melanin + 0.2 + 0.1 * self.look["melanin"], blood + 0.05), freckles)
        free = (self.regions["inside_lips"] < -3) & (self.regions["lid_rim"] < 0.1)
        spots = self._dots(free * self.look["spots"], 0.0014, (0.5, 1.5), (0.5, 0.95), 22)
        self._blend(colour, skin_colour(melanin * 0.5 + 0.48, blood + 0.1), spots)

    def _lips(self, colour, roughness, height, melanin, blood):
        """In place: the red of the lips, their shine and their fine upright lines."""
        edge = self.regions["inside_lips"] + 0.12 * noise(self.tile.position, 5.0, self.seed + 5)
        lips = smoothstep(-1.2, 1.6, enlarge(edge.astype(np.float32), self.size))
        red, cover = _red_of_lips(melanin, blood, self.look["lip_tone"])
        self._blend(colour, red, lips * cover)
        roughness -= 0.11 * lips
        at = np.nonzero(lips > _VISIBLE)
        height[at] += (0.5 + 0.075 * _upright(self.size)[at] - height[at]) * lips[at]

    def _blend(self, colour, coarse, amount):
        """In place: towards a coarse map by amounts (size, size)."""
        y, x = np.nonzero(amount > _VISIBLE)
        factor = self.size // len(coarse)
        colour[y, x] += (coarse[y // factor, x // factor] - colour[y, x]) * amount[y, x, None]

    def _dots(self, density, per_mm2, radii, strengths, salt):
        """Round soft dots, (size, size) 0..1. radii : mm; density : (R, R) 0..1 of `per_mm2`."""
        image, tile = np.zeros((self.size, self.size), np.float32), self.tile
        generator = np.random.default_rng(self.seed + salt)
        uv = tile.scatter(density * per_mm2, generator)
        # Small dots are common, large ones rare.
        radius = radii[0] + (radii[1] - radii[0]) * generator.beta(1.2, 3, len(uv))
        per_unit = np.stack([np.linalg.norm(tile.sample(along, uv), axis=-1) for along in (tile.along_u, tile.along_v)])
        extent = np.maximum(radius / np.maximum(per_unit, 50) * self.size, 0.6).T
        strength = generator.uniform(*strengths, len(uv))
        centre = np.stack([uv[:, 0], 1 - uv[:, 1]], -1) * self.size - 0.5
        for (x, y), (rx, ry), value in zip(centre, extent, strength, strict=True):
            x0, x1 = max(0, int(x - 2 * rx)), min(self.size, int(x + 2 * rx) + 2)
            y0, y1 = max(0, int(y - 2 * ry)), min(self.size, int(y + 2 * ry) + 2)
            dx, dy = (np.arange(x0, x1) - x) / rx, (np.arange(y0, y1) - y) / ry
            dot = value * np.exp(-(dx[None] ** 2 + dy[:, None] ** 2) ** 1.5)
            np.maximum(image[y0:y1, x0:x1], dot, out=image[y0:y1, x0:x1])
        return image

    def _hair_layers(self):
        look, place, seed = self.look, self.tile.position, self.seed
        layers = []
        if look["scalp"] > 0:
            layers.append(hair_strokes.scalp(self.tile, place, look, self.regions["ears"], seed + 41))
        if self.material == FACE:
            if look["stubble"] > 0:
                layers.append(hair_strokes.stubble(self.tile, look, self.regions["beard"], seed + 44))
            layers.append(hair_strokes.brows(self.tile, look, seed + 46))
        return layers


@lru_cache(maxsize=4)
def _upright(size):
    """Random lines along V, zero mean, unit variance, (size, size)."""
    across = np.random.default_rng(5).standard_normal((max(size // 16, 1), size)).astype(np.float32)
    lines = across.repeat(16, 0)[:size]
    for shift in (1, 2, 4, 8):
        lines = lines + np.roll(lines, shift, 0)
    lines = lines + np.roll(lines, 1, 1)
    return lines / lines.std()
