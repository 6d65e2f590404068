"""The panel in a real, windowed Blender, where the rig for that is found; else skipped with the reason."""
from pathlib import Path

SESSION = Path(__file__).with_name("panel_session.py")


def test_sliders_under_a_real_mouse(session):
    session(SESSION, "panel")
