"""The verb `speech`: curves of a talking head from a sound file, or from each of a folder."""
import warnings
from functools import partial
from pathlib import Path

from ..core.character import Character
from ..speech.emotions import EMOTIONS
from .arguments import add_verb, number, seed
from .displaced import displacement_of
from .output import each, free
from .scene import write_scene
from .terminal import report, with_progress

FILES = ("curves.npz", "curves.csv")
AUTOMATIC, NONE = "auto", "none"  # in place of a text's path


def add_to(verbs):
    """Declare the verb."""
    verb = add_verb(verbs, "speech", run, "make a talking head's curves from sound")
    verb.add_argument("audio", metavar="AUDIO", type=Path, help="a sound file (wav, mp3, flac, ogg), or a folder of "
                      "them: each gets a folder of its own, and those that are done are left out the next time")
    verb.add_argument("--transcript", metavar="TEXTFILE|auto|none", type=_transcript, default=AUTOMATIC, help="the "
                      "words spoken (for a folder of sound files, the folder of texts under the same names); auto: "
                      "English words are looked for in the sound, the default; none: by sound alone")
    verb.add_argument("--fps", type=partial(number, lowest=1, highest=240), default=30, help="frames a second")
    verb.add_argument("--character", metavar="FILE.json", help="whose lips must meet; without it the average face")
    verb.add_argument("--intensity", type=partial(number, lowest=0, highest=3), default=1.0, help="0 still, 1 usual")
    verb.add_argument("--style", type=partial(number, lowest=-1, highest=1), default=0.0, help="-1 mumbled to 1 "
                      "over-articulated")
    verb.add_argument("--emotion", choices=EMOTIONS, default=EMOTIONS[0])
    verb.add_argument("--no-blinks", action="store_true", help="leave the eyes open")
    verb.add_argument("--no-head", action="store_true", help="keep the head still")
    verb.add_argument("--seed", type=seed, default=0, metavar="N", help="another take of brows, eyes and head")
    verb.add_argument("--blend", action="store_true", help="write face.blend, the sound in it (needs Blender)")


def _transcript(argument):
    """The value of `--transcript`: `AUTOMATIC`, `NONE` or a Path."""
    return argument if argument in (AUTOMATIC, NONE) else Path(argument)


def run(options):
    """Speak the sound; of a folder, what is there already stays."""
    from ..speech import recordings

    texts = options.transcript if isinstance(options.transcript, Path) else None
    character = Character.load(options.character) if options.character else Character()
    names = FILES + ("face.blend",) * options.blend
    if options.audio.is_dir():
        found = [(recording.folder, recording) for recording in recordings.in_folder(options.audio, texts)]
        each(options, found, names, partial(_speak, options, character), "recordings could not be spoken")
        return
    files = free(options, names)
    _speak(options, character, recordings.single(options.audio, texts), files)
    report(files.values())


def _speak(options, character, recording, files):
    """Write what a recording makes of a character; nothing is written unless all of it can be."""
    from ..core.base_model import BaseModel
    from ..core.live_link_face import write_csv
    from ..speech import english, take

    settings = take.SpeechSettings(
        intensity=options.intensity, style=options.style, emotion=options.emotion, blinks=0 if options.no_blinks else 1,
        head=0 if options.no_head else 1, seed=options.seed)
    automatic = options.transcript == AUTOMATIC
    heard = with_progress(take.analyse(recording.audio, recording.transcript(), automatic))
    missing = automatic and not heard.is_silent and english.what_is_missing()
    if missing:
        warnings.warn(f"{missing} The mouth follows the sound alone.", stacklevel=2)
    performance = take.perform(heard, settings, character.identity, options.fps, BaseModel.load())
    for note in performance.notes:
        warnings.warn(note, stacklevel=2)
    for path in files.values():
        path.parent.mkdir(parents=True, exist_ok=True)
    if "face.blend" in files:
        displacement = displacement_of(character)
        write_scene(files, lambda headless: headless.speak(
            headless.build(character, displacement), performance, recording.audio))
    for name, write in (("curves.csv", write_csv), ("curves.npz", lambda path, curves: curves.save(path))):
        unfinished = files[name].with_suffix(".part")  # what is broken off must not be taken for done
        write(unfinished, performance.curves)
        unfinished.replace(files[name])
