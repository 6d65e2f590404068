"""Where results go: the output folder, never over what is there, and the verbs that take a folder of files."""
import os
import sys

from ..core.errors import AudioError, Detailed3DMMError, FileFormatError, PhotoError
from .terminal import PROGRAM, progress, report, sentence


def free(options, names):
    """{name: path} in the output folder; nothing that is there already is among them without --force."""
    files = {name: options.out / name for name in names}
    present = [path for path in files.values() if path.exists()]
    if present and not options.force:
        raise Detailed3DMMError(f"{present[0]} is already there: name another folder, or add --force to overwrite it.")
    return files


def output(options, names):
    """What `free` gives, and the output folder is made."""
    files = free(options, names)
    options.out.mkdir(parents=True, exist_ok=True)
    if not os.access(options.out, os.W_OK | os.X_OK):
        raise PermissionError(13, "Permission denied", str(options.out))
    return files


def each(options, found, names, work, failure):
    """`work(item, files)` for each (folder, item) that has not all its files yet; errors of one do not stop the others.

    failure : what to say of those that could not be done, after "3 of 5"
    """
    failed, there = 0, 0
    for folder, item in progress(found, len(found), "file"):
        files = {name: options.out / folder / name for name in names}
        if all(path.exists() for path in files.values()) and not options.force:
            there += 1
            continue
        try:
            work(item, files)
        except (AudioError, FileFormatError, PhotoError) as error:  # of this file; the others may be fine
            failed += 1
            print(f"{PROGRAM}: {sentence(error)}", file=sys.stderr)
            continue
        report(files.values())
    if there:
        print(f"{there} of {len(found)} were there already.")
    if failed:
        raise Detailed3DMMError(f"{failed} of {len(found)} {failure}, see above.")
