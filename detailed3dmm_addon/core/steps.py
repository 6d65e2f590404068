"""Long work as a generator: it yields the share 0..1 that is done, and its value is the result."""

from __future__ import annotations


def finished(steps, progress=None):
    """The value of a generator, run to its end; `progress` is called with each share done."""
    while True:
        try:
            share = next(steps)
        except StopIteration as end:
            return end.value
        if progress:
            progress(share)
