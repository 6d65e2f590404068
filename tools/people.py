"""The main job: three people, five expressions each, with the wrinkles that these expressions make on them.

    python3 tools/demo.py [--out DIR] [--size WIDTH HEIGHT] [--samples N] [--ages AGE ...]

Writes to DIR: people.png, the contact sheet; people.blend, a scene a person with the expressions as keyframes, in which
the sliders go on working when the add-on is enabled; for each person NAME_AGE.json and, for each expression, the
picture and the displacement map NAME_AGE_EXPRESSION.png and .exr.
"""
import argparse
import os
import sys
import time
from pathlib import Path

import bpy
import cv2
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import detailed3dmm_addon  # noqa: E402
from detailed3dmm_addon.blender import headless, live, mesh, parameters, studio  # noqa: E402
from detailed3dmm_addon.core import displacement_file  # noqa: E402
from detailed3dmm_addon.core.character import Character  # noqa: E402
from detailed3dmm_addon.core.errors import Detailed3DMMError  # noqa: E402
from detailed3dmm_addon.core.semantic import SemanticSliders  # noqa: E402
from tools.sheets import quiet, sheet  # noqa: E402

FRAMES_A_POSE = 20
RESOLUTION = 1024
GAZE = 0.05  # eyeLookIn: from the horizon to the camera


def both(**values):
    """The same value for the left and the right key."""
    return {f"{name}_{side}": value for name, value in values.items() for side in "LR"}


POSES = {
    "At rest": {},
    "Brow raise": both(browInnerUp=1.0, browOuterUp=0.9, eyeWide=0.35),
    "Frown": {**both(browDown=1.0, eyeSquint=0.45, noseSneer=0.4, mouthFrown=0.45, mouthPress=0.3),
              "mouthShrugLower": 0.4},
    "Broad smile": {**both(mouthSmile=0.95, cheekSquint=0.85, eyeSquint=0.4, mouthUpperUp=0.25), "jawOpen": 0.08},
    "Speech": {**both(browInnerUp=0.45, mouthLowerDown=0.3, mouthUpperUp=0.15), "browOuterUp_L": 0.5, "jawOpen": 0.28,
               "mouthFunnel": 0.45},
}
# Age, sliders in millimetres, skin; the seed gives everything that the sliders do not name.
PEOPLE = {
    "Amara": (27, 11, {"nose_width": 5, "lower_lip": 2.2, "upper_lip": 2.4, "cheek_fullness": 2.5, "jaw_width": -6,
                       "nose_bridge": -2, "eye_height": 1.2, "brow_ridge": -2},
              {"melanin": 0.74, "haemoglobin": 0.4, "hair_melanin": 1.0, "hair_redness": 0.05, "iris_hue": 1.0,
               "iris_darkness": 0.75,
               "lip_tone": 0.5, "brow_density": 0.7, "brow_width": 0.85, "oil": 0.35, "scalp": 1.0, "freckles": 0.0}),
    "Tomas": (49, 4, {"jaw_width": 9, "brow_ridge": 2.5, "nose_length": 3, "nose_width": 2, "chin_height": 2,
                      "neck_width": 10, "brow_height": -1.5, "upper_lip": -1.2, "cheek_fullness": -1},
              {"melanin": 0.36, "haemoglobin": 0.5, "hair_melanin": 0.85, "iris_hue": 0.75, "stubble": 0.7,
               "brow_density": 0.85, "brow_width": 1.25, "unevenness": 0.75, "blush": 0.6, "freckles": 0.05}),
    "Ingrid": (73, 23, {"jaw_width": -3, "nose_length": 2, "cheekbone_front": 1.5, "upper_lip": -1.5, "lower_lip": -1,
                        "eye_spacing": -1, "mouth_width": -2, "neck_width": -8},
               {"melanin": 0.1, "haemoglobin": 0.5, "blush": 0.65, "freckles": 0.25, "iris_hue": 0.05, "lip_tone": 0.3,
                "iris_darkness": 0.3, "hair_melanin": 0.7, "grey": 0.6, "brow_density": 0.6, "brow_width": 0.9,
                "scalp": 0.9, "spots": 0.6}),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "people", help="folder to write to")
    parser.add_argument("--size", type=int, nargs=2, default=(320, 400), metavar=("WIDTH", "HEIGHT"),
                        help="of one cell of the sheet, pixels")
    parser.add_argument("--samples", type=int, default=14, help="Cycles samples a pixel")
    parser.add_argument("--ages", type=int, nargs="+", metavar="AGE", help="everybody at each of these ages")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    try:
        sheet = run(options)
    except Detailed3DMMError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Done in {time.monotonic() - started:.0f} s. Look at {sheet}")
    print(f"Open {options.out / 'people.blend'} in Blender: a scene a person, the expressions at frames "
          f"{', '.join(str(frame_of(number)) for number in range(len(POSES)))}.")
    print(f"Characters (.json), displacement maps (.exr, millimetres) and single pictures lie in {options.out}")
    return 0


