"""A face from a photo in a real, windowed Blender, where the rig for that is found; else skipped with the reason."""
from pathlib import Path

FOLDER = Path(__file__).parent


def test_face_from_a_photo(session):
    assert "reconstructed:" in session(FOLDER / "reconstruct_session.py", "reconstruct")


def test_landmark_pins(session):
    assert "pins:" in session(FOLDER / "pins_session.py", "pins")
