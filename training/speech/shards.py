"""Training data on disk: shards of some minutes, each an ``.npz`` file, and ``index.json`` that lists them.

A shard holds its utterances one after another, each padded to whole frames of 10 ms:

| key | shape | what |
|---|---|---|
| `audio` | (160 F,) int16 | 16 kHz |
| `phones` | (F,) uint8 | index into `speech.phones.PHONES` at t = frame / 100 s; 255 where it is not known |
| `starts` | (U + 1,) int64 | first frame of each utterance, then F |
| `info` | () str | JSON: a list of U dictionaries: source, language, voice or speaker, ... |

A shard appears under its name when it is complete, and a shard that is there is not made again: a folder can be read
while it grows, and making it goes on where it was interrupted.
"""
import fcntl
import hashlib
import json
import os
from pathlib import Path

import numpy as np

from detailed3dmm_addon.speech.phones import PHONES, TimedPhone, to_frames

from .utterance import RATE, Utterance

FPS = 100
HOP = RATE // FPS
UNKNOWN = 255


def write(folder, part, number, utterances, split="train"):
    """Write shard `number` of `part` and list it. Returns its entry in the index."""
    folder = Path(folder)
    name = f"{part}-{number:04d}.npz"
    audio, frames, info = zip(*(_encoded(utterance) for utterance in utterances), strict=True)
    temporary = folder / f".{name}"
    with temporary.open("wb") as file:
        np.savez(file, audio=np.concatenate(audio), phones=np.concatenate(frames),
                 starts=np.cumsum([0, *map(len, frames)]), info=json.dumps(info, ensure_ascii=False))
    entry = {"part": part, "split": split, "utterances": len(info), "seconds": sum(map(len, frames)) / FPS,
             "sha256": hashlib.sha256(temporary.read_bytes()).hexdigest()}
    os.replace(temporary, folder / name)
    _list(folder, name, entry)
    return entry


def is_listed(folder, part, number):
    """Whether this shard is there already."""
    return f"{part}-{number:04d}.npz" in index(folder)


def index(folder):
    """{file name: dict(part, split, utterances, seconds, sha256)} of the complete shards."""
    path = Path(folder) / "index.json"
    return json.loads(path.read_text()) if path.exists() else {}


def read(path):
    """The utterances of a shard, phones as they were rounded to frames."""
    with np.load(path) as stored:
        audio, phones, starts = stored["audio"], stored["phones"], stored["starts"]
        info = json.loads(str(stored["info"]))
    for about, start, stop in zip(info, starts, starts[1:], strict=False):
        yield Utterance(audio[HOP * start:HOP * stop].astype(np.float32) / 32768, _runs(phones[start:stop]), about)


def _encoded(utterance):
    count = -(-len(utterance.audio) // HOP)
    audio = np.zeros(HOP * count, np.float32)
    audio[:len(utterance.audio)] = utterance.audio
    known = [TimedPhone(phone, start, end) for phone, start, end in utterance.phones if phone and end > start]
    frames = to_frames(known, count, FPS)
    for phone, start, end in utterance.phones:
        if phone is None:
            frames[int(np.ceil(start * FPS)):int(np.ceil(end * FPS))] = UNKNOWN
    return np.round(np.clip(audio, -1, 32767 / 32768) * 32768).astype(np.int16), frames, utterance.info


def _runs(frames):
    edges = [0, *(np.flatnonzero(np.diff(frames)) + 1).tolist(), len(frames)]
    return [(None if frames[start] == UNKNOWN else PHONES[frames[start]], start / FPS, stop / FPS)
            for start, stop in zip(edges, edges[1:], strict=False)]


def _list(folder, name, entry):
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several processes may make parts of one folder
        listed = index(folder)
        listed[name] = entry
        temporary = folder / ".index.json"
        temporary.write_text(json.dumps(dict(sorted(listed.items())), indent=1))
        os.replace(temporary, folder / "index.json")
