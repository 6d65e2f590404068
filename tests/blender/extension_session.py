"""A Blender session with an empty profile that lives through the extension's whole life; prints what it saw as JSON.

Started by test_extension.py with the zip as its argument and BLENDER_USER_RESOURCES naming the profile.
"""
import json
import os
import sys
import time
from pathlib import Path

import bpy  # first: it makes Blender's own scripts importable

import addon_utils  # isort: skip

MODULE = "bl_ext.user_default.detailed3dmm"
HEAVY = ("torch", "librosa", "numba", "cv2")


def installed_folder():
    return Path(os.environ["BLENDER_USER_RESOURCES"]) / "extensions" / "user_default" / "detailed3dmm"


def main(zip_path):
    seen = {}
    bpy.ops.extensions.package_install_files(repo="user_default", filepath=zip_path, enable_on_install=False)
    seen["installed"] = sorted(path.name for path in installed_folder().iterdir() if path.name != "__pycache__")

    start = time.process_time()  # whatever else the machine is doing
    addon_utils.enable(MODULE, default_set=True)
    seen["enable_seconds"] = time.process_time() - start
    seen["enabled"] = addon_utils.check(MODULE)[1]
    seen["heavy"] = [name for name in HEAVY if name in sys.modules]
    seen["from"] = sys.modules[MODULE].__file__

    seen["added"] = list(bpy.ops.detailed3dmm.add_face())
    face = bpy.context.object
    seen["vertices"] = len(face.data.vertices)
    key = face.data.shape_keys.key_blocks["jawOpen"]

    addon_utils.disable(MODULE, default_set=True)
    seen["operators_left"] = hasattr(bpy.types, "DETAILED3DMM_OT_add_face")
    key.value = 1.0
    evaluated = face.evaluated_get(bpy.context.evaluated_depsgraph_get())
    seen["moved_after_disabling"] = max((a.co - b.co).length for a, b in zip(
        evaluated.data.vertices, face.data.vertices, strict=True))

    addon_utils.enable(MODULE, default_set=True)
    seen["enabled_again"] = addon_utils.check(MODULE)[1]
    seen["face_known_again"] = bpy.context.object.detailed3dmm.is_face
    bpy.ops.extensions.package_uninstall(repo_index=repository_index(), pkg_id="detailed3dmm")
    seen["folder_left"] = installed_folder().exists()
    return seen


def repository_index():
    return next(index for index, repo in enumerate(bpy.context.preferences.extensions.repos)
                if repo.module == "user_default")


print(json.dumps(main(sys.argv[1])))
sys.stdout.flush()
os._exit(0)  # some versions of Blender's module hang on the way out