def run(options):
    """Everything that is written; gives the path of the sheet."""
    with quiet():
        detailed3dmm_addon.register()
        bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    rows = {}
    cast = [(name, age) for name in PEOPLE for age in options.ages or [PEOPLE[name][0]]]
    with tqdm(total=len(cast) * (len(POSES) + 1) + 1, unit="step", file=sys.stdout,
              bar_format="{desc:<28}{bar:24} {n_fmt}/{total_fmt} {elapsed}") as progress:
        for name, age in cast:
            title = f"{name}, {age}"
            progress.set_description_str(f"{title}: building")
            face = build(title, character(name, age), options)
            progress.update()
            rows[title] = []
            for number, pose in enumerate(POSES):
                progress.set_description_str(f"{title}: {pose.lower()}")
                path = options.out / f"{file_name(title)}_{pose}".replace(" ", "_").lower()
                rows[title].append(picture(face, number, path, options))
                progress.update()
        progress.set_description_str("Saving")
        with quiet():
            finish(options.out / "people.blend")
        progress.update()
    path = options.out / "people.png"
    cv2.imwrite(str(path), sheet(rows, POSES), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    return path


def character(name, age):
    """One of `PEOPLE` at some age, as a character with a relaxed face."""
    _, seed, shape, skin = PEOPLE[name]
    random = Character.random(seed)
    identity = SemanticSliders.load().solved(0.55 * random.identity, shape)
    return Character(identity=identity, detail=random.detail, age=age, skin={**skin, "seed": seed})


def file_name(title):
    """"Amara, 27" as it stands in names of files."""
    return title.replace(", ", "_").lower()


def build(title, person, options):
    """A scene with this person, lit, the expressions keyed; gives the face."""
    person.save(options.out / f"{file_name(title)}.json")
    with quiet():
        scene = bpy.context.scene if len(bpy.data.scenes) == 1 and not bpy.data.objects else bpy.data.scenes.new(title)
        scene.name = title
        bpy.context.window.scene = scene
        face = mesh.add_face(bpy.context, person, title)
        face.detailed3dmm.final_resolution = str(RESOLUTION)
        for number, pose in enumerate(POSES.values()):
            key_pose(face, {**both(eyeLookIn=GAZE), **pose}, frame_of(number))
        scene.frame_start, scene.frame_end = 1, frame_of(len(POSES) - 1)
        studio.set_up(scene, face, resolution=options.size)
        scene.cycles.adaptive_threshold = 0.03
    return face


def frame_of(number):
    return 1 + number * FRAMES_A_POSE


def key_pose(face, pose, frame):
    names = mesh.expression_names()
    parameters.set_expression(face, {name: pose.get(name, 0.0) for name in names})
    for name in names:
        face.data.shape_keys.key_blocks[name].keyframe_insert("value", frame=frame)


def picture(face, number, path, options):
    """Go to an expression, bake its displacement, render it; gives the pixels (height, width, 3) BGR."""
    scene = face.users_scene[0]
    with quiet():
        scene.frame_set(frame_of(number))
        heights = live.draw(face)
        displacement_file.write_exr(path.with_suffix(".exr"), heights)
        studio.render(scene, path.with_suffix(".png"), samples=options.samples)
    return cv2.imread(str(path.with_suffix(".png")))


def finish(path):
    """Save with the first person's brow raise in view."""
    for scene in bpy.data.scenes:
        scene.frame_set(frame_of(1))
    live.update_now(bpy.data.scenes[0])
    bpy.context.window.scene = bpy.data.scenes[0]
    headless.save(path)


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # Blender's module may hang on the way out
