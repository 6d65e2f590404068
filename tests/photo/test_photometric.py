"""The fit to shading: it finds more of a face than landmarks do, and nothing where there is nothing to see."""
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.skin_paint import encode
from detailed3dmm_addon.photo import illumination, photometric, reconstruction
from detailed3dmm_addon.photo.camera import STEPS
from detailed3dmm_addon.photo.face_mesh import Landmarks
from detailed3dmm_addon.photo.landmark_fit import Fit, Observation, fit_landmarks, refit
from detailed3dmm_addon.photo.picture import Picture
from detailed3dmm_addon.photo.reconstruction import Photo
from detailed3dmm_addon.photo.shape_prior import Expected
from tests.photo import scene

BASE = BaseModel.load()
PERSON = np.random.default_rng(11).standard_normal(100)
AT_REST = np.zeros(53)
DRAWN = 0.11  # standard deviation of what drawn skin leaves unexplained, logarithms
CAMERA = scene.camera(400, 0.2, 0.1)


def photographed(camera=CAMERA, light=None):
    """Linear picture of `PERSON`."""
    vertices = BASE.vertices(PERSON, AT_REST)
    return scene.photograph(vertices, camera, scene.daylight() if light is None else light,
                            scene.skin_colours({"melanin": 0.35}, 256))


def marked(points, camera=CAMERA):
    """`Landmarks` of `PERSON`, exact."""
    spots = (BASE.vertices(PERSON, AT_REST)[points.triangles] * points.barycentric[..., None]).sum(1)
    pixels = camera.project(spots).astype(np.float32)
    return Landmarks(pixels, np.zeros(468, np.float32), 1.0)


def view(picture, fit, marks, camera):
    """`photometric.View` of a linear picture that a fit is of."""
    vertices = BASE.vertices(fit.identity, fit.expressions[0])
    lit = illumination.explain(picture, vertices, camera)
    reach = 0.02 * illumination.eye_distance(vertices, camera)
    return photometric.View(picture, camera, camera, illumination.Illumination(
        lit.light, lit.tone, lit.skin * illumination.openings(marks.points, camera.size, reach)))


def apart(identity):
    """Root mean square distance in mm from `PERSON`'s face, size, place and turn aside."""
    front = BASE.mean[:9409][:, 1] < -0.05
    a, b = (BASE.neutral(person)[:9409][front].astype(float) for person in (identity, PERSON))
    a, b = a - a.mean(0), b - b.mean(0)
    u, s, v = np.linalg.svd(a.T @ b)
    return 1000 * np.sqrt(((s.sum() / (a * a).sum() * a @ u @ v - b) ** 2).sum(1).mean())


@pytest.fixture(scope="module")
def start(points):
    """Observation of `PERSON`, and what landmarks alone make of it; the expression is known to be none."""
    marks = marked(points)
    at_rest = Expected(np.zeros(100), AT_REST, np.full(53, 0.01))
    observation = Observation(marks, CAMERA.size, CAMERA.focal, expected=at_rest)
    return SimpleNamespace(observation=observation, marks=marks, fit=fit_landmarks(BASE, [observation], points))


@pytest.fixture(scope="module")
def shown(start, points):
    """What shading and landmarks make of an open view of `PERSON`."""
    return refitted(start, points, view(photographed(), start.fit, start.marks, CAMERA))


def refitted(start, points, seen):
    return refit(BASE, [start.observation], points, start.fit, photometric.terms(BASE, start.fit, [seen]))


def test_shading_brings_a_face_closer_than_landmarks_do(start, points, monkeypatch):
    """With the trust that drawn skin deserves; other skin gets less."""
    monkeypatch.setattr(photometric, "_STANDARD_DEVIATION", DRAWN)
    shown = refitted(start, points, view(photographed(), start.fit, start.marks, CAMERA))
    assert apart(shown.identity) < 0.85 * apart(start.fit.identity)


def test_the_trust_that_any_skin_gets_brings_it_closer_too(start, shown):
    assert apart(shown.identity) < 0.95 * apart(start.fit.identity)


def test_hollows_get_less_light():
    """Beside the wings of the nose less light comes from around than on the forehead."""
    sites = photometric._sites()
    places, shade = BASE.mean[sites.vertices], sites.hollow[:, 2]
    wing, brow = (np.linalg.norm(places - BASE.mean[BASE.landmarks[mark]] - above, axis=1) < 0.012
                  for mark, above in ((31, (0, 0, 0)), (27, (0, 0, 0.035))))
    assert wing.sum() > 2 and brow.sum() > 2 and shade[wing].mean() < shade[brow].mean() - 0.1
    assert shade.max() <= 0


def test_darkness_of_hollows_is_no_surprise():
    """What light alone does not explain, the shape would have to pay for."""
    sites = photometric._sites()
    everywhere, light = np.arange(len(sites.vertices)), np.ones((len(sites.vertices), 1))
    even = replace(sites, hollow=0 * sites.hollow)
    known, unknown = (residual_energy(sites.hollow[:, 2], photometric._covariance(
        kind, everywhere, light, np.ones(len(everywhere)))) for kind in (sites, even))
    assert known < 0.1 * unknown


def residual_energy(residual, covariance):
    return residual @ np.linalg.solve(covariance, residual)


