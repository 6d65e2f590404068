"""Make the development environment in ``.venv``: ``python3 tools/environment.py``.

Needs nothing but Python; what it installs stands in pyproject.toml. Quick where nothing has changed since last time.
"""
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv"
STAMP = FOLDER / "detailed3dmm-environment"
SUPPORTED = ((3, 11), (3, 13))
BPY_IMPORT_SECONDS = 300
# What git does not hold of the weights' folder, by the tool that fetches it.
FETCHED = {
    "face_models.py": ("face_detection_short_range.tflite", "face_landmark.tflite"),
    "english_words.py": ("cmudict-en-us.dict", "en-us.lm.bin", "en-us-means", "en-us-variances", "en-us-sendump"),
}

# What Blender's module loads from the system, with the Debian package that holds it.
DEBIAN_PACKAGES = {
    "libEGL.so.1": "libegl1", "libGL.so.1": "libgl1", "libICE.so.6": "libice6", "libSM.so.6": "libsm6",
    "libX11.so.6": "libx11-6", "libXext.so.6": "libxext6", "libXfixes.so.3": "libxfixes3", "libXi.so.6": "libxi6",
    "libXrender.so.1": "libxrender1", "libXt.so.6": "libxt6", "libXxf86vm.so.1": "libxxf86vm1",
    "libxkbcommon.so.0": "libxkbcommon0",
}


class SetUpError(Exception):
    """What is in the way, in one sentence for the user."""


def main():
    """Make the environment; the exit status is 0, or 1 with a sentence on stderr."""
    try:
        ensure()
    except SetUpError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"The environment is ready: {venv_python()}")
    return 0


def run_inside(*commands):
    """Make the environment where needed and run its Python, once for each command.

    Parameters
    ----------
    commands : lists of str, arguments for the interpreter

    Returns
    -------
    int, the first exit status that is not 0; 1 where the environment could not be made
    """
    try:
        ensure()
    except SetUpError as error:
        print(error, file=sys.stderr)
        return 1
    statuses = [subprocess.run([str(venv_python()), *arguments], cwd=ROOT).returncode for arguments in commands]
    return next((status for status in statuses if status), 0)


def ensure():
    """Create ``.venv`` and install what pyproject.toml names; quick where that was done before."""
    if not (STAMP.is_file() and venv_python().is_file() and STAMP.read_text() == fingerprint()):
        if not is_supported(version_of(venv_python())):
            create(supported_python())
        install()
        check_blender()
        STAMP.write_text(fingerprint())
    fetch_files()


def fetch_files():
    """Bring the files by others; without them all but what they do works, so that a failure only prints why."""
    for tool, names in FETCHED.items():
        if not all((ROOT / "weights" / name).is_file() for name in names):
            subprocess.run([str(venv_python()), str(ROOT / "tools" / tool)], cwd=ROOT)


def venv_python():
    """The environment's interpreter."""
    return FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def fingerprint():
    """Changes whenever the environment has to be made anew."""
    return hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()


