"""The shards of `training.make_speech_data` as log-mel spectra, made once and kept beside them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detailed3dmm_addon.speech.features import log_mel

from . import shards


@dataclass(frozen=True)
class SpokenSpectra:
    """One utterance: spectra (T, BANDS) float16, phones (T,) uint8 at 100 Hz, and what is known about it."""

    spectra: np.ndarray
    phones: np.ndarray
    info: dict

    @property
    def source(self):
        return self.info["source"]


class SpeechData:
    """The shards of one split in one folder or several; `refresh` takes in those that were written meanwhile."""

    def __init__(self, folders, split):
        self.folders = [Path(folder) for folder in (folders if isinstance(folders, list) else [folders])]
        self.split = split
        self.utterances = []
        self._seen = set()
        self.refresh()

    def refresh(self):
        """How many new shards there were."""
        listed = {folder / name for folder in self.folders for name, entry in shards.index(folder).items()
                  if entry["split"] == self.split}  # fmt: skip
        new = sorted(listed - self._seen)
        for path in new:
            self.utterances += _utterances_of(path)
        self._seen.update(new)
        return len(new)

    def minutes(self):
        """Source -> minutes of speech."""
        frames = {}
        for utterance in self.utterances:
            frames[utterance.source] = frames.get(utterance.source, 0) + len(utterance.phones)
        return {source: round(count / shards.FPS / 60, 1) for source, count in sorted(frames.items())}


def _utterances_of(shard):
    with np.load(shard) as stored:
        phones, starts, about = stored["phones"], stored["starts"], json.loads(str(stored["info"]))
    spectra = np.load(_spectra_file(shard), mmap_mode="r")
    return [SpokenSpectra(spectra[a:b], phones[a:b], info)
            for a, b, info in zip(starts, starts[1:], about, strict=False)]  # fmt: skip


def _spectra_file(shard):
    """The shard's spectra (frames, BANDS) float16, written when they are first asked for."""
    path = shard.with_suffix(".spectra.npy")
    if not path.exists() or path.stat().st_mtime < shard.stat().st_mtime:
        with np.load(shard) as stored:
            audio, starts = stored["audio"], shards.HOP * stored["starts"]
        spectra = [log_mel(audio[a:b].astype(np.float32) / 32768) for a, b in zip(starts, starts[1:], strict=False)]
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.save(file, np.concatenate(spectra).astype(np.float16))
        os.replace(part, path)
    return path
