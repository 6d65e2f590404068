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


def within(steps, low, high):
    """A generator's shares 0..1 as shares from `low` to `high` of a longer work; gives its value."""
    while True:
        try:
            share = next(steps)
        except StopIteration as end:
            return end.value
        yield low + (high - low) * share