def version_of(python):
    """(major, minor) of an interpreter, or None where it does not run."""
    try:
        done = subprocess.run([str(python), "-c", "import sys; print(*sys.version_info[:2])"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return tuple(int(part) for part in done.stdout.split()) if done.returncode == 0 else None


def is_supported(version):
    """Whether Blender is published as a module for this Python."""
    return version in SUPPORTED


def supported_python():
    """The running interpreter, or another installed one that Blender's module is built for."""
    names = [sys.executable] + [f"python{major}.{minor}" for major, minor in SUPPORTED]
    # pyenv answers by a name that may be switched off; its interpreters lie beside it.
    names += sorted(str(path) for path in Path.home().glob(".pyenv/versions/3.1[13].*/bin/python"))
    for name in names:
        found = shutil.which(name)
        if found and is_supported(version_of(found)):
            return found
    raise SetUpError(
        "Blender's module exists for Python 3.11 (Blender 4.5 LTS) and 3.13 (Blender 5.2 LTS); this is Python "
        f"{sys.version_info[0]}.{sys.version_info[1]} and neither of them was found: install one, such as python3.13 "
        "with its venv package, and start this command with it.")


def create(python):
    """Make an empty environment; one that stands there with another Python is replaced."""
    say(f"Making {FOLDER} with {python}")
    done = subprocess.run([python, "-m", "venv", "--clear", str(FOLDER)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode:
        shutil.rmtree(FOLDER, ignore_errors=True)
        text = done.stdout.decode(errors="replace")
        if "ensurepip" in text:
            raise SetUpError("This Python cannot make virtual environments: install the system package that holds venv "
                             "(Debian and Ubuntu: sudo apt-get install python3-venv) and run this again.")
        raise SetUpError("The virtual environment could not be made: " + text.strip().splitlines()[-1])


def install():
    """Install the dependencies, torch first: where a CPU build can be had nothing else may pull in the other."""
    runtime, development = dependencies()
    torch = next(line for line in runtime if line.startswith("torch=="))
    say("Installing Blender's module, PyTorch and the rest into .venv: about 2 GB on disk, some minutes")
    if not install_cpu_torch(torch):
        say("pip's configuration offers no CPU build of PyTorch, so the plain build is installed. On Linux it brings "
            "several GB of CUDA libraries; to avoid that, name an index that has CPU builds in pip's extra-index-url, "
            "remove .venv and run this again.")
    if pip("install", *runtime, *development):
        raise SetUpError("pip could not install the dependencies (its message stands above): check the network and the "
                         "free space on the disk and run this again.")


def dependencies():
    """(run time, development) requirement strings of pyproject.toml, read by the environment's own Python."""
    # The interpreter that runs this file may be too old for tomllib; the environment's never is.
    code = ("import json, sys, tomllib; t = tomllib.load(open(sys.argv[1], 'rb')); "
            "print(json.dumps([t['project']['dependencies'], t['dependency-groups']['dev']]))")
    done = subprocess.run([str(venv_python()), "-c", code, str(ROOT / "pyproject.toml")], stdout=subprocess.PIPE,
                          check=True)
    return json.loads(done.stdout.decode())


def install_cpu_torch(requirement):
    """Try the CPU build of PyTorch; False where it is neither there nor needed to be asked for."""
    if platform.system() != "Linux":
        return True  # elsewhere the plain build is the CPU build
    return pip("install", requirement + "+cpu", quietly=True) == 0


def pip(*arguments, quietly=False):
    """Run the environment's pip; its exit status."""
    command = [str(venv_python()), "-m", "pip", "--disable-pip-version-check", *arguments]
    if not sys.stdout.isatty():
        command += ["--quiet", "--quiet"]  # errors alone: a log has no use for every download
    sys.stdout.flush()
    return subprocess.run(command, stderr=subprocess.DEVNULL if quietly else None,
                          stdout=subprocess.DEVNULL if quietly else None).returncode


def check_blender():
    """Import bpy in a process of its own; SetUpError names the system libraries that it lacks."""
    # Some versions hang or crash on the way out: leave without the interpreter's farewell.
    code = "import bpy, os, sys; print(bpy.app.version_string); sys.stdout.flush(); os._exit(0)"
    try:
        done = subprocess.run([str(venv_python()), "-c", code], capture_output=True, timeout=BPY_IMPORT_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise SetUpError(f"Blender's module did not start within {BPY_IMPORT_SECONDS} seconds.") from error
    if done.returncode == 0:
        say("Blender " + done.stdout.decode().strip().splitlines()[-1] + " answers")
        return
    text = done.stderr.decode(errors="replace").strip()
    missing = missing_libraries(text)
    if not missing:
        raise SetUpError("Blender's module cannot be imported: " + (text.splitlines() or ["it crashed"])[-1])
    packages = " ".join(sorted({DEBIAN_PACKAGES.get(name, name) for name in missing}))
    raise SetUpError(f"Blender needs system libraries that are missing here: {', '.join(missing)}. Debian and Ubuntu: "
                     f"sudo apt-get install {packages}")


def missing_libraries(import_error):
    """Names of the shared libraries that bpy lacks: all of them where ldd can tell, else the one in the error."""
    found = set(re.findall(r"(lib[\w.+-]+\.so[\w.]*): cannot open shared object file", import_error))
    module = next(iter(FOLDER.glob("lib/python3*/site-packages/bpy/__init__*.so")), None)
    if found and module and shutil.which("ldd"):
        listed = subprocess.run(["ldd", str(module)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        found.update(re.findall(r"(\S+) => not found", listed.stdout.decode(errors="replace")))
    return sorted(found)


def say(text):
    """A line of progress."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
