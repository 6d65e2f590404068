"""Speech to animation: audio to timed phones, phones to expression curves. No Blender in here."""
