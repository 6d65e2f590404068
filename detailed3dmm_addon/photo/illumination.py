"""What light a face in a photo stands in, how dark its skin is, and which pixels show skin at all."""
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..core import skin_regions
from ..core.character import DEFAULT_AGE
from ..core.errors import PhotoError
from ..core.skin_canvas import FACE, canvas, landmarks
from . import light as lighting
from . import skin_tone
from .rasteriser import filled, rasterise
from .surface import OPAQUE, in_picture, normals, triangles
from .texture import brows, eye_distance, painted

_ROUNDS = 3
_MOST_PIXELS = 20_000  # that the light is fitted to
_FEWEST_PIXELS = 100
_TILE = 256  # texels a side of what is looked up per pixel
# Natural logarithms: of a pixel over what skin would be there: the least spread of skin, and what is no skin any more.
_COLOUR_SPREAD, _BRIGHTNESS_SPREAD = 0.06, 0.13
_CUT = 3.0  # spreads
_ELSEWHERE = 0.25  # weight of skin that may be covered, over that of the middle of the face
_SHINE, _HAIR = 0.5, 2.5  # brighter than skin is shine; so much darker may be brow and beard
# Outlines among the landmarks: the lids' rims, where the lips meet, and around the lips.
EYES = ((33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
         (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466))
LIPS = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
AROUND_LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
_SPECK = 0.035  # of the distance between the eyes' outer corners
_INSIDE = 0.1  # share of a patch of skin that must lie in the middle of the face
_HAIR_COLOUR = 0.7  # how far hair's colour may be another than skin's
_USUAL = {"melanin": 0.35}
_DARKEST = 1 / 255


@dataclass(frozen=True)
class Illumination:
    """What makes the colours of a face in a photo.

    light : (9, 3), as photo.light has it; tone : skin_tone.Tone; skin : (H, W) float32, 0..1, where the face's own skin
    is seen: not hair, glasses or hands before it, and not shine
    """
    light: np.ndarray
    tone: skin_tone.Tone
    skin: np.ndarray


def explain(picture, vertices, camera):
    """Tell light, skin and what covers it from each other.

    Parameters
    ----------
    picture : (H, W, 3) linear sRGB; vertices : (26719, 3) metres, posed; camera : Camera of a picture of that size

    Returns
    -------
    Illumination

    Raises
    ------
    PhotoError
        If hardly any skin is in the picture.

    In turn the light is fitted to what counts as skin, and skin is what this light explains.
    """
    face, normal, uv = _face_pixels(vertices, camera)
    if len(face) < _FEWEST_PIXELS:
        raise PhotoError("Hardly any skin of the face is in the picture: choose one that shows it larger.")
    colours, place = np.maximum(picture.reshape(-1, 3)[face], _DARKEST), _Place(uv)
    product, skin = _alternate(colours, normal, place)
    middle = np.median(lighting.shading(product, normal[place.core > 0.5]), axis=0)
    tone, level = skin_tone.likeliest(middle)
    image = np.zeros(picture.shape[:2], np.float32)
    core = image.copy()
    image.ravel()[face], core.ravel()[face] = skin, place.core
    reach = _SPECK * eye_distance(vertices, camera)
    skin = _smooth(_connected(image, core), reach)
    lips = np.zeros_like(image)
    lips.ravel()[face] = place.lips
    skin = np.maximum(skin, lips * _share_around(lips, skin, reach))
    return Illumination(product * (level / middle), tone, skin)


def usual_skin(uv):
    """What is known of points (N, 2) of the face's tile before any photo is seen: (N, 3) the colour of skin there over
    that of plain skin, and (N,) 0..1 how plain it is: without hair, lips or lids."""
    place = _Place(uv)
    return place.usual, place.plain


def openings(landmarks, size, reach):
    """(H, W) float32: 0 inside the eyes and between the lips as the landmarks say, 1 elsewhere.

    landmarks : (468, 2) pixels; size : (width, height); reach : pixels around them that are left out too
    """
    import cv2

    inside = np.max([filled(landmarks[list(outline)], size[::-1]) for outline in (*EYES, LIPS)], axis=0)
    return 1 - cv2.GaussianBlur(cv2.dilate(inside, _disc(reach)).astype(np.float32), (0, 0), max(reach / 2, 0.5))


def _face_pixels(vertices, camera):
    """Numbers (N,) of the pixels that see the face's skin, counted along rows; normals (N, 3); texture points (N, 2).
    """
    mesh = triangles()
    opaque = mesh.of(*OPAQUE)
    points = in_picture(vertices, camera)
    fragments = rasterise(points, mesh.vertices[opaque], camera.size)
    face = np.flatnonzero((fragments.mask & mesh.of(FACE)[opaque][fragments.triangle]).ravel())
    triangle, weights = fragments.triangle.ravel()[face], fragments.barycentric.reshape(-1, 3)[face, :, None]
    normal = (normals(vertices, mesh.vertices)[mesh.vertices[opaque][triangle]] * weights).sum(1)
    return face, _unit(normal), (mesh.uv[opaque][triangle] * weights).sum(1)


class _Place:
    """What is known of texture points (N, 2) before any photo is seen.

    usual : (N, 3) colour of skin there over that of plain skin; hair : (N,) 0..1, where brows and beard grow;
    lips : (N,) 0..1; plain : (N,) 0..1, skin without either, lips or lids; core : (N,) 0..1, plain skin that hardly
    anything ever covers
    """

    def __init__(self, uv):
        x = np.clip((uv[:, 0] * _TILE).astype(int), 0, _TILE - 1)
        y = np.clip(((1 - uv[:, 1]) * _TILE).astype(int), 0, _TILE - 1)
        self.usual, self.hair, self.lips, self.plain, self.core = (field[y, x].astype(float) for field in _maps())


def _alternate(colours, normal, place):
    """Light times tone (9, 3), and how far each pixel is skin (N,)."""
    sample = np.random.default_rng(0).permutation(len(colours))[:_MOST_PIXELS]
    weights = place.core
    if np.count_nonzero(weights[sample] > 0.5) < _FEWEST_PIXELS:
        raise PhotoError("Hardly any of the face's middle is in the picture: choose one that shows it from the front.")
    for _ in range(_ROUNDS):
        product = lighting.fit_light(colours[sample], place.usual[sample], normal[sample], weights[sample])
        difference = np.log(colours) - np.log(place.usual * lighting.shading(product, normal))
        skin = _likeness(difference, place.hair, weights > 0.5)
        weights = place.plain * skin * (_ELSEWHERE + (1 - _ELSEWHERE) * place.core)
        if np.count_nonzero(weights[sample] > 0.5) < _FEWEST_PIXELS:
            break
    return product, skin


def _likeness(difference, hair, known):
    """(N,) 0..1 how like skin pixels are by their logarithms (N, 3) over what skin would be there.

    hair : (N,) 0..1, where brows and beard grow; known : (N,) bool, pixels that are skin as far as is known
    """
    brightness = difference.mean(1)
    colour = difference[:, [0, 2]] - difference[:, [1]]
    colour = colour - np.median(colour[known], axis=0)
    brightness = brightness - np.median(brightness[known])
    spread = np.maximum(1.4826 * np.median(np.abs(colour[known]), axis=0), _COLOUR_SPREAD)
    darkness = np.maximum(1.4826 * np.median(np.abs(brightness[known])), _BRIGHTNESS_SPREAD)
    off = np.linalg.norm(colour / spread, axis=1) / _CUT
    # Brows and beard are darker than skin and somewhat of another colour, and belong to the face.
    off = off * (1 - _HAIR_COLOUR * hair * (brightness < 0))
    dark = -brightness / (darkness * _CUT + hair * _HAIR)
    return np.clip(2 - 1.5 * np.maximum.reduce([off, dark, brightness / _SHINE]), 0, 1).astype(np.float32)


@lru_cache(maxsize=1)
def _maps():
    tile = canvas(FACE, _TILE)
    points, position = landmarks(), tile.position
    colour = painted(_USUAL, DEFAULT_AGE, _TILE).bare
    hair = np.clip(np.maximum(brows(_TILE), 1.2 * skin_regions.beard(position)), 0, 1)
    scalp = skin_regions.smoothstep(-8, 0, skin_regions.above_hairline(position))
    lips = skin_regions.smoothstep(-4, 0, skin_regions.lip_distance(tile))
    neck = skin_regions.smoothstep(-85, -100, position[..., 2])
    eyes = np.clip(1.5 * skin_regions.lid_rim(position), 0, 1)
    ears = skin_regions.ears(position)
    plain = tile.mask * (1 - brows(_TILE)) * (1 - scalp) * (1 - lips) * (1 - neck) * (1 - eyes) * (1 - ears)
    # Hair falls onto the forehead and the sides of the face, hands and scarves come from below.
    low, high = points[8, 2] + 12, points[19, 2] - 6
    height, angle = position[..., 2], np.degrees(np.arctan2(np.abs(position[..., 0]), -position[..., 1] - 20))
    core = plain * (height > low) * (height < high) * (angle < 48)
    colour = colour / np.median(colour[plain > 0.9], axis=0)
    return tuple(field.astype(np.float32) for field in (colour, hair, lips, plain, core))


def _connected(skin, core):
    """The skin (H, W) that goes on from the middle of the face; hair may have the same colour, beyond darker hair."""
    import cv2

    _count, label = cv2.connectedComponents((skin > 0.5).astype(np.uint8), connectivity=4)
    whole, inside = np.bincount(label.ravel()), np.bincount(label.ravel(), core.ravel())
    kept = inside > _INSIDE * whole
    kept[0] = True  # not skin enough anyway
    return skin * kept[label]


def _share_around(part, skin, reach):
    """(H, W) 0..1 how far a part of the face (H, W) lies in skin that is seen: lips may have any colour, but lie in it.
    """
    import cv2

    other = (part < 0.5).astype(np.float32)
    around, seen = (cv2.GaussianBlur(image, (0, 0), 2 * reach) for image in (other, skin * other))
    return np.clip(2 * seen / np.maximum(around, 1e-3) - 1, 0, 1)


def _smooth(skin, reach):
    """Without specks smaller than `reach` pixels, a little smaller, soft at its borders."""
    import cv2

    kernel = _disc(reach)
    opened = cv2.morphologyEx(cv2.morphologyEx(skin, cv2.MORPH_CLOSE, kernel), cv2.MORPH_OPEN, kernel)
    return cv2.GaussianBlur(np.minimum(opened, cv2.erode(opened, kernel)), (0, 0), max(reach / 2, 0.5))


def _disc(radius):
    import cv2

    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(1, round(radius)) + 1,) * 2)


def _unit(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)
