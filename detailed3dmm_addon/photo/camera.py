"""The camera of a photo: a pinhole with a rigid pose, and its file ``camera.json``.

Inside the camera x points right, y down and z forward, and pixel (0, 0) is the centre of the top left one, all as in
OpenCV. The object's own axes are Blender's, in metres.
"""
from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..core.errors import FileFormatError

FORMAT = 1
SENSOR_WIDTH = 36.0  # mm: full frame, what focal lengths "as of a 35 mm camera" refer to
# A face that looks straight into the camera, upright: Blender's X is the picture's x, Z is up, -Y towards the camera.
FRONTAL = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
STEPS = ("rotation x", "rotation y", "rotation z", "right", "down", "log size", "log focal length")


@dataclass(frozen=True, eq=False)
class Camera:
    """Where a picture was taken from: pixel = focal * (x, y) / z + centre of rotation @ point + translation.

    focal : pixels; centre : (2,) pixels, where the optical axis meets the picture; size : (width, height) pixels;
    rotation : (3, 3) object to camera; translation : (3,) metres
    """
    focal: float
    centre: np.ndarray
    size: tuple
    rotation: np.ndarray
    translation: np.ndarray

    def in_view(self, points):
        """(N, 3) metres, in the camera's axes, of points (N, 3) of the object."""
        return points @ self.rotation.T + self.translation

    def project(self, points):
        """(N, 2) pixels at which points (N, 3) of the object, all in front of the camera, are seen."""
        seen = self.in_view(points)
        return self.focal * seen[:, :2] / seen[:, 2:] + self.centre

    def derivatives(self, points):
        """How the pixels of points move with the points and with the camera.

        Parameters
        ----------
        points : (N, 3) metres, in the object's axes

        Returns
        -------
        by_point : (N, 2, 3) pixels a metre, along the object's axes
        by_step : (N, 2, 7) pixels a unit of each of the `STEPS` of `moved`
        """
        seen = self.in_view(points)
        x, y, z = seen.T
        zero, scale = np.zeros_like(x), self.focal / z
        by_seen = scale[:, None, None] * np.stack([
            np.stack([np.ones_like(x), zero, -x / z], -1), np.stack([zero, np.ones_like(x), -y / z], -1)], 1)
        about = seen - self.translation
        turned = np.cross(np.eye(3), about[:, None]).transpose(0, 2, 1)  # (N, 3, 3): columns are axis x point
        depth = self.translation[2]
        # Closer by a factor at the same focal length, then closer and shorter together: size kept, perspective not.
        size = by_seen @ -self.translation
        focal = np.stack([x, y], -1) * scale[:, None] + by_seen[:, :, 2] * depth
        sideways = by_seen[:, :, :2] * depth / self.focal
        return by_seen @ self.rotation, np.concatenate(
            [by_seen @ turned, sideways, size[..., None], focal[..., None]], axis=2)

    def moved(self, step):
        """The camera after a small step.

        Parameters
        ----------
        step : (7,), in the order of `STEPS`: a rotation vector in the camera's axes about the object's origin; pixels
            by which that origin moves; logarithms of how much larger the object is seen there, and of how much longer
            the focal length is at the same size. So chosen, they hardly act for each other.
        """
        focal = self.focal * np.exp(step[6])
        depth = self.translation[2] * np.exp(step[6] - step[5])
        # The origin keeps its place in the picture while size and focal length change.
        sideways = (self.translation[:2] / self.translation[2] + step[3:5] / self.focal) * self.focal / focal * depth
        return replace(self, focal=float(focal), rotation=rotation_of(step[:3]) @ self.rotation,
                       translation=np.append(sideways, depth))

    def cropped(self, corner, size):
        """The camera of a part of the picture: corner : its first pixel (x, y); size : (width, height)."""
        return replace(self, centre=self.centre - np.asarray(corner, float), size=tuple(int(side) for side in size))

    def scaled(self, factor):
        """The camera of the picture with `factor` times as many pixels a side, rounded to whole ones."""
        size = tuple(max(1, round(side * factor)) for side in self.size)
        share = size[0] / self.size[0]
        # Pixel 0, 0 is the middle of a pixel: the picture begins half a pixel before it.
        return replace(self, focal=self.focal * share, centre=(self.centre + 0.5) * share - 0.5, size=size)

    @property
    def yaw(self):
        """How far the head is turned, radians: positive towards its own left, which is the picture's right."""
        gaze = -self.rotation[:, 1]  # the object's -Y
        return float(np.arctan2(gaze[0], -gaze[2]))

    @property
    def focal_mm(self):
        """Focal length in millimetres behind a sensor `SENSOR_WIDTH` wide."""
        return self.focal / self.size[0] * SENSOR_WIDTH

    def to_dict(self):
        """The camera as JSON holds it: plain numbers and lists."""
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = self.rotation, self.translation
        return {
            "format": FORMAT, "axes": "x right, y down, z forward; pixel 0, 0 is the centre of the top left one",
            "image_size": [int(side) for side in self.size], "principal_point": [float(at) for at in self.centre],
            "focal_px": float(self.focal), "focal_mm": self.focal_mm, "sensor_width_mm": SENSOR_WIDTH,
            "object_to_camera": matrix.tolist(),
        }

    @classmethod
    def from_dict(cls, content):
        """Make a camera of what `to_dict` gave; raises FileFormatError."""
        try:
            if content["format"] > FORMAT:
                raise FileFormatError(f"The camera has format {content['format']}, this version reads up to {FORMAT}. "
                                      "Install a newer Detailed3DMM.")
            matrix = np.array(content["object_to_camera"], float).reshape(4, 4)
            camera = cls(float(content["focal_px"]), np.array(content["principal_point"], float).reshape(2),
                         tuple(int(side) for side in content["image_size"]), matrix[:3, :3], matrix[:3, 3])
        except (KeyError, TypeError, ValueError) as error:
            raise FileFormatError("This is not a camera: it needs focal_px, principal_point, image_size and a 4 x 4 "
                                  "object_to_camera.") from error
        if not (np.isfinite(matrix).all() and camera.focal > 0 and len(camera.size) == 2):
            raise FileFormatError("The camera's numbers are not finite, or its focal length is not positive.")
        return camera

    @classmethod
    def load(cls, path):
        """Read ``camera.json``; raises FileFormatError with one sentence that names the file and what is wrong."""
        path = Path(path)
        try:
            return cls.from_dict(json.loads(path.read_text(encoding="utf-8")))
        except OSError as error:
            raise FileFormatError(f"The camera file {path} cannot be read ({error.strerror}).") from error
        except (ValueError, RecursionError) as error:
            raise FileFormatError(f"The camera file {path} is not JSON.") from error
        except FileFormatError as error:
            raise FileFormatError(f"{path}: {error}") from error

    def save(self, path):
        """Write ``camera.json``; OSError where the file cannot be written."""
        Path(path).write_text(json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n", encoding="utf-8")


def rotation_of(vector):
    """(3, 3) the rotation about `vector` (3,) by its length in radians: Rodrigues' formula."""
    angle = np.linalg.norm(vector)
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = np.asarray(vector) / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def facing(points, pixels, focal, size):
    """A first camera, which sees an upright face from the front, from where some of its points are seen.

    Parameters
    ----------
    points : (N, 3) metres; pixels : (N, 2), two or more that differ; focal : pixels; size : (width, height)

    Returns
    -------
    Camera turned in the picture's plane, at the distance and place at which points and pixels agree best under weak
    perspective: Umeyama (1991), in the plane.
    """
    flat = points @ FRONTAL.T
    origin, centre = flat.mean(0), pixels.mean(0)
    # Complex numbers: one factor is the size and the turn in the plane.
    model, seen = ((flat[:, :2] - origin[:2]) @ [1, 1j]), ((pixels - centre) @ [1, 1j])
    factor = np.vdot(model, seen) / np.vdot(model, model).real
    rotation = rotation_of([0, 0, np.angle(factor)]) @ FRONTAL
    middle = (np.asarray(size, float) - 1) / 2
    depth = focal / np.abs(factor)
    place = np.append((centre - middle) / focal * depth, depth)
    return Camera(float(focal), middle, tuple(size), rotation, place - rotation @ points.mean(0))
