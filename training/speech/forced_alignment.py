"""Phone times of real speech with pocketsphinx (5.1.1, PyPI) and its American English acoustic model.

Known text is aligned in two passes, words first, then states. The second pass fails on about a quarter of the
recordings at any one setting, so it is tried again with other padding, dither and beam. Other languages go through
espeak-ng's pronunciation, mapped to the nearest English phones. Without a text, words are recognised and aligned, and
what a free phone decoder hears otherwise is marked as unknown.
"""
import re
import subprocess
from functools import cache
from itertools import count

import numpy as np

from detailed3dmm_addon.speech.phones import INDEX, VISEME_OF, phones_of_arpabet, phones_of_ipa

from .utterance import RATE, Utterance

_FRAME = 0.01  # seconds
# (beam, seconds of padding on both sides, dither in dB of full scale or None)
_ATTEMPTS = ((1e-64, 0.2, -60), (1e-64, 0.0, -60), (1e-64, 0.3, None), (1e-64, 0.4, -75), (1e-120, 0.0, None),
             (1e-120, 0.2, -75), (1e-64, 0.1, -50), (1e-64, 0.15, -65))
# Where the sound of a symbol is nearer to another English phone than its look.
_SOUNDS_LIKE = {"r": "R", "ɾ": "R", "ʁ": "R", "ʀ": "R", "ç": "SH", "ø": "ER", "œ": "ER", "y": "UW", "ʏ": "UW", "ɣ": "G"}


def align(audio, words, pronunciations, info, attempts=_ATTEMPTS):
    """Align a known text.

    Parameters
    ----------
    audio : (N,) float32, 16 kHz; words : list of str, in the order spoken
    pronunciations : function of a word that gives a list of them, each a list of ARPABET phones
    info : of the Utterance; attempts : settings to try in turn

    Returns
    -------
    Utterance, or None where no setting led to an alignment
    """
    spelled = {word: pronunciations(word) for word in set(words)}
    for beam, padding, dither in attempts:
        try:
            phones = _aligned(_padded(audio, padding, dither), words, spelled, beam)
        except RuntimeError:  # pocketsphinx: no alignment with this setting
            continue
        if phones:
            return Utterance(audio, with_pauses(audio, _shifted(phones, -padding, len(audio) / RATE)), info)
    return None


def pseudo_labels(audio, info):
    """An Utterance of English speech without a text; phones are None where two decoders see different visemes.

    Returns None where no words are recognised or they cannot be aligned.
    """
    hypothesis = _decoded(_word_decoder(), _pcm(audio)).hyp()
    words = [word.split("(")[0] for word in hypothesis.hypstr.split()] if hypothesis else []
    utterance = align(audio, words, english_pronunciations, info, _ATTEMPTS[:3]) if words else None
    if utterance is not None:
        utterance.phones = _agreeing(utterance.phones, _free_phones(audio))
    return utterance


def with_pauses(audio, phones, shortest=0.12, kept=0.06):
    """Phones with the pauses inside them made silence, where the aligner found no room for one.

    A pause is at least `shortest` seconds below a fifth of the way up from the noise to the speech, in decibels; the
    last `kept` seconds stay with a plosive that begins in it.
    """
    level = 10 * np.log10(np.convolve(audio ** 2, np.full(160, 1 / 160), "same")[::160] + 1e-10)
    noise, speech = np.percentile(level, (3, 95))
    quiet = np.pad(level < noise + 0.2 * (speech - noise), 1).astype(int)
    for start, end in np.flatnonzero(np.diff(quiet)).reshape(-1, 2) * _FRAME:
        sounding = next((phone for phone, a, b in phones if a <= end < b), "SIL")
        end -= kept if sounding in _BEGIN_SILENT else 0
        if end - start >= shortest:
            phones = _interrupted(phones, start, end)
    return phones


_BEGIN_SILENT = {"P", "B", "T", "D", "K", "G", "CH", "JH"}


def _interrupted(phones, start, end):
    """Phones with silence from `start` to `end`; one cut in two keeps its longer piece, a neighbour takes the rest."""
    before = [(phone, a, min(b, start)) for phone, a, b in phones if a < start]
    after = [(phone, max(a, end), b) for phone, a, b in phones if b > end]
    if len(before) > 1 and len(after) > 1 and len(before) + len(after) > len(phones):
        if before[-1][2] - before[-1][1] < after[0][2] - after[0][1]:
            before[-2:] = [(before[-2][0], before[-2][1], start)]
        else:
            after[:2] = [(after[1][0], end, after[1][2])]
    return [*before, ("SIL", start, end), *after]


def english_words(text):
    """The words of an English text in the spelling of the dictionary."""
    return re.sub(r"[^a-z' ]+", " ", text.lower().replace("’", "'").replace("-", " ")).split()


