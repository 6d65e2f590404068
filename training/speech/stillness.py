"""Sounds without speech, made from noise and tones: what they have in common is that the mouth stays at rest."""
import numpy as np
from scipy.signal import butter, lfilter, sosfilt

from .utterance import RATE, Utterance


def sounds(generator, seconds):
    """Utterances of silence, noise, hum, breath, knocks and music, 2 to 8 s each, `seconds` together."""
    length = 0.0
    while length < seconds:
        make = (_room, _room, _noise, _hum, _breath, _knocks, _music, _music)[generator.integers(8)]
        count = int(generator.uniform(2, 8) * RATE)
        audio = make(generator, count)
        # As quiet as a room or as loud as speech; room tone only quiet.
        level = generator.uniform(-70, -45) if make is _room else generator.uniform(-50, -15)
        audio = audio * 10 ** (level / 20) / (np.sqrt(np.mean(audio ** 2)) + 1e-9)
        audio += 10 ** (generator.uniform(-90, -60) / 20) * generator.standard_normal(count)
        yield Utterance(np.clip(audio, -1, 1).astype(np.float32), [("SIL", 0.0, count / RATE)],
                        {"source": "still", "language": "-", "voice": make.__name__.strip("_")})
        length += count / RATE


def coloured(generator, count, slope):
    """(count,) noise whose power falls with frequency to the power `slope` (0 white, 1 pink, 2 brown), deviation 1."""
    spectrum = np.fft.rfft(generator.standard_normal(count))
    spectrum[1:] /= np.arange(1, len(spectrum)) ** (slope / 2)
    spectrum[0] = 0
    noise = np.fft.irfft(spectrum, count)
    return noise / noise.std()


def _room(generator, count):
    return coloured(generator, count, generator.uniform(0, 2.2))


def _noise(generator, count):
    """Wind, traffic, rain: noise in a band, swelling and fading."""
    low = 10 ** generator.uniform(1.7, 3.3)
    noise = _band(coloured(generator, count, generator.uniform(0, 1.5)), low, min(low * generator.uniform(2, 12), 7900))
    return noise * (1 + generator.uniform(0, 0.9) * _slow(generator, count, generator.uniform(0.2, 3)))


def _hum(generator, count):
    """Mains, fans, engines: harmonics that waver a little."""
    pitch = generator.uniform(40, 240) * (1 + 0.01 * _slow(generator, count, 1.0))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    decay = generator.uniform(0.5, 2)
    tones = sum(np.sin(number * phase) / number ** decay for number in range(1, 12))
    return tones + 0.2 * coloured(generator, count, 1)


def _breath(generator, count):
    """Breaths in and out: noise shaped by the open mouth, 0.4 to 1.5 s each, between pauses."""
    audio, at = np.zeros(count), 0
    while at < count:
        size = int(generator.uniform(0.4, 1.5) * RATE)
        centre = generator.uniform(800, 2500)
        puff = _band(generator.standard_normal(size), centre / 1.8, min(centre * 2.2, 7900)) * np.hanning(size)
        audio[at:at + size] += generator.uniform(0.3, 1) * puff[:count - at]
        at += size + int(generator.uniform(0.3, 2) * RATE)
    return audio


def _knocks(generator, count):
    """Keys, steps, doors: short resonances at random times."""
    audio = np.zeros(count)
    for _ in range(int(generator.uniform(1, 8) * count / RATE)):
        at, size = generator.integers(count), int(generator.uniform(0.005, 0.15) * RATE)
        burst = generator.standard_normal(size) * np.exp(-np.linspace(0, 7, size))
        burst = _resonance(burst, 10 ** generator.uniform(2, 3.6), generator.uniform(0.9, 0.995))
        audio[at:at + size] += generator.uniform(0.2, 1) * burst[:count - at] / (np.abs(burst).max() + 1e-9)
    return audio


def _music(generator, count):
    """Chords on a beat with a melody and drums over them."""
    audio, beat = np.zeros(count), int(RATE * 60 / generator.uniform(60, 170))
    root, scale = generator.uniform(55, 220), np.array([0, 2, 4, 5, 7, 9, 11, 12, 14, 16])
    brightness, drums = generator.uniform(0.6, 2.5), generator.random() < 0.6
    for at in range(0, count, beat):
        size = min(beat * int(generator.integers(1, 4)), count - at)
        steps = generator.choice(scale, 3, replace=False)
        melody = 12 + generator.choice(scale, int(generator.integers(0, 3)))
        for step in (*steps, *melody):
            audio[at:at + size] += _note(generator, root * 2 ** (step / 12), size, brightness)
        if drums:
            hit = min(int(0.12 * RATE), count - at)
            audio[at:at + hit] += 3 * generator.standard_normal(hit) * np.exp(-np.linspace(0, 8, hit))
    return audio


def _note(generator, frequency, size, brightness):
    time = np.arange(size) / RATE
    partials = [number for number in range(1, 9) if number * frequency < 7800]
    vibrato = 0.003 * np.sin(2 * np.pi * generator.uniform(4, 6) * time) * generator.integers(0, 2)
    phase = 2 * np.pi * frequency * (time + vibrato / 6)
    tone = sum(np.sin(number * phase) / number ** brightness for number in partials)
    attack = generator.uniform(0.005, 0.08)
    return tone * np.minimum(time / attack, 1) * np.exp(-time * generator.uniform(0.2, 5))


def _slow(generator, count, rate):
    """(count,) smooth random curve between about -1 and 1 that changes `rate` times a second."""
    points = generator.uniform(-1, 1, max(int(count / RATE * rate), 1) + 3)
    return np.interp(np.linspace(0, len(points) - 1, count), np.arange(len(points)), points)


def _band(audio, low, high):
    return sosfilt(butter(2, (low, high), "bandpass", fs=RATE, output="sos"), audio)


def _resonance(audio, frequency, radius):
    angle = 2 * np.pi * frequency / RATE
    return lfilter([1], [1, -2 * radius * np.cos(angle), radius ** 2], audio)
