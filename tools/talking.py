"""Contact sheet of talking faces: each recording at its lip closures and its most open vowels.

    .venv/bin/python tools/talking.py RECORDING ... [--out PNG] [--moments N] [--size WIDTH HEIGHT] [--samples N]

A row a recording, spoken by one of the people of `tools/people.py` with the wrinkles of each frame; under each picture
the sound that is heard at that time.
"""
import argparse
import os
import sys
import tempfile
from pathlib import Path

import bpy
import cv2
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import detailed3dmm_addon  # noqa: E402
from detailed3dmm_addon.blender import headless, live, studio  # noqa: E402
from detailed3dmm_addon.core.base_model import BaseModel  # noqa: E402
from detailed3dmm_addon.core.detailed3dmm import Detailed3DMM  # noqa: E402
from detailed3dmm_addon.core.errors import Detailed3DMMError  # noqa: E402
from detailed3dmm_addon.core.steps import finished  # noqa: E402
from detailed3dmm_addon.speech import take  # noqa: E402
from detailed3dmm_addon.speech.phones import BILABIALS, LABIODENTALS, VOWELS  # noqa: E402
from tools.people import PEOPLE, character  # noqa: E402
from tools.sheets import quiet, sheet, write  # noqa: E402

FPS = 30
APART = 0.25  # seconds between two moments


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recordings", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "talking.png")
    parser.add_argument("--moments", type=int, default=10, help="pictures of each recording")
    parser.add_argument("--seconds", type=float, default=10, help="of each recording, from its start")
    parser.add_argument("--size", type=int, nargs=2, default=(240, 300), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--samples", type=int, default=10, help="Cycles samples a pixel")
    options = parser.parse_args()
    detailed3dmm_addon.register()
    people, rows = list(PEOPLE), {}
    try:
        for number, recording in enumerate(tqdm(options.recordings, unit="recording", file=sys.stdout)):
            person = people[number % len(people)]
            title = person if number < len(people) else recording.stem
            rows[title] = talking(recording, character(person, PEOPLE[person][0]), options)
    except Detailed3DMMError as error:
        print(error, file=sys.stderr)
        return 1
    options.out.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(options.out), sheet(rows), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    print(f"Look at {options.out}")
    return 0


def talking(recording, person, options):
    """Pictures of a person at the moments of a recording, each (height, width, 3) BGR, the sound written under it."""
    speech = finished(take.analyse(recording))
    model = BaseModel.load()
    performance = take.perform(speech, take.SpeechSettings(), person.identity, FPS, model)
    with quiet(), tempfile.TemporaryDirectory() as folder:
        relaxed = person.expression_vector(model.expression_names)
        face = headless.build(person, Detailed3DMM.load().displacement(
            person.identity, relaxed, person.detail, person.age))
        headless.speak(face, performance, recording)
        scene = bpy.context.scene
        studio.set_up(scene, face, resolution=options.size)
        return [picture(scene, face, phone, Path(folder) / "cell.png", options.samples)
                for phone in moments(performance, options.moments, options.seconds)]


def moments(performance, count, seconds):
    """TimedPhones in the order of time: lip contacts and the vowels with the widest open jaw, by turns."""
    jaw = performance.curves.values[:, performance.curves.names.index("jawOpen")]
    heard = [phone for phone in performance.phones if phone.end < seconds]
    contacts = [phone for phone in heard if phone.phone in (*BILABIALS, *LABIODENTALS)]
    vowels = sorted((phone for phone in heard if phone.phone in VOWELS), key=lambda phone: -jaw[frame_of(phone)])
    chosen = _spread(contacts, count // 2)
    for vowel in vowels:
        if len(chosen) < count and all(abs(vowel.start - other.start) > APART for other in chosen):
            chosen.append(vowel)
    return sorted(chosen, key=lambda phone: phone.start)


def _spread(phones, count):
    step = max(len(phones) / max(count, 1), 1)
    return [phones[int(k * step)] for k in range(min(count, len(phones)))]


def frame_of(phone):
    """The frame in the middle of a sound."""
    return round(0.5 * (phone.start + phone.end) * FPS)


def picture(scene, face, phone, path, samples):
    scene.frame_set(scene.frame_start + frame_of(phone))
    live.draw(face)
    studio.render(scene, path, samples=samples)
    cell = cv2.imread(str(path))
    write(cell, f"{phone.phone}  {phone.start:.2f} s", cell.shape[1] // 2, cell.shape[0] - 14, scale=0.5)
    return cell


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # Blender's module may hang on the way out
