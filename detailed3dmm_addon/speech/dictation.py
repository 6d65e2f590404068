"""Words written down by a recogniser of English, piece by piece, and used where the network hears them too.

The recogniser answers with English to whatever it hears. What the network heard without words decides whether to
believe it: other languages, singing and noise are left as they were heard.
"""

from __future__ import annotations

import numpy as np

from ..core.memory import give_back
from . import transcription
from .alignment import HEARD, timed, verified
from .audio import RATE
from .features import FPS
from .phones import INDEX, SILENCE, from_frames

LONGEST = 9.0  # seconds of a piece: longer ones take more time and memory, and are heard no better
PAUSE = 1.0  # seconds: longer ones are not listened to
MARGIN = 0.2  # seconds of such a pause that stay with the speech
# Share of the time listened to whose words must fit, or the recording is in another language: of English nearly all do
# (LibriSpeech, clean and at 5 dB), of German and Spanish a quarter, where the recogniser spells what it hears.
MOSTLY = 0.5
AT_ONCE = 8  # pieces in memory
_SAMPLES = RATE // FPS  # of a frame


def dictating(audio, fit, heard):
    """The words of a recording, where they can be written down.

    Parameters
    ----------
    audio : speech.audio.Audio, or anything with its `blocks`
    fit : (T, phones), see `viterbi.emissions` ; heard : (T,) the phones that fit best without words

    Yields
    ------
    float, the share 0..1 that is done; the value of the generator is

    phones : list of TimedPhone that cover the T frames: of the words where they fit, else what was heard
    text : str, the words that were used
    """
    phones, sounds, texts, fitting = heard.astype(int), np.full(len(heard), HEARD), [], 0
    spans = pieces(heard)
    recogniser = transcription.transcriber() if spans else None
    for some in _groups(zip(spans, samples_of(audio, spans), strict=False)):
        written = recogniser.written([samples for _, samples in some])
        for ((first, last), _), text in zip(some, written, strict=True):
            found = verified(fit[first:last], heard[first:last], text)
            if found is not None:
                texts.append(text)
                fitting += last - first
                phones[first:last] = found[0]
                # Numbers of different pieces must differ, for two equal sounds that meet at a border to stay two.
                sounds[first:last] = np.where(found[1] == HEARD, HEARD, found[1] + first)
        give_back()
        yield some[-1][0][1] / len(heard)
    del recogniser
    if len(spans) > AT_ONCE:  # performing a long recording takes memory, too
        transcription.transcriber.cache_clear()
        give_back()
    if fitting < MOSTLY * sum(last - first for first, last in spans):
        return from_frames(heard, FPS), ""
    return timed(phones, sounds), " ".join(texts)


def pieces(heard):
    """Where the recogniser shall listen: [(first frame, last)] of speech, long pauses left out, cut at the others.

    Parameters
    ----------
    heard : (T,) phones

    Returns
    -------
    list of (int, int), in order, none longer than `LONGEST`
    """
    speaks = np.flatnonzero(heard != INDEX[SILENCE])
    if not len(speaks):
        return []
    breaks = np.flatnonzero(np.diff(speaks) > PAUSE * FPS)
    margin = round(MARGIN * FPS)
    firsts = np.maximum(speaks[np.append(0, breaks + 1)] - margin, 0)
    lasts = np.minimum(speaks[np.append(breaks, -1)] + 1 + margin, len(heard))
    pause = heard == INDEX[SILENCE]
    return [piece for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)
            for piece in _cut(pause, first, last)]  # fmt: skip


def _cut(pause, first, last):
    """A stretch in pieces that are short enough: halved at the longest pause of its middle half, again and again."""
    if last - first <= LONGEST * FPS:
        return [(first, last)]
    quarter = (last - first) // 4
    middle = np.concatenate([[False], pause[first + quarter : last - quarter], [False]])
    starts, ends = np.flatnonzero(np.diff(middle.astype(int))).reshape(-1, 2).T
    if len(starts):
        longest = (ends - starts).argmax()
        at = first + quarter + int(starts[longest] + ends[longest]) // 2
    else:
        at = (first + last) // 2  # nobody breathes: a word may be cut, and is then left as it was heard
    return _cut(pause, first, at) + _cut(pause, at, last)


def samples_of(audio, spans):
    """The samples of each of the spans (frames, in order, none overlapping another), read in one go."""
    blocks, kept, start = audio.blocks(), np.zeros(0, np.float32), 0
    for first, last in spans:
        first, last = first * _SAMPLES, last * _SAMPLES
        while start + len(kept) < last:
            block = next(blocks, None)
            if block is None:
                break
            gone = min(max(first - start, 0), len(kept))
            kept, start = np.concatenate([kept[gone:], block]), start + gone
        yield kept[max(first - start, 0) : last - start]


def _groups(items):
    """Items in lists of `AT_ONCE`, the last shorter."""
    group = []
    for item in items:
        group.append(item)
        if len(group) == AT_ONCE:
            yield group
            group = []
    if group:
        yield group
