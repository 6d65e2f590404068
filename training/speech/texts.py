"""What the synthesisers say: sentences made of the words of installed spelling dictionaries, and English prose.

The voices matter, not the meaning: a language without a dictionary here reads words of another in the same script.
Debian packages: hunspell-* (words), bible-kjv (the King James Bible, public domain).
"""
import re
import subprocess
import unicodedata
from functools import cache
from pathlib import Path

DICTIONARIES = Path("/usr/share/hunspell")
# Which words a language reads that has no dictionary of its own.
_SCRIPT = {"cyrillic": "ru", "arabic": "ar", "devanagari": "hi", "bengali": "bn", "latin": "it"}
_SCRIPT_OF = {
    **dict.fromkeys(("ba", "cv", "ky", "mk", "tt", "nog", "ru-lv", "bg", "uk", "be"), "cyrillic"),
    **dict.fromkeys(("fa", "ur", "ug", "sd"), "arabic"), **dict.fromkeys(("kok", "mr", "ne"), "devanagari"),
    **dict.fromkeys(("as", "bpy"), "bengali"),
    **dict.fromkeys(("am", "ka", "hy", "hyw", "kn", "my", "or", "pa", "shn", "ta", "th", "ja", "cmn", "yue", "grc"),
                    "numbers"),
}


@cache
def _entries(language):
    """The lines of the dictionary that a language reads; empty where it can only read numbers."""
    paths = sorted(DICTIONARIES.glob(f"{_hunspell(language)}*.dic"))
    if not paths:
        script = _SCRIPT_OF.get(language.split("-")[0], "latin")
        return _entries(_SCRIPT[script]) if script in _SCRIPT else ()
    encoding = _encoding(paths[0].with_suffix(".aff"))
    return tuple(paths[0].read_text(encoding=encoding, errors="ignore").splitlines()[1:])


def _word(generator, entries):
    """A dictionary's word of 2 to 15 letters, drawn anew until there is one."""
    while True:
        entry = entries[generator.integers(len(entries))].split("/")[0].split("\t")[0]
        word = unicodedata.normalize("NFC", entry.strip())
        if 1 < len(word) < 16 and all(map(_is_letter, word)):
            return word


def _is_letter(symbol):
    """Letters, the vowel signs of Indian scripts, apostrophes."""
    return unicodedata.category(symbol)[0] in "LM" or symbol in "'’"


def sentence(generator, language):
    """A sentence of 4 to 14 words or numbers for a voice of this language to read (`generator`: numpy's)."""
    vocabulary, count = _entries(language), int(generator.integers(4, 15))
    spoken = []
    for place in range(count):
        if not vocabulary or generator.random() < 0.04:
            spoken.append(str(int(10 ** generator.uniform(0, 4 if vocabulary else 7))))
        else:
            spoken.append(_word(generator, vocabulary))
        if place < count - 1 and generator.random() < 0.1:
            spoken[-1] += ","
    return " ".join(spoken) + (".?!"[generator.choice(3, p=(0.8, 0.12, 0.08))])


@cache
def prose():
    """English verses of 20 to 220 characters, in the order of the book."""
    book = subprocess.run(["bible", "-f", "gen1:1-rev22:21"], capture_output=True, text=True, check=True, input="")
    verses = (re.sub(r"^\S+\s+", "", line).strip() for line in book.stdout.splitlines())
    return tuple(verse for verse in verses if 20 <= len(verse) <= 220)


def english(generator):
    """An English text: two of three times prose, otherwise words as they come, for sounds that are rare in prose."""
    if generator.random() < 2 / 3:
        verses = prose()
        return verses[generator.integers(len(verses))]
    return sentence(generator, "en-us")


_FILES = {"en-us": "en_US", "pt-br": "pt_BR", "pt": "pt_PT", "ku": "kmr", "sr": "sr_RS", "es-419": "es_MX", "no": "nb_"}


def _hunspell(language):
    """How the name of a language's dictionary begins."""
    code = language.split("-")[0]
    return _FILES.get(language, code if code in ("ko", "eu", "ar", "ca", "nl") else f"{code}_")


def _encoding(affixes):
    found = re.search(rb"^SET\s+(\S+)", affixes.read_bytes(), re.MULTILINE)
    return found.group(1).decode() if found else "utf-8"
