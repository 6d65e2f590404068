"""Pictures of a head as a camera might take them, drawn in numpy: painted skin, eyes, teeth, lamps and cast shadow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from detailed3dmm_addon.core import skin, skin_paint
from detailed3dmm_addon.core.skin_canvas import BACK, FACE
from detailed3dmm_addon.core.skin_optics import iris_colours
from detailed3dmm_addon.photo import light as harmonics
from detailed3dmm_addon.photo.camera import Camera
from detailed3dmm_addon.photo.rasteriser import rasterise
from detailed3dmm_addon.photo.surface import normals, triangles

OPAQUE = ("M_Face", "M_BackHead", "M_GumsTongue", "M_Teeth", "M_ScleraLeft", "M_ScleraRight")
TEXELS = {FACE: 512, BACK: 256}
TEETH, GUMS, WHITE = np.array([0.62, 0.55, 0.44]), np.array([0.33, 0.09, 0.08]), np.array([0.66, 0.60, 0.55])
LASHES = np.array([0.012, 0.009, 0.008])
CORNEA, PUPIL = 0.122, 0.045  # radii in the eye's texture
IN_MOUTH = 0.4  # share of the light that reaches teeth and tongue
SHADOW_SIZE, SHADOW_REACH, SHADOW_SLACK = 256, 0.32, 0.004  # pixels; metres across the map; metres


@dataclass(frozen=True)
class Look:
    """A person's textures.

    colours : dict of tile -> (R, R, 3) linear sRGB, row 0 at V = 1; iris : (3, 3) its colours; oil : 0..1
    """
    colours: dict
    iris: np.ndarray
    oil: float


@dataclass(frozen=True)
class Lamps:
    """Light on a head: from everywhere, and lamps whose light falls off around the head.

    harmonics : (9, 3) all of it but the key lamp; key : (3,) unit vector towards the key lamp; colour : (3,) of it;
    casts : whether the key lamp casts shadow
    """
    harmonics: np.ndarray
    key: np.ndarray
    colour: np.ndarray
    casts: bool


@lru_cache(maxsize=64)
def look(seed):
    """A random person's look."""
    generator = np.random.default_rng(seed)
    age = float(generator.uniform(18, 75))
    appearance = skin.random(seed, age)
    colours = {tile: skin_paint.paint(appearance, age, tile, size).colour for tile, size in TEXELS.items()}
    iris = np.array(iris_colours(appearance["iris_hue"], appearance["iris_darkness"]))
    return Look(colours, iris, appearance["oil"])


def draw(vertices, camera, appearance, lamps, background):
    """A picture of a head.

    Parameters
    ----------
    vertices : (26719, 3) metres; camera : Camera; appearance : Look; lamps : Lamps
    background : (height, width, 3) linear

    Returns
    -------
    (height, width, 3) float32 linear; Fragments of the opaque triangles
    """
    surface = triangles()
    opaque = surface.of(*OPAQUE)
    faces = surface.vertices[opaque]
    fragments = _seen(vertices, camera, faces)
    at = fragments.mask
    index = np.flatnonzero(opaque)[fragments.triangle[at]]
    weights = fragments.barycentric[at][..., None]
    normal = _unit((normals(vertices, surface.vertices)[surface.vertices[index]] * weights).sum(1))
    place = (vertices[surface.vertices[index]] * weights).sum(1)
    uv = (surface.uv[index] * weights).sum(1)
    shine, albedo = _paint(appearance, surface, index, uv)
    direct = np.maximum(normal @ lamps.key, 0)
    if lamps.casts:
        direct = direct * _lit(vertices, faces, lamps.key, place)
    reached = np.where(surface.of("M_GumsTongue", "M_Teeth")[index], IN_MOUTH, 1)[:, None]
    around = harmonics.shading(lamps.harmonics, normal) * reached
    half = _unit(lamps.key + _unit(_eye(camera) - place))
    lobe = (shine[:, 1] + 8) / 8 * np.maximum((normal * half).sum(1), 0) ** shine[:, 1]
    colour = albedo * (around + direct[:, None] * lamps.colour)
    colour += (shine[:, 0] * lobe * direct)[:, None] * lamps.colour
    picture = np.array(background, np.float32)
    picture[at] = colour
    at, uv = _in_front("M_EyeOcclusion", vertices, camera, fragments)
    picture[at] *= under_lids(uv)
    at, uv = _in_front("M_EyeLashes", vertices, camera, fragments)
    picture[at] += lash_cover(uv) * (LASHES - picture[at])
    return picture, fragments


def camera_at(rotation, centre, focal, distance, size):
    """Camera that sees the middle of the face, 3 cm behind the nose, at pixel `centre`, from `distance` metres."""
    middle = np.array([0.0, -0.08, 0.005])
    ray = np.array([(centre[0] - size[0] / 2) / focal, (centre[1] - size[1] / 2) / focal, 1.0])
    return Camera(focal, np.array(size) / 2 - 0.5, size, rotation, distance * ray - rotation @ middle)


def _seen(vertices, camera, faces, both_sides=False):
    depth = camera.in_view(vertices)[:, 2]
    return rasterise(np.column_stack([camera.project(vertices), depth]), faces, camera.size, both_sides)


