"""Curves as the table that Epic's Live Link Face records, which Unreal, Maya, iClone and others import.

A row a frame: timecode, the number of values, ARKit's 52 expressions in the app's order and under its names, then head
and eyes in radians in Unreal's sense (yaw to the right, pitch up, roll to the right).
"""

from pathlib import Path

import numpy as np

_EYE = ("Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide")
EXPRESSIONS = (
    *(f"Eye{name}{side}" for side in ("Left", "Right") for name in _EYE),
    "JawForward", "JawRight", "JawLeft", "JawOpen",
    "MouthClose", "MouthFunnel", "MouthPucker", "MouthRight", "MouthLeft",
    *(f"Mouth{name}{side}" for name in ("Smile", "Frown", "Dimple", "Stretch") for side in ("Left", "Right")),
    "MouthRollLower", "MouthRollUpper", "MouthShrugLower", "MouthShrugUpper",
    *(f"Mouth{name}{side}" for name in ("Press", "LowerDown", "UpperUp") for side in ("Left", "Right")),
    "BrowDownLeft", "BrowDownRight", "BrowInnerUp", "BrowOuterUpLeft", "BrowOuterUpRight",
    "CheekPuff", "CheekSquintLeft", "CheekSquintRight", "NoseSneerLeft", "NoseSneerRight", "TongueOut",
)  # fmt: skip
ROTATIONS = ("HeadYaw", "HeadPitch", "HeadRoll",
             *(f"{side}Eye{axis}" for side in ("Left", "Right") for axis in ("Yaw", "Pitch", "Roll")))
HEADER = ("Timecode", "BlendShapeCount", *EXPRESSIONS, *ROTATIONS)

_AT_ONCE = 2000  # frames that are put together: an hour's would take 50 MB
_HEAD = (1, 0, 2)  # columns of Curves.head in the order of the table


def write_csv(path, curves):
    """Write curves.

    Expressions that we have for each side and ARKit once become their mean, the tongue stays in. The eyes' rotations
    stay 0: the gaze is in the EyeLook columns.

    Parameters
    ----------
    path : str or Path; curves : core.curves_file.Curves
    """
    sources = [[curves.names.index(ours) for ours in _ours(name) if ours in curves.names] for name in EXPRESSIONS]
    count = len(EXPRESSIONS) + len(ROTATIONS)
    numbers = ",".join(["%.6f"] * count)
    with Path(path).open("w", newline="\r\n", encoding="ascii") as file:
        print(*HEADER, sep=",", file=file)
        for first in range(0, len(curves), _AT_ONCE):
            rows = _rows(curves.values[first:first + _AT_ONCE], curves.head[first:first + _AT_ONCE], sources)
            for frame, row in enumerate(rows.tolist(), first):
                print(_timecode(frame, curves.fps), count, numbers % tuple(row), sep=",", file=file)


def _rows(values, head, sources):
    """The table's numbers (T, 61) of values (T, E) and head (T, 3); sources : columns of `values` for each of ours."""
    rows = np.zeros((len(values), len(EXPRESSIONS) + len(ROTATIONS)))
    for column, own in enumerate(sources):
        if own:
            rows[:, column] = values[:, own].mean(1)
    rows[:, len(EXPRESSIONS):len(EXPRESSIONS) + 3] = -head[:, _HEAD]  # Unreal turns the other way round
    return rows + 0.0  # no negative zeros


def _ours(name):
    """Names that an expression of the table may have here, among them one or one for each side that exists."""
    name = name[0].lower() + name[1:]
    for side in ("Left", "Right"):
        if name.endswith(side) and name not in ("jawLeft", "jawRight", "mouthLeft", "mouthRight"):
            return (f"{name.removesuffix(side)}_{side[0]}",)
    return name, f"{name}_L", f"{name}_R"


def _timecode(frame, fps):
    """HH:MM:SS:FF.000, not dropping frames: the rate rounded is how many a second of timecode has."""
    seconds, frames = divmod(frame, max(round(fps), 1))
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frames:02d}.000"
