"""The recogniser of English (Moonshine Tiny, MIT licence; NOTICE): where its files lie, and that they are whole.

Git does not hold them: ``tools/speech_models.py`` takes them out of a pinned wheel, for a checkout and for the
extension.
"""

from __future__ import annotations

from ..core import fetched

ENCODER = "moonshine_tiny_encoder.ort"
DECODER = "moonshine_tiny_decoder.ort"
TOKENS = "moonshine_tiny_tokens.bin"
SHA256 = {
    ENCODER: "94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221",
    DECODER: "cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0",
    TOKENS: "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d",
}
SAMPLES_A_FRAME = 384  # at 16 kHz, of one frame of the encoder


def path(name):
    """Where the file `name`, a key of `SHA256`, belongs."""
    return fetched.path(name)


def are_there():
    """Whether all files lie where they belong."""
    return all(path(name).is_file() for name in SHA256)


def checked(name):
    """The path of a file, `name` a key of `SHA256`; raises WeightsError where it is missing or altered."""
    return fetched.checked(name, SHA256[name], "writes down what is said", "tools/speech_models.py")


def read(name):
    """A file's content, as bytes; see `checked`."""
    return checked(name).read_bytes()
