"""espeak-ng through its C library (``speak_lib.h``, 1.51): synthetic speech with the time of each phone.

One engine serves a process: the library keeps its state in globals.
"""
import ctypes
from functools import cache, cached_property

import numpy as np

from detailed3dmm_addon.speech.phones import phones_of_ipa

from .utterance import Utterance, resampled

LIBRARY = "libespeak-ng.so.1"
_RETRIEVAL, _PHONEME_EVENTS, _PHONEME_IPA, _DONT_EXIT = 1, 1, 2, 0x8000  # espeak_Initialize
_UTF8 = 1  # espeakCHARS_UTF8
_END_OF_LIST, _PHONEME = 0, 7  # espeak_EVENT_TYPE
_RATE, _PITCH, _RANGE, _WORD_GAP = 1, 3, 4, 7  # espeak_PARAMETER
_PLOSIVES_AND_AFFRICATES = frozenset({"P", "B", "T", "D", "K", "G", "CH", "JH"})
_LONGEST_CLOSURE = 0.18  # seconds
_SHORTEST_PAUSE = 0.06  # seconds; a shorter one belongs to the sound before


class _Event(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("unique_identifier", ctypes.c_uint), ("text_position", ctypes.c_int),
                ("length", ctypes.c_int), ("audio_position", ctypes.c_int), ("sample", ctypes.c_int),
                ("user_data", ctypes.c_void_p), ("name", ctypes.c_char * 8)]


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@cache
def engine():
    """The engine of this process: a second one would wait for ever. Raises OSError where it is not installed."""
    return Espeak()


class Espeak:
    """Use `engine`. Raises OSError where the library is not installed."""

    def __init__(self):
        self._library = ctypes.CDLL(LIBRARY)
        self._rate = self._library.espeak_Initialize(
            _RETRIEVAL, 0, None, _PHONEME_EVENTS | _PHONEME_IPA | _DONT_EXIT)
        if self._rate <= 0:
            raise OSError("espeak-ng finds no data: install espeak-ng-data.")
        self._audio, self._events = [], []
        self._callback = _Callback(self._receive)  # kept: the library calls it
        self._library.espeak_SetSynthCallback(self._callback)

    @cached_property
    def voices(self):
        """{language code: identifier of its voice}; a language's first voice counts."""
        class Voice(ctypes.Structure):
            _fields_ = [("name", ctypes.c_char_p), ("languages", ctypes.c_char_p), ("identifier", ctypes.c_char_p)]
        listing = self._library.espeak_ListVoices
        listing.restype = ctypes.POINTER(ctypes.POINTER(Voice))
        listed, found, at = listing(None), {}, 0
        while listed[at]:
            language = listed[at].contents.languages[1:].split(b"\0")[0].decode()  # a byte of priority leads
            found.setdefault(language, listed[at].contents.identifier.decode())
            at += 1
        return found

    def speak(self, text, language, variant="", rate=165, pitch=50, pitch_range=50, word_gap=0):
        """Synthesise a text.

        Parameters
        ----------
        text : str; language : espeak-ng's code such as "pt-br"; variant : a voice variant such as "f2", or ""
        rate : words a minute; pitch, pitch_range : 0..99; word_gap : units of 10 ms

        Returns
        -------
        Utterance

        Raises
        ------
        ValueError
            If there is no such voice, or nothing was spoken.
        """
        voice = self.voices.get(language, language) + (f"+{variant}" if variant else "")
        if self._library.espeak_SetVoiceByName(voice.encode()):
            raise ValueError(f"espeak-ng has no voice {voice}")
        for parameter, value in ((_RATE, rate), (_PITCH, pitch), (_RANGE, pitch_range), (_WORD_GAP, word_gap)):
            self._library.espeak_SetParameter(parameter, int(value), 0)
        self._audio, self._events = [], []
        encoded = text.encode() + b"\0"
        self._library.espeak_Synth(encoded, ctypes.c_size_t(len(encoded)), 0, 1, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        if not self._audio or not self._events:
            raise ValueError(f"espeak-ng says nothing in {voice} to: {text[:40]}")
        audio = np.concatenate(self._audio).astype(np.float32) / 32768
        timed = _timed(self._events, len(audio))
        return Utterance(resampled(audio, self._rate), _phones(_with_closures(timed, audio, self._rate), self._rate),
                         {"source": "espeak-ng", "language": language, "voice": voice, "rate": rate, "pitch": pitch})

    def _receive(self, samples, count, events):
        if samples and count > 0:
            self._audio.append(np.ctypeslib.as_array(samples, (count,)).copy())
        at = 0
        while events[at].type != _END_OF_LIST:
            if events[at].type == _PHONEME:  # `sample` is exact; `audio_position`, in milliseconds, is not
                self._events.append((events[at].sample, events[at].name.decode("utf-8", "ignore")))
            at += 1
        return 0


def _timed(events, end):
    """[[phones, start, end]] in samples. An event without a sound of its own prolongs the one before it."""
    timed = []
    starts = [sample for sample, _ in events]
    for (start, name), stop in zip(events, [*starts[1:], end], strict=True):
        phones = phones_of_ipa("j" if name == "ʲ" else name)  # palatalisation comes as a glide of its own
        if not phones and name.strip("_: "):
            if timed:
                timed[-1][2] = stop
        elif stop > start:
            timed.append([phones or ("SIL",), start, stop])
    return timed


def _with_closures(timed, audio, rate):
    """Give plosives the silence before them: espeak-ng marks them at their release, the closure is told to the sound
    before, or to a pause of its own."""
    for place in range(1, len(timed)):
        before, (phones, start, _) = timed[place - 1], timed[place]
        if phones[0] not in _PLOSIVES_AND_AFFRICATES:
            continue
        earliest = max(before[1], start - int(_LONGEST_CLOSURE * rate))
        closed = _closure_start(audio[earliest:start], rate) + earliest
        if before[0] == ("SIL",) and start - before[1] > _LONGEST_CLOSURE * rate:
            closed = max(closed, start - int(0.08 * rate))  # after a pause nobody sees when the mouth closed
        before[2] = timed[place][1] = closed
    return [phone for phone in timed if phone[2] > phone[1]]


def _closure_start(tail, rate, quiet=2e-3, shortest=0.008):
    """Sample of `tail` from which it is silent to its end."""
    loud = np.flatnonzero(np.abs(tail) > quiet)
    start = loud[-1] + 1 if len(loud) else 0
    return start if len(tail) - start >= shortest * rate else len(tail)


def _phones(timed, rate):
    """[(phone, start, end)] in seconds; sounds of two phones are halved, short pauses go to the sound before."""
    result = []
    for phones, start, end in timed:
        if phones == ("SIL",) and result and (end - start < _SHORTEST_PAUSE * rate or result[-1][0] == "SIL"):
            result[-1] = (result[-1][0], result[-1][1], end / rate)
            continue
        edges = np.linspace(start, end, len(phones) + 1) / rate
        result += [(phone, float(a), float(b)) for phone, a, b in zip(phones, edges, edges[1:], strict=False)]
    return result
