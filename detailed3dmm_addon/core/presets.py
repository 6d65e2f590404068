"""Ready-made characters and expressions, read from the add-on's ``presets`` folder when they are first asked for."""
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .base_model import BaseModel
from .character import Character, check_names
from .errors import FileFormatError

FOLDER = Path(__file__).resolve().parent.parent / "presets"
EXPRESSION_FORMAT = 1


@dataclass(frozen=True)
class CharacterPreset:
    """A ready-made person. thumbnail : path of a picture, or None where none was rendered."""
    name: str
    label: str
    character: Character
    thumbnail: Path | None


@dataclass(frozen=True)
class ExpressionPreset:
    """A ready-made expression. group : heading; expression : dict of expression name -> 0..1."""
    name: str
    label: str
    group: str
    expression: dict
    thumbnail: Path | None


@lru_cache(maxsize=1)
def character_presets():
    """All preset characters, by label.

    Returns
    -------
    tuple of CharacterPreset

    Raises
    ------
    FileFormatError
        If a preset's file is damaged.
    """
    found = []
    for path in sorted((FOLDER / "characters").glob("*.json")):
        character = Character.load(path)
        found.append(CharacterPreset(path.stem, str(character.extra.get("label", path.stem)), character,
                                     _thumbnail("characters", path.stem)))
    return tuple(sorted(found, key=lambda preset: preset.label))


@lru_cache(maxsize=1)
def expression_presets():
    """All preset expressions, by group and name.

    Returns
    -------
    tuple of ExpressionPreset

    Raises
    ------
    FileFormatError
        If a preset's file is damaged or names an expression that the model does not have.
    """
    found = []
    for path in sorted((FOLDER / "expressions").glob("*.json")):
        found.append(_expression(path))
    return tuple(sorted(found, key=lambda preset: (preset.group, preset.name)))


def _expression(path):
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] > EXPRESSION_FORMAT:
            raise FileFormatError(f"The expression {path.name} was made by a newer version: update the add-on.")
        values = {str(name): float(value) for name, value in content["expression"].items()}
        preset = ExpressionPreset(path.stem, str(content["label"]), str(content["group"]), values,
                                  _thumbnail("expressions", path.stem))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FileFormatError(f"The expression {path} is damaged: install the add-on again.") from error
    check_names(values, BaseModel.load().expression_names, "expression")
    return preset


def _thumbnail(kind, name):
    path = FOLDER / "thumbnails" / kind / f"{name}.png"
    return path if path.exists() else None
