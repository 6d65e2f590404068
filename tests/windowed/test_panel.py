"""The panel in a real, windowed Blender, where the rig for that is found; else skipped with the reason."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SESSION = Path(__file__).with_name("panel_session.py")
SECONDS = 300
SKIPPED = 77


def rig():
    """Path of the script that starts a windowed Blender: DETAILED3DMM_GUI_RIG, or beside the checkout."""
    path = Path(os.environ.get("DETAILED3DMM_GUI_RIG", ROOT.parent / "shared" / "blender" / "gui_rig.sh"))
    if not path.is_file():
        pytest.skip(f"no windowed Blender here: {path} does not exist, DETAILED3DMM_GUI_RIG can name another rig")
    checked = subprocess.run([str(path), "check"], capture_output=True, text=True, timeout=60)
    if checked.returncode == SKIPPED or "ready" not in checked.stderr:
        pytest.skip(f"no windowed Blender here: {checked.stderr.strip()}")
    return path


def test_sliders_under_a_real_mouse(tmp_path):
    path = rig()
    subprocess.run([sys.executable, str(ROOT / "tools" / "build_extension.py"), "--platform", "linux-x64", "--python",
                    "3.13", "--out", str(tmp_path)], check=True, timeout=SECONDS, capture_output=True)
    out = Path(os.environ.get("DETAILED3DMM_SCREENSHOTS", tmp_path / "out"))
    done = subprocess.run(
        [str(path), "run", "--addon", str(next(tmp_path.glob("*.zip"))), "--script", str(SESSION), "--out", str(out),
         "--timeout", str(SECONDS - 60), "--size", "1400x1000"], capture_output=True, text=True, timeout=SECONDS)
    if done.returncode == SKIPPED:
        pytest.skip(done.stderr.strip())
    log = (out / "blender.log").read_text(encoding="utf-8") if (out / "blender.log").exists() else ""
    assert done.returncode == 0, done.stderr + log
    assert "Traceback" not in log
