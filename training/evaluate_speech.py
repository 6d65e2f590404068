"""Measures the speech network on speakers that it never heard, and the whole way to the mouth on scored clips.

    python -m training.evaluate_speech --data data/speech --record
    python -m training.evaluate_speech --data data/speech --network data/speech_network   # before it is published
    python -m training.evaluate_speech --data data/speech --network data/speech_causal --title "causal" --record
    python -m training.evaluate_speech --clips CLIPS --scorer SCORER.py --record --card    # a development set

`--clips` is a folder of recordings; the scorer is called with a folder of curves `NAME.npz` (`names`, `values`, `fps`,
and of the mesh `lip_gap_mm`, `mouth_width_mm`, `lowlip_incisor_mm`) and `--out FILE`, prints its table and writes its
figures as JSON. `--record` stores the figures with the published weights, `--card` writes docs/speech-model-card.md
from all that is stored there.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from detailed3dmm_addon.core.base_model import IDENTITY_SIZE, BaseModel
from detailed3dmm_addon.core.steps import finished
from detailed3dmm_addon.core.weights import weights_index
from detailed3dmm_addon.speech import letters, recognition, take
from detailed3dmm_addon.speech.mouth import lip_gap
from detailed3dmm_addon.speech.recognition import NAME, Recogniser
from training.publish import record_quality
from training.publish_speech import phone_changes, phone_frequencies
from training.speech import model_card
from training.speech.held_out import by_words, held_out_table, noisy, some_of_each
from training.speech.spectra import SpeechData
from training.train_speech import trained_network

NOISE_RATIO = 10  # decibels of speech over noise
ENGLISH = "librispeech"  # the source of held-out recordings in English
SCORES = ("closure_f1", "closure_recall", "closure_precision", "fv_contact", "round_contrast", "height_r",
          "av_offset_ms", "jitter_vel", "sil_move", "gap_p95", "penetration", "blink_per_min")  # fmt: skip
WORDS = {"searched": "English words searched", "given": "their texts given", "none": "by sound alone"}
DOCS = Path(__file__).resolve().parent.parent / "docs"


def trained_recogniser(folder, data):
    """The network that training left in a folder."""
    utterances = SpeechData(data, "train").utterances
    return Recogniser(trained_network(folder), phone_changes(utterances), phone_frequencies(utterances))


def write_curves(path, target, base, fps, transcript=None, automatic=True):
    """The curves of a recording with what the mesh does, as the scorer reads them."""
    identity = np.zeros(IDENTITY_SIZE)
    speech = finished(take.analyse(path, transcript, automatic))
    curves = take.perform(speech, take.SpeechSettings(), identity, fps, base).curves
    gaps = lip_gap(base, identity, curves.values)
    mesh = {"lip_gap_mm": gaps["lip_gap"], "mouth_width_mm": gaps["mouth_width"],
            "lowlip_incisor_mm": gaps["lower_lip_to_incisor"]}  # fmt: skip
    np.savez(target, names=np.array(curves.names), values=curves.values, fps=fps, **mesh)


def scored(clips, scorer, fps, words):
    """What the scorer prints about a folder of recordings, and its figures by group of clips; words : see `WORDS`."""
    base = BaseModel.load()
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(p for p in clips.iterdir() if p.suffix in (".wav", ".flac", ".ogg", ".mp3")):
            text = json.loads(path.with_suffix(".json").read_text())["text"] if words == "given" else None
            write_curves(path, Path(folder) / f"{path.stem}.npz", base, fps, text, words == "searched")
        figures = Path(folder) / "figures.json"
        printed = subprocess.run([sys.executable, scorer, folder, "--out", figures], capture_output=True, text=True,
                                 check=True).stdout  # fmt: skip
        return printed, _chosen(json.loads(figures.read_text()))


def _chosen(figures):
    """Of the scorer's figures those that have a goal, by group of clips, and for all of them."""
    groups = {**figures["groups"], "all": figures["pooled"]}
    return {group: {name: round(row[name], 3) for name in SCORES if row.get(name) is not None}
            for group, row in groups.items()}  # fmt: skip


def _entry(name):
    return next(entry for entry in weights_index() if entry.name == name)


def _printed(title, table):
    print(f"\n{title}\n{'':14s}" + "".join(f"{head:>11s}" for head in next(iter(table.values()))))
    for source, row in table.items():
        print(f"{source:14s}" + "".join(f"{value:11.3f}" for value in row.values()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--network", type=Path, help="what training left, in place of the published network")
    parser.add_argument("--title", default="held out", help="of the tables, where another network is compared")
    parser.add_argument("--minutes", type=float, default=10, help="of each source")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--card", action="store_true")
    parser.add_argument("--clips", type=Path)
    parser.add_argument("--scorer", type=Path)
    parser.add_argument("--words", choices=WORDS, default="searched", help="where the clips' words come from")
    parser.add_argument("--fps", type=float, default=60)
    options = parser.parse_args()
    if options.network:
        trained = trained_recogniser(options.network, options.data)
        recognition.recogniser = lru_cache(lambda: trained)
    recogniser = recognition.recogniser()
    quality = {}
    if options.data:
        utterances = some_of_each(SpeechData(options.data, "held_out").utterances, 6000 * options.minutes)
        english = [utterance for utterance in utterances if utterance.source == ENGLISH]
        for title, noise in ((options.title, None), (f"{options.title}, {NOISE_RATIO} dB over noise", NOISE_RATIO)):
            quality[title] = held_out_table(recogniser, utterances, noisy(noise))
            if options.words == "searched":
                table = held_out_table(recogniser, english, noisy(noise), by_words)
                quality[f"{title}, {WORDS[options.words]}"] = table
        for title, table in quality.items():
            _printed(title, table)
    if options.clips:
        printed, figures = scored(options.clips, options.scorer, options.fps, options.words)
        quality[f"scored clips, {WORDS[options.words]}"] = figures
        print(printed)
    if options.record:
        record_quality(NAME, {**_entry(NAME).quality, **quality})
    if options.card:
        card = model_card.text(_entry(NAME), _entry(letters.NAME))
        (DOCS / "speech-model-card.md").write_text(card, encoding="utf-8")


if __name__ == "__main__":
    main()
