"""The zip that users install: built and validated by Blender's own tool, then lived with in a clean profile."""
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from detailed3dmm_addon.photo import face_models
from detailed3dmm_addon.speech import english

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 600


@pytest.fixture(scope="module")
def extension_zip(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, str(ROOT / "tools" / "build_extension.py"), "--platform", "linux-x64",
               "--python", "3.11", "--out", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    built, = folder.glob("*.zip")
    return built


@pytest.fixture(scope="module")
def session(extension_zip, tmp_path_factory):
    """What a Blender saw that installed, enabled, used, disabled and removed the extension."""
    profile = tmp_path_factory.mktemp("profile")
    script = Path(__file__).with_name("extension_session.py")
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(profile)}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run([sys.executable, str(script), str(extension_zip)], capture_output=True, text=True,
                          timeout=SECONDS, env=environment, cwd=profile)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_zip_holds_the_product_and_nothing_else(extension_zip):
    with zipfile.ZipFile(extension_zip) as archive:
        names = archive.namelist()
    assert {"blender_manifest.toml", "__init__.py", "cli/__init__.py", "LICENSE", "NOTICE", "weights/weights.json",
            "weights/base_model.safetensors", "weights/detailed3dmm.safetensors", "weights/speech.safetensors",
            "weights/letters.safetensors"} <= set(names)
    assert {f"weights/{name}" for name in (*face_models.SHA256, *english.SHA256) if (ROOT / "weights" / name).exists()
            } <= set(names)  # a build that cannot fetch them goes without
    roots = {name.split("/")[0] for name in names if "/" in name}
    assert roots == {"cli", "core", "blender", "photo", "presets", "speech", "weights"}
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


def test_installs_and_enables_quickly_without_heavy_packages(session):
    assert {"__init__.py", "core", "blender", "presets", "speech", "weights"} <= set(session["installed"])
    assert session["enabled"]
    assert "extensions" in session["from"]
    assert session["enable_seconds"] < 0.5
    assert session["heavy"] == []


def test_adds_a_face_that_goes_on_working_when_disabled(session):
    assert session["added"] == ["FINISHED"]
    assert session["vertices"] == 26719
    assert not session["operators_left"]
    assert session["moved_after_disabling"] > 0.005


def test_enables_again_and_is_removed_without_a_trace(session):
    assert session["enabled_again"]
    assert session["face_known_again"]
    assert not session["folder_left"]
