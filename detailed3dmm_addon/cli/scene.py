"""What verbs write with Blender's help: the scene as a file, and its render."""
from .terminal import STDOUT, silenced


def write_scene(files, build, size=None):
    """Write face.blend and render.png, those of the two that are among the files.

    files : {name: path}; build : function of `blender.headless` that makes the scene; size : of the render, pixels, or
    None for a portrait's
    """
    if not {"face.blend", "render.png"} & set(files):
        return
    with silenced(STDOUT):
        from ..blender import headless
        build(headless)
        if "face.blend" in files:
            headless.save(files["face.blend"])
        if "render.png" in files:
            headless.render(files["render.png"], size or headless.RENDER_SIZE)
