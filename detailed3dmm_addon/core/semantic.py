"""Sliders with names: measures of the neutral face in millimetres, each with a direction in identity space.

A measure is a linear combination of vertex coordinates, so it is linear in identity, without error. Directions are
dual to the measures: one slider moves its own measure by what it says and the others as little as a plausible face
allows. Nothing is stored: slider values are read from an identity, and moving a slider gives a new identity.
"""
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .base_model import IDENTITY_SIZE, BaseModel
from .errors import ParameterError

REACH = 2.5  # standard deviations of the training faces that a slider spans to each side
RIDGE = 0.03  # of a measure's variance: how much decoupling may give way to plausible coefficients
X, Y, Z = range(3)


@dataclass(frozen=True)
class Slider:
    """A measure of the neutral face, in millimetres more than the mean face has.

    name : identifier; label : for people; group : heading; tooltip : the measure's definition, in words;
    minimum, maximum : what the training faces reach (2.5 standard deviations), millimetres;
    terms : (vertex, axis, weight) of the coordinates whose sum it is; "both" sides are averaged
    """
    name: str
    label: str
    group: str
    tooltip: str
    maximum: float
    terms: tuple

    @property
    def minimum(self):
        return -self.maximum


def _width(vertex):
    """Distance across the face between a vertex of the left side and its mirror image."""
    return ((vertex, X, 2.0),)


def _up(above, below):
    """Height of one vertex over another."""
    return ((above, Z, 1.0), (below, Z, -1.0))


def _out(front, behind):
    """How far one vertex lies in front of another."""
    return ((front, Y, -1.0), (behind, Y, 1.0))


def _between(sign, axis, vertex, *ends):
    """How far a vertex lies beyond the middle of others along an axis."""
    return ((vertex, axis, sign), *((end, axis, -sign / len(ends)) for end in ends))


def _tilt(vertex, axis=Z):
    """Left side minus right side: terms of opposite sign at the vertex and its mirror image."""
    return ((vertex, axis, "left"),)


# Vertices on the subject's left side, or in the middle, by what they mark.
TOP, FRONT, HAIRLINE, GLABELLA, NASION, TIP, SUBNASALE = 10527, 976, 8742, 1398, 978, 4857, 1147
LIP_TOP, LIP_UPPER, LIP_LOWER, LIP_BOTTOM, FOLD, CHIN, MENTON = 0, 5533, 5517, 5518, 10, 968, 966
OUTER_EYE, INNER_EYE, UPPER_LID, LOWER_LID, BROW, BROW_INNER, BROW_OUTER = 3721, 3742, 3753, 3732, 4114, 3615, 2509
ALA, BRIDGE, NOSE_SIDE, MIDDLE_NOSE = 5208, 4515, 4269, 4527
ZYGION, MALAR, CHEEK, BUCCAL, GONION, JAW, CHIN_SIDE = 3865, 3374, 2267, 3180, 4100, 3927, 4390
MOUTH_CORNER, TEMPLE, HEAD_SIDE, BACK, OVER_BROW, EAR, EAR_TOP, LOBE = 6213, 8508, 9860, 9442, 3636, 6893, 6844, 6720
NECK, NECK_FRONT, THROAT, UNDER_CHIN, TEAR = 11160, 9028, 1595, 960, 4339

