"""The command line's verbs inside Blender: ``blender --command detailed3dmm VERB ...``."""
import bpy

_commands = []


def _run(arguments):
    from ..cli import main  # late: enabling the add-on needs none of it
    return main(arguments)


def register():
    _commands.append(bpy.utils.register_cli_command("detailed3dmm", _run))


def unregister():
    while _commands:
        bpy.utils.unregister_cli_command(_commands.pop())
