"""What skin, hair and eyes look like: parameters with their ranges, and how age moves their defaults. numpy only."""
from dataclasses import dataclass

import numpy as np

from .character import DEFAULT_AGE, check_names
from .errors import ParameterError


@dataclass(frozen=True)
class SkinParameter:
    """One number of a person's appearance.

    name : key in `Character.skin`; label, tooltip : for people; group : heading under which a panel shows it;
    painted : whether a change needs the textures painted anew (the rest are shader inputs and follow at once)
    """
    name: str
    label: str
    group: str
    minimum: float
    maximum: float
    default: float
    tooltip: str
    painted: bool = True


PARAMETERS = (
    SkinParameter("melanin", "Melanin", "Skin", 0.0, 1.0, 0.22,
                  "Skin tone: 0 is the fairest, 1 the darkest human skin"),
    SkinParameter("haemoglobin", "Blood", "Skin", 0.0, 1.0, 0.45, "How much blood shines through: pale to ruddy"),
    SkinParameter("blush", "Blush", "Skin", 0.0, 1.0, 0.4, "Redness of cheeks, nose and ears"),
    SkinParameter("freckles", "Freckles", "Skin", 0.0, 1.0, 0.12, "Freckles on nose and cheeks"),
    SkinParameter("spots", "Spots", "Skin", 0.0, 1.0, 0.15, "Moles and, with age, spots from the sun"),
    SkinParameter("unevenness", "Unevenness", "Skin", 0.0, 1.0, 0.5, "Blotchiness of the tone"),
    SkinParameter("under_eye", "Under the eyes", "Skin", 0.0, 1.0, 0.3, "Dark rings under the eyes"),
    SkinParameter("lip_tone", "Lip tone", "Skin", 0.0, 1.0, 0.35, "Redness of the lips: bare to lipstick"),
    SkinParameter("oil", "Oil", "Shine", 0.0, 1.0, 0.35, "Shine of forehead and nose: powdered to sweaty", False),
    SkinParameter("pores", "Pores", "Shine", 0.0, 1.0, 0.4, "Depth of the pores", False),
    SkinParameter("subsurface", "Translucency", "Shine", 0.0, 2.0, 1.0,
                  "How far light travels under the skin, 1 is measured skin", False),
    SkinParameter("hair_melanin", "Hair darkness", "Hair", 0.0, 1.0, 0.75, "Blond to black, of brows, beard and scalp"),
    SkinParameter("hair_redness", "Hair redness", "Hair", 0.0, 1.0, 0.25, "Share of red pigment"),
    SkinParameter("grey", "Grey hair", "Hair", 0.0, 1.0, 0.0, "Share of hairs without pigment"),
    SkinParameter("brow_density", "Brow density", "Hair", 0.0, 1.0, 0.6, "How full the eyebrows are"),
    SkinParameter("brow_width", "Brow thickness", "Hair", 0.3, 2.0, 1.0, "How tall the eyebrows are"),
    SkinParameter("scalp", "Scalp hair", "Hair", 0.0, 1.0, 0.8, "Shaved to a dense buzz cut"),
    SkinParameter("hairline", "Hairline", "Hair", -1.0, 1.0, 0.0, "Low to receding"),
    SkinParameter("stubble", "Beard stubble", "Hair", 0.0, 1.0, 0.0, "Shaved beard shadow to three days"),
    SkinParameter("iris_hue", "Eye colour", "Eyes", 0.0, 1.0, 0.35, "From blue over green and hazel to brown", False),
    SkinParameter("iris_darkness", "Iris darkness", "Eyes", 0.0, 1.0, 0.4, "Light to dark iris", False),
    SkinParameter("pupil", "Pupil size", "Eyes", 0.0, 1.0, 0.4, "Bright light to dusk", False),
    SkinParameter("veins", "Veins", "Eyes", 0.0, 1.0, 0.25, "Redness of the white of the eye", False),
    SkinParameter("teeth", "Teeth whiteness", "Mouth", 0.0, 1.0, 0.55, "Yellow to bleached", False),
)
BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}
PAINTED = tuple(parameter.name for parameter in PARAMETERS if parameter.painted)
SEED = "seed"  # where freckles, moles and the single hairs lie


