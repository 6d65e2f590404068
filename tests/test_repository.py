"""What holds for the repository as a whole: one version everywhere, and the rules of the extension platform."""
import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from detailed3dmm_addon.core import VERSION

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "detailed3dmm_addon"
MODULES = sorted(PACKAGE.rglob("*.py"))


def toml(name):
    return tomllib.loads((ROOT / name).read_text(encoding="utf-8"))


def test_one_version_everywhere():
    assert toml("pyproject.toml")["project"]["version"] == toml("blender_manifest.toml")["version"] == VERSION


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_package_imports_itself_relatively(module):
    # Blender installs it under a name of its own.
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
        assert not [name for name in names if name.split(".")[0] in {"detailed3dmm_addon", "training", "tools"}]


@pytest.mark.parametrize("module", [module for room in ("core", "speech", "photo")
                                    for module in sorted((PACKAGE / room).rglob("*.py"))], ids=lambda path: path.name)
def test_only_blender_s_room_knows_blender(module):
    blender = r"^\s*(import bpy|from bpy|from \.+blender|import mathutils)"
    assert not re.search(blender, module.read_text(encoding="utf-8"), re.MULTILINE)


def test_package_imports_without_blender_and_without_heavy_packages():
    heavy = ("bpy", "torch", "librosa", "numba", "cv2", "scipy", "safetensors")
    code = ("import sys, detailed3dmm_addon; from detailed3dmm_addon.core import base_model, semantic, skin; "
            "from detailed3dmm_addon.photo import correspondence, detector, face_mesh, picture; "
            f"print([name for name in {heavy} if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
