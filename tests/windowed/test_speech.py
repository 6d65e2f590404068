"""A face that speaks in a real, windowed Blender, where the rig for that is found; else skipped with the reason."""
from pathlib import Path

SESSION = Path(__file__).with_name("speech_session.py")


def test_speaking_face(session):
    assert "wrinkles:" in session(SESSION, "speech")
