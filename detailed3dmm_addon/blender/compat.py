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


def path_options():
    """Options of a path property that may begin with //: from 4.5 on Blender wants to be told."""
    return {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set()


def channels(action, datablock=None):
    """What holds the F-curves and channel groups of `action`: itself until 4.3, the channels of its slot from 4.4 on.

    datablock : what the action is made for, whose slot is made where the action has none yet
    """
    if not hasattr(action, "slots"):
        return action
    slot = action.slots[0] if action.slots else action.slots.new(id_type=datablock.id_type, name=datablock.name)
    layer = action.layers[0] if action.layers else action.layers.new("Layer")
    strip = layer.strips[0] if layer.strips else layer.strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True)


def animated_paths(user):
    """Pairs (data path, index) that the action of an `AnimData` or an NLA strip animates."""
    if user.action is None:
        return set()
    if not hasattr(user.action, "slots"):
        curves = user.action.fcurves
    elif user.action_slot is None:
        curves = []
    else:
        bags = [strip.channelbag(user.action_slot) for layer in user.action.layers for strip in layer.strips]
        curves = [curve for bag in bags if bag for curve in bag.fcurves]
    return {(curve.data_path, curve.array_index) for curve in curves}


def rests_at_zero(datablock):
    """Whether the NLA takes 0 for a property where no strip moves it: for shape keys, from 5.0 on, it takes 1."""
    return datablock.id_type != "KEY" or bpy.types.ShapeKey.bl_rna.properties["value"].default == 0


def set_action(user, action):
    """Let an `AnimData` or an NLA strip play an action of one slot, which from 4.4 on has to be named as well."""
    if user.action != action:
        user.action = action
    if hasattr(user, "action_slot") and user.action_slot is None:
        user.action_slot = action.slots[0]


def sequencer_strips(scene):
    """The strips of a scene's sequencer, which is made where there is none. Called sequences until 4.3."""
    editor = scene.sequence_editor_create()
    return editor.strips if hasattr(editor, "strips") else editor.sequences


def show_sequencer(context, scene):
    """Let the sequencer editors of this workspace show `scene`: from 5.0 on each workspace chooses."""
    workspace = context.workspace
    if workspace is not None and hasattr(workspace, "sequencer_scene") and workspace.sequencer_scene is None:
        workspace.sequencer_scene = scene
