"""The command line as users start it: a process of its own, from a folder that is not the checkout."""
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 600


class Done(subprocess.CompletedProcess):
    """A finished command with its output as text."""

    def refused(self, *words):
        """Assert status 1 and one clear line on stderr that holds `words`."""
        lines = self.stderr.strip().splitlines()
        assert self.returncode == 1, self.stderr
        assert len(lines) == 1, self.stderr
        assert lines[0].startswith("detailed3dmm: ")
        for word in words:
            assert word in lines[0]
        return True

    def written(self):
        """Paths that the command reported; asserts that it did what it was asked for."""
        assert self.returncode == 0, self.stderr
        return [Path(line) for line in self.stdout.splitlines() if Path(line).is_file()]


@pytest.fixture
def cli(tmp_path):
    """Run one verb: ``cli("sculpt", "--out", folder, weights=...)``."""
    return partial(run_cli, tmp_path)


@pytest.fixture(scope="session")
def sculpted(tmp_path_factory):
    """A folder with everything that sculpt can write."""
    out = tmp_path_factory.mktemp("sculpted")
    run_cli(out, "sculpt", "--seed", 3, "--set", "age=60", "--expression", "jawOpen=0.25", "--resolution", 512,
            "--blend", "--render", "--out", out / "o").written()
    return out / "o"


def run_cli(folder, *arguments, weights=None, prefix=()):
    """Run one verb in `folder`; `weights` names another weights folder, `prefix` is a command to run it with."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if weights:
        environment["DETAILED3DMM_WEIGHTS"] = str(weights)
    command = [*prefix, sys.executable, "-m", "detailed3dmm_addon", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, env=environment, cwd=folder)
    return Done(done.args, done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def weights_folder():
    return ROOT / "weights"


@pytest.fixture
def weights_copy(tmp_path, weights_folder):
    """A weights folder whose files may be damaged: links until they are replaced."""
    folder = tmp_path / "weights"
    folder.mkdir()
    for path in weights_folder.iterdir():
        (folder / path.name).symlink_to(path)
    return folder
