"""Every difference between Blender 4.2 LTS and 5.2 LTS that the add-on meets: no other module asks for a version."""
import importlib.util

import bpy


def eevee_engine():
    """Identifier of EEVEE for `scene.render.engine`: it was renamed in 4.2 and back in 5.0."""
    return "BLENDER_EEVEE" if bpy.app.version >= (5, 0, 0) else "BLENDER_EEVEE_NEXT"


def use_nodes(datablock):
    """Gives a material or world its node tree. From 5.0 on every one has it, and the switch is deprecated."""
    if datablock.node_tree is None:
        datablock.use_nodes = True
    return datablock.node_tree


def set_adaptive_subdivision(scene, obj, modifier, pixels=1.0):
    """Turns Cycles' adaptive subdivision on for the Subdivision Surface `modifier` of `obj`.

    pixels : edge length of the finest polygons in the render, in pixels.

    Until 4.5 it is an experimental feature of the scene and a setting of the object, from 5.0 on one of the modifier.
    """
    if hasattr(modifier, "use_adaptive_subdivision"):
        modifier.use_adaptive_subdivision = True
        modifier.adaptive_space = "PIXEL"
        modifier.adaptive_pixel_size = pixels
        return
    scene.cycles.feature_set = "EXPERIMENTAL"
    obj.cycles.use_adaptive_subdivision = True
    obj.cycles.dicing_rate = pixels


def clear_adaptive_subdivision(obj):
    """Turns Cycles' adaptive subdivision off for `obj` (in 5.0 it goes with the modifier)."""
    if hasattr(obj, "cycles") and hasattr(obj.cycles, "use_adaptive_subdivision"):
        obj.cycles.use_adaptive_subdivision = False


def has_module(name):
    """Whether Python could import `name`, found out without importing it."""
    return importlib.util.find_spec(name) is not None


def set_denoising(scene):
    """Switches Cycles' denoiser on where this build has one (Debian's has none); gives whether it has."""
    try:
        scene.cycles.denoiser = "OPENIMAGEDENOISE"
    except TypeError:
        scene.cycles.use_denoising = False
        return False
    scene.cycles.use_denoising = True
    return True
