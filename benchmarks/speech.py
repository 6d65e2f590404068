"""How fast recordings become timed phones, and in how much memory: the table of docs/speech-model-card.md.

    python -m benchmarks.speech                   # ten minutes of speech-like sound; --recording FILE for your own
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


def recognised(path, transcript=None):
    """Seconds of each part for a recording, in this process."""
    import torch

    from detailed3dmm_addon.core.steps import finished
    from detailed3dmm_addon.speech import recognition
    from detailed3dmm_addon.speech.audio import open_audio

    torch.set_num_threads(THREADS)
    start, busy = time.perf_counter(), time.process_time()
    audio = open_audio(path)
    finished(recognition.recognising(audio, transcript))
    return _times(audio.duration, start, busy)


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


def speech_like(path, minutes):
    """Noise in syllables, where no recording is at hand: the work does not depend on what is said."""
    import soundfile

    rng = np.random.default_rng(0)
    with soundfile.SoundFile(path, "w", 16000, 1) as file:
        for _ in range(minutes * 6):
            syllables = np.repeat(rng.uniform(0, 1, 50) ** 2, 3200)
            file.write((0.1 * syllables * rng.standard_normal(160000)).astype(np.float32))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recording", type=Path)
    parser.add_argument("--alternative", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.recording or Path(folder) / "speech.flac"
        if not options.recording:
            speech_like(path, MINUTES)
        rows = {"ours": measured("recognised", path.resolve())}
        if options.alternative:
            rows["pocketsphinx"] = measured("decoded", path.resolve())
    print(f"{'':14s}{'audio s':>9s}{'seconds':>9s}{'with imports':>14s}{'x real time':>13s}{'processor s':>13s}"
          f"{'peak MB':>9s}")  # fmt: skip
    for name, row in rows.items():
        print(f"{name:14s}{row['audio']:9.0f}{row['seconds']:9.2f}{row['process']:14.2f}"
              f"{row['audio'] / row['seconds']:13.1f}{row['processor']:13.2f}{row['megabytes']:9.0f}")  # fmt: skip


if __name__ == "__main__":
    main()
