"""Writing trained weights into ``weights/`` and listing them in ``weights.json``."""
import hashlib
import json
import os
from dataclasses import asdict, fields
from pathlib import Path

from safetensors.numpy import save

from detailed3dmm_addon.core.weights import INDEX_NAME, WeightsEntry

LICENCE = "GPL-3.0-or-later"
WEIGHTS = Path(__file__).resolve().parent.parent / "weights"


def publish(name, tensors, metadata, version, training, quality, folder=WEIGHTS):
    """Write ``<folder>/<name>.safetensors`` and its line in ``weights.json``; each file is replaced in one step.

    Parameters
    ----------
    name : str, what `core.weights.load` will be called with
    tensors : dict of name -> numpy array (made contiguous here)
    metadata : dict of name -> str, or anything that JSON holds, which is then stored as JSON text
    version : str
    training : str, the command that made the weights
    quality : dict of measured figures

    Returns
    -------
    WeightsEntry
    """
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in metadata.items()}
    content = save({key: value.copy(order="C") for key, value in tensors.items()}, texts)
    entry = WeightsEntry(name=name, file=f"{name}.safetensors", version=version, licence=LICENCE, bytes=len(content),
                         sha256=hashlib.sha256(content).hexdigest(), training=training, quality=quality)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / entry.file, content)
    index = folder / INDEX_NAME
    listed = json.loads(index.read_text(encoding="utf-8")) if index.exists() else []
    listed = [other for other in listed if other["name"] != name] + [asdict(entry)]
    listed.sort(key=lambda other: other["name"])
    _replace(index, (json.dumps(listed, indent=1) + "\n").encode("utf-8"))
    return entry


def publish_fields(name, made, version, training, quality, folder=WEIGHTS):
    """`publish` a dataclass of numpy arrays, each under its field's name, and say so."""
    tensors = {field.name: getattr(made, field.name) for field in fields(made)}
    entry = publish(name, tensors, {}, version, training, quality, folder)
    print(f"{entry.file}: {entry.bytes} bytes")


def record_quality(name, quality, folder=WEIGHTS):
    """Store measured figures, a dict, with the published weights of this name."""
    index = Path(folder) / INDEX_NAME
    listed = json.loads(index.read_text(encoding="utf-8"))
    entry = next(entry for entry in listed if entry["name"] == name)
    entry["quality"] = quality
    _replace(index, (json.dumps(listed, indent=1) + "\n").encode("utf-8"))


def _replace(path, content):
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    os.replace(part, path)
