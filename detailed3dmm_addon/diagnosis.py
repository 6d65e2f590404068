"""What is installed and what is missing, in lines for the user; imports no Blender and starts no device."""
import importlib.util
import platform
import sys
from importlib import metadata

from .core import VERSION, weights
from .core.errors import WeightsError
from .photo import face_models
from .speech import english

# Package on disk -> (name in Python, what cannot be done without it)
PACKAGES = {
    "numpy": ("numpy", "anything"),
    "torch": ("torch", "wrinkles"),
    "OpenImageIO": ("OpenImageIO", "reading and writing displacement files"),
    "opencv-python-headless": ("cv2", "faces from photos"),
    "numba": ("numba", "automatic words of speech"),
    "bpy": ("bpy", "rendering and .blend files"),
}
WEIGHTS = {"base_model", "detailed3dmm", "landmarks"}
FETCHED = ((face_models, "Apache-2.0"), (english, "BSD-2-Clause"))  # files by others, with their licences


def describe():
    """Everything that `info` prints.

    Returns
    -------
    lines : list of str; whole : bool, False where weights are missing or damaged
    """
    about, whole = _weights()
    return [f"Detailed3DMM {VERSION}", f"Python {platform.python_version()} on {platform.platform()}",
            *_packages(), *_devices(), *about], whole


def _packages():
    for package, (module, purpose) in PACKAGES.items():
        if module in sys.modules or importlib.util.find_spec(module):
            yield f"{package} {_version(package, module)}"
        else:
            yield f"{package} is missing: no {purpose} without it"


def _version(package, module):
    if module == "bpy" and "bpy" in sys.modules:
        return sys.modules["bpy"].app.version_string
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:  # bundled with Blender
        return getattr(importlib.import_module(module), "__version__", "of Blender")


def _devices():
    if not importlib.util.find_spec("torch"):
        return
    import torch
    yield f"device cpu, {torch.get_num_threads()} threads"
    for index in range(torch.cuda.device_count()):
        yield f"device cuda:{index}, {torch.cuda.get_device_name(index)}"
    if torch.backends.mps.is_available():
        yield "device mps"


def _weights():
    try:
        index = weights.weights_index()
    except WeightsError as error:
        return [str(error)], False
    lines, whole = [f"weights in {weights.weights_folder()}"], True
    for entry in index:
        try:
            weights.verify(entry)
            state = f"sha256 {entry.sha256[:16]} verified"
        except WeightsError as error:
            whole, state = False, str(error)
        lines.append(f"  {entry.name} {entry.version}, {entry.bytes / 1e6:.1f} MB, {entry.licence}: {state}")
    for name in sorted(WEIGHTS - {entry.name for entry in index}):
        whole = False
        lines.append(f"  {name} is missing")
    found, sound = _fetched()
    return lines + found, whole and sound


def _fetched():
    """Lines on the files by others, and False where one is altered; a checkout may go without them."""
    lines, sound = [], True
    for files, licence in FETCHED:
        for name, sha256 in files.SHA256.items():
            try:
                files.checked(name)
                lines.append(f"  {name}, {licence}: sha256 {sha256[:16]} verified")
            except WeightsError as error:
                sound &= not files.path(name).exists()
                lines.append(f"  {error}")
    return lines, sound
