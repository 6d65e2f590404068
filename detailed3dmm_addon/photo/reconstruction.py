"""From a photo to a person: shape, expression, camera, light and the skin's texture, one after the other."""
from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib.util import find_spec

import numpy as np

from ..core.base_model import BaseModel
from ..core.character import Character
from ..core.errors import ParameterError, PhotoError
from ..core.skin_paint import decode
from . import colours, gaze, illumination, texture
from .camera import Camera
from .face_mesh import Landmarks, find_landmarks
from .light import shading
from .picture import Picture
from .pins import corrected

MOST_PHOTOS = 8
PHOTO = "photo"  # key of a character's file: how well it fits its photo, and how much of its skin is the photo's
_AROUND = 0.75  # of the landmarks' extent that is kept on each side: hair, ears, neck
_LOOKED_AT, _SAMPLED = 640, 2048  # pixels on the longer side, for light and occlusion, and for the texture
_RIM = 0.02  # of the distance between the eyes' outer corners: lashes, and what a lid's edge throws back
_EXPRESSION_STEP = 0.001  # smaller values of an expression are none
_FOUND, _FITTED, _LIT, _UNWRAPPED, _READ, _PAINTED = 0.1, 0.3, 0.4, 0.5, 0.7, 0.8  # shares of the work done


@dataclass(frozen=True)
class Photo:
    """What a reconstruction starts from.

    picture : Picture; face : which one, counted from the left, 0 the first; landmarks : Landmarks of one's own, or None
    placed : {number of a landmark: (x, y) pixels} of those that somebody put right
    task : path of Google's face_landmarker.task, whose network finds the landmarks, or None for the installed one
    """
    picture: Picture
    face: int = 0
    landmarks: Landmarks | None = None
    placed: Mapping = field(default_factory=dict)
    task: str | None = None


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """A person from a photo.

    character : core.character.Character, with the photo's expression, and how sure it is (`PHOTO`)
    camera : Camera of the first photo; light : (9, 3), as photo.light has it
    texture : texture.Texture, or None where it was not asked for
    landmarks : Landmarks; picture : Picture; residual : median distance of landmarks and face over the eye distance
    skin : detail.Found, how far its wrinkles are the photo's, or None where there is no PyTorch
    """
    character: Character
    camera: Camera
    light: np.ndarray
    texture: texture.Texture | None
    landmarks: Landmarks
    picture: Picture
    residual: float
    skin: object = None

    @property
    def vertices(self):
        """(26719, 3) metres, with the expression."""
        model = BaseModel.load()
        return model.vertices(self.character.identity, self.character.expression_vector(model.expression_names))


def reconstruct(photos, with_texture=True, age=None):
    """Make a person of one photo, or of several photos of the same person.

    Parameters
    ----------
    photos : sequence of `Photo`; expression, camera, light and texture are those of the first
    with_texture : whether to make the texture
    age : years, or None for what the photos show

    Yields
    ------
    share of the work done, 0..1

    Returns
    -------
    Reconstruction

    Raises
    ------
    ParameterError
        If there are no photos or too many.
    PhotoError
        If a photo shows no face, or not so many.
    """
    photos = list(photos)
    if not 1 <= len(photos) <= MOST_PHOTOS:
        raise ParameterError(f"A person is made of 1 to {MOST_PHOTOS} photos, not of {len(photos)}.")
    marked = []
    for number, photo in enumerate(photos):
        marked.append(corrected(photo.landmarks or _chosen(photo), photo.placed))
        yield _FOUND * (number + 1) / len(photos)
    fit = fitted(photos, marked)
    yield _FITTED
    model, camera = BaseModel.load(), fit.cameras[0]
    near, view = _close_up(photos[0].picture, camera, marked[0], _LOOKED_AT)
    seen, irises = (None if points is None else _moved(points, camera, view)
                    for points in (marked[0].points, marked[0].irises))
    expression, rings = gaze.looking(near, view, seen, fit.identity, fit.expressions[0], irises)
    vertices = model.vertices(fit.identity, expression)
    lit = _lit(near, view, seen, vertices)
    white, mouth = _white(lit.light, view), seen[list(illumination.LIPS)]
    yield _LIT
    character = Character(
        identity=fit.identity, expression=_named(expression, model),
        skin={"melanin": lit.tone.melanin, "haemoglobin": lit.tone.blood,
              **colours.iris(rings, white), **colours.teeth(near, mouth, white),
              **colours.lips(near, seen[list(illumination.AROUND_LIPS)], mouth, lit.tone)},
        pose={"head": _head(camera)})
    character = character if age is None else replace(character, age=age)
    sampled = _sampled(photos[0].picture, marked[0], camera, vertices, lit)
    yield _UNWRAPPED
    worn, made, shares = None, None, {"landmarks": round(fit.residual, 4)}
    if find_spec("torch"):
        from . import detail

        shown = [detail.seen(*sampled, vertices, lit.light, expression), *_elsewhere(photos[1:], marked[1:], fit)]
        worn = detail.worn(character, shown, age)
        character, shares = worn.character, {**shares, **worn.shares}
    yield _READ
    character = replace(character, extra={PHOTO: shares})
    if with_texture:
        character, made = yield from _textured(sampled, lit, character)
    return Reconstruction(character, camera, lit.light, made, marked[0], photos[0].picture, fit.residual, worn)


