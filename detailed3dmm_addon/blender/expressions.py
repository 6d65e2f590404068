"""How the 53 expression keys are shown: groups, left and right sides, gaze."""
from dataclasses import dataclass

SIDES = ("_R", "_L")  # the face looks at the user: its right side is on the left of the panel
GAZE_STEM = "eyeLook"


@dataclass(frozen=True)
class Control:
    """One row of the expression panel.

    stem : key name without its side; keys : the one or two (right, left) key names that the row shows.
    """
    stem: str
    keys: tuple

    @property
    def is_pair(self):
        return len(self.keys) == 2


@dataclass(frozen=True)
class Group:
    """A foldable group of the expression panel: identifier and rows, in the order of the panel."""
    name: str
    controls: tuple


def _pair(stem):
    return Control(stem, tuple(stem + side for side in SIDES))


def _single(name):
    return Control(name, (name,))


GROUPS = (
    Group("brows", tuple(map(_pair, ("browInnerUp", "browOuterUp", "browDown")))),
    Group("eyes", tuple(map(_pair, ("eyeBlink", "eyeSquint", "eyeWide", "cheekSquint", "eyeLookUp", "eyeLookDown",
                                    "eyeLookIn", "eyeLookOut")))),
    Group("nose", tuple(map(_pair, ("noseSneer", "cheekPuff")))),
    Group("jaw", tuple(map(_single, ("jawOpen", "jawForward", "jawRight", "jawLeft", "mouthClose")))),
    Group("mouth", (
        *map(_pair, ("mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch", "mouthUpperUp", "mouthLowerDown",
                     "mouthPress")),
        *map(_single, ("mouthPucker", "mouthFunnel", "mouthRollUpper", "mouthRollLower", "mouthShrugUpper",
                       "mouthShrugLower", "mouthRight", "mouthLeft")))),
)
PAIRS = tuple(control for group in GROUPS for control in group.controls if control.is_pair)

# One signed slider each: the keys that its positive and its negative half raise.
GAZE = {
    "gaze_horizontal": (("eyeLookOut_L", "eyeLookIn_R"), ("eyeLookIn_L", "eyeLookOut_R")),
    "gaze_vertical": (("eyeLookUp_L", "eyeLookUp_R"), ("eyeLookDown_L", "eyeLookDown_R")),
}


def is_gaze(control):
    return control.stem.startswith(GAZE_STEM)


def group_keys(group_name):
    """Key names of a group; of every group for "all"."""
    return [key for group in GROUPS if group_name in (group.name, "all")
            for control in group.controls for key in control.keys]
