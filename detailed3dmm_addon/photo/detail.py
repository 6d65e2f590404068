"""The person's own skin from a photo: where it creases (person code), how old it is, and what the model does not know.

Everything that cannot be seen stays as it was: what the photo says is multiplied with what is known of people anyway
(products of Gaussians), so that a blurred or covered face gives the person code and the age that it would have had.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..core.character import Character
from ..core.detail_controls import (
    FOLD_WAVELENGTH,
    REGIONS,
    TILE,
    DetailControls,
    from_dict,
    region_masks,
    resized,
    to_dict,
)
from ..core.detailed3dmm import Detailed3DMM
from ..core.person import OLDEST, PERSON_CODE_SIZE, YOUNGEST
from ..core.photo_relief import SIZE as RELIEF_SIZE
from ..core.photo_relief import PhotoRelief, folding
from . import detail_reader, detail_relief
from .detail_cue import Cue, broad, relief_cue, unmixing
from .detail_reader import AGE, AGE_UNIT, BLUR, CLUTTER, CLUTTER_UNIT, MIDDLE_AGE

_IDENTITY_SPREAD = 0.9  # of the identities that the reader learned from
_AGES = 67.0 / np.sqrt(12) / AGE_UNIT  # standard deviation of the ages that it learned from
_AGE_SPREAD = 10.0  # years, around a character's usual age: less than people's, as what the fit misses looks like folds
_PRIOR_STRENGTH = 0.3  # standard deviation of a region's strength
_TEXELS_ALIKE = 25.0  # of 256 a side: what differs from the model is as smooth as if so many texels were one
_STRENGTHS = (0.3, 2.0)
_WORTH_SAYING = 0.05  # a region's strength that differs less from 1 is left alone


@dataclass(frozen=True)
class Seen:
    """What one photo shows: cue : detail_cue.Cue, 512 texels a side; expression : (53,) of the face in it."""

    cue: Cue
    expression: np.ndarray


@dataclass(frozen=True)
class Found:
    """A character with the skin of a photo.

    character : core.character.Character; sureness : (24,) 0..1, how much of each number of the person code the photo
    decides; age_sureness : 0..1, or None where the age was given; relief : (512, 512) mm, what lies beyond the model,
    as the character holds it
    """

    character: Character
    sureness: np.ndarray
    age_sureness: float
    relief: np.ndarray

    @property
    def shares(self):
        """How much of the skin is the photo's, 0..1, the rest being usual: "creases", and "age" unless it was given."""
        age = {} if self.age_sureness is None else {"age": round(self.age_sureness, 3)}
        return {"creases": round(float(self.sureness.mean()), 3), **age}


