"""Data for the speech network: audio with the phone that sounds at each frame. Never shipped."""
