"""Which faces the teacher folds: identities, ages, persons and the expressions that users make."""

from __future__ import annotations

import numpy as np

from detailed3dmm_addon.core.person import PERSON_CODE_SIZE


def both(name, value=1.0):
    """The same value for the left and the right unit of a pair."""
    return {name + "_L": value, name + "_R": value}


# What muscles do together, each folding another part of the face.
COMBINATIONS = (
    {**both("browInnerUp"), **both("browOuterUp")},
    {**both("browDown"), **both("eyeSquint", 0.3)},
    {**both("browInnerUp"), **both("browDown", 0.4)},
    both("noseSneer"),
    {**both("eyeSquint"), **both("cheekSquint", 0.7)},
    {**both("mouthSmile"), **both("cheekSquint")},
    {"mouthShrugLower": 1.0, "mouthRollLower": 0.2},
    {"mouthPucker": 1.0, "mouthFunnel": 0.2},
    {**both("mouthFrown"), **both("mouthStretch", 0.4)},
    {**both("mouthPress"), **both("mouthDimple", 0.8)},
)
# The six emotions as FACS describes them (Ekman & Friesen 1978, EMFACS), and contempt.
EMOTIONS = (
    {**both("mouthSmile", 0.9), **both("cheekSquint", 0.8), **both("eyeSquint", 0.3)},
    {**both("browInnerUp", 0.9), **both("browDown", 0.3), **both("mouthFrown", 0.8), "mouthShrugLower": 0.3},
    {**both("browInnerUp"), **both("browOuterUp"), **both("eyeWide", 0.8), "jawOpen": 0.5},
    {**both("browInnerUp", 0.8), **both("browDown", 0.5), **both("eyeWide", 0.8), **both("mouthStretch", 0.8)},
    {**both("browDown"), **both("eyeSquint", 0.5), **both("mouthPress", 0.7), **both("noseSneer", 0.3)},
    {**both("noseSneer", 0.9), **both("mouthUpperUp", 0.6), **both("mouthFrown", 0.4), **both("browDown", 0.3)},
    {"mouthSmile_L": 0.5, "mouthDimple_L": 0.7, **both("eyeSquint", 0.2)},
)
# Poses of running speech, sized on conversational lip openings.
SPEECH = (
    {"jawOpen": 0.4}, {"jawOpen": 0.2, "mouthStretch": 0.4}, {"jawOpen": 0.2, "mouthFunnel": 0.6},
    {"mouthPucker": 0.7, "mouthFunnel": 0.3}, {"mouthPress": 0.6, "mouthRollLower": 0.4, "mouthRollUpper": 0.4},
    {"jawOpen": 0.1, "mouthUpperUp": 0.3, "mouthLowerDown": 0.4}, {"mouthClose": 0.2, "jawOpen": 0.2},
)  # fmt: skip
KINDS = {"combinations": 0.30, "unit": 0.22, "emotion": 0.13, "speech": 0.13, "mix": 0.22}


def sample_person(rng):
    """Identity (100,), person code (24,) and age in years."""
    identity = np.clip(0.9 * rng.standard_normal(100), -2.5, 2.5)
    person = np.clip(rng.standard_normal(PERSON_CODE_SIZE), -2.5, 2.5)
    return identity.astype(np.float32), person.astype(np.float32), float(rng.uniform(18, 85))


def sample_expression(rng, names):
    """Expression coefficients (53,): one of `KINDS`; one in three is asymmetric."""
    kind, units = rng.choice(list(KINDS), p=list(KINDS.values())), {}
    if kind == "combinations":
        for index in rng.choice(len(COMBINATIONS), rng.integers(1, 4), replace=False):
            _add(units, COMBINATIONS[index], rng.uniform(0.15, 1.0))
    elif kind == "unit":
        _add(units, {_stem(rng.choice(names)): 1.0}, rng.uniform(0.2, 1.0))
    elif kind == "emotion":
        _add(units, EMOTIONS[rng.integers(len(EMOTIONS))], rng.uniform(0.3, 1.1))
    elif kind == "speech":
        _add(units, SPEECH[rng.integers(len(SPEECH))], rng.uniform(0.4, 1.2))
        _add(units, COMBINATIONS[rng.integers(len(COMBINATIONS))], rng.uniform(0, 0.5))
    else:
        stems = sorted({_stem(n) for n in names})
        for stem in rng.choice(stems, rng.integers(2, 7), replace=False):
            _add(units, {stem: 1.0}, rng.beta(1.2, 1.6))
    sides = rng.uniform(0, 1, 2) if rng.random() < 0.33 else np.ones(2)
    return np.array([_value(n, units) * {"_L": sides[0], "_R": sides[1]}.get(n[-2:], 1) for n in names], np.float32)


def sample_expressions(rng, names, count):
    """(count, 53): the relaxed face, then `sample_expression`s."""
    return np.stack([np.zeros(len(names), np.float32)] + [sample_expression(rng, names) for _ in range(count - 1)])


def _stem(name):
    return name[:-2] if name[-2:] in ("_L", "_R") else name


def _add(units, expression, strength):
    """Adds paired or single units by name; a stem stands for both sides."""
    for name, value in expression.items():
        units[name] = min(units.get(name, 0) + strength * value, 1.0)


def _value(name, units):
    return max(units.get(name, 0.0), units.get(_stem(name), 0.0))