SLIDERS = (
    Slider("head_width", "Width", "Head", "Width of the skull above the ears", 18.7, _width(HEAD_SIDE)),
    Slider("head_height", "Height", "Head", "Height from the bottom of the chin to the top of the head", 28.2,
           _up(TOP, MENTON)),
    Slider("head_depth", "Depth", "Head", "Length of the head from the glabella to the back", 25.0,
           _out(GLABELLA, BACK)),
    Slider("neck_width", "Neck width", "Head", "Width of the neck half way down", 29.6, _width(NECK)),
    Slider("neck_length", "Neck length", "Head", "Height from the pit of the neck to the bottom of the chin", 19.9,
           _up(MENTON, NECK_FRONT)),
    Slider("forehead_height", "Height", "Forehead", "Height from the glabella to the hairline's middle", 8.7,
           _up(HAIRLINE, GLABELLA)),
    Slider("forehead_width", "Width", "Forehead", "Width at the temples", 17.8, _width(TEMPLE)),
    Slider("forehead_slope", "Slope", "Forehead", "How far the hairline lies behind the glabella", 11.2,
           _out(GLABELLA, HAIRLINE)),
    Slider("brow_ridge", "Brow ridge", "Forehead", "How far the brow stands out in front of the forehead above it", 4.4,
           _out(BROW, OVER_BROW)),
    Slider("brow_height", "Brow height", "Forehead", "Height of the brow over the edge of the upper lid", 5.0,
           _up(BROW, UPPER_LID)),
    Slider("brow_tilt", "Brow tilt", "Forehead", "Height of the brow's outer end over its inner end", 4.0,
           _up(BROW_OUTER, BROW_INNER)),
    Slider("eye_height", "Opening", "Eyes", "Height of the opening between the lids", 3.3, _up(UPPER_LID, LOWER_LID)),
    Slider("eye_width", "Width", "Eyes", "Width of an eye from corner to corner", 4.4,
           ((OUTER_EYE, X, 1.0), (INNER_EYE, X, -1.0))),
    Slider("eye_spacing", "Spacing", "Eyes", "Distance between the inner corners of the eyes", 8.5, _width(INNER_EYE)),
    Slider("eye_tilt", "Tilt", "Eyes", "Height of the outer corner of an eye over the inner corner", 2.7,
           _up(OUTER_EYE, INNER_EYE)),
    Slider("eye_depth", "Depth", "Eyes", "How far the upper lid lies behind the brow", 7.5, _out(BROW, UPPER_LID)),
    Slider("eye_bags", "Under-eye", "Eyes", "How far the skin under the eye stands out in front of the cheekbone", 3.5,
           _out(TEAR, MALAR)),
    Slider("nose_length", "Length", "Nose", "Height from the base of the nose to its root", 8.0,
           _up(NASION, SUBNASALE)),
    Slider("nose_width", "Width", "Nose", "Width across the wings of the nose", 12.1, _width(ALA)),
    Slider("nose_protrusion", "Protrusion", "Nose", "How far the tip stands out in front of the base of the nose", 6.7,
           _out(TIP, SUBNASALE)),
    Slider("nose_tip", "Tip", "Nose", "Height of the tip over the base of the nose: drooping to turned up", 2.8,
           _up(TIP, SUBNASALE)),
    Slider("nose_bridge", "Bridge", "Nose",
           "How far the bridge stands out in front of the line from root to tip: scooped to humped", 2.1,
           _between(-1.0, Y, MIDDLE_NOSE, NASION, TIP)),
    Slider("nose_root", "Root", "Nose", "How far the root of the nose stands out in front of the inner eye corners",
           9.8, _out(NASION, INNER_EYE)),
    Slider("nose_bridge_width", "Bridge width", "Nose", "Width of the bridge of the nose", 3.3, _width(BRIDGE)),
    Slider("cheekbone_width", "Cheekbone width", "Cheeks", "Width across the cheekbones", 17.0, _width(ZYGION)),
    Slider("cheekbone_front", "Cheekbone", "Cheeks",
           "How far the cheekbone stands out in front of the cheek below", 3.5, _out(MALAR, CHEEK)),
    Slider("cheek_fullness", "Fullness", "Cheeks",
           "How far the cheek bulges beyond the middle of cheekbone and jaw corner, to the side", 4.4,
           _between(1.0, X, BUCCAL, ZYGION, GONION)),
    Slider("mouth_width", "Width", "Mouth", "Width of the mouth from corner to corner", 9.7, _width(MOUTH_CORNER)),
    Slider("philtrum", "Philtrum", "Mouth", "Height from the upper lip's red to the base of the nose", 4.1,
           _up(SUBNASALE, LIP_TOP)),
    Slider("upper_lip", "Upper lip", "Mouth", "Height of the upper lip's red in the middle", 3.2,
           _up(LIP_TOP, LIP_UPPER)),
    Slider("lower_lip", "Lower lip", "Mouth", "Height of the lower lip's red in the middle", 2.3,
           _up(LIP_LOWER, LIP_BOTTOM)),
    Slider("lip_protrusion", "Protrusion", "Mouth", "How far the lips stand out in front of the base of the nose", 7.7,
           ((LIP_TOP, Y, -0.5), (LIP_BOTTOM, Y, -0.5), (SUBNASALE, Y, 1.0))),
    Slider("mouth_corners", "Corners", "Mouth", "Height of the corners of the mouth over its middle", 3.5,
           _up(MOUTH_CORNER, LIP_UPPER)),
    Slider("jaw_width", "Width", "Jaw", "Width across the corners of the jaw", 20.6, _width(GONION)),
    Slider("jaw_angle", "Angle", "Jaw", "Height of the jaw line half way to the chin: square to pointed", 7.3,
           _up(JAW, MENTON)),
    Slider("chin_height", "Chin height", "Jaw", "Height from the bottom of the chin to the red of the lower lip", 8.1,
           _up(LIP_BOTTOM, MENTON)),
    Slider("chin_width", "Chin width", "Jaw", "Width of the chin", 10.9, _width(CHIN_SIDE)),
    Slider("chin_protrusion", "Chin protrusion", "Jaw", "How far the chin stands out in front of the lips' base", 9.8,
           ((CHIN, Y, -1.0), (LIP_BOTTOM, Y, 0.5), (SUBNASALE, Y, 0.5))),
    Slider("under_chin", "Under the chin", "Jaw", "How far the skin under the chin hangs below it", 14.4,
           _up(MENTON, UNDER_CHIN)),
    Slider("throat", "Throat", "Jaw", "How far the throat stands out in front of the neck below", 14.9,
           _out(THROAT, NECK_FRONT)),
    Slider("ear_size", "Size", "Ears", "Height of an ear", 12.6, _up(EAR_TOP, LOBE)),
    Slider("ear_protrusion", "Protrusion", "Ears", "How far an ear stands out from the head", 9.0,
           ((EAR, X, 1.0), (HEAD_SIDE, X, -1.0))),
    Slider("ear_height", "Height", "Ears", "Height of the ears over the base of the nose", 12.8, _up(EAR, SUBNASALE)),
    Slider("chin_shift", "Chin to the left", "Asymmetry", "How far the chin lies to the subject's left", 2.6,
           ((MENTON, X, 1.0), (NASION, X, -1.0))),
    Slider("nose_shift", "Nose to the left", "Asymmetry", "How far the tip of the nose lies to the subject's left", 1.2,
           ((TIP, X, 1.0), (NASION, X, -1.0))),
    Slider("mouth_slant", "Mouth slant", "Asymmetry", "Height of the left corner of the mouth over the right one", 2.0,
           _tilt(MOUTH_CORNER)),
    Slider("eye_slant", "Eye slant", "Asymmetry", "Height of the left eye over the right one", 1.4, _tilt(OUTER_EYE)),
    Slider("brow_slant", "Brow slant", "Asymmetry", "Height of the left brow over the right one", 0.9, _tilt(BROW)),
)
GROUPS = {name: tuple(slider for slider in SLIDERS if slider.group == name)
          for name in dict.fromkeys(slider.group for slider in SLIDERS)}


