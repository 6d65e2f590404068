"""468 landmarks of a face: MediaPipe's face mesh, looked at anew until it lies still.

Y. Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs", 2019; the network is
MediaPipe's. Its points are counted as there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from ..core.errors import PhotoError
from .crops import Region, cut, to_picture
from .detector import find_faces
from .face_models import FACE_MESH, blendshapes, landmarker, network

POINTS = 468
IRISES = (468, 473)  # of 478: the middle of the person's right and left one
EYE_CORNERS = ((33, 133), (362, 263))  # outer and inner of each eye, from the picture's left to its right

_MARGIN = 1.5  # side of what is looked at to that of the box around the face
_ROUNDS = 6
_STILL = 0.01  # share of the eye distance
_HOPELESS = 0.1  # presence below which looking again does not help
_PRESENCE = 0.7
_TURNED = np.radians(35)  # between the eyes that were found first and the landmarks': beyond, one of them is wrong
_ASIDE, _PROFILE = np.radians([55, 70])  # `Face.turned_aside` of a head turned by about 65 and 80 degrees
_PROFILE_SCORE = 0.65
_PLAIN_SIZE, _NO_SLOPE = 96, 0.5 / 255  # pixels across; from pixel to pixel
_PLAIN = 0.45  # share; drawings have 0.5 and more, photos 0 to 0.25, with a burnt out or a covered half
_SMALLEST = 12.0  # pixels between the eyes: below, a face is a smudge


@dataclass(frozen=True)
class Landmarks:
    """The points of one face.

    points : (468, 2) float32 pixels; depth : (468,) float32 pixels, larger is further away, 0 about the head's middle
    presence : 0..1, how sure it is that this is a face; irises : (2, 2) pixels, the middle of the person's right and
    left one, or None where they were not looked for; scores : (52,) 0..1 what `blendshape_scores` says, or None
    """
    points: np.ndarray
    depth: np.ndarray
    presence: float
    irises: np.ndarray | None = None
    scores: np.ndarray | None = None

    @property
    def size(self):
        """Distance of the eyes' centres in pixels, depth included, so that turning the head does not change it."""
        return float(np.linalg.norm(self._eyes[1] - self._eyes[0]))

    @property
    def roll(self):
        """Radians by which the line of the eyes is turned, clockwise as seen."""
        across = self._eyes[1] - self._eyes[0]
        return float(np.arctan2(across[1], across[0]))

    @property
    def yaw(self):
        """Radians by which the head is turned, roughly: positive where the face looks to the picture's right."""
        across = self._eyes[1] - self._eyes[0]
        return float(np.arctan2(across[2], np.hypot(across[0], across[1])))

    @property
    def _eyes(self):
        """(2, 3) centres of the eyes."""
        corners = np.array(EYE_CORNERS)
        return np.column_stack([self.points, self.depth])[corners].mean(1)


@dataclass(frozen=True)
class Mesh:
    """A network that sees landmarks. network : cv2.dnn.Net; size : pixels that it sees; outputs : names of its presence
    and its points; scored : function of the latter, `blendshape_scores.scores` of a network, or None"""
    network: object
    size: int
    outputs: tuple
    scored: object = None

    @classmethod
    def load(cls, task=None):
        """The installed network of 468 points, or that of 478 in a ``face_landmarker.task``, of which it is the path.

        Raises WeightsError or FileFormatError where it is missing or another file.
        """
        if task:
            from . import blendshape_scores

            scored = partial(blendshape_scores.scores, blendshapes(str(task)))
            return cls(landmarker(str(task)), 256, ("Identity_1", "Identity"), scored)
        return cls(network(FACE_MESH), 192, ("conv2d_31", "conv2d_21"))


def find_landmarks(picture, task=None):
    """The landmarks of everyone in a picture.

    Parameters
    ----------
    picture : Picture; task : path of Google's face_landmarker.task, or None for the installed network

    Returns
    -------
    tuple of Landmarks, left to right; one at least

    Raises
    ------
    PhotoError
        If there is no face, or none that is large enough, a photograph and turned to the camera.
    WeightsError
        If a network is missing.
    """
    mesh, other = Mesh.load(), Mesh.load(task) if task else None
    faces = find_faces(picture)
    seen = [(landmarks(picture, face, mesh), face) for face in faces]
    seen = _distinct([found for found, face in seen if _is_face(found, face)])
    large = [found for found in seen if found.size >= _SMALLEST]
    good = [found for found in large if _plain_share(picture.pixels, found) < _PLAIN]
    if not good:
        raise PhotoError(_what_is_wrong(picture.name, faces, seen, large))
    if other:
        # What is a face the installed network decides: Google's takes more for one, such as the badge of a spacesuit.
        good = [_looked_at_again(picture, found, other) for found in good]
    return tuple(sorted(good, key=lambda found: found.points[:, 0].mean()))


