"""The pictures of `portrait` compiled with numba, in a thirtieth of the time: for training on thousands of heads.

Each pixel is lit on its own in one pass; on top of `portrait` skin can wear hair, a colour for each vertex.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numba
import numpy as np

from detailed3dmm_addon.core.skin_canvas import BACK, FACE
from detailed3dmm_addon.photo import light as harmonics
from detailed3dmm_addon.photo.rasteriser import NOTHING, Fragments
from detailed3dmm_addon.photo.surface import triangles

from . import portrait

EYE_STEPS, EYE_REACH = 256, 0.32  # colours from the pupil outwards, up to a radius in the eye's texture
_SLACK = 1e-5  # of a barycentric weight
# By kind of triangle: face and back have textures, eyes rings of colour; strength and sharpness of shine, light reached
_KINDS = ((FACE,), (BACK,), ("M_GumsTongue",), ("M_Teeth",), ("M_ScleraLeft", "M_ScleraRight"))
_PLAIN = np.array([[0, 0, 0], [0, 0, 0], portrait.GUMS, portrait.TEETH, [0, 0, 0]])
_SHARPNESS = np.array([18.0, 18.0, 60.0, 60.0, 400.0])
_REACHED = np.array([1.0, 1.0, portrait.IN_MOUTH, portrait.IN_MOUTH, 1.0])
_MOIST = 0.05  # strength of the shine of teeth and eyes
_EYES = 4
_compiled = numba.njit(cache=True, fastmath=True)


@dataclass(frozen=True)
class Hair:
    """cover : (V,) 0..1 how much of the skin it hides; colour : (3,) linear"""

    cover: np.ndarray
    colour: np.ndarray


def draw(vertices, camera, appearance, lamps, background, hair):
    """A picture of a head, as `portrait.draw`: (height, width, 3) linear; Fragments of the opaque triangles.

    vertices : (26719, 3) metres; hair : Hair
    """
    faces, uv, kind = _opaque()
    points = seen_by(vertices, camera)
    fragments = rasterise(points, faces, camera.size)
    key = np.asarray(lamps.key)
    axes, middle, shadow = _shadow_map(vertices, faces, key, lamps.casts)
    light = np.asarray(lamps.harmonics) * harmonics.SCALE[:, None]
    shine = np.array([0.02 + 0.06 * appearance.oil] * 2 + [_MOIST] * 3)
    picture = np.ascontiguousarray(background, np.float32)
    _light(fragments.triangle, fragments.barycentric, faces, uv, kind, vertices, normals(vertices, faces),
           hair.cover, hair.colour, appearance.colours[FACE], appearance.colours[BACK], _rings(appearance.iris), shine,
           _PLAIN, _SHARPNESS, _REACHED, light, key, np.asarray(lamps.colour), axes, middle,
           shadow, portrait.SHADOW_SIZE / portrait.SHADOW_REACH, portrait.SHADOW_SLACK,
           -camera.rotation.T @ camera.translation, picture)
    at, uv = _in_front("M_EyeOcclusion", points, camera, fragments)
    picture[at] *= portrait.under_lids(uv)
    at, uv = _in_front("M_EyeLashes", points, camera, fragments)
    picture[at] += portrait.lash_cover(uv) * (portrait.LASHES - picture[at])
    return picture, fragments


def seen_by(vertices, camera):
    """(V, 3) pixels and depth."""
    view = camera.in_view(vertices)
    return np.column_stack([camera.focal * view[:, :2] / view[:, 2:] + camera.centre, view[:, 2]])


def rasterise(points, faces, size, both_sides=False):
    """`photo.rasteriser.rasterise`, one triangle after the other."""
    width, height = size
    triangle = np.full((height, width), NOTHING, np.int32)
    barycentric, nearness = np.zeros((height, width, 3), np.float32), np.zeros((height, width))
    _fill(np.ascontiguousarray(points, np.float64), np.ascontiguousarray(faces, np.int64), both_sides, triangle,
          barycentric, nearness)
    with np.errstate(divide="ignore"):
        return Fragments(triangle, barycentric, (1 / nearness).astype(np.float32))


@_compiled
def normals(vertices, faces):
    """(V, 3) float32 unit normals, the mean of the triangles around, weighted with their area."""
    total = np.zeros(vertices.shape, np.float32)
    for a, b, c in faces:
        across = np.cross(vertices[b] - vertices[a], vertices[c] - vertices[a])
        total[a] += across
        total[b] += across
        total[c] += across
    for row in total:
        row /= np.sqrt((row * row).sum()) + 1e-20
    return total


@lru_cache(maxsize=1)
def _opaque():
    """(T, 3) int64 vertices, (T, 3, 2) float32 uv and (T,) row of `_KINDS` of the triangles that hide what lies behind.
    """
    surface = triangles()
    opaque = np.flatnonzero(surface.of(*portrait.OPAQUE))
    kind = np.stack([surface.of(*names)[opaque] for names in _KINDS]).argmax(0)
    return surface.vertices[opaque].astype(np.int64), surface.uv[opaque].astype(np.float32), kind


def _rings(iris):
    """(EYE_STEPS, 3) colours of an eye from the middle outwards."""
    return portrait.eyeball(iris, (np.arange(EYE_STEPS) + 0.5) * EYE_REACH / EYE_STEPS)


def _shadow_map(vertices, faces, key, casts):
    """Axes (3, 3) and middle (3,) of the key lamp's view, and what it sees, (S, S) depth; without shadow (0, 0)."""
    across = np.cross(key, (0, 0, 1.0))
    across /= max(np.linalg.norm(across), 1e-9)
    axes = np.stack([across, -np.cross(across, key), -key])
    middle = axes @ np.array([0, -0.04, 0.0])
    if not casts:
        return axes, middle, np.zeros((0, 0), np.float32)
    local, size = vertices @ axes.T - middle, portrait.SHADOW_SIZE
    scale = size / portrait.SHADOW_REACH
    seen = np.column_stack([local[:, 0] * scale + size / 2, -local[:, 1] * scale + size / 2, local[:, 2] + 1])
    return axes, middle, rasterise(seen, faces, (size, size), True).depth