def seen(picture, unwrapped, skin, vertices, light, expression):
    """What a photo shows.

    Parameters
    ----------
    picture : (H, W, 3) linear sRGB; unwrapped : texture.Unwrapped, where its texels lie in it
    skin : (H, W) 0..1, which pixels show skin; vertices : (26719, 3) metres; light : (9, 3); expression : (53,)

    Returns
    -------
    Seen
    """
    import cv2

    pixels = np.ascontiguousarray(unwrapped.pixels, np.float32)
    colour = cv2.remap(np.float32(picture), pixels, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    weight = unwrapped.worth * unwrapped.mask * cv2.remap(np.float32(skin), pixels, None, cv2.INTER_LINEAR)
    colour, weight = (cv2.resize(part, (RELIEF_SIZE,) * 2, interpolation=cv2.INTER_AREA) for part in (colour, weight))
    return Seen(relief_cue(np.maximum(colour, 0), weight, vertices, light), np.asarray(expression, np.float32))


def worn(character, photos, age=None):
    """Give a character the skin that photos of it show.

    Parameters
    ----------
    character : Character, with the expression of the first photo; its person code and age are what is true unless a
        photo says otherwise
    photos : sequence of `Seen`; age : years where it is known

    Returns
    -------
    Found
    """
    readings = [detail_reader.read(photo.cue, photo.expression) for photo in photos]
    person, sureness = person_code(readings, character.identity, character.detail)
    years, age_sureness = age_of(readings, character.age)
    character = replace(character, detail=person, age=years if age is None else age)
    character, height = _with_relief(character, photos[0], readings[0])
    return Found(character, sureness, age_sureness if age is None else None, height)


def person_code(readings, identity, usual):
    """Person code of what photos say, and of what they do not say as it was.

    Parameters
    ----------
    readings : sequence of detail_reader.Reading; identity : (100,); usual : (24,), the code where nothing is seen

    Returns
    -------
    person : (24,) float32; sureness : (24,) 0..1, share of the variance among people that the photos take away
    """
    effect = Detailed3DMM.load().network.placement.identity_effect.numpy()
    inherited = np.zeros(PERSON_CODE_SIZE)
    inherited[-len(effect) :] = effect @ np.asarray(identity, np.float32)
    spread = np.ones(PERSON_CODE_SIZE)  # of the numbers that the reader learned from
    spread[-len(effect) :] += _IDENTITY_SPREAD**2 * (effect**2).sum(1)
    mean, variance = _posterior(readings, slice(PERSON_CODE_SIZE), spread, inherited, np.ones(PERSON_CODE_SIZE))
    person = mean - inherited + np.sqrt(variance) * usual
    return person.astype(np.float32), 1 - variance


def age_of(readings, usual):
    """Age in years and how sure it is, 0..1; `usual` is the age of a face that shows none."""
    expected = np.array([(usual - MIDDLE_AGE) / AGE_UNIT])
    spread = np.array([(_AGE_SPREAD / AGE_UNIT) ** 2])
    mean, variance = _posterior(readings, slice(AGE, AGE + 1), np.array([_AGES**2]), expected, spread)
    years = float(np.clip(MIDDLE_AGE + AGE_UNIT * mean[0], YOUNGEST, OLDEST))
    return round(years, 1), float(1 - variance[0] / spread[0])


def _posterior(readings, numbers, learned, expected, spread):
    """Mean and variance of Gaussians: what is expected, times what each reading adds to what it was learned among.

    Means are weighed by the variances that were read, which errors of held-out photos bear out; how sure they are
    follows from the variances that those errors allow.
    """
    factors = detail_reader.variance_factors()[numbers]
    precision, weighted, sure = 1 / spread, expected / spread, 1 / spread
    for reading in readings:
        mean, variance = reading.mean[numbers], np.minimum(reading.variance[numbers], learned)
        news = 1 / variance - 1 / learned
        precision = precision + news
        # A reading's mean is drawn towards the middle, 0, of those that it was learned among.
        weighted = weighted + np.where(news > 0, mean / variance, 0)
        sure = sure + (1 / np.minimum(factors * variance, learned) - 1 / learned)
    return weighted / precision, 1 / sure


def _with_relief(character, photo, reading):
    """The character with strengths of its regions and the relief beyond the model, both as the photo shows them."""
    blur = float(np.exp(reading.mean[BLUR])) * TILE / detail_reader.SIZE
    clutter = float(np.exp(reading.mean[CLUTTER])) * CLUTTER_UNIT
    rest, moved = _drawn(character, photo.expression)
    controls = from_dict(character.detail_controls)
    strengths = region_strengths(
        photo.cue.reduced(detail_reader.SIZE), resized(rest + moved, detail_reader.SIZE), blur, clutter
    )
    controls = replace(controls, regions={**controls.regions, **strengths})
    drawn = (rest + moved) * controls.strength(RELIEF_SIZE)
    height, _share = detail_relief.relief(photo.cue, drawn, blur, clutter)
    controls = replace(controls, photo_relief=PhotoRelief(height, folding(moved)))
    return replace(character, detail_controls={**character.detail_controls, **to_dict(controls)}), height


def region_strengths(cue, drawn, blur, clutter):
    """How much deeper than the model draws a face it is in the photo, region by region, as far as that can be seen.

    Parameters
    ----------
    cue : Cue (256 texels a side); drawn : (256, 256) mm; blur : mm; clutter : of the shading

    Returns
    -------
    dict of region name -> strength; regions that the photo says little of are left out

    The most probable factor of each region's wrinkles: least squares with a prior around 1.
    """
    shade = float(unmixing()[:, 0].sum()) * detail_relief.predicted(cue, drawn, blur)
    drawn, shown = (part - broad(part, cue.weight, FOLD_WAVELENGTH) for part in (shade, cue.shading))
    strengths = {}
    for name, mask in zip(REGIONS, region_masks(), strict=True):
        known = cue.weight * mask
        noise = (known * (shown - drawn) ** 2).sum() / (known.sum() + 1e-6) + clutter**2
        energy = (known * drawn**2).sum() / (_TEXELS_ALIKE * noise)
        agreement = (known * drawn * (shown - drawn)).sum() / (_TEXELS_ALIKE * noise)
        factor = 1 + agreement / (energy + 1 / _PRIOR_STRENGTH**2)
        if abs(factor - 1) > _WORTH_SAYING:
            strengths[name] = round(float(np.clip(factor, *_STRENGTHS)), 3)
    return strengths


def _drawn(character, expression):
    """The model's map of the relaxed face, and what the expression adds, both (512, 512) mm."""
    model, bare = Detailed3DMM.load(), DetailControls()
    rest, posed = (
        model.displacement(character.identity, shown, character.detail, character.age, RELIEF_SIZE, bare)
        for shown in (np.zeros_like(expression), expression)
    )
    return rest, posed - rest
