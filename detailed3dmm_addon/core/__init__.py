"""The face model without Blender: numpy for the mesh, torch for the detail."""

VERSION = "0.1.0"
