"""How something is said: loudness, pitch, phrases between pauses, and the syllables that stand out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .audio import RATE
from .phones import SILENCE, VOWELS

FPS = 100
PAUSE = 0.25  # seconds of silence that end a phrase
QUIETEST = -100.0  # dB of full scale, what digital silence counts as

_HOP = RATE // FPS
_LOW_RATE = 4000  # samples a second for pitch: the fundamental and enough of its harmonics
_REPEAT = 2  # frames to each measurement of pitch, which changes slowly and costs most
_LOW_HOP = _LOW_RATE * _REPEAT // FPS
_WINDOW = 192  # low samples: 48 ms, three periods of the lowest voice
_SIDE = (_WINDOW - _LOW_HOP) // 2
_FFT = 288  # at least the window and the longest lag together, and quick
_HIGHEST_HARMONIC = 1000 * _FFT // _LOW_RATE
_LAGS = np.arange(_LOW_RATE // 500, _LOW_RATE // 60 + 1)  # 500 down to 60 Hz
_PERIODIC = 0.55  # autocorrelation at the period from which a frame counts as voiced
_OCTAVE_COST = 0.04  # in favour of the shorter of two periods, an octave
_DYNAMICS = 35.0  # dB under the loud passages below which nothing counts as voiced
_NEIGHBOURS = 1.5  # seconds to either side that a syllable is compared with
_RIPPLE = 51  # frames: about half a second is smoothed into the melody
_STANDS_OUT = 0.5  # prominence of the weakest accent, in that which one vowel of ten exceeds
_LEAST_LIVELY = 0.4  # what that is taken for at least, so that a monotone voice has fewer accents
_CLOSEST = 0.35  # seconds between accents


@dataclass(frozen=True, eq=False)
class Contours:
    """Loudness and pitch, 100 frames a second, frame t standing for the 10 ms from t / 100 s.

    loudness : (T,) float32, dB of full scale; pitch : (T,) float32, semitones from the speaker's median, carried on
    through what is not voiced; voiced : (T,) bool
    """
    loudness: np.ndarray
    pitch: np.ndarray
    voiced: np.ndarray


@dataclass(frozen=True)
class Accent:
    """A syllable that stands out: the middle of its vowel in seconds; strength 0..1."""
    time: float
    strength: float


@dataclass(frozen=True)
class Phrase:
    """Speech between two pauses, in seconds; rise : semitones that its end lies above its middle."""
    start: float
    end: float
    rise: float = 0.0


@dataclass(frozen=True, eq=False)
class Prosody:
    """What gestures follow.

    phrases : tuple of Phrase; accents : tuple of Accent, both in the order of time; duration : seconds
    melody : (T,) float32, 100 frames a second: semitones from the speaker's median, without the syllables' own
    ripple, 0 where nobody speaks
    """
    phrases: tuple
    accents: tuple
    duration: float
    melody: np.ndarray


def contours(audio):
    """Loudness and pitch of a recording, as a generator: yields the share done, its value is Contours.

    Pitch is the lag of the highest autocorrelation, freed of the window's (Boersma 1993).

    Parameters
    ----------
    audio : speech.audio.Audio
    """
    import soxr

    stream = soxr.ResampleStream(RATE, _LOW_RATE, 1, dtype="float32")
    count = -(-audio.samples // _HOP)
    low, loudness, periods = np.zeros(_SIDE, np.float32), [], []
    for samples in audio.blocks():
        loudness.append(_loudness(samples))
        low = np.concatenate([low, stream.resample_chunk(samples)])
        low, found = _periods(low)
        periods.append(found)
        yield sum(map(len, loudness)) / count
    left = np.zeros(_WINDOW + _LOW_HOP, np.float32)
    periods.append(_periods(np.concatenate([low, stream.resample_chunk(left[:0], last=True), left]))[1])
    return _contours(np.concatenate(loudness), *np.repeat(np.concatenate(periods), _REPEAT, 0)[:count].T)


def prosody(contours, phones, duration):
    """Phrases and accents.

    Parameters
    ----------
    contours : Contours; phones : TimedPhones in order; duration : seconds

    Returns
    -------
    Prosody
    """
    phrases = _phrases(contours, phones)
    return Prosody(phrases, _accents(contours, phones), duration, _melody(contours, phrases))


def _loudness(samples):
    """(T,) dB of the 10 ms frames of samples (N,)."""
    frames = np.pad(samples, (0, -len(samples) % _HOP)).reshape(-1, _HOP)
    return 10 * np.log10(np.square(frames).mean(1) + 10 ** (QUIETEST / 10))


def _periods(low):
    """The frames in samples at the low rate: what is left of the samples, and (T, 2) hertz and periodicity."""
    count = max((len(low) - _WINDOW) // _LOW_HOP + 1, 0)
    if not count:
        return low, np.zeros((0, 2))
    frames = np.lib.stride_tricks.sliding_window_view(low, _WINDOW)[: count * _LOW_HOP : _LOW_HOP]
    window = np.hanning(_WINDOW + 2)[1:-1].astype(np.float32)
    similarity = _autocorrelation((frames - frames.mean(1, keepdims=True)) * window) / _autocorrelation(window[None])
    tops, shifts = _tops(similarity, _LAGS)
    best = (tops - _OCTAVE_COST * np.log2(_LAGS)).argmax(1)[:, None]
    top, shift = np.take_along_axis(tops, best, 1)[:, 0], np.take_along_axis(shifts, best, 1)[:, 0]
    return low[count * _LOW_HOP:], np.stack([_LOW_RATE / (_LAGS[best[:, 0]] + shift), top], 1).astype(np.float32)


def _tops(curve, places):
    """Heights of the peaks of a curve (T, N) near the places (P,), 0 where there is none, and how far off they lie.

    Peaks between samples are those of a parabola through three of them.
    """
    before, at, after = (curve[:, places + step] for step in (-1, 0, 1))
    bend = np.maximum(2 * at - before - after, 1e-6)
    peak = (at >= before) & (at >= after)
    return np.where(peak, at + (after - before) ** 2 / (8 * bend), 0), np.clip((after - before) / (2 * bend), -0.5, 0.5)


def _autocorrelation(frames):
    """(T, lags) of frames (T, N), 1 at lag 0."""
    from scipy import fft  # keeps single precision, which numpy's does not

    spectra = fft.rfft(frames.astype(np.float32), _FFT)
    power = spectra.real**2 + spectra.imag**2
    power[:, _HIGHEST_HARMONIC:] = 0  # above, peaks would be too sharp to be found between samples
    result = fft.irfft(power, _FFT)[:, : _LAGS[-1] + 2]
    return result / np.maximum(result[:, :1], 1e-9)


def _contours(loudness, hertz, periodicity):
    from scipy.ndimage import median_filter

    loud_enough = loudness > max(np.percentile(loudness, 95) - _DYNAMICS, -70)
    voiced = median_filter((periodicity > _PERIODIC) & loud_enough, 5)
    pitch = np.zeros(len(loudness))
    if voiced.any():
        semitones = 12 * np.log2(hertz)
        semitones -= np.median(semitones[voiced])
        semitones = median_filter(semitones, 7)
        voiced &= np.abs(semitones) < 12  # what lies further off is an octave's error
    if voiced.any():
        frames = np.arange(len(pitch))
        pitch = _smoothed(np.interp(frames, frames[voiced], semitones[voiced]), 9)
    return Contours(loudness.astype(np.float32), pitch.astype(np.float32), voiced)


def _smoothed(values, width):
    window = np.hanning(width + 2)[1:-1]
    return np.convolve(np.pad(values, width // 2, "edge"), window / window.sum(), "valid")


def _phrases(contours, phones):
    spoken = [phone for phone in phones if phone.phone != SILENCE]
    if not spoken:
        return ()
    starts, ends = (np.array([getattr(phone, side) for phone in spoken]) for side in ("start", "end"))
    breaks = np.flatnonzero(starts[1:] - ends[:-1] >= PAUSE) + 1
    spans = zip(starts[np.append(0, breaks)].tolist(), ends[np.append(breaks, 0) - 1].tolist(), strict=True)
    return tuple(Phrase(start, end, _rise(contours, start, end)) for start, end in spans)


def _melody(contours, phrases):
    spoken = np.zeros(len(contours.pitch))
    for phrase in phrases:
        spoken[round(phrase.start * FPS):round(phrase.end * FPS)] = 1
    return _smoothed(contours.pitch * spoken, _RIPPLE).astype(np.float32)


def _rise(contours, start, end):
    """Semitones from the median of a phrase to that of its last voiced 0.2 s."""
    voiced = np.flatnonzero(contours.voiced[round(start * FPS):round(end * FPS)]) + round(start * FPS)
    if len(voiced) < 40:
        return 0.0
    return float(np.median(contours.pitch[voiced[-20:]]) - np.median(contours.pitch[voiced]))


def _accents(contours, phones):
    """Vowels louder, higher and longer than their neighbours (the correlates of prominence, Terken & Hermes 2000)."""
    vowels = [phone for phone in phones if phone.phone in VOWELS]
    if not vowels:
        return ()
    times = np.array([(vowel.start + vowel.end) / 2 for vowel in vowels])
    loudness, pitch = (np.array([_highest(curve, vowel) for vowel in vowels])
                       for curve in (_smoothed(contours.loudness, 5), contours.pitch))
    length = np.log2([vowel.duration for vowel in vowels])
    prominence = (_against_neighbours(loudness, times) / 6 + _against_neighbours(pitch, times) / 4
                  + _against_neighbours(length, times) / 2)
    prominence /= max(np.percentile(prominence, 90), _LEAST_LIVELY)
    first, last = _within(times, _CLOSEST)
    return tuple(
        Accent(float(times[vowel]), float(min(prominence[vowel] / 1.6, 1)))
        for vowel in np.flatnonzero(prominence >= _STANDS_OUT)
        if prominence[vowel] == prominence[first[vowel]:last[vowel]].max())


def _highest(curve, phone):
    first = min(round(phone.start * FPS), len(curve) - 1)
    return curve[first:max(round(phone.end * FPS), first + 1)].max()


def _against_neighbours(values, times):
    """Each value less the mean of those within 1.5 s of it."""
    first, last = _within(times, _NEIGHBOURS)
    total = np.append(0, np.cumsum(values))
    return values - (total[last] - total[first]) / (last - first)


def _within(times, seconds):
    """For each time the first and one past the last of those within `seconds` of it."""
    return np.searchsorted(times, times - seconds), np.searchsorted(times, times + seconds, "right")
