"""The person code: 24 standard normal numbers that say where and how readily one person's skin creases.

    0-4    which of two drawings of its creases each family shows, and where one gives way to the other
    5-9    which way round the drawing is: as it is or mirrored, likewise
    10-17  a smooth warp of the creases over the face: four mirror-symmetric fields, four antisymmetric ones
    18-23  the skin: three symmetric fields of critical strain, an antisymmetric one, wavelength, overall strain
"""

from __future__ import annotations

import numpy as np

from .checks import vector

PERSON_CODE_SIZE = 24
VARIANT, WARP, SKIN = slice(0, 10), slice(10, 18), slice(18, 24)
MIRROR_SIGNS = np.array([1] * 5 + [-1] * 5 + [1] * 4 + [-1] * 4 + [1, 1, 1, -1, 1, 1], np.float32)
YOUNGEST, OLDEST = 18.0, 90.0
# Whose skin a face has of which nothing is known. Drawn at random and chosen by eye: two lines between the brows, three
# across the forehead. It is not the mean, whose numbers lie between two drawings and show the lines of both.
USUAL_PERSON = np.array([-2.2, -0.6, 0.2, -0.7, -0.3, -0.1, 0, 1, 0, -0.3, 0.5, 2.1,
                         -0.3, 0.5, -1.6, 1.3, 0.7, 1.3, -0.1, -1, 0.9, 0.8, -0.9, -1.5], np.float32)
USUAL_PERSON.flags.writeable = False


def mirror_person(person):
    """Person code (24,) of the mirror image."""
    return np.asarray(person, np.float32) * MIRROR_SIGNS


def checked_person(person):
    """`person` as float32 (24,), or a ParameterError that says what is wrong."""
    return vector(person, PERSON_CODE_SIZE, "person code")
