"""The add-on's preferences: what holds for every file."""
import bpy
from bpy.props import StringProperty
from bpy.types import AddonPreferences

from . import strings

_ADDON = __package__.rpartition(".")[0]


class DETAILED3DMM_Preferences(AddonPreferences):
    """Files of others that the add-on uses where they are given."""
    bl_idname = _ADDON
    __annotations__ = {
        "landmarker": StringProperty(name="Face Landmarker", description=strings.TIPS["landmarker"],
                                     subtype="FILE_PATH"),
    }

    def draw(self, _context):
        self.layout.prop(self, "landmarker")


def landmarker():
    """Path of the face_landmarker.task that the preferences name; None where they name none."""
    addon = bpy.context.preferences.addons.get(_ADDON)
    path = addon.preferences.landmarker if addon is not None and addon.preferences is not None else ""
    return bpy.path.abspath(path) or None


register, unregister = bpy.utils.register_classes_factory((DETAILED3DMM_Preferences,))
