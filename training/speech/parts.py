"""The parts of the training data, each a function from the number of a shard to its utterances."""
import logging
from collections import namedtuple
from functools import partial

import numpy as np

from detailed3dmm_addon.core.errors import ParameterError

from . import degradation, recordings, shards, stillness, synthesisers, texts
from .espeak import engine
from .utterance import Utterance

log = logging.getLogger("speech data")

# espeak-ng's variants that sound like people, robots and effects left out.
VARIANTS = (
    "", "adam", "Alex", "Alicia", "Andrea", "Andy", "Annie", "antonio", "aunty", "belinda", "benjamin", "boris",
    "caleb", "david", "Denis", "Diogo", "ed", "edward", "edward2", "Gene", "Gene2", "gustave", "Henrique", "Hugo",
    "iven", "iven2", "iven3", "iven4", "Jacky", "john", "kaukovalta", "Lee", "linda", "marcelo", "Marco", "Mario",
    "max", "Michael", "michel", "miguel", "Mike", "Nguyen", "pablo", "paul", "pedro", "quincy", "RicishayMax",
    "RicishayMax2", "RicishayMax3", "rob", "robert", "sandro", "shelby", "steph", "steph2", "steph3", "travis",
    "Tweaky", "victor", "zac", "anika", "f1", "f2", "f3", "f4", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8",
    "grandma", "grandpa", "klatt", "klatt2", "klatt3", "klatt4", "klatt5", "klatt6", "norbert", "AnxiousAndy",
    "whisper", "whisperf", "croak",
)
HELD_OUT_VARIANTS = ("Alicia", "caleb", "f3", "Hugo", "klatt3", "m6", "quincy", "steph2")
# Constructed languages, a variety of English that spells its words out, Morse-like or broken voices are left out.
_UNSPOKEN = {"piqd", "qya", "sjn", "qdb", "chr-US-Qaaa-x-west", "chr-US-Qaaa-X-west", "io", "jbo", "lfn"}
Part = namedtuple("Part", "make split")


def _languages():
    return [language for language in engine().voices if language not in _UNSPOKEN and "latn" not in language]


def espeak(number, seconds, corpus=None, variants=None):
    """A third English, the rest spread evenly over the other languages; voice, rate and pitch drawn for each text."""
    generator = np.random.default_rng((1, number))
    variants = variants or [name for name in VARIANTS if name not in HELD_OUT_VARIANTS]
    languages = _languages()
    english = [language for language in languages if language.startswith("en")]
    utterances, length = [], 0.0
    while length < seconds:
        in_english = generator.random() < 1 / 3
        choice = english if in_english else languages
        language = choice[generator.integers(len(choice))]
        text = texts.english(generator) if in_english else texts.sentence(generator, language)
        voice = {"variant": variants[generator.integers(len(variants))], "rate": int(generator.integers(110, 250)),
                 "pitch": int(generator.integers(15, 90)), "pitch_range": int(generator.integers(20, 90))}
        try:
            utterance = engine().speak(text, language, **voice)
        except ValueError as error:
            log.info("left out: %s", error)
            continue
        utterances.append(utterance)
        length += utterance.duration
    return utterances


def espeak_held_out(number, seconds, corpus=None):
    """Voices that the training part leaves out."""
    return espeak(1000 + number, seconds, variants=HELD_OUT_VARIANTS)


def flite(number, seconds, corpus=None):
    """English by flite's voices in turn, slow to fast."""
    generator = np.random.default_rng((2, number))
    utterances, length = [], 0.0
    while length < seconds:
        voice = synthesisers.FLITE_VOICES[generator.integers(len(synthesisers.FLITE_VOICES))]
        utterances.append(synthesisers.flite(texts.english(generator), voice, generator.uniform(0.8, 1.25)))
        length += utterances[-1].duration
    return utterances


def festival(number, seconds, corpus=None):
    """English by festival's voices in turn."""
    generator = np.random.default_rng((3, number))
    utterances, length = [], 0.0
    while length < seconds:
        voice = synthesisers.FESTIVAL_VOICES[generator.integers(len(synthesisers.FESTIVAL_VOICES))]
        try:
            utterances += synthesisers.festival([texts.english(generator) for _ in range(12)], voice)
        except ParameterError as error:
            log.info("left out: %s", error)
        length = sum(utterance.duration for utterance in utterances)
    return utterances


def still(number, seconds, corpus=None):
    """Sounds without speech: the mouth does not move."""
    generator = np.random.default_rng((4, number))
    return list(stillness.sounds(generator, seconds))


def degraded(number, seconds, corpus):
    """Utterances of the shards in the folder `corpus`, half of them real, as bad recordings have them."""
    generator = np.random.default_rng((5, number))
    listed = [(name, entry["part"]) for name, entry in shards.index(corpus).items() if entry["split"] == "train"]
    real, made = ([name for name, part in listed if part in parts]
                  for parts in (("lj", "librivox", "librispeech"), ("espeak", "flite", "festival", "still")))
    utterances, length = [], 0.0
    while length < seconds:
        names = real if real and generator.random() < 0.5 else made
        stored = list(shards.read(corpus / names[generator.integers(len(names))]))
        for place in generator.choice(len(stored), min(8, len(stored)), replace=False):
            clean = stored[place]
            info = {**clean.info, "degraded": True}
            utterances.append(Utterance(degradation.degraded(clean.audio, generator), clean.phones, info))
            length += clean.duration
    return utterances


def _recorded(utterances):
    """The function of a part that takes 40 recordings a shard."""
    def make(number, seconds, corpus):
        return list(utterances(corpus, slice(40 * number, 40 * (number + 1))))
    return make


PARTS = {
    "espeak": Part(espeak, "train"),
    "espeak_held_out": Part(espeak_held_out, "held_out"),
    "flite": Part(flite, "train"),
    "festival": Part(festival, "train"),
    "still": Part(still, "train"),
    "degraded": Part(degraded, "train"),
    "lj": Part(_recorded(recordings.aligned_english), "train"),
    "librivox": Part(_recorded(recordings.aligned_foreign), "train"),
    "librispeech": Part(_recorded(partial(recordings.pseudo_labelled, held_out=False)), "train"),
    "librispeech_held_out": Part(_recorded(partial(recordings.pseudo_labelled, held_out=True)), "held_out"),
}