def _what_is_wrong(name, faces, seen, large):
    """A sentence on why none will do of the `Face`s found, of their `Landmarks`, and of those that are large enough."""
    if large:
        return (f"The face in {name} is drawn or burnt out, most of it has one plain colour: choose a photo with light "
                "and shade on the face.")
    if seen:
        return (f"The face in {name} is too small, with {max(found.size for found in seen):.0f} pixels between the "
                f"eyes: choose a photo with {_SMALLEST:.0f} at least; 100 are good.")
    if any(face.score >= _PROFILE_SCORE and face.turned_aside > _ASIDE for face in faces):
        return f"The face in {name} is seen from the side: choose a photo in which both eyes can be seen."
    return (f"No face can be found in {name}: choose a photo in which one is upright, turned to the camera, not "
            "covered and 50 pixels wide or more.")


def landmarks(picture, face, mesh=None):
    """The landmarks of one face.

    Parameters
    ----------
    picture : Picture; face : detector.Face in it; mesh : Mesh, or None for the installed one

    Returns
    -------
    Landmarks, whose `presence` is low where there is no face after all

    Raises
    ------
    WeightsError
        If the network is missing.
    """
    mesh = mesh or Mesh.load()
    region = _region(face.box.reshape(2, 2), face.keypoints[0], face.keypoints[1])
    return _settled(picture, look(picture.pixels, region, mesh), mesh)


def _looked_at_again(picture, known, mesh):
    """`Landmarks` that another `Mesh` sees of a known face; those that are known where it sees none."""
    found = _settled(picture, look(picture.pixels, region_of(known), mesh), mesh)
    return found if found.presence >= _PRESENCE else known


def _settled(picture, found, mesh):
    """`Landmarks` looked at again around themselves until they rest."""
    for _ in range(_ROUNDS):
        if found.presence < _HOPELESS:
            break
        before = found
        found = look(picture.pixels, region_of(before), mesh)
        if np.abs(found.points - before.points).max() < _STILL * found.size:
            break
    return found


def _is_face(found, face):
    """Whether landmarks are those of the face that they began from."""
    turned = np.angle(np.exp(1j * (found.roll - face.roll)))
    # In profile the eyes lie too close together to tell how the head is turned in the picture.
    return face.turned_aside < _PROFILE and found.presence >= _PRESENCE and abs(turned) < _TURNED


def region_of(found):
    """`crops.Region` in which to look for landmarks that have been found roughly."""
    low, high = found.points.min(0), found.points.max(0)
    return _region(np.stack([low, high]), found.points[EYE_CORNERS[0][0]], found.points[EYE_CORNERS[1][1]])


def _region(box, left, right):
    """The square around a box [[x0, y0], [x1, y1]], turned with the line from `left` to `right`."""
    across = right - left
    return Region(box.mean(0), _MARGIN * float((box[1] - box[0]).max()), float(np.arctan2(across[1], across[0])))


def look(pixels, region, mesh=None):
    """Landmarks that a `Mesh` sees in one `crops.Region` of a picture's pixels (H, W, 3)."""
    import cv2

    mesh = mesh or Mesh.load()
    mesh.network.setInput(cv2.dnn.blobFromImage(cut(pixels, region, mesh.size, replicate=True)))
    presence, points = mesh.network.forward(mesh.outputs)
    points = points.reshape(-1, 3)
    places = to_picture(points[:, :2], region.matrix(mesh.size)).astype(np.float32)
    return Landmarks(places[:POINTS], points[:POINTS, 2] * np.float32(region.side / mesh.size),
                     float(1 / (1 + np.exp(-presence.item()))),
                     places[list(IRISES)] if len(places) > POINTS else None,
                     # In the square that was looked at a face is upright.
                     mesh.scored and mesh.scored(points[:, :2]))


def _plain_share(pixels, found):
    """Share of the face without any shading: small in photographs, blurred and compressed ones too."""
    edge = _PLAIN_SIZE // 4
    grey = cut(pixels, region_of(found), _PLAIN_SIZE, replicate=True).mean(2)[edge:-edge, edge:-edge]
    slope = np.maximum(np.abs(np.diff(grey, axis=0))[:, :-1], np.abs(np.diff(grey, axis=1))[:-1])
    return float((slope < _NO_SLOPE).mean())


def _distinct(found):
    """Without those that came to rest on a face that another one shows already."""
    kept = []
    for one in sorted(found, key=lambda one: -one.presence):
        if all(np.linalg.norm(one.points.mean(0) - other.points.mean(0)) > 0.5 * max(one.size, other.size)
               for other in kept):
            kept.append(one)
    return kept