def _in_front(material, points, camera, fragments):
    """(H, W) bool: where triangles of `material` lie before everything else; (N, 2) their uv there."""
    surface = triangles()
    own = np.flatnonzero(surface.of(material))
    layer = rasterise(points, surface.vertices[own], camera.size, True)
    at = layer.mask & (layer.depth < fragments.depth)
    return at, (surface.uv[own[layer.triangle[at]]] * layer.barycentric[at][..., None]).sum(1)


@_compiled
def _fill(points, faces, both_sides, triangle, barycentric, nearness):
    """z-buffer; 1 / depth is linear in the picture."""
    height, width = triangle.shape
    for name in range(len(faces)):
        a, b, c = faces[name]
        ax, ay, az = points[a]
        bx, by, bz = points[b]
        cx, cy, cz = points[c]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if min(az, bz, cz) <= 0 or (abs(area) < 1e-9 if both_sides else area > -1e-9):
            continue
        low_x, high_x = max(int(np.ceil(min(ax, bx, cx))), 0), min(int(np.floor(max(ax, bx, cx))), width - 1)
        low_y, high_y = max(int(np.ceil(min(ay, by, cy))), 0), min(int(np.floor(max(ay, by, cy))), height - 1)
        for y in range(low_y, high_y + 1):
            for x in range(low_x, high_x + 1):
                first = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / area
                second = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / area
                third = 1 - first - second
                if min(first, second, third) < -_SLACK:
                    continue
                first, second, third = max(first, 0.0) / az, max(second, 0.0) / bz, max(third, 0.0) / cz
                near = first + second + third
                if near > nearness[y, x]:
                    nearness[y, x], triangle[y, x] = near, name
                    barycentric[y, x, 0] = first / near
                    barycentric[y, x, 1] = second / near
                    barycentric[y, x, 2] = third / near


