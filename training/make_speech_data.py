"""Training data of the speech network: synthetic and real speech with the phone of every frame, and still mouths.

    python -m training.make_speech_data --out data/speech --part espeak --shards 0:60
    python -m training.make_speech_data --out data/speech --part librispeech --shards 0:8 --corpus CORPUS

Every shard has a seed of its own: an interrupted run goes on where it was, and parts can be made side by side. See
training/README.md for the Debian packages that the synthesisers need.
"""
import argparse
import logging
import time
from pathlib import Path

from training.speech import parts, shards

log = logging.getLogger("speech data")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--part", choices=sorted(parts.PARTS), required=True)
    parser.add_argument("--shards", default="0:1", help="FIRST:LAST, last excluded")
    parser.add_argument("--minutes", type=float, default=10, help="length of a shard")
    parser.add_argument("--corpus", type=Path, help="folder of recordings, for the real parts")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    options.out.mkdir(parents=True, exist_ok=True)
    part = parts.PARTS[options.part]
    first, last = map(int, options.shards.split(":"))
    for number in range(first, last):
        if shards.is_listed(options.out, options.part, number):
            continue
        started = time.monotonic()
        utterances = part.make(number, 60 * options.minutes, options.corpus)
        if not utterances:
            break
        entry = shards.write(options.out, options.part, number, utterances, part.split)
        log.info("%s %d: %.1f min, %d utterances, %.0f x real time", options.part, number, entry["seconds"] / 60,
                 entry["utterances"], entry["seconds"] / (time.monotonic() - started))


if __name__ == "__main__":
    main()
