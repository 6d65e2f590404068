"""The main job: three people posed, baked, rendered, saved. ``python3 tools/demo.py``, arguments as in people.py."""
import sys

from environment import ROOT, run_inside

if __name__ == "__main__":
    sys.exit(run_inside([str(ROOT / "tools" / "people.py"), *sys.argv[1:]]))
