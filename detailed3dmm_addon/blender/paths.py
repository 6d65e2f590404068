"""Paths as Blender keeps them, and as Python reads them."""
import os

import bpy


def absolute(path):
    """A path that may begin with //, as the system knows it."""
    return os.path.normpath(bpy.path.abspath(path))


def stored(path):
    """A path as Blender's own file browser would keep it: relative to a file that has been saved, where preferred."""
    if not bpy.data.is_saved or not bpy.context.preferences.filepaths.use_relative_paths:
        return str(path)
    try:
        return bpy.path.relpath(str(path))
    except ValueError:  # on another drive of Windows
        return str(path)
