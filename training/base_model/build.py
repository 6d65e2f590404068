"""The base model's shapes, step by step: closed lips, expressions for every face, lids, gaze, jaw, correctives."""
from dataclasses import replace

import numpy as np

from .clearance import cover_eyeball, half_way_key
from .eyeball import Eyeball
from .eyes import (
    GAZE,
    Lids,
    clear_gaze,
    close_lids,
    meeting_key,
    meeting_weight,
    rounding_keys,
    seat_eyeball,
    turn_eyeball,
)
from .jaw import carry_jaw
from .keys import Key, low_rank
from .lips import CLOSED_GAP, Lips
from .rims import eye_rim, mouth_rim
from .skin import Skin
from .transfer import Transfer

ADAPTED = 1.2e-4  # metres: deviation that the low-rank adaptation of an expression may leave at a vertex
ADAPTED_RANK = 4
SAMPLES = 300
EXCESS = "mouthCloseExcess"
PRESSING = tuple((f"{name}_L", f"{name}_R") for name in (
    "mouthPress", "mouthDimple", "mouthFrown", "mouthSmile", "mouthStretch", "cheekPuff")) + (
    ("mouthPucker",), ("mouthFunnel",), ("jawLeft",), ("mouthLeft",), ("mouthRollUpper",),
    ("mouthShrugLower", "mouthShrugUpper"))


def build(face, report=print):
    """All keys, expressions first then correctives.

    Parameters
    ----------
    face : FaceData, changed in place (`mean`, `modes`); report : called with a line of progress

    Returns
    -------
    keys : list of Key; twins : dict of name -> (name, factor), the keys left empty because they follow from another
    """
    rims = {"_L": eye_rim(face), "_R": eye_rim(face, left=False)}
    skin = Skin(face, list(rims.values()))
    lips = Lips(face.mean, skin.triangles, mouth_rim(face))
    face.mean, face.modes = lips.closed_neutral(face.mean, face.modes)
    lids = Lids(face.mean, skin.triangles, rims["_L"])
    eyeball = Eyeball(face.mean, face.material_vertices("M_ScleraLeft"), face.material_vertices("M_IrisLeft"))
    face.modes = seat_eyeball(face, lids, eyeball, skin)
    keys = adapted(face, skin, report)
    carry_jaw(keys, face, np.unique(skin.triangles))

    def make(name):
        return Key(name, np.zeros_like(face.mean))

    close_lips(keys, face, lips)
    part_lips(keys, face, lips)
    shrug = make("mouthShrugExcess")
    shrug.expression = "max(0,mouthShrugLower-mouthShrugUpper)"
    crossing = lips.uncrossing(face.mean + keys["mouthShrugLower"].base)
    shrug.add(lips.vertices, lips.closing(crossing), None, 0)
    turn_eyeball(keys, "_L", face.mean, face.modes, eyeball)
    clear_gaze(keys, "_L", face.mean, lids, eyeball, skin, GAZE)
    close_lids(keys, "_L", face.mean, face.modes, lids, skin)
    clear_gaze(keys, "_L", face.mean, lids, eyeball, skin, ("eyeLookDown", "eyeLookUp"))
    meeting = meeting_key("lidsMeet_L", face.mean, face.modes, lids, skin, make)
    meeting.expression = meeting_weight("_L")
    identities = np.random.default_rng(2).normal(size=(SAMPLES, len(face.modes)))
    cover_eyeball(keys["eyeBlink_L"], face, lids, eyeball, identities, skin)
    half = half_way_key("lidsHalfWay_L", keys["eyeBlink_L"], face, lids, eyeball, identities, skin, make)
    left = [meeting, half, *rounding_keys("_L", face.mean, face.modes, eyeball, make)]
    excess = make(EXCESS)
    excess.expression = "max(0,mouthClose-jawOpen)"
    twins = {EXCESS: ("mouthClose", -1)}
    twins |= {name: (face.names[face.key_image[i]], 1) for i, name in enumerate(face.names) if name not in keys}
    twins |= {key.name[:-2] + "_R": (key.name, 1) for key in left}
    right = [replace(make(key.name[:-2] + "_R"), expression=key.expression.replace("_L", "_R")) for key in left]
    return [*(keys.get(name) or make(name) for name in face.names), excess, shrug, *left, *right], twins


def adapted(face, skin, report):
    """Keys by name, of the left side and the middle, whose skin follows identity by deformation transfer."""
    transfer = Transfer(face.mean, face.modes, skin.triangles)
    keys = {}
    for name, base, other in zip(face.names, face.offsets, face.key_image, strict=True):
        if name.endswith("_R") or name == "jawRight" or name == "mouthRight":
            continue
        key = Key(name, base.copy())
        vertices, changes = skin.extend(transfer.vertices, transfer.changes(base))
        if face.names[other] == name:
            changes = _symmetric(face, vertices, changes)
        kept = low_rank(changes, ADAPTED, ADAPTED_RANK)
        if kept is not None:
            components, loadings = kept
            moved = np.sqrt((components ** 2).sum((0, 2))) > ADAPTED / 4
            key.parts.append((vertices[moved], components[:, moved], loadings))
        keys[name] = key
        report(f"{name}: {len(kept[1]) if kept else 0} components")
    return keys


def _symmetric(face, vertices, changes):
    """Changes (100, n, 3) of a key of the middle, freed of what the triangulation's diagonals make one-sided."""
    whole = np.zeros_like(face.modes)
    whole[:, vertices] = changes
    mirrored = np.tensordot(face.identity_image, whole[:, face.image[vertices]] * [-1, 1, 1], 1)
    return (changes + mirrored) / 2


def part_lips(keys, face, lips):
    """Let no expression push the lips through each other: those of two sides together, each in its half."""
    for names in PRESSING:
        posed = face.mean.copy()
        for name in names:
            posed += keys[name].base if name in keys else keys[name[:-2] + "_L"].base[face.image] * [-1, 1, 1]
        crossing = lips.uncrossing(posed)
        for name in [name for name in names if name in keys]:
            part = crossing / len(names) if name[-2:] != "_L" else crossing * lips.left_half
            slopes = np.zeros_like(face.modes)
            slopes[:, lips.vertices] = keys[name].slopes(lips.vertices)
            keys[name].add(lips.vertices, lips.closing(part), lips.closing(lips.opening(slopes)), 1e-4)


def close_lips(keys, face, lips):
    """Let `mouthClose` hold the lips together while the jaw opens as far, on every face."""
    jaw, close = keys["jawOpen"], keys["mouthClose"]
    together = jaw.base + close.base
    lift = lips.closing(lips.opening(together))
    together[lips.vertices] += lift
    lift = lift + lips.set_gap(face.mean + together, CLOSED_GAP)
    slopes = np.zeros_like(face.modes)
    slopes[:, lips.vertices] = jaw.slopes(lips.vertices) + close.slopes(lips.vertices)
    close.add(lips.vertices, lift, lips.closing(lips.opening(slopes)), 3e-5)
