"""Renders a face smooth and with a folded forehead, in a Blender of its own: ``material_session.py ENGINE FOLDER``."""
import os
import sys
from pathlib import Path

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import detailed3dmm_addon  # noqa: E402
from detailed3dmm_addon.blender import images, live, mesh, studio  # noqa: E402
from detailed3dmm_addon.core import skin_paint  # noqa: E402
from detailed3dmm_addon.core.character import Character  # noqa: E402

SIZE, SAMPLES = (96, 120), 4
FOLDS, DEPTH = 40, 0.8  # across the map; millimetres

engine, folder = sys.argv[1], Path(sys.argv[2])
skin_paint.SIZES.update(dict.fromkeys(skin_paint.SIZES, 512))
detailed3dmm_addon.register()
bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
scene = bpy.context.scene
face = mesh.add_face(bpy.context, Character(skin={"melanin": 0.35, "scalp": 0.0}))
live.unregister()  # the maps are made here
studio.set_up(scene, face, engine=engine, resolution=SIZE)
v = np.linspace(1, 0, 512)[:, None] * np.ones(512)
forehead = (v > 0.84) & (v < 0.97)
for name, heights in (("smooth", 0 * v), ("folded", DEPTH * forehead * np.sin(2 * np.pi * FOLDS * v))):
    images.write_image(face, heights.astype(np.float32))
    studio.render(scene, folder / f"{name}.png", samples=SAMPLES)
sys.stdout.flush()
os._exit(0)
