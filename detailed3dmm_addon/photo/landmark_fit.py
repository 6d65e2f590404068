"""Shape, expression and camera of a face from its landmarks: the most probable ones given priors. numpy alone.

Levenberg-Marquardt on all unknowns together; expressions stay between 0 and 1. The identity of several photos of one
person is one.
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from ..core.base_model import IDENTITY_SIZE
from ..core.errors import ParameterError
from .camera import SENSOR_WIDTH, STEPS, facing
from .face_mesh import POINTS
from .face_points import FacePoints
from .pins import corrected

_FOCAL_FROM_FILE = 0.05  # spread of the logarithm of a focal length that the file tells
_TOLERANCE = 1e-5  # of the energy: a round that gains less is the last
_ROUNDS = 30
_STEPS = 3  # of a refit
_DAMPING = 1e-3  # at first
_HARDEST = 1e8  # damping at which nothing better is near
_CAMERA = len(STEPS)


@dataclass(frozen=True)
class Prior:
    """What is known before the landmarks are seen.

    noise : standard deviation of a landmark as a share of the eye distance; larger than what one landmark is off, as
        neighbours err together and all 468 are no 468 witnesses
    pinned : the same of a landmark that was placed by hand
    identity : weight, for each photo, of the standard normal prior of the identity around the one to expect
    expression : by how much the energy grows while an expression goes from 0 to 1: most are 0, few are large. To that
        comes the normal prior around the one to expect, where there is one
    trust : share of what landmarks are expected to be off that is put right. That was learned on drawn heads: with all
        of it an open mouth of another make came out worse
    focal_mm : the focal length to expect behind a sensor 36 mm wide; focal_spread : of its logarithm
    """
    noise: float = 0.2
    pinned: float = 0.01
    identity: float = 1.0
    expression: float = 1.0
    trust: float = 0.5
    focal_mm: float = 50.0
    focal_spread: float = 0.3


class Observation(NamedTuple):
    """One photo: its `face_mesh.Landmarks`, (width, height) of the picture, focal length in pixels where known, the
    numbers of landmarks that were placed by hand, and what face to expect, `shape_prior.Expected` or None, which also
    tells how far landmarks are off."""
    landmarks: object
    size: tuple
    focal: float | None = None
    pinned: tuple = ()
    expected: object = None


@dataclass(frozen=True, eq=False)
class Fit:
    """A person and what the face does in each photo.

    identity : (100,) standard deviations; expressions : list of (53,), 0..1; cameras : list of `Camera`;
    residual : median distance between landmarks, put right where it is known how far they are off, and their points on
    the face, as a share of the eye distance
    """
    identity: np.ndarray
    expressions: list
    cameras: list
    residual: float


def fit_landmarks(base, observations, correspondence, prior=None):
    """The most probable face that shows these landmarks.

    Parameters
    ----------
    base : `core.base_model.BaseModel`
    observations : sequence of `Observation`, photos of one person
    correspondence : `correspondence.Correspondence`: which point of the base model each landmark is
    prior : `Prior`

    Returns
    -------
    Fit

    Raises
    ------
    ParameterError
        If there is no photo, or landmarks are not 468 finite points.
    """
    observations = [Observation(*observation) for observation in observations]
    if not observations:
        raise ParameterError("A face is fitted to one photo or more, none was given.")
    problem = _Problem(base, observations, correspondence, prior or Prior())
    state = problem.minimise(problem.start(), rigid=True)
    state = problem.minimise(state)
    problem.points.focus(state.identity)
    state = problem.minimise(state)
    return Fit(state.identity, state.expressions, state.cameras, problem.residual(state))


def refit(base, observations, correspondence, fit, terms, prior=None):
    """A fit moved on by what photos show beside their landmarks.

    Parameters
    ----------
    base, observations, correspondence, prior : as for `fit_landmarks`, of which `fit` came
    terms : for each photo None, or a function of (identity, expression, camera) that gives gradient (160,) and
        Gauss-Newton matrix (160, 160) of a further energy by identity, camera and expression

    Returns
    -------
    Fit, a few Gauss-Newton steps from there
    """
    problem = _Problem(base, [Observation(*observation) for observation in observations], correspondence,
                       prior or Prior())
    problem.points.focus(fit.identity)
    state = _State(fit.identity, fit.expressions, fit.cameras)
    for _ in range(_STEPS):
        gradient, matrix = problem.quadratic(state)
        for number, term in enumerate(terms):
            if term is not None:
                own = problem.columns(number)
                more = term(state.identity, state.expressions[number], state.cameras[number])
                gradient[own] += more[0]
                matrix[np.ix_(own, own)] += more[1]
        damped = matrix + _DAMPING * np.diag(np.diag(matrix) + 1e-9)
        state = state.moved(bounded_minimum(damped, gradient, *problem.bounds(state)))
    return Fit(state.identity, state.expressions, state.cameras, problem.residual(state))


class _State(NamedTuple):
    identity: np.ndarray
    expressions: list
    cameras: list

    def moved(self, step):
        """The state after a step (100 + photos * (7 + 53),)."""
        identity, photos = step[:IDENTITY_SIZE], step[IDENTITY_SIZE:].reshape(len(self.cameras), -1)
        return _State(
            self.identity + identity,
            [np.clip(e + s[_CAMERA:], 0, 1) for e, s in zip(self.expressions, photos, strict=True)],
            [camera.moved(s[:_CAMERA]) for camera, s in zip(self.cameras, photos, strict=True)])


class _Problem:
    """The energy of a state, and its quadratic approximation."""

    def __init__(self, base, observations, correspondence, prior):
        usable = np.flatnonzero(correspondence.usable)
        self.points = FacePoints(base, correspondence.triangles[usable], correspondence.barycentric[usable])
        self.prior = prior
        self.photos = [_Photo(observation, usable, prior) for observation in observations]
        told = [observation.expected.identity for observation in observations if observation.expected is not None]
        self.expected = np.mean(told, axis=0) if told else np.zeros(IDENTITY_SIZE)
        # Landmarks err by the person more than by the photo: two photos of one person are no two witnesses.
        self.held = prior.identity * len(observations)
        # The irises alone tell where the eyes look; without them the lids would.
        self.movable = np.array([not name.startswith("eyeLook") for name in base.expression_names])

    def start(self):
        neutral = np.zeros(len(self.movable))
        return _State(self.expected, [neutral] * len(self.photos),
                      [photo.first_camera(self.points.mean) for photo in self.photos])

    def energy(self, state):
        surprise = state.identity - self.expected
        total = self.held / 2 * surprise @ surprise
        for photo, expression, camera in zip(self.photos, state.expressions, state.cameras, strict=True):
            positions = self.points.positions(state.identity, expression)
            error = photo.error(camera.project(positions))
            surprise = photo.surprise(expression)
            total += error @ error / 2 + self.prior.expression * expression.sum() + surprise @ surprise / 2
            total += photo.focal_error(camera)**2 / 2
        return total

    def quadratic(self, state):
        """Gradient and Gauss-Newton matrix of the energy by a step of the state."""
        size = IDENTITY_SIZE + len(self.photos) * (_CAMERA + len(self.movable))
        gradient, matrix = np.zeros(size), np.zeros((size, size))
        shared = slice(0, IDENTITY_SIZE)
        gradient[shared] = self.held * (state.identity - self.expected)
        matrix[shared, shared] = self.held * np.eye(IDENTITY_SIZE)
        for number, photo in enumerate(self.photos):
            expression, camera = state.expressions[number], state.cameras[number]
            positions = self.points.positions(state.identity, expression)
            by_point, by_camera = camera.derivatives(positions)
            moves = np.concatenate([self.points.modes, self.points.by_expression(expression)], 2)
            by_shape = by_point @ moves
            error = photo.error(camera.project(positions))
            slopes = photo.slopes(np.concatenate(
                [by_shape[..., :IDENTITY_SIZE], by_camera, by_shape[..., IDENTITY_SIZE:]], 2))
            columns = self.columns(number)
            gradient[columns] += slopes.T @ error
            matrix[np.ix_(columns, columns)] += slopes.T @ slopes
            at = columns[IDENTITY_SIZE]
            does = columns[IDENTITY_SIZE + _CAMERA:]
            gradient[does] += self.prior.expression + photo.certainty * photo.surprise(expression)
            matrix[does, does] += photo.certainty**2
            focal = at + STEPS.index("log focal length")
            gradient[focal] += photo.focal_error(camera) / photo.focal_spread
            matrix[focal, focal] += 1 / photo.focal_spread**2
        return gradient, matrix

    def columns(self, number):
        """(160,) of all unknowns, those that a photo is about: identity, its camera, its expression."""
        own = _CAMERA + len(self.movable)
        return np.r_[:IDENTITY_SIZE, IDENTITY_SIZE + number * own + np.arange(own)]

    def minimise(self, state, rigid=False):
        """Levenberg-Marquardt from `state`; rigid: place and turn of the cameras alone. There the mean face stands for
        the person, and a focal length would leave all that is known of it to make up for what the two differ in."""
        energy, damping = self.energy(state), _DAMPING
        for _ in range(_ROUNDS):
            gradient, matrix = self.quadratic(state)
            low, high = self.bounds(state, rigid)
            before = energy
            while damping < _HARDEST:
                damped = matrix + damping * np.diag(np.diag(matrix) + 1e-9)
                candidate = state.moved(bounded_minimum(damped, gradient, low, high))
                candidate_energy = self.energy(candidate)
                if candidate_energy < energy:
                    state, energy, damping = candidate, candidate_energy, damping / 10
                    break
                damping *= 10
            if before - energy < _TOLERANCE * before:
                break
        return state

    def bounds(self, state, rigid=False):
        """Lowest and highest step of each unknown."""
        low, high = [np.full(IDENTITY_SIZE, -np.inf)], [np.full(IDENTITY_SIZE, np.inf)]
        for expression in state.expressions:
            low += [np.full(_CAMERA, -np.inf), np.where(self.movable, -expression, 0)]
            high += [np.full(_CAMERA, np.inf), np.where(self.movable, 1 - expression, 0)]
        low, high = np.concatenate(low), np.concatenate(high)
        if rigid:
            photos = (np.arange(len(low)) - IDENTITY_SIZE) % (_CAMERA + len(self.movable))
            still = (np.arange(len(low)) < IDENTITY_SIZE) | (photos >= STEPS.index("log focal length"))
            low, high = np.where(still, 0, low), np.where(still, 0, high)
        return low, high

    def residual(self, state):
        shares = [photo.distances(camera.project(self.points.positions(state.identity, expression)))
                  for photo, expression, camera in zip(self.photos, state.expressions, state.cameras, strict=True)]
        return float(np.median(np.concatenate(shares)))


class _Photo:
    """The landmarks of a photo, in standard deviations."""

    def __init__(self, observation, usable, prior):
        landmarks = observation.landmarks
        if np.shape(landmarks.points) != (POINTS, 2) or not np.isfinite(landmarks.points).all():
            raise ParameterError(f"A face has {POINTS} landmarks of two finite numbers each.")
        self.size = observation.size
        self.pixels = _put_right(observation, prior.trust)[usable]
        noise = np.full(POINTS, prior.noise)
        noise[list(observation.pinned)] = prior.pinned
        self._eyes = landmarks.size
        self._weight = 1 / (noise[usable, None] * landmarks.size)
        known = observation.expected
        self.likely, self.certainty = (0.0, 0.0) if known is None else (known.expression, 1 / known.deviation)
        told = observation.focal is not None
        self.focal = observation.focal if told else prior.focal_mm / SENSOR_WIDTH * max(self.size)
        self.focal_spread = _FOCAL_FROM_FILE if told else prior.focal_spread

    def surprise(self, expression):
        """(53,) how far an expression is from the one to expect, standard deviations."""
        return self.certainty * (expression - self.likely)

    def first_camera(self, points):
        return facing(points, self.pixels, self.focal, self.size)

    def error(self, pixels):
        """(2 N,) from where the landmarks are to `pixels` (N, 2)."""
        return (self._weight * (pixels - self.pixels)).ravel()

    def slopes(self, by_unknowns):
        """(2 N, U) slopes of `error` from those of pixels (N, 2, U)."""
        return (self._weight[..., None] * by_unknowns).reshape(-1, by_unknowns.shape[2])

    def distances(self, pixels):
        """(N,) between `pixels` (N, 2) and the landmarks, eye distances."""
        return np.linalg.norm(pixels - self.pixels, axis=1) / self._eyes

    def focal_error(self, camera):
        return np.log(camera.focal / self.focal) / self.focal_spread


def _put_right(observation, trust):
    """(468, 2) pixels at which the points of the face are likely to be; what was placed by hand stays there, and holds
    what is around."""
    points = np.asarray(observation.landmarks.points, float)
    if observation.expected is None or not np.any(observation.expected.shift):
        return points
    shifted = replace(observation.landmarks, points=points + trust * observation.expected.shift)
    return corrected(shifted, {number: points[number] for number in observation.pinned}).points.astype(float)


def bounded_minimum(matrix, gradient, low, high):
    """Where `step @ matrix @ step / 2 + gradient @ step` is least with `low <= step <= high`.

    Parameters
    ----------
    matrix : (n, n), symmetric and positive definite; gradient : (n,); low, high : (n,), low <= 0 <= high

    Returns
    -------
    (n,) step

    An active-set method: coordinates that would leave the box are held at its wall, and let go again where the energy
    falls towards the inside (Nocedal and Wright, Numerical Optimization, 2006, section 16.5).
    """
    held = low == high
    step = np.where(held, low, 0.0)
    for _ in range(3 * len(step)):
        free = np.flatnonzero(~held)
        walls = np.flatnonzero(held)
        step[free] = np.linalg.solve(matrix[np.ix_(free, free)],
                                     -gradient[free] - matrix[np.ix_(free, walls)] @ step[walls])
        outside = free[(step[free] < low[free]) | (step[free] > high[free])]
        if len(outside):
            step[outside] = np.clip(step[outside], low[outside], high[outside])
            held[outside] = True
            continue
        slope = gradient + matrix @ step
        inwards = np.where(step == low, -slope, slope) * (held & (low < high))
        loosest = np.argmax(inwards)
        if inwards[loosest] <= 1e-9 * (1 + np.abs(gradient).max()):
            break
        held[loosest] = False
    return step
