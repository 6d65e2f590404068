"""Which faces the teacher folds: identities, ages, persons and the expressions that users make."""

from __future__ import annotations

import numpy as np

from detailed3dmm_addon.core.person import PERSON_CODE_SIZE

from .templates import FAMILIES

# Poses of running speech, sized on conversational lip openings.
SPEECH = (
    {"jawOpen": 0.4}, {"jawOpen": 0.2, "mouthStretch": 0.4}, {"jawOpen": 0.2, "mouthFunnel": 0.6},
    {"mouthPucker": 0.7, "mouthFunnel": 0.3}, {"mouthPress": 0.6, "mouthRollLower": 0.4, "mouthRollUpper": 0.4},
    {"jawOpen": 0.1, "mouthUpperUp": 0.3, "mouthLowerDown": 0.4}, {"mouthClose": 0.2, "jawOpen": 0.2},
)  # fmt: skip


def sample_person(rng):
    """Identity (100,), person code (24,) and age in years."""
    identity = np.clip(0.9 * rng.standard_normal(100), -2.5, 2.5)
    person = np.clip(rng.standard_normal(PERSON_CODE_SIZE), -2.5, 2.5)
    return identity.astype(np.float32), person.astype(np.float32), float(rng.uniform(18, 85))


def sample_expression(rng, names):
    """Expression coefficients (53,): families, single units, speech, sparse mixes; one in three is asymmetric."""
    kind = rng.choice(["families", "unit", "speech", "mix", "rest"], p=[0.42, 0.20, 0.13, 0.20, 0.05])
    units = {}
    if kind == "families":
        for name in rng.choice(list(FAMILIES), rng.integers(1, 4), replace=False):
            _add(units, FAMILIES[name], rng.uniform(0.15, 1.0))
    elif kind == "unit":
        _add(units, {_stem(rng.choice(names)): 1.0}, rng.uniform(0.2, 1.0))
    elif kind == "speech":
        _add(units, SPEECH[rng.integers(len(SPEECH))], rng.uniform(0.4, 1.2))
        _add(units, FAMILIES[rng.choice(list(FAMILIES))], rng.uniform(0, 0.5))
    elif kind == "mix":
        stems = sorted({_stem(n) for n in names})
        for stem in rng.choice(stems, rng.integers(2, 7), replace=False):
            _add(units, {stem: 1.0}, rng.beta(1.2, 1.6))
    sides = rng.uniform(0, 1, 2) if rng.random() < 0.33 else np.ones(2)
    return np.array([_value(n, units) * {"_L": sides[0], "_R": sides[1]}.get(n[-2:], 1) for n in names], np.float32)


def _stem(name):
    return name[:-2] if name[-2:] in ("_L", "_R") else name


def _add(units, expression, strength):
    """Adds paired or single units by their stem; a unit named for both sides counts once."""
    stems = {_stem(name): value for name, value in expression.items()}
    for stem, value in stems.items():
        units[stem] = min(units.get(stem, 0) + strength * value, 1.0)


def _value(name, units):
    return units.get(_stem(name), 0.0)
