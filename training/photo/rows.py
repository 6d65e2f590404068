"""What was drawn and seen, a row a picture, gathered in parts: work that was stopped goes on where it stopped."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True)
class Rows:
    """Arrays with as many rows as pictures in which the face was found; a subclass says which."""

    def chosen(self, rows):
        """The same of some pictures: indices or (N,) bool."""
        return type(self)(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def gather(kind, folder, row, count, a_part, progress=None):
    """Draw and see `count` pictures, those that are not in `folder` yet.

    kind : subclass of Rows ; row : function of a seed that gives a dict of the row's arrays, None where no face was
    found ; a_part : pictures in a file ; progress : called with how many are done

    Returns
    -------
    kind, of all `count` pictures
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{kind.__name__.lower()}_{start:05d}.npz" for start in range(0, count, a_part)]
    for number, path in enumerate(paths):
        if not path.exists():
            seeds = range(number * a_part, (number + 1) * a_part)
            rows = [found for found in map(row, seeds) if found]
            part = path.with_suffix(".part.npz")
            np.savez(part, **{name: np.stack([found[name] for found in rows]) for name in rows[0]})
            part.replace(path)
        if progress:
            progress((number + 1) * a_part)
    parts = [np.load(path) for path in paths]
    return kind(**{field.name: np.concatenate([part[field.name] for part in parts]) for field in fields(kind)})