def _eye(camera):
    """(3,) where the camera stands, in the object's axes."""
    return -camera.rotation.T @ camera.translation


def _paint(appearance, surface, index, uv):
    """(N, 2) strength and sharpness of the shine; (N, 3) albedo of points on the triangles `index`."""
    albedo = np.empty((len(index), 3), np.float32)
    shine = np.tile([0.02 + 0.06 * appearance.oil, 18.0], (len(index), 1))
    for name, tile in (("M_Face", FACE), ("M_BackHead", BACK)):
        own = surface.of(name)[index]
        albedo[own] = _texels(appearance.colours[tile], uv[own])
    for name, colour in (("M_GumsTongue", GUMS), ("M_Teeth", TEETH)):
        own = surface.of(name)[index]
        albedo[own], shine[own] = colour, (0.05, 60)
    own = surface.of("M_ScleraLeft", "M_ScleraRight")[index]
    albedo[own], shine[own] = eyeball(appearance.iris, np.linalg.norm(uv[own] - 0.5, axis=1)), (0.05, 400)
    return shine, albedo


def _texels(texture, uv):
    """(N, 3) colours of a texture at uv (N, 2), bilinear."""
    size = len(texture)
    x, y = uv[:, 0] * size - 0.5, (1 - uv[:, 1]) * size - 0.5
    if not len(uv):
        return np.zeros((0, 3), np.float32)
    rows = np.array_split(np.arange(len(uv)), len(uv) // 30000 + 1)  # cv2.remap takes up to 32767 points in a row
    return np.concatenate([cv2.remap(texture, np.float32(x[row])[None], np.float32(y[row])[None], cv2.INTER_LINEAR,
                                     borderMode=cv2.BORDER_REPLICATE)[0] for row in rows])


def eyeball(iris, radius):
    """(N, 3) colours of pupil, iris and white by the distance from the middle."""
    outer, inner, fibre = iris
    at = [0, PUPIL - 0.005, PUPIL + 0.005, 0.07, 0.105, CORNEA - 0.006, CORNEA + 0.01, 0.2, 0.32]
    middle = 0.7 * outer + 0.3 * fibre
    colours = np.stack([(0.002,) * 3, (0.002,) * 3, inner, middle, middle, 0.3 * outer, WHITE, WHITE,
                        0.6 * WHITE + 0.4 * np.array([0.66, 0.46, 0.40])])
    return np.stack([np.interp(radius, at, channel) for channel in colours.T], 1)


def _lit(vertices, faces, key, place):
    """(N,) 0..1: whether the key lamp, far away, shines on points (N, 3), with soft edges."""
    across = _unit(np.cross(key, (0, 0, 1.0)))
    axes = np.stack([across, np.cross(across, key) * -1, -key])
    scale = SHADOW_SIZE / SHADOW_REACH
    middle = axes @ np.array([0, -0.04, 0.0])

    def seen(points):
        local = points @ axes.T - middle
        return np.column_stack([local[:, 0] * scale + SHADOW_SIZE / 2, -local[:, 1] * scale + SHADOW_SIZE / 2,
                                local[:, 2] + 1])

    shadow = rasterise(seen(vertices), faces, (SHADOW_SIZE, SHADOW_SIZE), both_sides=True)
    at = seen(place)
    lit = np.zeros(len(place), np.float32)
    offsets = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
    for dx, dy in offsets:
        x = np.clip(np.rint(at[:, 0] + dx), 0, SHADOW_SIZE - 1).astype(int)
        y = np.clip(np.rint(at[:, 1] + dy), 0, SHADOW_SIZE - 1).astype(int)
        lit += at[:, 2] <= shadow.depth[y, x] + SHADOW_SLACK
    return lit / len(offsets)


def _in_front(material, vertices, camera, fragments):
    """(H, W) bool: where triangles of `material` lie before everything else; (N, 2) their uv there."""
    surface = triangles()
    own = np.flatnonzero(surface.of(material))
    layer = _seen(vertices, camera, surface.vertices[own], both_sides=True)
    at = layer.mask & (layer.depth < fragments.depth)
    return at, (surface.uv[own[layer.triangle[at]]] * layer.barycentric[at][..., None]).sum(1)


def under_lids(uv):
    """(N, 3) how much light lids and lashes leave to the ball."""
    x, y = uv.T
    upper = 0.62 * np.clip((y - 0.70) / 0.3, 0, 1)
    lower = 0.35 * np.clip((0.47 - y) / 0.14, 0, 1)
    corners = np.maximum(0.5 * np.clip((0.16 - x) / 0.16, 0, 1), 0.35 * np.clip((x - 0.86) / 0.14, 0, 1))
    amount = np.maximum(np.maximum(upper, lower), corners)[:, None]
    return 1 - amount * (1 - np.array([0.10, 0.035, 0.025]))


def lash_cover(uv):
    """(N, 1) share that lashes cover: six ribbons an eye lie above each other in v, each with its roots at the top."""
    from_root = 1 - np.clip(np.mod((uv[:, 1] - 0.0142) / 0.1667, 1) / 0.84, 0, 1)
    return 0.45 * (1 - from_root)[:, None] ** 1.5


def _unit(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
