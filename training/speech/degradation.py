"""What happens to a recording between the speaker and the file: rooms, overdriven inputs, telephones and codecs.

`mel_augmentation` changes spectra while the network learns; this is for what only samples can show.
"""
import io

import numpy as np
import soundfile
from scipy.signal import butter, fftconvolve, resample_poly, sosfilt

from .utterance import RATE

_CODECS = (("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III"))
_TELEPHONE_CODECS = (("WAV", "ULAW"), ("WAV", "ALAW"), ("WAV", "GSM610"), ("WAV", "MS_ADPCM"))


def degraded(audio, generator):
    """A recording after one to three mishaps, in the order in which they happen.

    Parameters
    ----------
    audio : (N,) float32, 16 kHz; generator : numpy's

    Returns
    -------
    (N,) float32 : every sound at the time where it was
    """
    chosen = generator.random(3) < (0.5, 0.3, 0.8)
    if not chosen.any():
        chosen[2] = True
    if chosen[0]:
        audio = in_a_room(audio, generator.uniform(0.15, 0.9), generator.uniform(-8, 8), generator)
    if chosen[1]:
        audio = overdriven(audio, generator.uniform(3, 15), generator.random() < 0.5)
    if chosen[2]:
        audio = telephoned(audio, generator) if generator.random() < 0.35 else coded(audio, generator)
    return audio.astype(np.float32)


def in_a_room(audio, seconds, direct, generator):
    """Late reverberation that falls by 60 dB in `seconds`, the direct sound `direct` decibels above all of it
    (Moorer 1979: exponentially decaying noise, here with highs that die sooner)."""
    time = np.arange(int(seconds * RATE)) / RATE
    tail = generator.standard_normal(len(time)) * 10 ** (-3 * time / seconds)
    dull = sosfilt(butter(1, generator.uniform(1500, 5000), fs=RATE, output="sos"), tail)
    tail = np.where(time < generator.uniform(0.002, 0.02), 0, 0.5 * (tail + dull))
    tail *= 10 ** (-direct / 20) / (np.sqrt((tail ** 2).sum()) + 1e-9)
    tail[0] = 1
    wet = fftconvolve(audio, tail)[:len(audio)]
    return wet * np.abs(audio).max() / (np.abs(wet).max() + 1e-9)


def overdriven(audio, decibels, hard):
    """Amplified beyond full scale: cut off, or bent like tape."""
    loud = audio * 10 ** (decibels / 20) / (np.abs(audio).max() + 1e-9)
    return np.clip(loud, -1, 1) if hard else np.tanh(loud)


def telephoned(audio, generator):
    """300 to 3400 Hz, at 8 kHz through a codec of telephones."""
    band = sosfilt(butter(4, (300, 3400), "bandpass", fs=RATE, output="sos"), audio)
    narrow = _through(resample_poly(band, 1, 2), RATE // 2, *_TELEPHONE_CODECS[generator.integers(4)])
    return _fitted(resample_poly(narrow, 2, 1), len(audio))


def coded(audio, generator):
    """Through a codec of music and video, from fair to poor."""
    container, codec = _CODECS[generator.integers(len(_CODECS))]
    quality = {} if codec == "OPUS" else {"compression_level": float(generator.uniform(0.3, 0.95))}
    return _fitted(_through(audio, RATE, container, codec, **quality), len(audio))


def _through(audio, rate, container, codec, **quality):
    file = io.BytesIO()
    soundfile.write(file, np.clip(audio, -1, 1), rate, format=container, subtype=codec, **quality)
    file.seek(0)
    return soundfile.read(file, dtype="float32")[0]


def _fitted(audio, count):
    return np.pad(audio, (0, max(0, count - len(audio))))[:count]
