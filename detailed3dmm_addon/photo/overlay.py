"""The fitted face over its photo: what shows at a glance whether they agree."""
import numpy as np

from ..core.skin_canvas import BACK
from .light import ambient, lamp, shading
from .rasteriser import rasterise
from .surface import in_picture, normals, triangles

LONGEST = 1600  # pixels on the longer side
_CLAY = np.array([0.80, 0.78, 0.75])
_LIGHT = ambient((0.25, 0.25, 0.27)) + lamp(np.array([-0.35, -0.8, 0.49]), (0.75, 0.74, 0.72))


def overlay(picture, vertices, camera, opacity=0.55):
    """A photo with its face laid over it as clay, the bust left away.

    Parameters
    ----------
    picture : photo.picture.Picture; vertices : (26719, 3) metres, posed; camera : photo.camera.Camera of the picture
    opacity : 0..1, of the clay

    Returns
    -------
    (h, w, 3) float32, sRGB-encoded 0..1, at most `LONGEST` pixels on the longer side
    """
    import cv2

    camera = camera.scaled(min(1, LONGEST / max(camera.size)))
    image = cv2.resize(picture.pixels, camera.size, interpolation=cv2.INTER_AREA)
    mesh = triangles()
    faces = mesh.vertices[~mesh.of(BACK)]
    points = in_picture(vertices, camera)
    fragments = rasterise(points, faces, camera.size)
    seen = fragments.mask
    # Clay is shaded in the camera's axes, so that it looks the same however the head is turned.
    normal = fragments.interpolate(normals(vertices, mesh.vertices), faces)[seen] @ camera.rotation.T
    facing = np.stack([normal[:, 0], normal[:, 2], -normal[:, 1]], 1)
    facing /= np.maximum(np.linalg.norm(facing, axis=1, keepdims=True), 1e-6)
    image[seen] += opacity * (_CLAY * np.clip(shading(_LIGHT, facing), 0, 1) ** (1 / 2.2) - image[seen])
    return image
