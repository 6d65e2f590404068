"""``python -m detailed3dmm_addon VERB ...``"""
import os
import sys

from .cli import main

if __name__ == "__main__":
    status = main(sys.argv[1:])
    if "bpy" in sys.modules:
        # Some versions of Blender's module hang or crash on the way out.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)
