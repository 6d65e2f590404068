"""The model card: what the model is, what it learned from, how well it does it. Written from measured figures alone."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from .pictures import AGES, CLOSE_UP_AGE, CLOSE_UPS, COMPARED_AGE, EXPRESSIONS, FILES

TRAINING_FILE = "training.json"  # one table of figures a run of `train_detail`
SPLITS = {
    "train": "to train on", "test": "identities never trained on",
    "posed": "persons of the training set in the shipped preset expressions, none of which is in a training map",
}  # fmt: skip
WHAT = """\
Detailed3DMM turns the parameters of a face (100 identity coefficients, 53 expressions, a person code of 24 numbers, an
age) into a displacement map of its skin, in millimetres along the normal, by way of the code of DNPM, a neural
parametric model of facial displacement maps (after *DNPM: A Neural Parametric Model for the Synthesis of Facial
Geometric Details*, ICME 2024). An encoder finds the code of a given map. [detail.md](detail.md) explains its parts."""
DATA = """\
No scan was used. Every map is folded by physics, a thin stiff skin on a soft foundation that the expression's strain
compresses, along crease lines drawn after anatomy. So the figures below say how well the network has learned this
teacher, not how near the teacher comes to a particular person's skin. Persons, ages and expressions are random and
seeded; the first map of every person is the relaxed face. `python -m training.make_detail_data` makes it all again."""
FIGURES = """\
Maps are compared at 256 x 256, band-passed to wavelengths of 2 to 20 mm, those of wrinkles. *Linear* is the baseline:
the principal components of the training maps, as many as the code has numbers, predicted by ridge regression from the
same inputs. *What the expression adds* is a map less the same person's relaxed map: on old faces resting folds would
otherwise hide how well the motion is known. *Squared error* is a share of the teacher's energy."""
LIMITS = (
    "The teacher is a model of skin, not skin: lines lie where anatomy textbooks draw them, folds of fat and muscle "
    "enter as templates, and no scan has confirmed a depth of an individual's.",
    "Displacement is a height along the normal of the base mesh: overhanging folds cannot be shown, and the base mesh "
    "itself has to carry what is larger than about 20 mm.",
    "Values beyond what training reached (3.5 standard deviations of identity and person, ages 18 to 90) are clamped "
    "with a warning.",
    "Half way between the codes of two people creases slide, and fade from one drawing to the other: the figures above "
    "say how much of their energy is left.",
    "Above 1024 texels the network adds nothing: pores and fine lines of the 2048 and 4096 maps are drawn by rule, see "
    "[fine-band.md](fine-band.md).",
    "Skin colour, sweat, scars and the change of blood under a fold are not part of it.",
)  # fmt: skip


def facts(model, folder, hardware="CPU"):
    """What the card says beside figures: about the data in `folder`, the training there, the network."""
    folder = Path(folder)
    network = model.network
    counts = {name: sum(p.numel() for p in part.parameters()) for name, part in network.named_children()}
    record = folder / TRAINING_FILE
    return {
        "splits": {split: _split(folder, split) for split in SPLITS},
        "manifest": _checksum(folder / "manifest.json"),
        "training": json.loads(record.read_text(encoding="utf-8")) if record.exists() else [],
        "hardware": hardware,
        "parameters": {name: count for name, count in counts.items() if count},
        "families": len(network.placement.planes),
        "plane": network.placement.planes.shape[-1],
    }


def _split(folder, split):
    files = sorted(folder.glob(f"{split}_?????.npz"))
    if not files:
        return {"persons": 0, "maps": 0, "texels": 0, "bytes": 0}
    with np.load(files[0]) as first:
        count, texels = first["maps"].shape[:2]
    return {"persons": len(files), "maps": count * len(files), "texels": texels,
            "bytes": sum(f.stat().st_size for f in files)}  # fmt: skip


def _checksum(path):
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def write(path, tables, known):
    """The card at `path`. tables : of `evaluate_detail`; known : `facts`."""
    Path(path).write_text(card(tables, known), encoding="utf-8")


def card(tables, known):
    """The card's text, Markdown."""
    parts = [
        "# Model card: Detailed3DMM",
        "Written by `python -m training.evaluate_detail --card`; edit `training/detail/model_card.py`, not this file.",
        WHAT, _pictures(), "## Data", DATA, _data(known), "## Network and training", _network(known), _training(known),
        "## Figures", FIGURES,
        *(f"### {name[0].upper()}{name[1:]}\n\n{_figures(rows)}" for name, rows in tables.items()),
        "## Limits", "\n".join(f"- {limit}" for limit in LIMITS),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def _pictures():
    columns = ", ".join(EXPRESSIONS)
    captions = {
        "people": f"Three identities, {', '.join(map(str, AGES))} years old; {columns}. Light from the side.",
        "teacher": "Above what physics folds, below what the network makes of the same parameters: an identity that it "
        f"has not met, {COMPARED_AGE} years old.",
        "close-ups": f"4096 x 4096 texels with the fine band, {CLOSE_UP_AGE} years old: {'; '.join(CLOSE_UPS)}.",
    }
    return "\n\n".join(f"![{caption}]({FILES[name]})\n\n*{caption}*" for name, caption in captions.items())


def _data(known):
    rows = {
        f"`{split}`: {what}": {"persons": found["persons"], "maps": found["maps"], "texels": f"{found['texels']} x "
                               f"{found['texels']}", "MB": round(found["bytes"] / 1e6)}
        for (split, what), found in zip(SPLITS.items(), known["splits"].values(), strict=True)
    }  # fmt: skip
    manifest = known["manifest"]
    checksum = f"`manifest.json` lists the sha256 of every file; its own is `{manifest}`." if manifest else ""
    return f"{_table(rows, 'split')}\n\n{checksum}".strip()


def _network(known):
    weights = ", ".join(f"{name} {count:,}" for name, count in known["parameters"].items())
    templates = f"{known['families']} families of crease templates, two drawings of {known['plane']} x {known['plane']}"
    return f"Trained numbers: {weights}. Beside them {templates} texels each, solved by the teacher and not trained."


def _training(known):
    if not known["training"]:
        return ""
    runs = {
        f"{number}, {run['stage']}": {name.replace("_", " "): value for name, value in run.items() if name != "stage"}
        for number, run in enumerate(known["training"], 1)
    }
    minutes = sum(run["minutes"] for run in known["training"])
    return f"{minutes:g} minutes of training in all, on {known['hardware']}.\n\n{_table(runs, 'run')}"


def _figures(rows):
    if not all(isinstance(row, dict) for row in rows.values()):
        rows = {name: {"figure": value} for name, value in rows.items()}
    return _table(rows, "")


def _table(rows, corner):
    """Markdown of row -> column -> value; a column that only some rows have stays empty in the others."""
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    lines = [f"| {corner} | {' | '.join(columns)} |", "|---|" + "---:|" * len(columns)]
    lines += [f"| {name} | {' | '.join(_number(row.get(c, '')) for c in columns)} |" for name, row in rows.items()]
    return "\n".join(lines)


def _number(value):
    if not isinstance(value, float):
        return str(value)
    if value == 0:
        return "0"
    return f"{value:.4f}" if abs(value) < 0.1 else f"{value:.3f}" if abs(value) < 10 else f"{value:,.0f}"
