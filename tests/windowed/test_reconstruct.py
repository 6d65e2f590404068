"""A face from a photo in a real, windowed Blender, where the rig for that is found; else skipped with the reason."""
from pathlib import Path

SESSION = Path(__file__).with_name("reconstruct_session.py")


def test_face_from_a_photo(session):
    assert "reconstructed:" in session(SESSION, "reconstruct")
