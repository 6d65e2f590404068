"""A person and what the face does: everything that a mesh and its displacement follow from, and its JSON file."""
import difflib
import json
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from . import detail_controls
from .base_model import IDENTITY_SIZE
from .checks import number, table
from .errors import FileFormatError, ParameterError
from .person import OLDEST, PERSON_CODE_SIZE, USUAL_PERSON, YOUNGEST

FORMAT = 1
MODEL = "detailed3dmm"
DEFAULT_AGE = 35.0

# Sigma units and shape key values; beyond these nothing is a face, whatever the model makes of it.
_COEFFICIENT_LIMIT = 20.0
_EXPRESSION_LIMIT = 10.0
# Coefficients of a random face: the tails of a hundred normal numbers make caricatures.
_RANDOM_LIMIT = 2.5
_KEYS = ("format", "model", "identity", "expression", "detail", "age", "skin", "pose", "detail_controls")


def _zeros(size):
    return field(default_factory=lambda: np.zeros(size, np.float32))


@dataclass(frozen=True, eq=False)
class Character:
    """A person and an expression.

    identity : (100,) float32, sigma units; expression : dict of expression name -> value, 0..1;
    detail : (24,) float32, the person code of the wrinkles, standard normal numbers; age : years, 18..90;
    skin : dict of skin parameters; pose : dict (head and eye rotations, radians);
    detail_controls : dict, what `detail_controls.to_dict` gives: strengths of the wrinkles, their source;
    extra : keys of the file that this version does not know, kept as they are.

    Raises
    ------
    ParameterError
        If a field has the wrong size, is not finite or lies outside its range; the message names the field.
    """
    identity: np.ndarray = _zeros(IDENTITY_SIZE)
    expression: dict = field(default_factory=dict)
    detail: np.ndarray = field(default_factory=USUAL_PERSON.copy)
    age: float = DEFAULT_AGE
    skin: dict = field(default_factory=dict)
    pose: dict = field(default_factory=dict)
    detail_controls: dict = field(default_factory=dict)
    extra: dict = field(default_factory=dict)

    def __post_init__(self):
        store = object.__setattr__  # the dataclass is frozen; this only normalises what was given
        store(self, "identity", _coefficients(self.identity, "identity", IDENTITY_SIZE))
        store(self, "detail", _coefficients(self.detail, "detail", PERSON_CODE_SIZE))
        store(self, "age", number(self.age, "age", YOUNGEST, OLDEST))
        store(self, "expression", {
            name: number(value, f"expression {name}", -_EXPRESSION_LIMIT, _EXPRESSION_LIMIT)
            for name, value in table(self.expression, "expression").items()})
        for name in ("skin", "pose", "detail_controls", "extra"):
            store(self, name, _finite(table(getattr(self, name), name), name))
        detail_controls.from_dict(self.detail_controls)

    def __eq__(self, other):
        return isinstance(other, Character) and self.to_dict() == other.to_dict()

    __hash__ = None

    def expression_vector(self, names):
        """Expression values in the order of `names`.

        Parameters
        ----------
        names : sequence of str, the model's expressions

        Returns
        -------
        (len(names),) float32, 0 where the character says nothing

        Raises
        ------
        ParameterError
            If the character names an expression that is not among them.
        """
        check_names(self.expression, names, "expression")
        return np.array([self.expression.get(name, 0.0) for name in names], np.float32)

    def controls(self, mask=None):
        """What `Detailed3DMM.displacement` takes as controls, the fine band as deep as this skin's pores.

        mask : (H, W) strength 0..1 over the UV square, or None; files hold none
        """
        from . import skin  # which imports this module
        pores = skin.complete(self.skin, self.age)["pores"] / skin.BY_NAME["pores"].default
        return detail_controls.with_pores(detail_controls.from_dict(self.detail_controls, mask), pores)

    @classmethod
    def from_dict(cls, content):
        """Make a character of what `to_dict` returned or a JSON file held; raises FileFormatError."""
        if not isinstance(content, dict) or "format" not in content:
            raise FileFormatError("This is not a character: it has no \"format\" number.")
        _check_format(content["format"])
        if content.get("model", MODEL) != MODEL:
            raise FileFormatError(f"The character was made for the model {content['model']!r}, this is \"{MODEL}\".")
        if "identity" not in content:
            raise FileFormatError(f"The character has no \"identity\": {IDENTITY_SIZE} numbers are needed.")
        known = {key: content[key] for key in _KEYS[2:] if key in content}
        extra = {key: value for key, value in content.items() if key not in _KEYS}
        try:
            return cls(**known, extra=extra)
        except ParameterError as error:
            raise FileFormatError(str(error)) from error

    def to_dict(self):
        """The character as JSON holds it: plain numbers, lists and dicts, unknown keys included."""
        return {
            "format": FORMAT, "model": MODEL, "identity": _shortest(self.identity), "expression": dict(self.expression),
            "detail": _shortest(self.detail), "age": self.age, "skin": dict(self.skin), "pose": dict(self.pose),
            **({"detail_controls": dict(self.detail_controls)} if self.detail_controls else {}),
            **self.extra,
        }

    @classmethod
    def load(cls, path):
        """Read a character file; raises FileFormatError with one sentence that names the file and what is wrong."""
        path = Path(path)
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise FileFormatError(f"The character file {path} cannot be read ({error.strerror}).") from error
        except (ValueError, RecursionError) as error:
            raise FileFormatError(f"The character file {path} is not JSON.") from error
        try:
            return cls.from_dict(content)
        except FileFormatError as error:
            raise FileFormatError(f"{path}: {error}") from error

    def save(self, path):
        """Write the character as JSON; OSError where the file cannot be written."""
        Path(path).write_text(json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n", encoding="utf-8")

    @classmethod
    def random(cls, seed):
        """A random person with a neutral expression: the same seed gives the same person everywhere.

        Parameters
        ----------
        seed : int, 0 or more
        """
        if not isinstance(seed, (int, np.integer)) or seed < 0:
            raise ParameterError(f"A seed is a whole number, 0 or more, not {seed!r}.")
        from .skin import random as random_skin  # which imports this module
        random = np.random.default_rng(seed)
        identity, detail = random.standard_normal(IDENTITY_SIZE), random.standard_normal(PERSON_CODE_SIZE)
        age = float(random.integers(20, 76))
        return cls(identity=np.clip(identity, -_RANDOM_LIMIT, _RANDOM_LIMIT), age=age,
                   detail=np.clip(detail, -_RANDOM_LIMIT, _RANDOM_LIMIT),
                   skin=random_skin(int(random.integers(2**31)), age))


def check_names(given, known, kind):
    """Raise ParameterError for a name that is not known, with the nearest known one.

    given, known : iterables of str; kind : what they are names of, for the message
    """
    known = list(known)
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, cutoff=0.5)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise ParameterError(f"There is no {kind} called {name!r}.{hint}")


