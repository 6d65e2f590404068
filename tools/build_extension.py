"""Build the zip to install in Blender.

``.venv/bin/python tools/build_extension.py --platform linux-x64 --python 3.11``
stages the zip's layout from the checkout and has Blender's own extension tool build and validate it; prints its path.
"""
import argparse
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools import english_words, face_models  # noqa: E402
from tools.wheel_files import FetchError  # noqa: E402

PACKAGE = ROOT / "detailed3dmm_addon"
FETCHED = (face_models.FILES, english_words.FILES)
# Blender's platform names with the tags of the wheels that run there, most specific first.
PLATFORMS = {
    "linux-x64": ["manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"],
    "windows-x64": ["win_amd64"],
    "macos-arm64": ["macosx_14_0_arm64", "macosx_12_0_arm64", "macosx_11_0_arm64"],
}
# PyTorch and what it imports; OpenCV; SciPy; what reads and resamples sound; what compiles the search for words. Never
# numpy: Blender has its own, and all extensions share one path.
WHEELS = ["torch", "filelock", "fsspec", "jinja2", "markupsafe", "mpmath<1.4", "networkx", "sympy", "typing-extensions",
          "opencv-python-headless", "scipy", "soundfile", "cffi", "pycparser", "soxr", "numba", "llvmlite<0.51"]


def main(arguments=None):
    """Build one zip; the exit status is Blender's tool's, or 1 with a sentence on stderr."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--platform", choices=PLATFORMS, required=True)
    parser.add_argument("--python", choices=["3.11", "3.13"], required=True,
                        help="of the Blender it is for: 3.11 up to Blender 5.0, 3.13 from 5.1 on")
    parser.add_argument("--wheels", action="store_true", help="include PyTorch and the other packages for that "
                        "platform and Python (a zip of 420 MB instead of 66)")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        stage = Path(folder) / "detailed3dmm"
        copy_files(stage)
        wheels = download_wheels(stage / "wheels", options.platform, options.python) if options.wheels else []
        write_manifest(stage, options.platform, wheels)
        return build(stage, options.out.resolve() / zip_name(options.platform, options.python))


def copy_files(stage):
    """Lay out the zip's root: the package's files, the weights that are listed, the files by others, the licence."""
    shutil.copytree(PACKAGE, stage, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("LICENSE", "NOTICE"):
        shutil.copy2(ROOT / name, stage / name)
    index = ROOT / "weights" / "weights.json"
    (stage / "weights").mkdir()
    for name in ["weights.json"] + [entry["file"] for entry in json.loads(index.read_text(encoding="utf-8"))]:
        shutil.copy2(index.with_name(name), stage / "weights" / name)
    copy_files_of_others(stage / "weights")


def copy_files_of_others(folder):
    """Add what comes out of wheels, fetched where the checkout lacks it; a zip without them lacks what they do."""
    for files in FETCHED:
        try:
            files.ensure(ROOT / "weights")
        except FetchError as error:
            print(error, file=sys.stderr)
            continue
        for name in files.members:
            shutil.copy2(ROOT / "weights" / name, folder / name)


def download_wheels(folder, platform, python):
    """Fetch the wheels with pip; returns their paths as the manifest names them."""
    folder.mkdir()
    pins = {line.split("==")[0]: line for line in dependencies() if "==" in line and ";" not in line}
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
               "--dest", str(folder), "--python-version", python]
    command += [part for tag in PLATFORMS[platform] for part in ("--platform", tag)]
    for name in WHEELS:
        requirement = pins.get(name, name)
        if name == "torch" and platform == "linux-x64":
            requirement += "+cpu"  # the plain build needs gigabytes of CUDA libraries
        if subprocess.run([*command, requirement]).returncode:
            sys.exit(f"pip finds no wheel of {requirement} for {platform} and Python {python}.")
    return sorted(f"./wheels/{path.name}" for path in folder.iterdir())


def dependencies():
    """Requirement strings of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]


def write_manifest(stage, platform, wheels):
    """Write the checkout's manifest with the platform, where wheels bind the zip to one, and the wheels."""
    text = (ROOT / "blender_manifest.toml").read_text(encoding="utf-8")
    if wheels:
        # Top-level keys must stand before the first table.
        head, table, rest = text.partition("[permissions]")
        text = f"{head}platforms = {json.dumps([platform])}\nwheels = {json.dumps(wheels, indent=2)}\n\n{table}{rest}"
    (stage / "blender_manifest.toml").write_text(text, encoding="utf-8")


def zip_name(platform, python):
    """Name of the zip: id, version, platform and Python."""
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
    return f"{manifest['id']}-{manifest['version']}-{platform}-py{python.replace('.', '')}.zip"


def build(stage, target):
    """Have Blender's extension tool build and validate; returns its exit status."""
    target.parent.mkdir(parents=True, exist_ok=True)
    tool = [sys.executable, str(extension_tool())]
    for verb in (["build", "--source-dir", str(stage), "--output-filepath", str(target)], ["validate", str(target)]):
        done = subprocess.run(tool + verb, capture_output=True, text=True)
        if done.returncode:
            print(done.stdout + done.stderr, file=sys.stderr)
            return done.returncode
    print(f"{target} ({target.stat().st_size / 1e6:.1f} MB)")
    return 0


def extension_tool():
    """Blender's own command line tool for extensions, which its Python module carries: it needs no running Blender."""
    package = importlib.util.find_spec("bpy")
    found = package and next(Path(package.origin).parent.glob("*/scripts/addons_core/bl_pkg/cli/blender_ext.py"), None)
    if not found:
        sys.exit("Blender's module is not installed here: run python3 tools/environment.py, then use .venv/bin/python.")
    return found


if __name__ == "__main__":
    sys.exit(main())
