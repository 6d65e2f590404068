"""Animation curves on disk: expression values and head rotation frame by frame, in ``curves.npz``."""
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .errors import FileFormatError, ParameterError

_ARRAYS = ("fps", "names", "values", "head", "blinks")
# What numpy and zipfile raise for a file that is something else, or was damaged.
_DAMAGE = (OSError, ValueError, EOFError, KeyError, AttributeError, TypeError, SyntaxError, OverflowError, MemoryError,
           RuntimeError, zipfile.BadZipFile, zlib.error, struct.error)


@dataclass(frozen=True, eq=False)
class Curves:
    """What a face does over time.

    fps : frames a second; names : (E,) expression names; values : (T, E) float32;
    head : (T, 3) float32, radians: pitch, yaw, roll; blinks : (B,) int32, frames at which the lids are closed.

    Raises
    ------
    ParameterError
        If sizes disagree or a value is not finite.
    """
    fps: float
    names: tuple
    values: np.ndarray
    head: np.ndarray = None
    blinks: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32))

    def __post_init__(self):
        store = object.__setattr__  # the dataclass is frozen; this only normalises what was given
        store(self, "fps", float(self.fps))
        store(self, "names", tuple(str(name) for name in self.names))
        store(self, "values", np.asarray(self.values, np.float32))
        head = np.zeros((len(self.values), 3)) if self.head is None and self.values.ndim else self.head
        store(self, "head", np.asarray(head, np.float32))
        store(self, "blinks", np.asarray(self.blinks, np.int32))
        if self.values.ndim != 2 or self.values.shape[1] != len(self.names) or not len(self.values):
            raise ParameterError(f"The curves' values must be frames x {len(self.names)} names, "
                                 f"they are {self.values.shape}.")
        if self.head.shape != (len(self.values), 3):
            raise ParameterError(f"The curves' head must be {len(self.values)} x 3, it is {self.head.shape}.")
        if not (np.isfinite(self.values).all() and np.isfinite(self.head).all()):
            raise ParameterError("The curves hold values that are not finite numbers.")
        if not 0 < self.fps <= 1000:
            raise ParameterError(f"The curves' fps is {self.fps:g}: it must be a number of frames a second.")

    def __len__(self):
        return len(self.values)

    @classmethod
    def load(cls, path):
        """Read ``curves.npz``; raises FileFormatError with one sentence that names the file and what is wrong."""
        path = Path(path)
        if not path.is_file():
            raise FileFormatError(f"There is no file {path}.")
        try:
            with np.load(path, allow_pickle=False) as stored:
                content = {name: stored[name] for name in _ARRAYS if name in stored}
        except _DAMAGE as error:
            raise FileFormatError(f"{path} is not a curves file (npz), or it is damaged.") from error
        missing = [name for name in ("fps", "names", "values") if name not in content]
        if missing:
            raise FileFormatError(f"{path} has no \"{missing[0]}\": it is not a curves file.")
        try:
            return cls(**content)
        except ParameterError as error:
            raise FileFormatError(f"{path}: {error}") from error
        except (TypeError, ValueError) as error:
            raise FileFormatError(f"{path} holds something else than numbers where curves were expected.") from error

    def save(self, path):
        """Write ``curves.npz``."""
        with Path(path).open("wb") as file:
            np.savez_compressed(file, fps=self.fps, names=np.array(self.names), values=self.values, head=self.head,
                                blinks=self.blinks)
