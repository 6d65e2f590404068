"""Writes detailed3dmm_addon/presets: `python -m tools.make_presets`.

Characters are described by named sliders in standard deviations, and the rest of the face is drawn with a seed at
`INDIVIDUALITY` of its usual variety, so that two characters never share a face. The same description always gives
the same files.
"""
import json

import numpy as np

from detailed3dmm_addon.core.character import Character
from detailed3dmm_addon.core.person import PERSON_CODE_SIZE
from detailed3dmm_addon.core.presets import EXPRESSION_FORMAT, FOLDER
from detailed3dmm_addon.core.semantic import SemanticSliders

from .preset_characters import CHARACTERS
from .preset_expressions import EXPRESSIONS

INDIVIDUALITY, EMPHASIS = 0.45, 1.25


def character(label, seed, age, shape, skin):
    """A Character from slider values in standard deviations."""
    random = np.random.default_rng(seed)
    sliders = SemanticSliders.load()
    drawn = INDIVIDUALITY * np.clip(random.normal(size=100), -2, 2)
    deviations = dict(zip(sliders.names, sliders.deviations, strict=True))
    identity = sliders.solved(drawn, {name: EMPHASIS * value * deviations[name] for name, value in shape.items()})
    detail = np.clip(random.normal(size=PERSON_CODE_SIZE), -2, 2)
    return Character(identity=identity.round(4), detail=detail.round(3), age=age, skin={**skin, "seed": seed},
                     extra={"label": label})


def both(values):
    """Expression values by full name: one that ends in `*` stands for both sides."""
    full = {}
    for name, value in values.items():
        full |= {name[:-1] + side: value for side in ("_L", "_R")} if name.endswith("*") else {name: value}
    return full


def main():
    for folder in ("characters", "expressions"):
        (FOLDER / folder).mkdir(parents=True, exist_ok=True)
        for path in (FOLDER / folder).glob("*.json"):
            path.unlink()
    for label, description in CHARACTERS.items():
        character(label, *description).save(FOLDER / "characters" / f"{label.lower()}.json")
    for (group, label), values in EXPRESSIONS.items():
        content = {"format": EXPRESSION_FORMAT, "label": label, "group": group, "expression": both(values)}
        name = f"{group}_{label}".lower().replace(" ", "_")
        (FOLDER / "expressions" / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(f"{len(CHARACTERS)} characters and {len(EXPRESSIONS)} expressions in {FOLDER}")


if __name__ == "__main__":
    main()
