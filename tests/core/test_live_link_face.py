"""The Live Link Face table: columns by name and place, values where they belong."""
import csv

import numpy as np
import pytest

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.curves_file import Curves
from detailed3dmm_addon.core.live_link_face import EXPRESSIONS, HEADER, write_csv

# The header of a file that the app wrote.
RECORDED = (
    "Timecode,BlendShapeCount,EyeBlinkLeft,EyeLookDownLeft,EyeLookInLeft,EyeLookOutLeft,EyeLookUpLeft,EyeSquintLeft,"
    "EyeWideLeft,EyeBlinkRight,EyeLookDownRight,EyeLookInRight,EyeLookOutRight,EyeLookUpRight,EyeSquintRight,"
    "EyeWideRight,JawForward,JawRight,JawLeft,JawOpen,MouthClose,MouthFunnel,MouthPucker,MouthRight,MouthLeft,"
    "MouthSmileLeft,MouthSmileRight,MouthFrownLeft,MouthFrownRight,MouthDimpleLeft,MouthDimpleRight,MouthStretchLeft,"
    "MouthStretchRight,MouthRollLower,MouthRollUpper,MouthShrugLower,MouthShrugUpper,MouthPressLeft,MouthPressRight,"
    "MouthLowerDownLeft,MouthLowerDownRight,MouthUpperUpLeft,MouthUpperUpRight,BrowDownLeft,BrowDownRight,BrowInnerUp,"
    "BrowOuterUpLeft,BrowOuterUpRight,CheekPuff,CheekSquintLeft,CheekSquintRight,NoseSneerLeft,NoseSneerRight,"
    "TongueOut,HeadYaw,HeadPitch,HeadRoll,LeftEyeYaw,LeftEyePitch,LeftEyeRoll,RightEyeYaw,RightEyePitch,RightEyeRoll")


def rows(path, curves):
    write_csv(path, curves)
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_columns():
    assert ",".join(HEADER) == RECORDED
    assert len(EXPRESSIONS) == 52


def test_every_expression_arrives_in_a_column_of_its_name(tmp_path):
    names = BaseModel.load().expression_names
    for number, row in enumerate(rows(tmp_path / "c.csv", Curves(30, names, np.eye(len(names))))):
        name, side = names[number].removesuffix("_L").removesuffix("_R"), names[number][-2:]
        name = name[0].upper() + name[1:]
        shared = name in ("BrowInnerUp", "CheekPuff")
        column = name if shared else name + {"_L": "Left", "_R": "Right"}.get(side, "")
        filled = {key: float(value) for key, value in list(row.items())[2:] if float(value)}
        assert filled == {column: 0.5 if shared else 1.0}


def test_head_in_unreal_s_sense(tmp_path):
    head = np.radians([[1, 2, 3]])  # down, to the left, tilted to the left
    row = rows(tmp_path / "c.csv", Curves(30, ("jawOpen",), [[0.25]], head))[0]
    assert [float(row[name]) for name in ("HeadPitch", "HeadYaw", "HeadRoll")] == \
        pytest.approx(-np.radians([1, 2, 3]), abs=1e-6)
    assert row["JawOpen"] == "0.250000"
    assert row["BlendShapeCount"] == "61"


@pytest.mark.parametrize(("fps", "frame", "timecode"), [
    (30, 0, "00:00:00:00.000"), (30, 29, "00:00:00:29.000"), (30, 30, "00:00:01:00.000"),
    (24, 24 * 3661 + 5, "01:01:01:05.000"), (29.97, 30, "00:00:01:00.000"), (60, 59, "00:00:00:59.000"),
])
def test_timecode(tmp_path, fps, frame, timecode):
    row = rows(tmp_path / "c.csv", Curves(fps, ("jawOpen",), np.zeros((frame + 1, 1))))[-1]
    assert row["Timecode"] == timecode
