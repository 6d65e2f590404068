"""The speech sounds that this package knows, and how those of any language become one of them.

The inventory is ARPABET without stress (the 39 phones of the CMU Pronouncing Dictionary) and silence. Other languages
are mapped onto it by what the face does: a front rounded vowel becomes a rounded one, a trilled r a tongue-tip sound.
"""
import re
import unicodedata
from dataclasses import dataclass

import numpy as np

from ..core.errors import ParameterError

SILENCE = "SIL"
PHONES = (
    SILENCE,
    "AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW",
    "B", "CH", "D", "DH", "F", "G", "HH", "JH", "K", "L", "M", "N", "NG", "P", "R", "S", "SH", "T", "TH", "V", "W",
    "Y", "Z", "ZH",
)
INDEX = {phone: index for index, phone in enumerate(PHONES)}

VOWELS = frozenset(PHONES[1:16])
BILABIALS = frozenset({"P", "B", "M"})
LABIODENTALS = frozenset({"F", "V"})
PLOSIVES = frozenset({"P", "B", "T", "D", "K", "G"})

# Groups that look alike, under names that an artist can read; every phone but silence is in one of them.
VISEMES = {
    "P B M": ("P", "B", "M"),
    "F V": ("F", "V"),
    "TH": ("TH", "DH"),
    "T D N L": ("T", "D", "N", "L"),
    "S Z": ("S", "Z"),
    "SH CH": ("SH", "ZH", "CH", "JH"),
    "K G H": ("K", "G", "NG", "HH"),
    "R": ("R", "ER"),
    "W UW": ("W", "UW", "UH"),
    "OW AO": ("OW", "AO", "OY"),
    "AA AE AH": ("AA", "AE", "AH", "AY", "AW"),
    "EH": ("EH", "EY"),
    "IY IH": ("IY", "IH", "Y"),
}
VISEME_OF = {phone: name for name, members in VISEMES.items() for phone in members}


@dataclass(frozen=True)
class TimedPhone:
    """A phone and when it sounds: seconds from the start of the audio; strength 1 is ordinary articulation."""
    phone: str
    start: float
    end: float
    strength: float = 1.0

    def __post_init__(self):
        if self.phone not in INDEX:
            raise ParameterError(f"Unknown phone \"{self.phone}\": use ARPABET without stress, or {SILENCE}.")
        if not 0 <= self.start < self.end < float("inf"):
            raise ParameterError(f"The phone {self.phone} must end after it starts, it lasts from {self.start:g} "
                                 f"to {self.end:g} s.")

    @property
    def duration(self):
        return self.end - self.start


def to_frames(phones, count, fps=100):
    """Which phone sounds at each frame.

    Parameters
    ----------
    phones : TimedPhones sorted by start; count : number of frames; fps : frame t is the instant t / fps seconds

    Returns
    -------
    (count,) uint8, indices into `PHONES`; silence where no phone is
    """
    frames = np.zeros(count, np.uint8)
    for timed in phones:
        first, last = np.ceil(np.array([timed.start, timed.end]) * fps - 1e-6).astype(int)
        frames[first:last] = INDEX[timed.phone]
    return frames