class SemanticSliders:
    """All sliders of a base model: their measures `functionals` (S, 100), in millimetres for one standard deviation
    of a coefficient, and `directions` (S, 100), the identity that one millimetre of each slider adds.

    >>> sliders = SemanticSliders.load()
    >>> identity = sliders.moved(np.zeros(100), "nose_width", 3.0)
    """

    def __init__(self, model):
        self.names = tuple(slider.name for slider in SLIDERS)
        self._index = {slider.name: number for number, slider in enumerate(SLIDERS)}
        vertices = sorted({vertex for slider in SLIDERS for vertex, _, _ in slider.terms}
                          | {int(model.mirror[vertex]) for slider in SLIDERS for vertex, _, _ in slider.terms})
        modes = dict(zip(vertices, np.moveaxis(model.modes(vertices), 1, 0) * 1e3, strict=True))
        self.functionals = np.stack([_functional(slider.terms, modes, model.mirror) for slider in SLIDERS])
        self.deviations = np.linalg.norm(self.functionals, axis=1)
        self.directions = _duals(self.functionals, self.deviations)

    @staticmethod
    @lru_cache(maxsize=1)
    def load():
        """The sliders of this installation's base model."""
        return SemanticSliders(BaseModel.load())

    def values(self, identity):
        """(S,) millimetres relative to the mean face, in the order of `SLIDERS`."""
        return self.functionals @ np.asarray(identity, np.float64)

    def value(self, identity, name):
        """One slider's millimetres relative to the mean face."""
        return float(self.functionals[self._number(name)] @ np.asarray(identity, np.float64))

    def moved(self, identity, name, value):
        """The identity nearest in kind whose slider `name` reads `value` millimetres.

        Parameters
        ----------
        identity : (100,); name : of a slider; value : millimetres relative to the mean face

        Returns
        -------
        (100,) float32

        Raises
        ------
        ParameterError
            If there is no slider of that name.
        """
        change = value - self.value(identity, name)
        return (np.asarray(identity, np.float64) + change * self.directions[self._number(name)]).astype(np.float32)

    def solved(self, identity, values):
        """The identity nearest to `identity`, in standard deviations, at which all of `values` (name -> mm) hold."""
        numbers = [self._number(name) for name in values]
        scale = self.deviations[numbers]
        measures = self.functionals[numbers] / scale[:, None]
        missing = np.array(list(values.values())) / scale - measures @ np.asarray(identity, np.float64)
        weights = np.linalg.solve(measures @ measures.T + 1e-9 * np.eye(len(numbers)), missing)
        return (np.asarray(identity, np.float64) + measures.T @ weights).astype(np.float32)

    def randomised(self, identity, group, seed, amount=1.0):
        """The identity with the sliders of one group drawn anew, `amount` times as varied as people are.

        The same seed draws the same values; sliders of other groups stay as far as they can.
        """
        if group not in GROUPS:
            raise ParameterError(f"There is no group of sliders called \"{group}\".")
        random = np.random.default_rng(seed)
        for slider in GROUPS[group]:
            drawn = np.clip(random.normal(), -2, 2) * amount * self.deviations[self._number(slider.name)]
            identity = self.moved(identity, slider.name, drawn)
        return identity

    def groups(self):
        """dict of heading -> tuple of its sliders, in the order of a panel."""
        return GROUPS

    def _number(self, name):
        if name not in self._index:
            raise ParameterError(f"There is no slider called \"{name}\".")
        return self._index[name]


def _functional(terms, modes, mirror):
    """(100,) derivative of a measure by identity; a measure of one side is the mean of both sides."""
    total = np.zeros(IDENTITY_SIZE)
    for vertex, axis, weight in terms:
        left, right = modes[vertex][:, axis], modes[int(mirror[vertex])][:, axis]
        if weight == "left":
            total += left - right
        elif int(mirror[vertex]) == vertex:
            total += weight * left
        else:
            total += weight * (left + (-right if axis == X else right)) / 2
    return total


def _duals(functionals, deviations):
    """(S, 100) directions: the regularised pseudo-inverse of the measures, scaled so that each moves itself by 1 mm."""
    measures = functionals / deviations[:, None]
    inverse = np.linalg.solve(measures @ measures.T + RIDGE * np.eye(len(measures)), measures)
    own = (inverse * functionals).sum(1)
    return inverse / own[:, None]