def complete(skin=None, age=DEFAULT_AGE):
    """Every parameter: what `skin` says, and for the rest what is usual at this age.

    Parameters
    ----------
    skin : dict of parameter name -> number, any subset; "seed" (a whole number) places freckles and hairs
    age : years

    Returns
    -------
    dict with all of `PARAMETERS` and "seed"

    Raises
    ------
    ParameterError
        If a name is unknown or a value lies outside its range.
    """
    skin = dict(skin or {})
    seed = skin.pop(SEED, 0)
    check_names(skin, BY_NAME, "skin parameter")
    if isinstance(seed, bool) or not isinstance(seed, (int, float, np.number)) or seed < 0 or seed != int(seed):
        raise ParameterError(f"skin seed is {seed!r}: it must be a whole number, 0 or more.")
    for name, value in skin.items():
        parameter = BY_NAME[name]
        if isinstance(value, (bool, str)) or not isinstance(value, (int, float, np.number)) \
                or not parameter.minimum <= value <= parameter.maximum:
            raise ParameterError(f"skin {name} is {value!r}: it must be a number between "
                                 f"{parameter.minimum:g} and {parameter.maximum:g}.")
    return {**usual(age), **{name: float(value) for name, value in skin.items()}, SEED: int(seed)}


def usual(age=DEFAULT_AGE):
    """Defaults of all parameters at `age` in years: hair greys from forty on, tone grows uneven, lips pale."""
    old = float(np.clip((age - 35) / 50, 0, 1))
    values = {parameter.name: parameter.default for parameter in PARAMETERS}
    values["grey"] = float(np.clip((age - 42) / 35, 0, 0.95))
    values["spots"] += 0.5 * old
    values["unevenness"] += 0.35 * old
    values["under_eye"] += 0.25 * old
    values["lip_tone"] -= 0.15 * old
    values["brow_density"] -= 0.12 * old
    values["hairline"] += 0.5 * old
    values["veins"] += 0.25 * old
    values["teeth"] -= 0.3 * old
    values["oil"] -= 0.12 * old
    return values


def random(seed, age=DEFAULT_AGE):
    """A random appearance: tone, hair and eyes go together as they do in people.

    Parameters
    ----------
    seed : int, 0 or more; age : years

    Returns
    -------
    dict as of `complete`
    """
    generator = np.random.default_rng(seed)
    values = usual(age)
    melanin = generator.beta(1.2, 1.8)
    fair = np.clip(1 - melanin / 0.45, 0, 1)
    values["melanin"] = melanin
    values["haemoglobin"] = generator.uniform(0.25, 0.65)
    values["blush"] = generator.uniform(0.15, 0.6)
    values["freckles"] = fair * generator.beta(1, 4)
    values["hair_melanin"] = 1 - fair * generator.beta(1.2, 1.6)
    values["hair_redness"] = generator.beta(2, 5) * (0.4 + 0.6 * fair)
    values["iris_hue"] = 1 - fair * generator.uniform(0, 1)
    values["iris_darkness"] = generator.uniform(0.25, 0.5) + 0.4 * (1 - fair)
    values["brow_density"] = generator.uniform(0.45, 0.8)
    values["brow_width"] = generator.uniform(0.75, 1.25)
    values["lip_tone"] = float(np.clip(values["lip_tone"] + generator.normal(0, 0.12), 0, 1))
    values["scalp"] = generator.uniform(0.5, 1.0)
    values["stubble"] = float(generator.integers(0, 2)) * generator.uniform(0, 0.6)
    return {**complete({name: float(np.clip(value, BY_NAME[name].minimum, BY_NAME[name].maximum))
                        for name, value in values.items()}, age), SEED: int(seed)}
