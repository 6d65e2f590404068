"""What a face stores of its baked shot."""
import bpy
from bpy.props import BoolProperty, IntProperty, PointerProperty, StringProperty

from . import compat, images, live, mesh, strings


def _show_changed(settings, _context):
    if not mesh.problem(settings.id_data):
        images.show(settings.id_data)
        live.wake()


class DETAILED3DMM_PG_shot(bpy.types.PropertyGroup):
    """Where the sequence lies, which frames it has, and whether the face shows it."""
    folder: StringProperty(name="Folder", description=strings.TIPS["shot_folder"], subtype="DIR_PATH",
                           default="//displacement", options=compat.path_options())
    show: BoolProperty(name="Show Baked Shot", description=strings.TIPS["show_shot"], update=_show_changed,
                       options=set())
    image: PointerProperty(type=bpy.types.Image, name="Sequence")
    first: IntProperty(options={"HIDDEN"}, default=1)
    last: IntProperty(options={"HIDDEN"}, default=1)
