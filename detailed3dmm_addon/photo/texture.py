"""The skin's own colour on the face's UV tile, from a photo: unwrapped, freed of its light, completed.

What the photo does not show comes from the mirror image of what it does, and what neither shows from painted skin of
the same tone. Each layer is laid under the next with the differences at its border carried on smoothly (Poisson
blending: P. Pérez et al., "Poisson image editing", SIGGRAPH 2003), on logarithms, since light and tone are factors.
"""
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..core import skin, skin_paint, skin_regions
from ..core.base_model import BaseModel
from ..core.own_base.raster import drawn
from ..core.skin_canvas import FACE, canvas, enlarge, landmarks
from . import light as lighting
from .membrane import fill
from .rasteriser import rasterise
from .regions import lips
from .retouch import retouched
from .surface import OPAQUE, in_picture, normals, triangles

SIZE = 2048
TILE = 1024  # texels a side at which geometry and layers are worked out
_MIRRORED = 0.75  # confidence of what was seen on the other side, at most
_DARKEST = 1 / 255
_FEATHER = 35  # texels a side over those across which what is known fades out
_LIPS, _SURE_LIPS = (-1, 1), (1, 3)  # mm within their outline
_LIPS_KEPT = 0.8  # of that, not on lips, which are narrow
_LEAST = 0.1  # weight below which a texel tells nothing
_TOLERANCE = 0.0015  # metres by which the surface before a texel may be nearer: the mesh's own coarseness
_GRAZING, _FACING = 0.2, 0.6  # cosines between the surface and the line of sight: worth nothing, worth all
_BORDER = 0.022  # share of the distance between the eyes' outer corners, over which pixels beside the skin lose worth
_BLEEDING = 1.5  # pixels that interpolation reaches
_DEEPEST = 0.25  # of the mean shading: a darker pixel holds more noise than skin
_SURE = 0.3  # weight above which a texel speaks for those around it
_PULL = 0.0005  # weight of the usual tone at each texel that nothing is known of
_UNUSUAL = 0.4  # logarithm of brightness over painted skin's, beyond which a texel speaks for itself alone
_THIN_HAIR = 10  # one over the share of hair at which a texel says nothing of the skin
_COARSE = 256  # texels a side of what varies slowly
_BROAD, _BLUR, _EVENING = 64, 0.06, 0.8  # texels a side, share of the tile, and how much of broad differences goes
_SIDES = 4  # texels of the coarse tile: what is smaller may differ between the sides
_ALIKE = 0.02  # logarithm: sides that differ less from painted skin are left as they are
_BROW = range(17, 22)  # among the model's 68 landmarks; the other side is its mirror image
_EYE_CORNERS = (36, 45)  # the outer ones among the model's 68 landmarks


@dataclass(frozen=True)
class Texture:
    """The colour of a face's skin, row 0 at V = 1.

    colour : (R, R, 3) float32, linear sRGB, without light or shadow; confidence : (R, R) float32, 1 where the photo
    showed it well, less where it was seen at a slant or only on the other side, 0 where it was made up
    """
    colour: np.ndarray
    confidence: np.ndarray


@dataclass(frozen=True)
class Base:
    """Painted skin for what no photo shows, row 0 at V = 1.

    bare : (R, R, 3) float32, linear sRGB, without any hair; hairy : the same with brows and scalp;
    coverage : (R, R) float32, how much of it is hair
    """
    bare: np.ndarray
    hairy: np.ndarray
    coverage: np.ndarray


@dataclass(frozen=True)
class Unwrapped:
    """Where in the picture each texel of the face's tile is seen, row 0 at V = 1.

    pixels : (R, R, 2) float32; normals : (R, R, 3), the base model's axes; worth : (R, R) float32 0..1, how well it is
    seen; mask : (R, R) bool, where there is surface at all
    """
    pixels: np.ndarray
    normals: np.ndarray
    worth: np.ndarray
    mask: np.ndarray


