"""A real Blender, where the rig that starts one is found; else the tests of this folder are skipped with the reason."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(__file__).with_name("shared_session.py")
SKIPPED, SECONDS = 77, 700


@pytest.fixture(scope="session")
def rig():
    """Path of the script that starts a windowed Blender: DETAILED3DMM_GUI_RIG, or beside the checkout."""
    path = Path(os.environ.get("DETAILED3DMM_GUI_RIG", ROOT.parent / "shared" / "blender" / "gui_rig.sh"))
    if not path.is_file():
        pytest.skip(f"no windowed Blender here: {path} does not exist, DETAILED3DMM_GUI_RIG can name another rig")
    checked = subprocess.run([str(path), "check"], capture_output=True, text=True, timeout=60)
    if checked.returncode == SKIPPED or "ready" not in checked.stderr:
        pytest.skip(f"no windowed Blender here: {checked.stderr.strip()}")
    return path


@pytest.fixture(scope="session")
def extension_zip(rig, tmp_path_factory):
    """The extension for the rig's Blender."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, str(ROOT / "tools" / "build_extension.py"), "--platform", "linux-x64",
                    "--python", "3.13", "--out", str(folder)], check=True, timeout=300, capture_output=True)
    return next(folder.glob("*.zip"))


@pytest.fixture(scope="session")
def session(rig, extension_zip, tmp_path_factory):
    """Run a session's script in a windowed Blender that has the extension; gives its log. DETAILED3DMM_SCREENSHOTS
    names a folder for the screenshots, which are the temporary folder's else; `prepare` may put files beside them."""
    def run(script, name, prepare=lambda folder: None):
        folder = Path(os.environ.get("DETAILED3DMM_SCREENSHOTS", tmp_path_factory.mktemp("out"))) / name
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(SHARED, folder)
        prepare(folder)
        done = subprocess.run(
            [str(rig), "run", "--addon", str(extension_zip), "--script", str(script), "--out", str(folder),
             "--timeout", str(SECONDS - 60), "--size", "1400x1000"], capture_output=True, text=True, timeout=SECONDS)
        if done.returncode == SKIPPED:
            pytest.skip(done.stderr.strip())
        log = (folder / "blender.log").read_text(encoding="utf-8") if (folder / "blender.log").exists() else ""
        assert done.returncode == 0, done.stderr + log
        assert "Traceback" not in log
        return log
    return run
