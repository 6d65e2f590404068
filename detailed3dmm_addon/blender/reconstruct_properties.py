"""What a reconstruction is asked for, kept with the scene, and what a face keeps of its photo."""
import bpy
from bpy.props import BoolProperty, CollectionProperty, FloatProperty, IntProperty, PointerProperty, StringProperty

from ..core.character import DEFAULT_AGE, OLDEST, YOUNGEST
from . import compat, material, skin_shader, strings
from .reconstruct_camera import backgrounds

STILL = set()
OVERRIDABLE = {"LIBRARY_OVERRIDABLE"}


def _strength_changed(settings, _context):
    worn = material.face_material(settings.id_data)
    if worn is not None:
        skin_shader.set_photo_strength(worn, settings.strength)


def _opacity(settings):
    return next((background.alpha for background in backgrounds(settings.camera)), 0.0)


def _set_opacity(settings, value):
    for background in backgrounds(settings.camera):
        background.alpha = min(max(value, 0.0), 1.0)


def _front(settings):
    return any(background.display_depth == "FRONT" for background in backgrounds(settings.camera))


def _set_front(settings, value):
    for background in backgrounds(settings.camera):
        background.display_depth = "FRONT" if value else "BACK"


class DETAILED3DMM_PG_photo_file(bpy.types.PropertyGroup):
    """One of the further photos of a person."""
    __annotations__ = {
        "filepath": StringProperty(name="Photo", description=strings.TIPS["photo_more"], subtype="FILE_PATH",
                                   options=compat.path_options()),
    }


class DETAILED3DMM_PG_photo(bpy.types.PropertyGroup):
    """What a face keeps of the photo that it was made from."""
    __annotations__ = {
        "filepath": StringProperty(options={"HIDDEN"}),
        "face": IntProperty(default=1, options={"HIDDEN"}),
        "more": CollectionProperty(type=DETAILED3DMM_PG_photo_file, options={"HIDDEN"}),
        "expression": StringProperty(options={"HIDDEN"}),
        "skin": StringProperty(options={"HIDDEN"}),
        "camera": PointerProperty(type=bpy.types.Object, options={"HIDDEN"}),
        "strength": FloatProperty(name="Photo Texture", description=strings.TIPS["photo_strength"], min=0.0, max=1.0,
                                  default=1.0, update=_strength_changed, options=STILL, override=OVERRIDABLE),
        "opacity": FloatProperty(name="Photo Opacity", description=strings.TIPS["photo_opacity"], min=0.0, max=1.0,
                                 get=_opacity, set=_set_opacity, options=STILL),
        "front": BoolProperty(name="Photo in Front", description=strings.TIPS["photo_front"], get=_front,
                              set=_set_front, options=STILL),
    }


class DETAILED3DMM_PG_reconstruction(bpy.types.PropertyGroup):
    """What is asked of the next reconstruction."""
    __annotations__ = {
        "filepath": StringProperty(name="Photo", description=strings.TIPS["photo_filepath"], subtype="FILE_PATH",
                                   options=compat.path_options()),
        "more": CollectionProperty(type=DETAILED3DMM_PG_photo_file),
        "face": IntProperty(name="Face", description=strings.TIPS["photo_face"], min=1, default=1, options=STILL),
        "age_known": BoolProperty(name="Age", description=strings.TIPS["photo_age_known"], options=STILL),
        "age": FloatProperty(name="Age", description=strings.TIPS["photo_age"], min=YOUNGEST, max=OLDEST,
                             default=DEFAULT_AGE, precision=0, step=100, options=STILL),
        "texture": BoolProperty(name="Texture", description=strings.TIPS["photo_texture"], default=True, options=STILL),
        "lights": BoolProperty(name="Light", description=strings.TIPS["photo_lights"], options=STILL),
        "pack": BoolProperty(name="Pack Photo", description=strings.TIPS["photo_pack"], options=STILL),
        "frame_scene": BoolProperty(name="Scene's Camera", description=strings.TIPS["photo_frame"], default=True,
                                    options=STILL),
    }
