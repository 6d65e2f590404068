"""What the user sees in a terminal: progress, warnings and errors as sentences, nothing of what libraries print."""
import os
import sys
import warnings
from contextlib import contextmanager

from ..core.steps import finished

PROGRAM = "detailed3dmm"
STDOUT, STDERR = 1, 2


def report(paths):
    """Name what was written."""
    for path in paths:
        print(path)


def progress(items, total, unit="frame"):
    """`items` with a progress line on stderr where that is a terminal and tqdm is there."""
    try:
        from tqdm import tqdm
    except ImportError:  # Blender's own Python has none
        return items
    return tqdm(items, total=total, unit=unit, disable=None)


def with_progress(steps):
    """The value of a generator of shares done, run to its end, with what C libraries say of damaged files unsaid."""
    with os.fdopen(os.dup(STDERR), "w") as terminal, silenced(STDERR):
        try:
            from tqdm import tqdm
        except ImportError:
            return finished(steps)
        with tqdm(total=1, file=terminal, disable=None, leave=False, bar_format="{l_bar}{bar}|") as bar:
            return finished(steps, lambda share: bar.update(share - bar.n))


@contextmanager
def warnings_in_one_line():
    """Print a warning of the model as a sentence, without the place in the code that Python adds."""
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_, **__: print(f"{PROGRAM}: {message}", file=sys.stderr)
        yield


@contextmanager
def silenced(descriptor):
    """Keep what Blender and C libraries print off stdout or stderr, which Python's own printing does not pass."""
    stream = {STDOUT: sys.stdout, STDERR: sys.stderr}[descriptor]
    stream.flush()
    saved, nothing = os.dup(descriptor), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, descriptor)
    try:
        yield
    finally:
        stream.flush()
        os.dup2(saved, descriptor)
        os.close(saved)
        os.close(nothing)


def sentence(error):
    """What an error says, in one line."""
    if isinstance(error, ModuleNotFoundError):
        return (f"this needs the Python package {error.name}, which is not installed here. "
                "In a checkout, python3 tools/environment.py makes an environment that has it.")
    if isinstance(error, PermissionError) and error.filename:
        return f"{error.filename} cannot be written: permission denied."
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}."
    return " ".join(str(error).split())
