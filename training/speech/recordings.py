"""The recordings of real people, by the layout of their folders.

- ``lj/``: LJ Speech (public domain), ``NAME.flac`` and ``transcripts.txt`` with lines ``NAME|text``
- ``librivox/``: LibriVox (public domain), ``LANGUAGE[_PART].flac`` and the text beside it
- ``librispeech/``: LibriSpeech (CC BY 4.0), ``SPEAKER-CHAPTER-NUMBER.ogg`` without texts

Each function gives the utterances of a slice (`chosen`) of its recordings.
"""
import logging
import re
import zlib

import soundfile

from .forced_alignment import (
    align,
    english_pronunciations,
    english_words,
    foreign_pronunciations,
    pseudo_labels,
)
from .utterance import resampled

log = logging.getLogger("speech data")

_SPOKEN = {"D.": "don"}  # written short, read in full


def aligned_english(corpus, chosen):
    """Utterances of LJ Speech."""
    for line in (corpus / "lj" / "transcripts.txt").read_text(encoding="utf-8").splitlines()[chosen]:
        name, text = line.split("|", 1)
        audio = _read(corpus / "lj" / f"{name}.flac")
        info = {"source": "lj", "language": "en-us", "speaker": "lj", "name": name}
        yield from _checked(align(audio, english_words(text), english_pronunciations, info), name)


def aligned_foreign(corpus, chosen):
    """Utterances of LibriVox in other languages."""
    for path in sorted((corpus / "librivox").glob("*.flac"))[chosen]:
        language = path.stem.split("_")[0]
        text = path.with_suffix(".txt").read_text(encoding="utf-8").replace("<sil>", " ")
        words = re.findall(r"\w+", " ".join(_SPOKEN.get(word, word) for word in text.split()).lower())
        info = {"source": "librivox", "language": language, "speaker": f"librivox {language}", "name": path.stem}
        yield from _checked(align(_read(path), words, foreign_pronunciations(language), info), path.stem)


def pseudo_labelled(corpus, chosen, held_out):
    """Utterances of LibriSpeech, of the speakers held out or of the others."""
    paths = sorted((corpus / "librispeech").glob("*.ogg"), key=lambda path: zlib.crc32(path.stem.encode()))
    for path in [path for path in paths if is_held_out(_speaker(path)) == held_out][chosen]:
        info = {"source": "librispeech", "language": "en-us", "speaker": _speaker(path), "name": path.stem}
        yield from _checked(pseudo_labels(_read(path), info), path.stem)


def is_held_out(speaker):
    """Whether this speaker is one of the eighth that training never hears."""
    return zlib.crc32(speaker.encode()) % 8 == 0


def _speaker(path):
    return path.stem.split("-")[0]


def _checked(utterance, name):
    if utterance is None:
        log.info("left out, could not be aligned: %s", name)
    else:
        yield utterance


def _read(path):
    audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return resampled(audio.mean(1), rate)
