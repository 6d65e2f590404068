"""Rows of pictures are gathered in parts, and what is there already is not drawn again."""
from dataclasses import dataclass

import numpy as np

from training.photo import rows


@dataclass(frozen=True)
class Toy(rows.Rows):
    seed: np.ndarray
    twice: np.ndarray


def test_work_goes_on_where_it_stopped(tmp_path):
    drawn = []

    def row(seed):
        drawn.append(seed)
        return {"seed": np.int64(seed), "twice": np.full(2, 2 * seed)} if seed % 3 else None  # no face in every third

    first = rows.gather(Toy, tmp_path, row, 10, 5)
    assert first.seed.tolist() == [1, 2, 4, 5, 7, 8] and first.twice.shape == (6, 2)
    done = []
    more = rows.gather(Toy, tmp_path, row, 15, 5, done.append)
    assert drawn == list(range(15)) and done == [5, 10, 15]
    assert more.seed.tolist() == [1, 2, 4, 5, 7, 8, 10, 11, 13, 14]
    some = more.chosen(more.seed > 10)
    assert isinstance(some, Toy) and some.seed.tolist() == [11, 13, 14] and some.twice[0].tolist() == [22, 22]
