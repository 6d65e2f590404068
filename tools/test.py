"""All checks: ruff, then pytest. ``python3 tools/test.py``, arguments are passed on to pytest."""
import sys

from environment import run_inside

if __name__ == "__main__":
    sys.exit(run_inside(["-m", "ruff", "check", "."], ["-m", "pytest", *sys.argv[1:]]))