def test_a_photo_that_tells_nothing_changes_next_to_nothing(start, points):
    plain = refitted(start, points, None)
    assert np.abs(plain.identity - start.fit.identity).max() < 0.1
    assert abs(apart(plain.identity) - apart(start.fit.identity)) < 0.02


def test_what_lies_before_the_face_does_not_shape_it(start, shown, points):
    picture = photographed()
    centre = np.rint(start.marks.points[205]).astype(int)  # a cheek
    picture[centre[1] - 25:centre[1] + 25, centre[0] - 25:centre[0] + 25] = (0.02, 0.25, 0.03)
    covered = refitted(start, points, view(picture, start.fit, start.marks, CAMERA))
    assert apart(covered.identity) < apart(start.fit.identity)
    assert abs(apart(covered.identity) - apart(shown.identity)) < 0.15


def test_light_from_everywhere_alike_shows_no_shape(start, points):
    """Nothing but the picture's place is left, where the skin's colour changes."""
    even = illumination.Illumination(np.eye(9)[:, [0]].repeat(3, 1), SimpleNamespace(colour=np.full(3, 0.3)),
                                     np.ones(CAMERA.size[::-1], np.float32))
    flat = photometric.View(np.full((*CAMERA.size[::-1], 3), 0.3, np.float32), CAMERA, CAMERA, even)
    term, = photometric.terms(BASE, start.fit, [flat])
    _residual, slopes, _light, weights = term.linear(start.fit.identity, AT_REST, start.fit.cameras[0])
    assert (weights > 0.5).sum() > 300 and np.abs(slopes).max() < 1e-9


def test_hardly_any_skin_is_no_witness(start):
    seen = view(photographed(), start.fit, start.marks, CAMERA)
    hidden = seen._replace(lit=illumination.Illumination(seen.lit.light, seen.lit.tone, 0 * seen.lit.skin))
    term, = photometric.terms(BASE, start.fit, [hidden])
    gradient, matrix = term(start.fit.identity, AT_REST, start.fit.cameras[0])
    assert gradient.shape == (160,) and not gradient.any() and matrix.shape == (160, 160) and not matrix.any()


@pytest.mark.parametrize("unknown", ["identity", "expression", *STEPS])
def test_slopes_are_those_of_the_residual(start, unknown):
    """On a smooth picture, where interpolation between pixels is nearly exact."""
    picture = photographed()
    y, x = np.mgrid[:400, :400] / 400
    picture[:] = (0.3 + 0.1 * np.sin(2 * x + 3 * y))[..., None]
    term, = photometric.terms(BASE, start.fit, [view(photographed(), start.fit, start.marks, CAMERA)._replace(
        picture=picture)])
    step, does, random = np.zeros(160), BASE.expression({"jawOpen": 0.3}), np.random.default_rng(1)
    if unknown in STEPS:
        step[100 + STEPS.index(unknown)] = 0.5 if unknown in ("right", "down") else 1e-3
    else:
        step[:100] = 0.01 * random.standard_normal(100) * (unknown == "identity")
        step[107 + BASE.expression_names.index("jawOpen")] = 1e-3 * (unknown == "expression")

    def residual(share):
        moved = start.fit.identity + share * step[:100], does + share * step[107:]
        return term.linear(*moved, start.fit.cameras[0].moved(share * step[100:107]))

    _residual, slopes, _light, weights = residual(0)
    difference = (residual(0.5)[0] - residual(-0.5)[0])[weights > 0.3]
    np.testing.assert_allclose((slopes @ step)[weights > 0.3], difference, atol=0.05 * np.abs(difference).max())


def test_two_photos_are_one_person(start, points):
    """The same photo twice, as one of a larger picture too, is that photo once."""
    seen = view(photographed(), start.fit, start.marks, CAMERA)
    once = refitted(start, points, seen)
    twice = Fit(start.fit.identity, 2 * start.fit.expressions, 2 * start.fit.cameras, start.fit.residual)
    both = refit(BASE, 2 * [start.observation], points, twice, photometric.terms(BASE, twice, [seen, seen]))
    np.testing.assert_allclose(both.identity, once.identity, atol=2e-3)


def test_a_larger_photo_is_seen_alike(start):
    """Derivatives are by pixels of the whole photo, however small it is looked at."""
    seen = view(photographed(), start.fit, start.marks, CAMERA)
    small, = photometric.terms(BASE, start.fit, [seen])
    camera = start.fit.cameras[0]
    large = seen.camera.scaled(3), camera.scaled(3)
    big, = photometric.terms(BASE, start.fit, [seen._replace(whole=large[0])])
    units = np.ones(160)
    units[[100 + STEPS.index("right"), 100 + STEPS.index("down")]] = 1 / 3
    a = small(start.fit.identity, AT_REST, camera)
    b = big(start.fit.identity, AT_REST, large[1])
    np.testing.assert_allclose(b[0], units * a[0], atol=1e-6 * np.abs(a[0]).max())


def test_reconstructions_use_it(start, points, monkeypatch):
    """A photo as it comes from a file, through `reconstruction.fitted`."""
    monkeypatch.setattr("detailed3dmm_addon.photo.shape_prior.expected", lambda _picture, _marks: None)
    photo = Photo(Picture(encode(photographed().clip(0, 1)).astype(np.float32), focal=CAMERA.focal))
    alone, shaded = (reconstruction.fitted([photo], [start.marks], shaded) for shaded in (False, True))
    assert apart(shaded.identity) < apart(alone.identity)
