"""From a recording to what is said in it, and when: the network over a file of any length, in little memory.

The network gives each frame a probability for every phone; the most probable sequence of phones is then decoded from
all of them, or, where the words are known, the words are laid along them (`alignment`).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..core import weights
from ..core.errors import WeightsError
from ..core.memory import give_back
from ..core.steps import finished, within
from . import english
from .alignment import aligning
from .features import BANDS, FFT, FPS, HOP, RATE, WINDOW, LogMel
from .phones import PHONES, from_frames
from .viterbi import Emissions, finding_path

NAME = "speech"
CHUNK = 2000  # frames that the network answers at once
LONG = 240  # seconds of a recording after which the network is forgotten again: reading it anew takes a moment
_LISTENED = 0.5  # share of the work that is done when the network has answered
_DECODED = 0.3  # share of the rest that is done when the best sequence of phones is found
QUIETEST = -100.0  # decibels of full scale

_POWER = FFT * WINDOW * 0.375 / 2  # what the band powers of a signal of mean square 1 add up to (Hann window)


@dataclass(frozen=True)
class Speech:
    """What was recognised in T frames of 10 ms.

    phones : N TimedPhones that cover the recording
    likeness : (N, phones) float32, for each of them how probable every phone of `PHONES` was, the mean of its frames
    loudness : (T,) float32, decibels of full scale
    text : English words that were found in it; empty where none were, or a transcript was given
    fits : whether the transcript, where one was given, could be laid along the recording
    """

    phones: list
    likeness: np.ndarray
    loudness: np.ndarray
    text: str = ""
    fits: bool = True
    fps: int = FPS


@dataclass(frozen=True)
class Recogniser:
    """The trained network and what is known about sequences of phones.

    network : SpeechNetwork; change : (phones, phones), logarithm of going from one phone to another
    prior : (phones,), logarithm of how frequent each phone is
    """

    network: object
    change: np.ndarray
    prior: np.ndarray

    def posteriors(self, spectra):
        """Phone probabilities of a stream of spectra.

        Parameters
        ----------
        spectra : iterable of (n, BANDS) float32 of any lengths

        Yields
        ------
        (n, phones) float32, in sum as many frames: the same as for the whole in one piece
        """
        before, after = self.network.context
        kept, skip = np.zeros((0, BANDS), np.float32), 0  # `skip` frames of `kept` were answered before
        for new in spectra:
            kept = np.concatenate([kept, new])
            while len(kept) >= skip + CHUNK + after:
                yield self._answers(kept[: skip + CHUNK + after])[skip : skip + CHUNK]
                drop = max(skip + CHUNK - before, 0) // 2 * 2
                kept, skip = kept[drop:], skip + CHUNK - drop
        if len(kept) > skip:
            yield self._answers(kept)[skip:]

    def _answers(self, spectra):
        import torch

        even = np.pad(spectra, ((0, len(spectra) % 2), (0, 0)), mode="edge")
        with torch.inference_mode():
            return self.network(torch.from_numpy(even)[None])[0, : len(spectra)].softmax(-1).numpy()


@lru_cache(maxsize=1)
def recogniser():
    """The published one; raises WeightsError where it is missing or damaged."""
    import torch

    from .mixtures import MixtureFeatures, read_mixtures
    from .network import SpeechNetwork

    tensors, metadata = weights.load(NAME)
    network = SpeechNetwork.described(metadata["settings"])
    state = {name: torch.from_numpy(tensors[f"network.{name}"].astype(np.float32)) for name in network.state_dict()}
    network.load_state_dict(state)
    if network.tandem is not None:
        with suppress(WeightsError):  # without them it hears less well, and `english.what_is_missing` tells
            network.mixtures = MixtureFeatures(read_mixtures())
    return Recogniser(network.eval(), tensors["change"].astype(np.float32), tensors["prior"].astype(np.float32))


def recognising(audio, transcript=None, automatic=False):
    """What is said in a recording.

    Parameters
    ----------
    audio : speech.audio.Audio, or anything that has its `duration` and `blocks`
    transcript : str or None, the words in the order in which they are spoken; used where they fit
    automatic : whether English words are looked for where none are given

    Yields
    ------
    float, the share 0..1 that is done; the value of the generator is a Speech
    """
    frames, filled, loudness = -(-round(audio.duration * RATE) // HOP), 0, []
    posteriors = np.empty((frames, len(PHONES)), np.float16)  # an hour takes 30 MB
    for part in recogniser().posteriors(_heard(audio, loudness)):
        posteriors[filled : filled + len(part)] = part
        filled += len(part)
        yield _LISTENED * filled / frames
    give_back()  # 50 MB that the network has worked in
    phones, text, fits = yield from within(
        understanding(posteriors, recogniser(), transcript, automatic), _LISTENED, 1.0)
    if len(posteriors) > LONG * FPS:  # performing it takes memory, too
        recogniser.cache_clear()
        give_back()
    yield 1.0
    loudness = np.concatenate([*loudness, np.zeros(0, np.float32)])
    return Speech(phones, _likeness(posteriors, phones), loudness, text, fits)


def _likeness(posteriors, phones):
    """(N, phones) the mean of posteriors (T, phones) over each of N TimedPhones that cover them."""
    if not phones:
        return np.zeros((0, len(PHONES)), np.float32)
    starts = np.array([round(phone.start * FPS) for phone in phones])
    frames = np.diff(np.append(starts, len(posteriors)))[:, None]
    return np.add.reduceat(posteriors, starts, dtype=np.float32) / frames.astype(np.float32)


def understanding(posteriors, recogniser, transcript=None, automatic=False):
    """What the network's answers say.

    Parameters
    ----------
    posteriors : (T, phones) ; recogniser : Recogniser
    transcript, automatic : see `recognising`

    Yields
    ------
    float, the share 0..1 that is done; the value of the generator is

    phones : TimedPhones, of the words where there are some and they fit, else what was heard
    text : the words that were found ; fits : whether a transcript does
    """
    if not len(posteriors):
        return [], "", True
    fit = Emissions(posteriors)
    path = yield from within(finding_path(fit, recogniser.change), 0.0, _DECODED)
    if transcript:
        said = yield from within(aligning(fit, path, transcript), _DECODED, 1.0)
        return said or from_frames(path, FPS), "", bool(said)
    text = ""
    if automatic and not english.what_is_missing():
        from .words import searching  # compiled where it is first used

        path, text = yield from within(searching(posteriors, path, recogniser), _DECODED, 1.0)
    return from_frames(path, FPS), text, True


def recognise(audio, progress=None, transcript=None, automatic=False):
    """`recognising`, run to its end; `progress` is called with the share done. Returns a Speech."""
    return finished(recognising(audio, transcript, automatic), progress)


def _heard(audio, loudness):
    """Spectra of the recording block by block; what they show of its loudness is added to a list."""
    stream = LogMel()
    for block in audio.blocks():
        yield _measured(stream.feed(block), loudness)
    yield _measured(stream.end(), loudness)


def _measured(spectra, loudness):
    power = np.exp(spectra).sum(1) / _POWER
    loudness.append(np.maximum(10 * np.log10(power), QUIETEST).astype(np.float32))
    return spectra
