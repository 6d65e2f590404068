"""The identity that a picture suggests: the same in the mirror, wherever the face lies, and nearer to the truth."""

import cv2
import numpy as np
import pytest

from detailed3dmm_addon.core import skin
from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.photo import face_models, shape_prior
from detailed3dmm_addon.photo.crops import Region
from detailed3dmm_addon.photo.face_mesh import find_landmarks
from detailed3dmm_addon.photo.picture import Picture

from .scene import camera, daylight, photograph, skin_colours

BASE = BaseModel.load()
pytestmark = pytest.mark.skipif(
    not all(face_models.path(name).is_file() for name in face_models.SHA256),
    reason="the networks that find faces are absent: run tools/face_models.py",
)


@pytest.fixture(scope="module")
def people():
    """Identities of four heads, and a photo of each."""
    identities = np.clip(np.random.default_rng(4).standard_normal((4, 100)), -2.5, 2.5)
    colours, view = skin_colours(skin.random(3, 35.0)), camera(384, yaw=0.15)
    pictures = [photograph(BASE.neutral(identity), view, daylight(), colours) for identity in identities]
    return identities, [Picture(np.clip(picture, 0, 1) ** (1 / 2.2)) for picture in pictures]


def test_people_are_told_apart_from_the_mean_face(people):
    identities, pictures = people
    alike = [
        cosine(shape_prior.expected(picture, find_landmarks(picture)[0]).identity, identity)
        for identity, picture in zip(identities, pictures, strict=True)
    ]
    assert np.mean(alike) > 0.1, "pure chance stays within 0.05 in two cases of three"


def test_a_picture_in_the_mirror_is_the_person_in_the_mirror(people):
    picture, region = people[1][0], Region(np.array([190.0, 180.0]), 250.0, 0.1)
    plain = shape_prior.both_sides(picture.pixels, region)
    turned = shape_prior.both_sides(picture.pixels[:, ::-1], Region(np.array([193.0, 180.0]), 250.0, -0.1))
    np.testing.assert_allclose(turned, plain[::-1], atol=1e-3)


def test_where_a_face_lies_in_the_picture_says_nothing_of_it(people):
    picture = people[1][1]
    moved = Picture(cv2.copyMakeBorder(picture.pixels, 40, 0, 64, 0, cv2.BORDER_REPLICATE))
    first, second = (shape_prior.expected(one, find_landmarks(one)[0]).identity for one in (picture, moved))
    assert cosine(first, second) > 0.9


def test_an_open_mouth_is_expected_open(people):
    view, colours = camera(384), skin_colours(skin.random(3, 35.0))
    jaw, seen = BASE.expression_names.index("jawOpen"), []
    for amount in (0.0, 0.6):
        vertices = BASE.vertices(people[0][2], BASE.expression({"jawOpen": amount}))
        picture = Picture(np.clip(photograph(vertices, view, daylight(), colours), 0, 1) ** (1 / 2.2))
        known = shape_prior.expected(picture, find_landmarks(picture)[0])
        assert known.expression.min() >= 0 and known.expression.max() <= 1 and known.deviation.min() > 0
        seen.append(known.expression[jaw])
    assert seen[1] - seen[0] > known.deviation[jaw]


def cosine(first, second):
    return first @ second / np.linalg.norm(first) / np.linalg.norm(second)
