"""Which recordings a command is about, with the texts that belong to them and the folders that their curves go into."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import AudioError, FileFormatError
from .audio import FORMATS


@dataclass(frozen=True)
class Recording:
    """audio : Path; text : Path of its transcript, or None; folder : Path of its results, below those of all."""
    audio: Path
    text: Path | None = None
    folder: Path = Path()

    def transcript(self):
        """The words, or None without a text. Raises FileFormatError where they cannot be read."""
        if self.text is None:
            return None
        try:
            return self.text.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise FileFormatError(f"{self.text} is not a text in UTF-8: save it as one.") from error
        except OSError as error:
            raise FileFormatError(f"{self.text} cannot be read: {error.strerror}.") from error


def single(audio, text=None):
    """The Recording of one sound file; text : Path of its transcript, or None."""
    return Recording(Path(audio), text)


def in_folder(folder, texts=None):
    """Recordings of all sound files in a folder and below, by name.

    Each gets a folder named after it, with its suffix where two differ only by that.

    Parameters
    ----------
    folder : Path; texts : Path of a folder with texts under the same names (``a.txt`` for ``a.wav``), or None

    Raises
    ------
    AudioError
        If there are no sound files.
    FileFormatError
        If the texts are no folder.
    """
    if texts and not texts.is_dir():
        raise FileFormatError(f"{texts} is no folder: name the one that holds the texts of these recordings.")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower()[1:] in FORMATS and path.is_file())
    if not paths:
        raise AudioError(f"{folder} holds no sound files ({', '.join(FORMATS)}).")
    names = [path.relative_to(folder) for path in paths]
    shared = Counter(name.with_suffix("") for name in names)
    return [Recording(path, _text(texts, name), name if shared[name.with_suffix("")] > 1 else name.with_suffix(""))
            for path, name in zip(paths, names, strict=True)]


def _text(texts, name):
    path = texts / name.with_suffix(".txt") if texts else None
    return path if path and path.is_file() else None
