"""The command line: ``python -m detailed3dmm_addon VERB ...`` and ``blender --command detailed3dmm VERB ...``.

Each module of `VERBS` is one verb: `add_to(verbs)` declares it, `run(options)` does it.
Exit status: 0 done; 1 could not be done, with one line on stderr that says why; 2 wrong usage.
"""
import argparse
import sys

from ..core import VERSION
from ..core.errors import Detailed3DMMError
from . import bake, encode, fit, info, own_base, sculpt, speech
from .terminal import PROGRAM, sentence, warnings_in_one_line

VERBS = (sculpt, speech, fit, bake, encode, own_base, info)


def main(arguments):
    """Run one verb.

    Parameters
    ----------
    arguments : list of str, without the program's name

    Returns
    -------
    int, the exit status
    """
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as stop:  # argparse has said why
        return stop.code
    try:
        with warnings_in_one_line():
            return options.run(options) or 0
    except (Detailed3DMMError, OSError, ModuleNotFoundError) as error:
        print(f"{PROGRAM}: {sentence(error)}", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"{PROGRAM}: interrupted.", file=sys.stderr)
    return 1


def _parser():
    parser = argparse.ArgumentParser(prog=PROGRAM, description="Faces whose expressions bring their own wrinkles.")
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {VERSION}")
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    for verb in VERBS:
        verb.add_to(verbs)
    return parser