@_compiled
def _texel(texture, u, v, colour):
    size = len(texture)
    x, y = min(max(u * size - 0.5, 0.0), size - 1.001), min(max((1 - v) * size - 0.5, 0.0), size - 1.001)
    row, column = int(y), int(x)
    y, x = y - row, x - column
    for k in range(3):
        colour[k] = (1 - y) * ((1 - x) * texture[row, column, k] + x * texture[row, column + 1, k]) + y * (
            (1 - x) * texture[row + 1, column, k] + x * texture[row + 1, column + 1, k])


@_compiled
def _lit_share(place, axes, middle, shadow, scale, slack):
    """0..1: how much of the key lamp reaches a place, with soft edges."""
    size = len(shadow)
    x = (axes[0] * place).sum() - middle[0]
    y = (axes[1] * place).sum() - middle[1]
    depth = (axes[2] * place).sum() - middle[2] + 1 - slack
    column, row = int(np.rint(x * scale + size / 2)), int(np.rint(size / 2 - y * scale))
    lit = 0
    for down in range(-1, 2):
        for right in range(-1, 2):
            lit += depth <= shadow[min(max(row + down, 0), size - 1), min(max(column + right, 0), size - 1)]
    return lit / 9


@_compiled
def _light(triangle, barycentric, faces, uv, kind, vertices, normal_of, cover, hair, face, back, rings, shine, plain,
           sharpness, reached, light, key, key_colour, axes, middle, shadow, scale, slack, eye, picture):
    """Colours of all pixels that see the head, as in `portrait.draw`."""
    colour, place, normal, half = np.zeros(3), np.zeros(3), np.zeros(3), np.zeros(3)
    height, width = triangle.shape
    for y in range(height):
        for x in range(width):
            name = triangle[y, x]
            if name < 0:
                continue
            place[:], normal[:] = 0, 0
            u = v = hidden = 0.0
            for corner in range(3):
                weight, vertex = barycentric[y, x, corner], faces[name, corner]
                for k in range(3):
                    place[k] += weight * vertices[vertex, k]
                    normal[k] += weight * normal_of[vertex, k]
                u += weight * uv[name, corner, 0]
                v += weight * uv[name, corner, 1]
                hidden += weight * cover[vertex]
            normal /= np.sqrt((normal * normal).sum()) + 1e-12
            made_of = kind[name]
            if made_of == 0:
                _texel(face, u, v, colour)
            elif made_of == 1:
                _texel(back, u, v, colour)
            elif made_of == _EYES:
                radius = np.sqrt((u - 0.5) ** 2 + (v - 0.5) ** 2)
                colour[:] = rings[min(int(radius * EYE_STEPS / EYE_REACH), EYE_STEPS - 1)]
            else:
                colour[:] = plain[made_of]
            if made_of < 2:
                colour += min(hidden, 1.0) * (hair - colour)
            direct = max((normal * key).sum(), 0.0)
            if direct > 0 and len(shadow):
                direct *= _lit_share(place, axes, middle, shadow, scale, slack)
            half[:] = eye - place
            half /= np.sqrt((half * half).sum())
            half += key
            facing = max((half * normal).sum() / (np.sqrt((half * half).sum()) + 1e-9), 0.0)
            lobe = shine[made_of] * (sharpness[made_of] + 8) / 8 * facing ** sharpness[made_of] * direct
            nx, ny, nz = normal
            terms = (1.0, ny, nz, nx, nx * ny, ny * nz, 3 * nz * nz - 1, nx * nz, nx * nx - ny * ny)
            for k in range(3):
                around = 0.0
                for term in range(9):
                    around += terms[term] * light[term, k]
                around = max(around, 0.02 * light[0, k]) * reached[made_of]
                picture[y, x, k] = colour[k] * (around + direct * key_colour[k]) + lobe * key_colour[k]
