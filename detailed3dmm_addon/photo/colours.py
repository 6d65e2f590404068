"""The colours of eyes, teeth, lips and hair in a photo, as parameters of the skin. What cannot be seen is left out."""
import numpy as np

from ..core.skin_optics import enamel, hair_colour, iris_colours, skin_colour
from ..core.skin_paint import lip_colour
from .rasteriser import filled
from .texture import brows

_STEPS = 24
_COARSE = 256  # texels a side that are looked at
_SHADED = 0.6  # of the light reaches an iris between its lids
_FEWEST = 12  # pixels, of an iris or of brows that can be told the colour of
_IRIS_PARTS = (0.5, 0.2, 0.3)  # of what is seen of an iris from afar: its outer part, its inner ring, its fibres
# Of what lies between the lips, over a white surface: redder is gums and tongue, darker the mouth's inside.
_RED, _DARK = 0.35, 0.25  # logarithm of red over green, brightness
_DENTINE = 0.9  # of blue over red that is left of the enamel's own: dentine shines through, the mouth throws red light
_AROUND = (0.03, 0.12)  # of the mouth's width: skin between these distances from the lips is compared with them
# Shine and blur take redness from lips: of their pixels this share is less red than they are, once noise, which gives
# redness to some, is blurred by a share of the mouth's width.
_REDDEST, _NOISE = 0.75, 0.02
_NOT_RED = 0.15  # logarithm of red over green below that of bare lips, where something else is seen
_THIN = 0.35  # contrast of brows to skin below which they are too thin to tell a colour


def iris(ring, white):
    """Eye colour: dict of "iris_hue" and "iris_darkness", 0..1; empty where the eyes are too small or closed.

    Parameters
    ----------
    ring : (N, 3) linear sRGB, pixels of irises; white : (3,) how bright a white surface that faces the camera is
    """
    if len(ring) < _FEWEST:
        return {}
    colour = np.log(np.maximum(np.median(ring, axis=0) / (_SHADED * np.asarray(white)), 1e-3))
    steps = np.linspace(0, 1, _STEPS)
    pairs = [(float(hue), float(darkness)) for hue in steps for darkness in steps]
    known = np.log([np.average(iris_colours(*pair), axis=0, weights=_IRIS_PARTS) for pair in pairs])
    hue, darkness = pairs[int(np.abs(known - colour).sum(1).argmin())]
    return {"iris_hue": hue, "iris_darkness": darkness}


def teeth(picture, lips, white):
    """Teeth whiteness: dict of "teeth", 0..1; empty where the mouth hardly shows any.

    Parameters
    ----------
    picture : (H, W, 3) linear sRGB; lips : (N, 2) pixels, the outline of what lies between them
    white : (3,) how bright a white surface that faces the camera is
    """
    seen = np.maximum(picture[filled(lips, picture.shape[:2]) > 0], 1e-3) / np.asarray(white)
    shown = seen[(np.log(seen[:, 0] / seen[:, 1]) < _RED) & (seen.mean(1) > _DARK)]
    if len(shown) < _FEWEST:
        return {}
    bright = shown[shown.mean(1) >= np.median(shown.mean(1))]
    ratio = np.log(np.median(bright[:, 2] / bright[:, 0]) / _DENTINE)
    steps = np.linspace(0, 1, _STEPS)
    known = np.array([np.log(colour[2] / colour[0]) for colour in map(enamel, steps)])
    return {"teeth": float(steps[np.abs(known - ratio).argmin()])}


def lips(picture, outer, inner, tone):
    """Redness of the lips: dict of "lip_tone", 0..1; empty where they are too small or covered.

    Parameters
    ----------
    picture : (H, W, 3) linear sRGB; outer, inner : (N, 2) pixels, outlines of the lips and of what lies between them
    tone : skin_tone.Tone

    Told by how much redder they are than the skin around, which the light's colour does not change.
    """
    import cv2

    width = float(np.ptp(outer[:, 0]))
    smooth = cv2.GaussianBlur(np.asarray(picture, np.float32), (0, 0), max(_NOISE * width, 1e-2))

    def redness(mask):
        seen = np.maximum(smooth[mask > 0], 1e-3)
        return np.log(seen[:, 0] / seen[:, 1])

    def wider(mask, share):
        reach = 2 * max(1, round(share * width)) + 1
        return cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))

    mouth, opening = (filled(outline, picture.shape[:2]) for outline in (outer, inner))
    seen, around = mouth & ~opening & 1, wider(mouth, _AROUND[1]) & ~wider(mouth, _AROUND[0]) & 1
    core = cv2.erode(seen, np.ones((3, 3), np.uint8))
    seen = redness(core if core.sum() >= _FEWEST else seen)
    if len(seen) < _FEWEST or not around.any():
        return {}
    found = np.quantile(seen, _REDDEST) - np.median(redness(around))
    steps, skin = np.linspace(0, 1, _STEPS), skin_colour(tone.melanin, tone.blood)
    known = np.array([lip_colour(tone.melanin, tone.blood, step) for step in steps]) / skin
    known = np.log(known[:, 0] / known[:, 1])
    if found < known[0] - _NOT_RED:
        return {}
    return {"lip_tone": float(steps[np.abs(known - found).argmin()])}


def hair(colour, weight, skin):
    """Hair colour from the brows: dict of "hair_melanin" and "hair_redness", 0..1; empty where they cannot be seen.

    Parameters
    ----------
    colour : (R, R, 3) linear sRGB, the unwrapped photo, R a multiple of 256; weight : (R, R) 0..1, how well it is known
    skin : (3,) linear sRGB, the tone
    """
    step = len(colour) // _COARSE
    inside = (brows(_COARSE) > 0.9) & (weight[::step, ::step] > 0.5)
    if inside.sum() < _FEWEST:
        return {}
    found = colour[::step, ::step][inside]
    dark = found[np.argsort(found.sum(1))[:len(found) // 8]].mean(0)
    if np.log(skin).mean() - np.log(np.maximum(dark, 1e-3)).mean() < _THIN:
        return {}
    steps = np.linspace(0, 1, _STEPS)
    pairs = [(float(darkness), float(redness)) for darkness in steps for redness in steps / 2]
    known = np.log([hair_colour(*pair) for pair in pairs])
    melanin, redness = pairs[int(np.abs(known - np.log(np.maximum(dark, 1e-3))).sum(1).argmin())]
    return {"hair_melanin": melanin, "hair_redness": redness}