def _chosen(photo):
    found = find_landmarks(photo.picture, photo.task)
    if photo.face >= len(found):
        many = "one face" if len(found) == 1 else f"{len(found)} faces"
        raise PhotoError(f"{photo.picture.name} shows {many}: there is no face {photo.face + 1}.")
    return found[photo.face]


def fitted(photos, marked, shaded=True):
    """The most probable person of these photos.

    Parameters
    ----------
    photos : sequence of `Photo`; marked : for each its `Landmarks`; shaded : whether shading is to tell more than
        landmarks alone

    Returns
    -------
    landmark_fit.Fit
    """
    from . import correspondence, photometric
    from .landmark_fit import Observation, fit_landmarks, refit
    from .shape_prior import expected

    model, points = BaseModel.load(), correspondence.load()
    observations = [Observation(landmarks, photo.picture.size, photo.picture.focal, tuple(photo.placed),
                                expected(photo.picture, landmarks))
                    for photo, landmarks in zip(photos, marked, strict=True)]
    fit = fit_landmarks(model, observations, points)
    if not shaded:
        return fit
    terms = photometric.terms(model, fit, [
        _view(photo.picture, landmarks, camera, model.vertices(fit.identity, expression))
        for photo, landmarks, camera, expression
        in zip(photos, marked, fit.cameras, fit.expressions, strict=True)])
    return refit(model, observations, points, fit, terms)


def _view(picture, landmarks, camera, vertices):
    """`photometric.View` of a photo, None where it hides the middle of the face."""
    from . import photometric

    near, view = _close_up(picture, camera, landmarks, photometric.LOOKED_AT)
    with suppress(PhotoError):
        lit = _lit(near, view, _moved(landmarks.points, camera, view), vertices)
        return photometric.View(near, view, camera, lit)


def _moved(points, camera, view):
    """Pixels (..., 2) of a camera's picture as pixels of a crop of it that `view` sees."""
    return (points - camera.centre) * view.focal / camera.focal + view.centre


def _lit(near, view, points, vertices):
    """`Illumination` of a face; points : (468, 2), its landmarks in this view."""
    lit = illumination.explain(near, vertices, view)
    # Where the fit's lids and lips lie a little beside the photo's, the landmarks know better.
    reach = _RIM * texture.eye_distance(vertices, view)
    return replace(lit, skin=lit.skin * illumination.openings(points, view.size, reach))


def _sampled(picture, landmarks, camera, vertices, lit):
    """A photo ready to be looked up: (H, W, 3) linear sRGB, texture.Unwrapped, and (H, W) 0..1 what of it is skin."""
    import cv2

    near, view = _close_up(picture, camera, landmarks, _SAMPLED)
    return near, texture.unwrap(vertices, view), cv2.resize(lit.skin, view.size)


def _elsewhere(photos, marked, fit):
    """What the other photos show of the skin; one that hides the middle of the face shows nothing."""
    from . import detail

    for photo, landmarks, camera, expression in zip(photos, marked, fit.cameras[1:], fit.expressions[1:], strict=True):
        vertices = BaseModel.load().vertices(fit.identity, expression)
        near, view = _close_up(photo.picture, camera, landmarks, _LOOKED_AT)
        points = _moved(landmarks.points, camera, view)
        with suppress(PhotoError):
            lit = _lit(near, view, points, vertices)
            yield detail.seen(*_sampled(photo.picture, landmarks, camera, vertices, lit), vertices, lit.light,
                              expression)


def _textured(sampled, lit, character):
    """(character with the hair's colour, Texture), yielding shares."""
    near, unwrapped, worth = sampled
    colour, weight = texture.albedo(near, lit.light, unwrapped, worth)
    character = replace(character, skin={**character.skin, **colours.hair(colour, weight, lit.tone.colour)})
    base = texture.painted(character.skin, character.age)
    yield _PAINTED
    return character, texture.complete(colour, weight, base)


def _close_up(picture, camera, landmarks, longest):
    """The face with what is around it: (H, W, 3) linear sRGB, and the camera of that; `longest` pixels a side at most.
    """
    import cv2

    low, high = landmarks.points.min(0), landmarks.points.max(0)
    margin = _AROUND * (high - low).max()
    low = np.clip(np.floor(low - margin), 0, picture.size).astype(int)
    high = np.clip(np.ceil(high + margin), 0, picture.size).astype(int)
    if (high <= low).any():
        raise PhotoError(f"The landmarks lie outside {picture.name}: they are pixels of the upright picture.")
    part = picture.pixels[low[1]:high[1], low[0]:high[0]]
    view = camera.cropped(low, high - low)
    view = view.scaled(min(1, longest / max(view.size)))
    return decode(cv2.resize(part, view.size, interpolation=cv2.INTER_AREA)).astype(np.float32), view


def _white(light, camera):
    """(3,) how bright a white surface is that faces the camera."""
    return shading(light, -camera.rotation[2])


def _named(expression, model):
    return {name: round(float(value), 4)
            for name, value in zip(model.expression_names, expression, strict=True) if value > _EXPRESSION_STEP}


def _head(camera):
    """Pitch, yaw and roll of the head against the camera, radians: down, to its own left, to its own left shoulder."""
    from .camera import FRONTAL

    turn = FRONTAL.T @ camera.rotation  # in the object's axes
    yaw = np.arctan2(turn[1, 0], turn[0, 0])
    pitch = np.arctan2(turn[2, 1], turn[2, 2])
    roll = -np.arcsin(np.clip(turn[2, 0], -1, 1))
    return [round(float(angle), 5) for angle in (pitch, yaw, roll)]
