"""Files dropped onto the 3D view."""
import bpy


class OntoView:
    """Mixin of FileHandlers: they take what is dropped onto a 3D view."""

    @classmethod
    def poll_drop(cls, context):
        return context.area is not None and context.area.type == "VIEW_3D"


def register(handler):
    """Nobody drops files in background mode, and a handler left when Python ends takes Blender down with it."""
    if not bpy.app.background:
        bpy.utils.register_class(handler)


def unregister(handler):
    if handler.is_registered:
        bpy.utils.unregister_class(handler)
