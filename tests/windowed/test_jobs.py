"""Long work in a real, windowed Blender: progress, ESC that leaves nothing behind, the end."""
from pathlib import Path

import numpy as np

from detailed3dmm_addon.core import displacement_file
from tests import own_base_files

SESSION = Path(__file__).with_name("jobs_session.py")


def test_jobs_and_escape(session):
    def prepare(folder):
        own_base_files.write_facescape(folder)
        from detailed3dmm_addon.core.detailed3dmm import Detailed3DMM
        heights = Detailed3DMM.load().displacement(np.zeros(100), np.zeros(53), np.ones(24), 60.0, resolution=256)
        displacement_file.write_exr(folder / "map.exr", heights)
    assert "import_own_base:" in session(SESSION, "jobs", prepare)
