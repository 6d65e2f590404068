"""The Blender side: properties, panels, operators, the face as an object. It translates; the work is in `core`."""


def _modules():
    from . import (
        command_line,
        detail_operators,
        live,
        operators,
        own_base,
        panels,
        preferences,
        properties,
        reconstruct_faces,
        reconstruct_operators,
        reconstruct_panel,
        reconstruct_refit,
        shot,
        speech_operators,
        speech_panel,
    )
    return (preferences, properties, operators, detail_operators, panels, reconstruct_operators, reconstruct_faces,
            reconstruct_refit, reconstruct_panel, speech_operators, shot, speech_panel, own_base, live, command_line)


def register():
    import bpy

    from . import strings
    for module in _modules():
        module.register()
    bpy.app.translations.register(__package__, strings.TRANSLATIONS)


def unregister():
    import bpy
    bpy.app.translations.unregister(__package__)
    for module in reversed(_modules()):
        module.unregister()
