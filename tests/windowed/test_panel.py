"""The panel in a real, windowed Blender, where the rig for that is found; else skipped with the reason."""
import os
import subprocess
from pathlib import Path

import pytest

SESSION = Path(__file__).with_name("panel_session.py")
SECONDS = 700
SKIPPED = 77


def test_sliders_under_a_real_mouse(tmp_path, rig, extension_zip):
    out = Path(os.environ.get("DETAILED3DMM_SCREENSHOTS", tmp_path / "out"))
    done = subprocess.run(
        [str(rig), "run", "--addon", str(extension_zip), "--script", str(SESSION), "--out", str(out),
         "--timeout", str(SECONDS - 60), "--size", "1400x1000"], capture_output=True, text=True, timeout=SECONDS)
    if done.returncode == SKIPPED:
        pytest.skip(done.stderr.strip())
    log = (out / "blender.log").read_text(encoding="utf-8") if (out / "blender.log").exists() else ""
    assert done.returncode == 0, done.stderr + log
    assert "Traceback" not in log