def _check_format(number):
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise FileFormatError(f"The character's format {number!r} is not a version number.")
    if number > FORMAT:
        raise FileFormatError(f"The character has format {number}, this version reads up to {FORMAT}. "
                              "Install a newer Detailed3DMM.")


def _coefficients(values, name, size):
    try:
        array = np.array(values, np.float32)
    except (TypeError, ValueError, OverflowError) as error:
        raise ParameterError(f"{name} must be {size} numbers.") from error
    if array.shape != (size,) or isinstance(values, list) and any(isinstance(v, (str, bool)) for v in values):
        found = f"it has {array.size}" if array.ndim == 1 else f"its shape is {array.shape}"
        raise ParameterError(f"{name} must be {size} numbers, {found}.")
    wrong = np.flatnonzero(~(np.abs(array) <= _COEFFICIENT_LIMIT))
    if wrong.size:
        raise ParameterError(f"{name}[{wrong[0]}] is {array[wrong[0]]:g}: it must lie between "
                             f"{-_COEFFICIENT_LIMIT:g} and {_COEFFICIENT_LIMIT:g}.")
    array.setflags(write=False)
    return array


def _finite(value, name):
    if isinstance(value, dict):
        return {key: _finite(inner, f"{name}.{key}") for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner, f"{name}[{index}]") for index, inner in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise ParameterError(f"{name} is not a finite number.")
    return value


def _shortest(array):
    # The shortest decimal that reads back as the same float32.
    return [float(str(value)) for value in array]
