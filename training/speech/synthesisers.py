"""flite and festival: English voices of other timbres, and a few voices of other languages, with their phone times.

Debian packages: flite, festival, festvox-*.
"""
import subprocess
import tempfile
from pathlib import Path

import soundfile

from detailed3dmm_addon.core.errors import ParameterError
from detailed3dmm_addon.speech.phones import phones_of_arpabet

from .utterance import Utterance, resampled

FLITE_VOICES = ("slt", "rms", "awb", "kal16")
FESTIVAL_VOICES = ("kal_diphone", "ked_diphone", "cmu_us_slt_arctic_hts")


def flite(text, voice, stretch=1.0):
    """An Utterance of flite's `voice`; stretch 1.2 is a fifth slower."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        printed = subprocess.run(
            ["flite", "-voice", voice, "--setf", f"duration_stretch={stretch:.2f}", "-psdur", "-t", text, "-o", path],
            capture_output=True, text=True, check=True).stdout
        audio, rate = soundfile.read(path, dtype="float32")
    labels = [pair.rsplit(":", 1) for pair in printed.split() if ":" in pair]
    return _utterance(audio, rate, [(name, float(end)) for name, end in labels], "flite", voice)


def festival(texts, voice):
    """Utterances of festival's `voice`, one for each text that it could speak."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "speak.scm"
        spoken = [_SPEAK % {"text": text.replace("\\", "").replace('"', ""), "stem": f"{folder}/{number}"}
                  for number, text in enumerate(texts)]
        script.write_text("\n".join([f"(voice_{voice})", *spoken]))
        subprocess.run(["festival", "--batch", script], capture_output=True, check=False)
        for number in range(len(texts)):
            sound, labels = (Path(folder) / f"{number}{suffix}" for suffix in (".wav", ".lab"))
            if not labels.is_file():
                continue
            audio, rate = soundfile.read(sound, dtype="float32")
            pairs = [line.split() for line in labels.read_text().splitlines()]
            yield _utterance(audio, rate, [(name, float(end)) for name, end in pairs], "festival", voice)


_SPEAK = """(set! spoken (utt.synth (eval (list 'Utterance 'Text "%(text)s"))))
(utt.save.wave spoken "%(stem)s.wav" 'riff)
(set! labels (fopen "%(stem)s.lab" "w"))
(mapcar (lambda (segment) (format labels "%%s %%f\\n" (item.name segment) (item.feat segment "end")))
 (utt.relation.items spoken 'Segment))
(fclose labels)"""


def _utterance(audio, rate, labels, source, voice):
    """Labels are (name, end); raises ParameterError for a name that is no ARPABET phone."""
    phones, start = [], 0.0
    for name, end in labels:
        parts = phones_of_arpabet(name)
        for part, phone in enumerate(parts):
            here = start + (end - start) * part / len(parts)
            phones.append((phone, here, start + (end - start) * (part + 1) / len(parts)))
        start = end
    if not phones:
        raise ParameterError(f"{source} spoke nothing.")
    return Utterance(resampled(audio, rate), phones,
                     {"source": source, "language": "en-us", "voice": f"{source} {voice}"})