@cache
def english_pronunciations(word):
    """Those of the dictionary, or one by flite's letter-to-sound rules."""
    dictionary, found = _dictionary(), []
    for number in count(1):
        listed = dictionary.lookup_word(word if number == 1 else f"{word}({number})")
        if listed is None:
            break
        found.append(listed.split())
    return found or [_letter_to_sound(word)]


def _letter_to_sound(word):
    printed = subprocess.run(["flite", "-ps", "-t", word, "-o", "none"], capture_output=True, text=True, check=True)
    return [phone for label in printed.stdout.split() for phone in phones_of_arpabet(label) if phone != "SIL"]


def foreign_pronunciations(language):
    """The function of a word that `align` needs, for a language of espeak-ng."""
    def pronunciations(word):
        printed = subprocess.run(["espeak-ng", "-q", "--ipa", "-v", language, word], capture_output=True, text=True,
                                 check=True)
        return [list(_english_sounds(printed.stdout))]
    return pronunciations


def _english_sounds(ipa):
    for run in re.split("([" + "".join(_SOUNDS_LIKE) + "])", ipa):
        yield from (_SOUNDS_LIKE[run],) if run in _SOUNDS_LIKE else phones_of_ipa(run)


def _aligned(audio, words, spelled, beam):
    """[(phone, start, end)] of the padded audio; None where the words do not fit it."""
    decoder = _decoder(beam=beam, pbeam=beam, wbeam=beam)
    for word, pronunciations in spelled.items():
        for number, phones in enumerate(pronunciations, 1):
            if phones:
                decoder.add_word(word if number == 1 else f"{word}({number})", " ".join(phones), True)
    decoder.set_align_text(" ".join(word for word in words if spelled[word][0]))
    pcm = _pcm(audio)
    if _decoded(decoder, pcm).hyp() is None:
        return None
    decoder.set_alignment()
    _decoded(decoder, pcm)
    return [(phone.name if phone.name in INDEX else "SIL", phone.start * _FRAME,
             (phone.start + phone.duration) * _FRAME) for word in decoder.get_alignment() for phone in word]


def _free_phones(audio):
    """[(phone, start, end)] by a phone bigram alone."""
    bigram = _pocketsphinx().get_model_path("en-us/en-us-phone.lm.bin")
    decoder = _decoder(allphone=bigram, lw=2.0, beam=1e-20, pbeam=1e-20)
    return [(segment.word if segment.word in INDEX else "SIL", segment.start_frame * _FRAME,
             (segment.end_frame + 1) * _FRAME) for segment in _decoded(decoder, _pcm(audio)).seg()]


def _agreeing(phones, heard):
    """`phones` with None over the frames where the phones heard look different."""
    count = round(max(phones[-1][2], heard[-1][2]) / _FRAME)
    looks = np.zeros((2, count), "U10")
    for row, timed in zip(looks, (phones, heard), strict=True):
        for phone, start, end in timed:
            row[round(start / _FRAME):round(end / _FRAME)] = VISEME_OF.get(phone, "SIL")
    same, result = looks[0] == looks[1], []
    for phone, start, end in phones:
        first, last = round(start / _FRAME), round(end / _FRAME)
        edges = [first, *(first + 1 + np.flatnonzero(np.diff(same[first:last]))).tolist(), last]
        result += [(phone if same[a] else None, a * _FRAME, b * _FRAME)
                   for a, b in zip(edges, edges[1:], strict=False) if b > a]
    return result


def _shifted(phones, shift, duration):
    """Phones moved by `shift` seconds and cut to 0..duration."""
    moved = [(phone, min(max(start + shift, 0), duration), min(max(end + shift, 0), duration))
             for phone, start, end in phones]
    return [timed for timed in moved if timed[2] > timed[1]]


def _padded(audio, padding, dither):
    audio = np.pad(audio, round(padding * RATE))
    if dither is not None:
        audio = audio + 10 ** (dither / 20) * np.random.default_rng(0).standard_normal(len(audio))
    return audio


def _pocketsphinx():
    """Imported here: all but the real recordings can be made without it."""
    import pocketsphinx
    return pocketsphinx


def _decoder(**settings):
    """Without words: loading the dictionary takes longer than aligning a sentence."""
    return _pocketsphinx().Decoder(lm=None, dict=None, loglevel="FATAL", **settings)


@cache
def _dictionary():
    return _pocketsphinx().Decoder(lm=None, loglevel="FATAL")


@cache
def _word_decoder():
    """Narrower than pocketsphinx's own settings: three times as fast, and wrong words are caught by `_agreeing`."""
    return _pocketsphinx().Decoder(loglevel="FATAL", beam=1e-50, pbeam=1e-50, wbeam=1e-40, maxhmmpf=4000, maxwpf=40,
                                   fwdflat=False)


def _decoded(decoder, pcm):
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
    decoder.end_utt()
    return decoder


def _pcm(audio):
    return (np.clip(audio, -1, 1) * 32767).astype("<i2").tobytes()
