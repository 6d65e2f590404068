"""Render the thumbnails of the presets: ``.venv/bin/python tools/render_thumbnails.py [NAME ...]``, all without names.

Characters are shown relaxed, expressions on the average face. They are written beside the presets, 128 pixels square.
"""
import argparse
import os
import sys
from pathlib import Path

import bpy

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import detailed3dmm_addon  # noqa: E402
from detailed3dmm_addon.blender import live, mesh, parameters, studio  # noqa: E402
from detailed3dmm_addon.core import presets, skin_paint  # noqa: E402
from detailed3dmm_addon.core.character import Character  # noqa: E402

FOLDER = ROOT / "detailed3dmm_addon" / "presets" / "thumbnails"
SIZE, SAMPLES = 128, 8
CLOSER, HIGHER = 1.4, 0.045  # than a portrait: a thumbnail has no room for air and shoulders
TEXTURE = 512


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="presets to render")
    parser.add_argument("--out", type=Path, default=FOLDER)
    options = parser.parse_args()
    skin_paint.SIZES.update(dict.fromkeys(skin_paint.SIZES, TEXTURE))
    face = set_up()
    wanted = [("characters", preset) for preset in presets.character_presets()]
    wanted += [("expressions", preset) for preset in presets.expression_presets()]
    wanted = [(kind, preset) for kind, preset in wanted if not options.names or preset.name in options.names]
    for number, (kind, preset) in enumerate(wanted, 1):
        pose(face, kind, preset)
        render(options.out / kind / f"{preset.name}.png")
        print(f"[{number}/{len(wanted)}] {kind}/{preset.name}", flush=True)


def set_up():
    """An empty file with the average face in the studio."""
    detailed3dmm_addon.register()
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    face = mesh.add_face(bpy.context)
    face.detailed3dmm.final_resolution = "256"
    studio.set_up(bpy.context.scene, face, resolution=(SIZE, SIZE))
    camera = bpy.context.scene.camera.data
    camera.lens, camera.shift_y = camera.lens * CLOSER, HIGHER
    return face


def pose(face, kind, preset):
    if kind == "characters":
        mesh.apply_character(face, preset.character)
    else:
        mesh.apply_character(face, Character())
        parameters.set_expression(face, preset.expression)
    bpy.context.view_layer.update()
    live.update_now(bpy.context.scene)


def render(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    studio.render(bpy.context.scene, path, samples=SAMPLES)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # Blender's module may hang on the way out
