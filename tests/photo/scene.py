"""Photographs of the base model, drawn with our own rasteriser, whose truth is known."""
import numpy as np

from detailed3dmm_addon.core import skin, skin_paint
from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.skin_canvas import BACK, FACE
from detailed3dmm_addon.photo import light as lighting
from detailed3dmm_addon.photo import surface
from detailed3dmm_addon.photo.camera import FRONTAL, Camera, rotation_of
from detailed3dmm_addon.photo.rasteriser import rasterise

WHITE_OF_EYE, DARK = (0.75, 0.72, 0.70), (0.08, 0.03, 0.03)


def camera(size=512, yaw=0.0, pitch=0.0):
    """A camera at 0.7 m that sees the whole face, turned by `yaw` and `pitch` radians."""
    rotation = rotation_of([pitch, 0, 0]) @ FRONTAL @ rotation_of([0, 0, yaw])
    return Camera(2.0 * size, np.full(2, (size - 1) / 2), (size, size), rotation, np.array([0.0, 0.0, 0.75]))


def daylight(direction=(0.5, -0.7, 0.5)):
    """Soft light with a lamp in a direction."""
    direction = np.asarray(direction, float) / np.linalg.norm(direction)
    return lighting.ambient((0.42, 0.43, 0.46)) + lighting.lamp(direction, (0.62, 0.58, 0.52))


def skin_colours(appearance, size=512):
    """(size, size, 3) linear: what the tile of the face is painted with."""
    return skin_paint.paint(skin.complete(appearance), 35.0, FACE, size).colour


def photograph(vertices, view, light, colours, background=(0.3, 0.34, 0.4)):
    """(H, W, 3) linear sRGB of a head with these colours (R, R, 3) on the face's tile."""
    mesh, names = surface.triangles(), BaseModel.load().topology.materials
    drawn = mesh.of(FACE, BACK, "M_Teeth", "M_GumsTongue", "M_ScleraLeft", "M_ScleraRight")
    faces = mesh.vertices[drawn]
    points = np.concatenate([view.project(vertices), view.in_view(vertices)[:, 2:]], axis=1)
    fragments = rasterise(points, faces, view.size)
    seen, triangle = fragments.mask, fragments.triangle
    normal = fragments.interpolate(surface.normals(vertices, mesh.vertices), faces)[seen]
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    uv = (mesh.uv[drawn][triangle[seen]] * fragments.barycentric[seen][..., None]).sum(1)
    at = np.clip((np.stack([1 - uv[:, 1], uv[:, 0]]) * len(colours)).astype(int), 0, len(colours) - 1)
    material = mesh.material[drawn][triangle[seen]]
    albedo = colours[at[0], at[1]]
    for name, colour in ((BACK, (0.12, 0.09, 0.07)), ("M_Teeth", WHITE_OF_EYE), ("M_GumsTongue", DARK),
                         ("M_ScleraLeft", WHITE_OF_EYE), ("M_ScleraRight", WHITE_OF_EYE)):
        albedo[material == names.index(name)] = colour
    picture = np.empty((*seen.shape, 3), np.float32)
    picture[:] = background
    picture[seen] = albedo * lighting.shading(light, normal)
    return picture
