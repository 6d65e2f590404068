"""What is known of English (CMU Sphinx, BSD-2-Clause; NOTICE): where it lies, and that it is whole.

Automatic words come from a dictionary and a language model; an acoustic model knows more voices than the speech network
has heard. Git does not hold the files: ``tools/english_words.py`` takes them out of a pinned wheel, for a checkout and
for the extension.
"""

from __future__ import annotations

from importlib.util import find_spec

from ..core import fetched
from ..core.errors import WeightsError

DICTIONARY = "cmudict-en-us.dict"  # 135,000 pronunciations
LANGUAGE_MODEL = "en-us.lm.bin"  # how probable a word is after the two before it
MEANS, VARIANCES, MIXTURE_WEIGHTS = "en-us-means", "en-us-variances", "en-us-sendump"  # of how sounds sound
ACOUSTIC_MODEL = (MEANS, VARIANCES, MIXTURE_WEIGHTS)
SHA256 = {
    DICTIONARY: "20b5c293e1f311fb375fe067e500ec5636f4fc7af5594967263696def9b23bfe",
    LANGUAGE_MODEL: "db21d0642286677699e6dbc859d2e5395570222361999387ce60f6e1d01995d6",
    MEANS: "832019e32cac12eb318964f96f469034acb12d0348eeddc3831831a100cb4dd4",
    VARIANCES: "b00d696f85e96834fc10f8e5f06428d8c4db6bffdbe5845b6f69bf6efbc48fa5",
    MIXTURE_WEIGHTS: "8c9564c0d5bef69ca9d9bf1014abe162f071644cf02cf1fa8a483c3dc165a7a8",
}
COMPILER = "numba"


def path(name):
    """Where the file `name`, a key of `SHA256`, belongs."""
    return fetched.path(name)


def checked(name):
    """The path of the file `name`, a key of `SHA256`; raises WeightsError where it is missing or altered."""
    purpose = "the speech network hears better with" if name in ACOUSTIC_MODEL else "automatic words need"
    return fetched.checked(name, SHA256[name], purpose, "tools/english_words.py")


def what_is_missing(thoroughly=True):
    """A sentence on what automatic words lack here, or None.

    thoroughly : whether an altered file counts, too: the first time in a process that takes a third of a second, which
        a panel that is drawn does not have
    """
    if find_spec(COMPILER) is None:
        return f"Automatic words need the Python package {COMPILER}, which the extension package brings along."
    try:
        for name in SHA256:
            if thoroughly or not path(name).is_file():
                checked(name)
    except WeightsError as error:
        return str(error)
    return None