def from_frames(frames, fps=100):
    """The runs of equal frames as TimedPhones; the inverse of `to_frames`, to the frame."""
    frames = np.asarray(frames)
    if not len(frames):
        return []
    edges = np.flatnonzero(np.diff(frames)) + 1
    starts, ends = np.append(0, edges), np.append(edges, len(frames))
    return [TimedPhone(PHONES[frames[start]], start / fps, end / fps)
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


# What the face does for a sound of the International Phonetic Alphabet.
_IPA_SEQUENCES = {
    "tʃ": ("CH",), "dʒ": ("JH",), "tɕ": ("CH",), "dʑ": ("JH",), "tʂ": ("CH",), "dʐ": ("JH",), "ʈʂ": ("CH",),
    "ɖʐ": ("JH",), "aɪ": ("AY",), "aʊ": ("AW",), "eɪ": ("EY",), "ɛɪ": ("EY",), "ɔɪ": ("OY",), "oɪ": ("OY",),
    "ɔø": ("OY",), "ɔʏ": ("OY",), "œy": ("OY",), "oʊ": ("OW",), "əʊ": ("OW",),
}
_IPA = {
    **dict.fromkeys("p", "P"), **dict.fromkeys("bβʙɓ", "B"), **dict.fromkeys("mɱ", "M"),
    **dict.fromkeys("fɸ", "F"), **dict.fromkeys("vʋⱱ", "V"), "θ": "TH", "ð": "DH",
    **dict.fromkeys("tʈ", "T"), **dict.fromkeys("dɖɗrɾɽ", "D"), **dict.fromkeys("nɲɳ", "N"), "ŋ": "NG", "ɴ": "NG",
    **dict.fromkeys("lɫɭʎʟɺ", "L"), **dict.fromkeys("sɬ", "S"), **dict.fromkeys("zɮ", "Z"),
    **dict.fromkeys("ʃʂɕɧ", "SH"), **dict.fromkeys("ʒʐʑ", "ZH"), **dict.fromkeys("çxχhɦħʜ", "HH"),
    **dict.fromkeys("ɹɻ", "R"), **dict.fromkeys("jʝ", "Y"), **dict.fromkeys("wʍɥ", "W"),
    **dict.fromkeys("kqc", "K"), **dict.fromkeys("ɡgɣɢɠʁʀʛɰʕʢ", "G"), "ɟ": "JH", "ʄ": "JH",
    **dict.fromkeys("i", "IY"), **dict.fromkeys("ɪɯɨᵻ", "IH"), **dict.fromkeys("eɛɘ", "EH"), "æ": "AE",
    **dict.fromkeys("aɑɶ", "AA"), **dict.fromkeys("ɐʌəɜɞɤ", "AH"), **dict.fromkeys("oøɵ", "OW"),
    **dict.fromkeys("ɔɒœ", "AO"), **dict.fromkeys("uʉy", "UW"), **dict.fromkeys("ʊʏ", "UH"),
    **dict.fromkeys("ɚɝ", "ER"),
}
_UNHEARD = re.compile(r"\([^)]*\)")  # espeak-ng's marks of a change of language


def phones_of_ipa(text):
    """ARPABET phones that look like these IPA symbols.

    Stress, length, tone, nasality, other diacritics, and the glottal stop, which the face does not show, are dropped.

    >>> phones_of_ipa("ˈtʃɛːʁ")
    ('CH', 'EH', 'G')
    """
    text = unicodedata.normalize("NFC", _UNHEARD.sub("", text))
    symbols = "".join(symbol if symbol in _IPA else unicodedata.normalize("NFD", symbol)[0] for symbol in text)
    symbols = "".join(symbol for symbol in symbols if symbol in _IPA)
    phones = []
    while symbols:
        pair = _IPA_SEQUENCES.get(symbols[:2])
        phones += pair or (_IPA[symbols[0]],)
        symbols = symbols[2 if pair else 1:]
    return tuple(phones)


_REDUCED = {
    "AX": ("AH",), "AXR": ("ER",), "IX": ("IH",), "UX": ("UW",), "EL": ("AH", "L"), "EM": ("AH", "M"),
    "EN": ("AH", "N"), "DX": ("D",), "NX": ("N",), "HV": ("HH",), "ENG": ("NG",), "WH": ("W",),
    **dict.fromkeys(("PAU", "H#", "#", "_", "SP", "SPN", "NSN", "+SPN+", "+NSN+", "<SIL>", "SSIL"), (SILENCE,)),
}


def phones_of_arpabet(name):
    """The phones behind a label of a pronouncing dictionary or a synthesiser: stress dropped, variants merged.

    >>> phones_of_arpabet("en"), phones_of_arpabet("IY1")
    (('AH', 'N'), ('IY',))

    Raises
    ------
    ParameterError
        If the label is no ARPABET phone.
    """
    label = name.upper().rstrip("012")
    if label in INDEX:
        return (label,)
    if label in _REDUCED:
        return _REDUCED[label]
    raise ParameterError(f"Unknown phone label \"{name}\": use ARPABET.")
