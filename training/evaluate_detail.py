"""Measures a Detailed3DMM on held-out faces, beside the linear baseline; prints the tables.

    python -m training.evaluate_detail --data data/detail --record
    python -m training.evaluate_detail --data data/detail --trained --card

`--trained` takes the parameters that training has left in the data folder instead of the published weights, `--card`
writes docs/model-card.md with its pictures. Less, and sooner: `--persons 12 --encoded 2 --no-pictures`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch

from detailed3dmm_addon.core.base_model import BaseModel
from detailed3dmm_addon.core.detailed3dmm import Detailed3DMM
from training.detail import code_space, model_card, pictures, temporal
from training.detail.behaviour import Behaviour
from training.detail.held_out import HeldOut
from training.publish import record_quality
from training.publish_detail import tensors_of
from training.teacher.templates import FAMILIES
from training.train_detail import strain_tensors, trained_network

DOCS = Path(__file__).resolve().parent.parent / "docs"


def trained_model(folder):
    """The model as trained so far, rounded as it would be published."""
    base = BaseModel.load()
    tensors = tensors_of(trained_network(folder, base).state_dict(), strain_tensors(folder))
    return Detailed3DMM(base, tensors, {"families": json.dumps(list(FAMILIES))})


def evaluate(model, data=None, persons=64, encoded=5):
    """All figures: table name -> row -> number, or row -> column -> number.

    data : folder of the teacher's maps; without it only what needs none is measured
    persons : held-out persons of each kind at most; encoded : persons whose maps go through the encoder
    """
    behaviour = Behaviour(model)
    tables = {}
    if data is not None:
        held_out = HeldOut(model, data, persons, encoded)
        tables = {**held_out.tables(), **code_space.tables(model, behaviour.persons, held_out.faces["test"])}
    return {**tables, **temporal.tables(model, behaviour.persons[:2]), **behaviour.tables()}


def as_text(tables):
    """The tables with aligned columns."""
    lines = []
    for table, rows in tables.items():
        rows = {row: values if isinstance(values, dict) else {"": values} for row, values in rows.items()}
        widths = {head: max(12, len(head) + 2) for values in rows.values() for head in values}
        lines += ["", f"{table:66s}" + "".join(f"{head:>{width}s}" for head, width in widths.items())]
        for row, values in rows.items():
            lines.append(f"  {row:64s}" + "".join(f"{values[head]:{width}.4f}" for head, width in widths.items()))
    return "\n".join(lines)


def rounded(tables):
    """The tables with four decimals, as they are stored."""
    if isinstance(tables, dict):
        return {name: rounded(value) for name, value in tables.items()}
    return tables if isinstance(tables, int) else round(tables, 4)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="with held-out maps of the teacher; without it only what needs none")
    parser.add_argument("--trained", action="store_true", help="what training left there, not the published weights")
    parser.add_argument("--persons", type=int, default=64, help="held-out persons of each kind at most")
    parser.add_argument("--encoded", type=int, default=5, help="persons whose maps go through the encoder")
    parser.add_argument("--record", action="store_true", help="store the figures in weights/weights.json")
    parser.add_argument("--card", action="store_true", help="write docs/model-card.md")
    parser.add_argument("--no-pictures", action="store_true", help="leave the card's pictures as they are")
    parser.add_argument("--hardware", default="CPU", help="that the card says the training ran on")
    parser.add_argument("--docs", type=Path, default=DOCS, help="where the card goes")
    options = parser.parse_args()
    if options.data is None and (options.trained or options.card):
        parser.error("--trained and --card need --data")
    torch.manual_seed(0)
    model = trained_model(options.data) if options.trained else Detailed3DMM.load()
    tables = rounded(evaluate(model, options.data, options.persons, options.encoded))
    print(as_text(tables))
    if options.record:
        record_quality("detailed3dmm", tables)
    if options.card:
        known = model_card.facts(model, options.data, options.hardware)
        model_card.write(options.docs / "model-card.md", tables, known)
        if not options.no_pictures:
            pictures.draw(model, options.data, options.docs)


if __name__ == "__main__":
    main()
