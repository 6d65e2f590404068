"""What several verbs take: how a verb is declared, and arguments that are more than a word."""
import argparse
from pathlib import Path

import numpy as np

RESOLUTIONS = (256, 512, 1024, 2048, 4096)


def add_verb(verbs, name, run, text, out=True):
    """A verb's own parser, with --out and --force where it writes files."""
    verb = verbs.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.", allow_abbrev=False)
    verb.set_defaults(run=run)
    if out:
        verb.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder to write into, made if needed")
        verb.add_argument("--force", action="store_true", help="overwrite what is there")
    return verb


def add_expression(verb):
    """--expression NAME=VALUE, as often as wanted."""
    verb.add_argument("--expression", action="append", default=[], type=assignment, metavar="NAME=VALUE",
                      help="an expression, 0 to 1, such as jawOpen=0.3 (repeatable)")


def add_resolution(verb):
    """--resolution of the displacement map."""
    verb.add_argument("--resolution", type=int, choices=RESOLUTIONS, default=1024, help="of the displacement map")


def seed(text):
    """A whole number, 0 or more."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number, 0 or more")
    return int(text)


def number(text, lowest, highest):
    """A number within limits."""
    try:
        if lowest <= float(text) <= highest:
            return float(text)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is not a number from {lowest} to {highest}")


def assignment(text):
    """NAME=VALUE -> (name, number)."""
    name, equals, value = text.partition("=")
    try:
        if not equals or not np.isfinite(float(value)):
            raise ValueError
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE with a number") from None
    return name, float(value)


def frame_range(text):
    """A:B -> range with both ends; A alone is one frame."""
    first, colon, last = text.partition(":")
    try:
        frames = range(int(first), int(last if colon else first) + 1)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not A:B with two frame numbers") from None
    if not frames:
        raise argparse.ArgumentTypeError(f"{text!r} ends before it begins")
    return frames
