"""How fast recordings become timed phones, and in how much memory: the table of docs/speech-model-card.md.

    python -m benchmarks.speech --recording FILE  # repeated to ten minutes; without one espeak-ng speaks
    python -m benchmarks.speech --alternative     # beside pocketsphinx's word decoding (PyPI), on the first minute

Each row runs in a process of its own, so that seconds and memory count everything: imports, reading the file, features,
network, decoding.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
MINUTES = 10
THREADS = 2


TEXT = ("Nobody knew why the ship had left the harbour before the morning. Perhaps the captain was afraid of the "
        "weather, or somebody had paid him to be quick about it.")  # fmt: skip


def sounds(path, automatic=False):
    """Seconds for a recording by sound alone, in this process."""
    import torch

    from detailed3dmm_addon.core.steps import finished
    from detailed3dmm_addon.speech import recognition
    from detailed3dmm_addon.speech.audio import open_audio

    torch.set_num_threads(THREADS)
    start, busy = time.perf_counter(), time.process_time()
    audio = open_audio(path)
    finished(recognition.recognising(audio, automatic=automatic))
    return _times(audio.duration, start, busy)


def words(path):
    """The same with English words searched, which are compiled already."""
    return sounds(path, automatic=True)


def _times(duration, start, busy):
    return {"audio": duration, "seconds": time.perf_counter() - start, "processor": time.process_time() - busy}


def decoded(path):
    """The same by pocketsphinx's word decoder, on a minute."""
    from pocketsphinx import Decoder

    from detailed3dmm_addon.speech.audio import open_audio

    samples = next(open_audio(path).blocks(60))
    start, busy = time.perf_counter(), time.process_time()
    decoder = Decoder(loglevel="FATAL")
    decoder.start_utt()
    decoder.process_raw((samples * 32767).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    return _times(len(samples) / 16000, start, busy)


def measured(function, path):
    """What a function says of a recording, with the seconds and the peak memory of the whole process."""
    code = f"from benchmarks.speech import {function}, report; report({function}({str(path)!r}))"
    start = time.perf_counter()
    output = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {**json.loads(output), "process": time.perf_counter() - start}


def report(figures):
    """Prints figures with the peak memory of this process, as JSON."""
    print(json.dumps({**figures, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def repeated(path, recording):
    """Writes ten minutes of a recording, or of espeak-ng where there is none."""
    import soundfile

    if recording:
        samples, rate = soundfile.read(recording, dtype="float32")
    else:
        from training.speech.espeak import engine

        samples, rate = engine().speak(TEXT, "en-us").audio, 16000
    pause = np.zeros((rate // 2, *samples.shape[1:]), np.float32)
    piece = np.concatenate([samples, pause])
    with soundfile.SoundFile(path, "w", rate, samples.ndim) as file:
        for _ in range(-(-60 * MINUTES * rate // len(piece))):
            file.write(piece)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recording", type=Path)
    parser.add_argument("--alternative", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.flac"
        repeated(path, options.recording)
        rows = {"sounds": measured("sounds", path), "words": measured("words", path)}
        if options.alternative:
            rows["pocketsphinx"] = measured("decoded", path)
    print(f"{'':14s}{'audio s':>9s}{'seconds':>9s}{'with imports':>14s}{'x real time':>13s}{'processor s':>13s}"
          f"{'peak MB':>9s}")  # fmt: skip
    for name, row in rows.items():
        print(f"{name:14s}{row['audio']:9.0f}{row['seconds']:9.2f}{row['process']:14.2f}"
              f"{row['audio'] / row['seconds']:13.1f}{row['processor']:13.2f}{row['megabytes']:9.0f}")  # fmt: skip


if __name__ == "__main__":
    main()