def unwrap(vertices, camera, size=TILE):
    """Find the face's texels in a picture.

    Parameters
    ----------
    vertices : (26719, 3) metres, posed; camera : photo.camera.Camera; size : texels a side, a power of two

    Returns
    -------
    Unwrapped
    """
    mesh = triangles()
    seen, points = camera.in_view(vertices), in_picture(vertices, camera)
    normal = normals(vertices, mesh.vertices)
    facing = -(normal @ camera.rotation.T * seen).sum(1) / np.linalg.norm(seen, axis=1)
    face = mesh.of(FACE)
    values = np.concatenate([points, normal, facing[:, None]], axis=1)[mesh.vertices[face]]
    texels, mask = drawn(mesh.uv[face], values, size)
    normal = texels[..., 3:6] / np.maximum(np.linalg.norm(texels[..., 3:6], axis=-1, keepdims=True), 1e-6)
    worth = mask * _worth(texels, points, camera.size, _BORDER * eye_distance(vertices, camera))
    return Unwrapped(texels[..., :2], normal, worth.astype(np.float32), mask)


def albedo(picture, light, unwrapped, worth, size=SIZE):
    """The photo on the tile, its light taken away.

    Parameters
    ----------
    picture : (H, W, 3) linear sRGB; light : (9, 3); unwrapped : Unwrapped; size : texels a side
    worth : (H, W) 0..1, how far each pixel shows skin

    Returns
    -------
    colour : (size, size, 3) float32, linear sRGB; weight : (size, size) float32, how well each texel is known
    """
    import cv2

    shade = lighting.shading(np.asarray(light, np.float32), unwrapped.normals)
    mean = float(np.mean(light[0]))
    lit = np.clip(shade.mean(-1) / (_DEEPEST * mean), 0, 1)
    pixels, shade, weight = (cv2.resize(np.ascontiguousarray(part, np.float32), (size, size)) for part in (
        unwrapped.pixels, np.maximum(shade, _DEEPEST * mean), unwrapped.worth * lit * unwrapped.mask))
    colour = cv2.remap(picture.astype(np.float32), pixels, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    weight *= cv2.remap(worth.astype(np.float32), pixels, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return np.clip(colour / shade, _DARKEST, 1), weight


def complete(colour, weight, base):
    """Fill in what the photo does not show.

    Parameters
    ----------
    colour : (R, R, 3) linear sRGB; weight : (R, R) 0..1, how well each texel is known
    base : Base, of this tone, r a power of two and at most R texels a side

    Returns
    -------
    Texture
    """
    import cv2

    weight = _feathered(np.where(weight > _LEAST, weight, 0).astype(np.float32), len(weight) / _FEATHER)
    below = np.log(np.maximum(base.bare, _DARKEST))
    known, weight = retouched(np.log(np.maximum(colour, _DARKEST)), weight)
    known = _evened(known, weight, below)
    # The UVs are symmetric: the other side of the face is the mirror image of the tile.
    below = _laid(known[:, ::-1], weight[:, ::-1], below)
    result = np.exp(_laid(known, weight, below))
    confidence = np.maximum(weight, _MIRRORED * weight[:, ::-1])
    hairy, coverage = (cv2.resize(part, weight.shape[::-1]) for part in (base.hairy, base.coverage))
    result += (hairy - result) * (coverage * np.clip(1 - 2 * confidence, 0, 1))[..., None]
    return Texture(np.clip(result, 0, 1).astype(np.float32), confidence)


def painted(appearance, age, size=TILE):
    """What is painted of a person where the photo shows nothing: `Base`, without freckles and spots of chance.

    appearance : dict of skin parameters; age : years; size : texels a side
    """
    plain = {**skin.complete(appearance, age), "freckles": 0.0, "spots": 0.0, "stubble": 0.0}
    hairy = skin_paint.paint(plain, age, FACE, size)
    coverage = np.ascontiguousarray(hairy.surface[..., 1])
    bare = np.clip(1 - _THIN_HAIR * coverage, 0, 1) * (1 - enlarge(brows(_COARSE), size))
    logarithm = fill(np.log(np.maximum(hairy.colour, _DARKEST)), bare.astype(np.float32))
    # Whoever has sideburns shows them.
    shown = coverage * (1 - skin_regions.sideburns(canvas(FACE, size).position))
    return Base(np.exp(logarithm), hairy.colour, shown.astype(np.float32))


@lru_cache(maxsize=2)
def brows(size):
    """(size, size) float32 0..1 on the face's tile: where brows grow, on whomever."""
    position, points = canvas(FACE, size).position, landmarks()
    found = [skin_regions.blob(position, points[mark], (10, 25, 7)) for mark in _BROW]
    return np.clip(2 * np.maximum.reduce(found), 0, 1).astype(np.float32)


def eye_distance(vertices, camera):
    """Pixels between the outer corners of the eyes, were the face seen from the front."""
    model = BaseModel.load()
    corners = vertices[model.landmarks[list(_EYE_CORNERS)]]
    return float(camera.focal * np.linalg.norm(corners[0] - corners[1]) / camera.in_view(corners)[:, 2].mean())


def _worth(texels, points, size, border):
    """(R, R) how well texels (R, R, 7: x, y, depth, normal, facing) are seen; border in pixels."""
    import cv2

    mesh = triangles()
    opaque = mesh.of(*OPAQUE)
    fragments = rasterise(points, mesh.vertices[opaque], size)
    skin_pixels = mesh.of(FACE)[opaque][fragments.triangle] & fragments.mask
    # Beside eyes, teeth and the outline a small error of the fit shows something else than skin.
    distance = cv2.distanceTransform(np.pad(skin_pixels.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    inner = np.clip((distance - _BLEEDING) / border, 0, 1).astype(np.float32)
    inner = cv2.remap(inner, np.ascontiguousarray(texels[..., :2]), None, cv2.INTER_LINEAR,
                      borderMode=cv2.BORDER_CONSTANT)
    facing = texels[..., 6]
    tolerance = _TOLERANCE / np.maximum(facing, _GRAZING)
    seen = fragments.shows(texels[..., :3].reshape(-1, 3), tolerance.ravel()).reshape(facing.shape)
    return seen * inner * np.clip((facing - _GRAZING) / (_FACING - _GRAZING), 0, 1)


def _feathered(worth, reach):
    """(R, R) worth less within `reach` texels of where it is nothing: there a small error of the fit, of the border
    between skin and hair, or of what hides the skin shows something else."""
    import cv2

    seen = cv2.morphologyEx((worth > 0).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    # The tile's own edge hides nothing.
    distance = cv2.distanceTransform(np.pad(seen, 1, constant_values=1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    return worth * np.clip(distance / (reach * (1 - _LIPS_KEPT * enlarge(lips(_COARSE, *_LIPS), len(worth)))), 0, 1)


def _evened(known, weight, below):
    """Logarithms (R, R, 3) of the photo's skin without broad differences between its two sides, and without most of
    those from painted skin."""
    import cv2

    grid, size = (_COARSE,) * 2, weight.shape[::-1]
    seen, share = (cv2.resize(np.ascontiguousarray(part), grid, interpolation=cv2.INTER_AREA)
                   for part in (known * weight[..., None], weight))
    unlike = seen - share[..., None] * cv2.resize(below, grid, interpolation=cv2.INTER_AREA)
    odd = _odd(unlike, share)
    odd += _broad(unlike - share[..., None] * odd, share)
    return known - cv2.resize(odd, size, interpolation=cv2.INTER_LINEAR)


def _odd(unlike, share):
    """(R, R, 3) by how much a side differs from the other one, where it is less like painted skin than that.

    unlike : (R, R, 3) difference from painted skin, times `share` (R, R), how much of it is known

    Both have the same pigment. What differs is what the light left, hair or its shadow.
    """
    import cv2

    both = share * share[:, ::-1]
    total, unlike = (cv2.GaussianBlur(np.ascontiguousarray(part), (0, 0), _SIDES) for part in (
        both, unlike * share[:, ::-1, None]))
    unlike = unlike / (total + _LEAST**2)[..., None]
    known = both > _SURE
    usual = np.median(unlike[known], axis=0) if known.any() else 0
    squared = ((unlike - usual) ** 2).sum(2)
    part = squared / (squared + squared[:, ::-1] + _ALIKE**2) * (1 - lips(_COARSE, *_LIPS))
    return part[..., None] * (unlike - unlike[:, ::-1])


def _broad(unlike, share):
    """(R, R, 3) most of the broad differences from painted skin; arguments as of `_odd`.

    Nine harmonics explain neither the shadow below the chin nor the light that a cheek throws onto the nose.
    """
    import cv2

    # Lips and brows differ from painted ones for other reasons than light.
    plain = 1 - np.maximum(lips(_COARSE, *_LIPS), brows(_COARSE))
    unlike, share = (cv2.resize(part, (_BROAD,) * 2, interpolation=cv2.INTER_AREA)
                     for part in (unlike * plain[..., None], share * plain))
    total, unlike = (cv2.GaussianBlur(part, (0, 0), _BROAD * _BLUR) for part in (share, unlike))
    broad = unlike / np.maximum(total, 1e-3)[..., None]
    middle = np.tensordot(share, broad, 2) / (share.sum() + 1e-9)
    return _EVENING * cv2.resize(broad - middle, (_COARSE,) * 2, interpolation=cv2.INTER_CUBIC)


def _laid(known, weight, below):
    """Logarithms (R, R, 3) of what is known over those of what lies below, which takes on the tone at the border."""
    import cv2

    size = len(below)
    small = [cv2.resize(np.ascontiguousarray(part), (size, size), interpolation=cv2.INTER_AREA)
             for part in (known * weight[..., None], weight)]
    difference = small[0] / np.maximum(small[1], 1e-6)[..., None] - below
    # Towards the border lie lashes, shadows and hair: what is carried on is skin, and comes from further inside.
    inner = cv2.erode(small[1], np.ones((3, 3)), iterations=size // 96)
    on_lips = enlarge(lips(_COARSE, *_LIPS), size)
    skin, tone = _carried(difference, _sure(inner) * (1 - on_lips), np.zeros(3, np.float32))
    # How red lips are says nothing of the skin around them, nor the other way round.
    red, share = (cv2.resize(part, (_COARSE,) * 2, interpolation=cv2.INTER_AREA)
                  for part in (difference * small[1][..., None], small[1]))
    red = red / np.maximum(share, 1e-6)[..., None]
    red, _usual = _carried(red, _sure(share) * lips(_COARSE, *_SURE_LIPS), tone)
    under = below + skin + on_lips[..., None] * (cv2.resize(red, (size, size)) - skin)
    under = cv2.resize(under, weight.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return under + weight[..., None] * (known - under)


def _sure(weight):
    return np.clip((weight - _SURE) / (1 - _SURE), 0, 1)


def _carried(difference, sure, otherwise):
    """Differences (R, R, 3) carried on from where they are sure (R, R) 0..1, and the usual one (3,), `otherwise` where
    hardly any is."""
    usual = np.median(difference[sure > 0.5], axis=0) if (sure > 0.5).any() else otherwise
    sure = sure * (np.abs((difference - usual).mean(2)) < _UNUSUAL)
    # Far from all that is known skin has the usual tone, whatever the last of it beside the hair was like.
    difference = np.where((sure < _PULL)[..., None], usual, difference)
    return fill(difference.astype(np.float32), np.maximum(sure, _PULL).astype(np.float32)), usual
