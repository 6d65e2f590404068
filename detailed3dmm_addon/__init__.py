"""Detailed3DMM: faces whose expressions come with their wrinkles. A Blender extension, and a package for any Python."""


def register():
    """Called by Blender when the extension is enabled."""
    from . import blender
    blender.register()


def unregister():
    """Called by Blender when the extension is disabled."""
    from . import blender
    blender.unregister()
