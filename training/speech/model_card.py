"""docs/speech-model-card.md, written from what is stored with the published weights."""

from __future__ import annotations

from detailed3dmm_addon.speech.recognition import recogniser

_HEAD = """# Model card: speech

Written by `python -m training.evaluate_speech --card`; edit `training/speech/model_card.py`, not this file.

The speech network turns a recording into the probability of 39 speech sounds and silence, 100 times a second, whatever
the speaker and the language. From them come timed phones (the most probable sequence; where a transcript is given, its
words laid along them; else English words that a search with CMU Sphinx's dictionary and language model finds in them,
where the recording is in English), and from these the mouth: coarticulation by dominance functions, then contacts
measured on the mesh. Nothing of the recording leaves the computer.

## Data

- Synthetic speech with exact phone times: espeak-ng (GPL-3.0-or-later) in all its languages and about 90 voices, flite
  and festival in English. A third of the sentences is English.
- Real speech: LJ Speech (public domain) with transcripts; LibriSpeech (CC BY 4.0, Panayotov et al. 2015) without, once
  labelled by pocketsphinx where two decoders agree, and once by the network itself and the words found in what it
  heard, after it had learned from the rest. One LibriSpeech speaker in eight is held out and never heard in training.
- Still mouths: silence, breath, music, hiss and room tone.

Every excerpt is changed at random: tempo, length and shape of the vocal tract, strength of the voice's harmonics, room,
microphone, loudness over 40 dB, narrow bands, and hiss, babble and recorded noise, from 24 dB below the speech to 3 dB
above. Half of the excerpts are spliced of several utterances. The scored clips took no part.

## Network

{parameters:,} numbers: residual blocks of dilated convolutions over log-mel spectra (64 bands, 10 ms) and over what CMU
Sphinx's mixtures of English sounds make of them (`speech/mixtures.py`), less the mean cepstrum of four seconds. What an
answer depends on lies {before:.2f} s before and {after:.2f} s after it; without the mixtures it is 0.90 s.
{megabytes:.1f} MB in half precision. It needs no statistics of the recording: a block of a long file gives what the
whole would, and memory hardly grows with length.
"""

_FIGURES = """
## Figures

Held-out voices and speakers. *frames*: share of 10 ms frames whose phone is right; *looks*: phones that look alike
taken as one; recall, precision, F1: of lip closures (p b m within 40 ms). The labels of LibriSpeech are themselves
pseudo-labels, right to some 93 %, and espeak-ng's many languages are mapped onto English phones: 100 % is out of reach.
"""

_LIMITS = """
## Limits

- Trained on read speech. Singing, whispering and shouting are not in the data beyond what synthesisers do of them.
- Sounds are English phones: what another language has beyond them is shown as what looks nearest.
- Noise at 10 dB costs about a fifth of the closures of real voices (the table above; of the scored noisy clip's three,
  two), and brings as many that are none.
- Nothing is learned from faces: how a mouth moves for a sound is a table of targets, not a measurement of an actor.
"""

_NAMES = {
    "closure_f1": "closure F1", "closure_recall": "recall", "closure_precision": "precision", "fv_contact": "f v",
    "round_contrast": "rounding", "height_r": "vowel height r", "av_offset_ms": "offset ms", "jitter_vel": "jitter %",
    "sil_move": "silence mm/s", "gap_p95": "gap p95 mm", "penetration": "penetration", "blink_per_min": "blinks/min",
}  # fmt: skip


def text(entry, letters):
    """The card.

    entry, letters : WeightsEntry of the speech network and of letter to sound
    """
    network = recogniser().network
    before, after = (frames / 100 for frames in network.context)
    parts = [_HEAD.format(parameters=sum(p.numel() for p in network.parameters()), before=before, after=after,
                          megabytes=entry.bytes / 1e6), _FIGURES]  # fmt: skip
    parts += [f"\n### {title[0].upper()}{title[1:]}\n\n{_table(rows)}" for title, rows in entry.quality.items()]
    parts.append(f"\n### Letter to sound\n\n{_table({'English': letters.quality})}")
    return "".join([*parts, _LIMITS])


def _table(rows):
    heads = list(dict.fromkeys(head for row in rows.values() for head in row))
    lines = ["| | " + " | ".join(_NAMES.get(head, head) for head in heads) + " |", "|---|" + "---:|" * len(heads)]
    for name, row in rows.items():
        cells = (f"{row[head]:g}" if head in row else "" for head in heads)
        lines.append(f"| {name.replace('_', ' ')} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
