"""Sound files as blocks of mono samples at 16 kHz: any format libsndfile reads, any length in constant memory."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..core.errors import AudioError, ParameterError

RATE = 16000  # samples a second, what everything in this package works at
FORMATS = ("wav", "mp3", "flac", "ogg", "aif", "aiff")  # suffixes that file choosers offer; others may be read too
SHORTEST, LONGEST = 0.1, 24 * 3600.0  # seconds
SLOWEST, FASTEST = 4000, 768000  # sample rates outside are damaged headers, not recordings

_READ = 1 << 16  # samples of the file at a time, over all channels
_TOLERANCE = 0.5  # seconds that an MP3 header may promise too much; encoders pad
_STREAMED = 0x7FFFF000  # sizes in WAV headers from here on mean "unknown when the recording began"
_CUT_WAV = re.compile(r"^data : (\d+) \(should be \d+\)", re.MULTILINE)  # in what libsndfile tells about a file
_CUT_OGG = "Last page lacks an end-of-stream bit"


@dataclass(frozen=True)
class Audio:
    """A sound file that was found readable.

    path : Path; duration : seconds; rate : samples a second that `blocks` gives
    """
    path: Path
    duration: float
    rate: int = RATE

    @property
    def samples(self):
        """How many samples `blocks` gives in all, overlaps not counted."""
        return max(round(self.duration * self.rate), 1)

    def blocks(self, seconds=30.0, overlap=0.0):
        """The recording from start to end, all channels mixed.

        Parameters
        ----------
        seconds : length of a block; overlap : seconds of each block that the next repeats

        Yields
        ------
        (N,) float32 in -1..1; the last may be shorter

        Raises
        ------
        AudioError
            If the file has gone, breaks off, or holds samples that are not numbers.
        ParameterError
            If blocks would overlap wholly.
        """
        size, step = round(seconds * self.rate), round((seconds - overlap) * self.rate)
        if not 0 < step <= size:
            raise ParameterError(f"Blocks of {seconds:g} s cannot overlap by {overlap:g} s.")
        kept, fresh = np.zeros(0, np.float32), 0
        for samples in self._resampled():
            kept, fresh = np.concatenate([kept, samples]), fresh + len(samples)
            while len(kept) >= size:
                yield kept[:size]
                kept = kept[step:]
                fresh = len(kept) - (size - step)
        if fresh > 0:
            yield kept

    def _resampled(self):
        """The samples at 16 kHz in pieces, as many as `samples` says."""
        import soxr

        missing = self.samples
        with _opened(self.path) as file:
            stream = soxr.ResampleStream(file.samplerate, self.rate, 1, dtype="float32")
            for mono, last in _with_last(_mono(file, self.path)):
                samples = np.clip(stream.resample_chunk(mono, last=last), -1, 1)[:missing]
                missing -= len(samples)
                yield samples
        if missing:
            yield np.zeros(missing, np.float32)


def open_audio(path):
    """Look at a sound file.

    Parameters
    ----------
    path : str or Path; wav, mp3, flac, ogg, aiff or whatever else libsndfile reads

    Returns
    -------
    Audio

    Raises
    ------
    AudioError
        If it cannot be read as sound, holds none, or was cut off.
    """
    path = Path(path)
    with _opened(path) as file:
        frames, rate = file.frames, file.samplerate
        if not SLOWEST <= rate <= FASTEST:
            raise AudioError(f"{path.name} has {rate} samples a second: recordings have {SLOWEST} to {FASTEST}. "
                             "Export it again, as WAV.")
        _check_whole(file, path)
    duration = frames / rate
    if duration > LONGEST:
        raise AudioError(f"{path.name} says that it lasts more than a day: split it, or export it again.")
    if duration < SHORTEST:
        raise AudioError(f"{path.name} holds no sound: it lasts {max(duration, 0):.2f} seconds.")
    return Audio(path, duration)


def _opened(path):
    """The soundfile.SoundFile at `path`."""
    import soundfile

    if not path.exists():
        raise AudioError(f"There is no sound file {path}: it was moved, renamed or removed.")
    if path.is_dir():
        raise AudioError(f"{path} is a folder: choose a sound file in it.")
    try:
        if not path.stat().st_size:
            raise AudioError(f"{path.name} is empty: export it again.")
        with path.open("rb"):  # says why a file may not be read, which libsndfile does not
            pass
        return soundfile.SoundFile(str(path))
    except OSError as error:
        raise AudioError(f"{path} cannot be read: {error.strerror}.") from error
    except (soundfile.SoundFileError, TypeError, ValueError) as error:  # TypeError: a suffix that means raw samples
        raise AudioError(f"{path.name} is not a sound file that can be read here: convert it to WAV, FLAC, OGG or "
                         "MP3.") from error


def _check_whole(file, path):
    """Raise for a file whose own structure shows that its end is missing."""
    promised = _CUT_WAV.search(file.extra_info)
    cut = promised and path.stat().st_size < int(promised.group(1)) < _STREAMED
    if cut or _CUT_OGG in file.extra_info:
        raise _cut_off(path, file.frames / file.samplerate)


def _mono(file, path):
    """The file's samples in pieces (N,) float32, the mean of its channels."""
    import soundfile

    read = 0
    while read < file.frames:
        try:
            samples = file.read(_READ // file.channels, dtype="float32", always_2d=True)
        except soundfile.SoundFileError as error:
            raise _cut_off(path, read / file.samplerate) from error
        if not len(samples):
            break
        mono = samples.mean(axis=1)
        if not np.isfinite(mono).all():
            at = (read + int(np.argmin(np.isfinite(mono)))) / file.samplerate
            raise AudioError(f"{path.name} holds samples that are not numbers, at {at:.2f} s: export it again.")
        read += len(samples)
        yield mono
    if read < file.frames - _TOLERANCE * file.samplerate:
        raise _cut_off(path, read / file.samplerate)


def _cut_off(path, seconds):
    return AudioError(f"{path.name} breaks off after {seconds:.1f} s: it is cut short or damaged. Export it again.")


def _with_last(pieces):
    """Each piece with whether it is the last."""
    before = None
    for piece in pieces:
        if before is not None:
            yield before, False
        before = piece
    if before is not None:
        yield before, True
