"""Trains letter to sound for English on espeak-ng's pronunciation of a list of words.

    python -m training.train_letters --words /usr/share/dict/words --common TRANSCRIPTS --publish 1.0.0

`--words` is a list of words, one a line (Debian: wamerican); `--common` a text whose words count more often, and are
kept as exceptions where they are still read wrong. Letters are laid along phones by expectation maximisation (each
letter sounds as nothing, one phone or two), then a network learns each letter's sound from its neighbours. One word in
twenty is held out.
"""

from __future__ import annotations

import argparse
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from detailed3dmm_addon.speech.letters import LETTERS, NAME, REACH, EnglishSpelling, contexts, words_of
from detailed3dmm_addon.speech.phones import phones_of_ipa
from training.publish import publish

HIDDEN, LAYER = 96, 96
COMMON = 4  # times that a word of the text counts
LIKELIEST = 120  # sounds of a letter that are kept


def pronounced(words):
    """espeak-ng's phones of each word, {word: tuple of ARPABET}."""
    spoken = subprocess.run(["espeak-ng", "-q", "--ipa", "-v", "en-us"], input="\n".join(words), text=True,
                            capture_output=True, check=True).stdout.split("\n")  # fmt: skip
    if len(spoken) < len(words):
        raise RuntimeError(f"espeak-ng answered {len(spoken)} lines to {len(words)} words.")
    return {word: phones_of_ipa(line) for word, line in zip(words, spoken, strict=False) if phones_of_ipa(line)}


def laid_along(pronunciations, rounds=6):
    """{word: the sound of each letter, a tuple of phones}, by expectation maximisation with the best path (Viterbi)."""
    costs, laid = {}, {}
    for turn in range(rounds):
        counts = Counter()
        for word, phones in pronunciations.items():
            laid[word] = _best_path(word, phones, costs if turn else None)
            counts.update(zip(word, laid[word] or [], strict=False))
        total = Counter()
        for (letter, _), count in counts.items():
            total[letter] += count
        costs = {pair: -np.log(count / total[pair[0]]) for pair, count in counts.items()}
    return {word: sounds for word, sounds in laid.items() if sounds is not None}


def _best_path(word, phones, costs):
    """The cheapest split of the phones over the letters, None where there are more than two to each."""
    if len(phones) > 2 * len(word):
        return None
    best = {0: (0.0, ())}
    for place, letter in enumerate(word):
        reached = {}
        for at, (cost, sounds) in best.items():
            for size in (0, 1, 2):
                sound = phones[at : at + size]
                if len(sound) < size:
                    continue
                if costs is None:  # at first: one phone to each letter, evenly
                    price = abs(at + size - (place + 1) * len(phones) / len(word)) + 0.5 * (size != 1)
                else:
                    price = costs.get((letter, sound), 12.0)
                if at + size not in reached or cost + price < reached[at + size][0]:
                    reached[at + size] = (cost + price, (*sounds, sound))
        best = reached
    return best.get(len(phones), (0, None))[1]


class Spelling(torch.nn.Module):
    """What `EnglishSpelling` computes, to be trained."""

    def __init__(self, sounds):
        super().__init__()
        taps = 2 * REACH + 1
        self.table = torch.nn.Parameter(torch.randn(taps, len(LETTERS), HIDDEN) * taps**-0.5)
        self.bias = torch.nn.Parameter(torch.zeros(HIDDEN))
        self.layer = torch.nn.Parameter(torch.randn(HIDDEN, LAYER) * (2 / HIDDEN) ** 0.5)
        self.layer_bias = torch.nn.Parameter(torch.zeros(LAYER))
        self.answer = torch.nn.Parameter(torch.randn(LAYER, sounds) * LAYER**-0.5)
        self.answer_bias = torch.nn.Parameter(torch.zeros(sounds))

    def forward(self, rows):
        hidden = F.relu(self.table[torch.arange(rows.shape[1]), rows].sum(1) + self.bias)
        return F.relu(hidden @ self.layer + self.layer_bias) @ self.answer + self.answer_bias


def learn(words, laid, sounds, epochs):
    """The trained network's tensors."""
    rows = torch.from_numpy(np.concatenate([contexts(word) for word in words]))
    wanted = torch.tensor([sounds[sound] for word in words for sound in laid[word]])
    network = Spelling(len(sounds))
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    batches = epochs * (len(rows) // 2048)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 6e-3, batches)
    for _ in range(batches):
        drawn = torch.randint(len(rows), (2048,))
        loss = F.cross_entropy(network(rows[drawn]), wanted[drawn])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return {name: value.detach().numpy() for name, value in network.state_dict().items()}


def errors(spelling, pronunciations):
    """Share of wrong words, and of phones (edit distance over length)."""
    wrong = distance = length = 0
    for word, phones in pronunciations.items():
        said = spelling(word)
        wrong += tuple(said) != phones
        distance += _edits(said, phones)
        length += len(phones)
    return wrong / len(pronunciations), distance / length


def _edits(a, b):
    row = np.arange(len(b) + 1)
    for x in a:
        new = np.minimum(row[1:] + 1, row[:-1] + np.array([x != y for y in b]))
        row = np.minimum.accumulate(np.append(row[0] + 1, new) - np.arange(len(b) + 1)) + np.arange(len(b) + 1)
    return int(row[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--words", type=Path, required=True)
    parser.add_argument("--common", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--publish", metavar="VERSION")
    options = parser.parse_args()
    torch.manual_seed(0)
    listed = set(words_of(options.words.read_text(encoding="utf-8")))
    common = set(words_of(options.common.read_text(encoding="utf-8")))
    known = sorted(word for word in listed | common if set(word) <= set(LETTERS[1:]))
    pronunciations = pronounced(known)
    rare = [word for word in sorted(pronunciations) if word not in common]
    held_out = set(rare[::20])
    laid = laid_along({word: phones for word, phones in pronunciations.items() if word not in held_out})
    counted = Counter(sound for sounds in laid.values() for sound in sounds)
    sounds = {sound: k for k, (sound, _) in enumerate(counted.most_common(LIKELIEST))}
    words = [word for word, said in laid.items() if all(sound in sounds for sound in said)]
    words += [word for word in words if word in common] * (COMMON - 1)
    tensors = {name: value.astype(np.float16) for name, value in learn(words, laid, sounds, options.epochs).items()}
    names = [" ".join(sound) for sound in sounds]
    spelling = EnglishSpelling(tensors, names)
    wrong, phones = errors(spelling, {word: pronunciations[word] for word in held_out})
    exceptions = {word: " ".join(pronunciations[word]) for word in sorted(common & pronunciations.keys())
                  if tuple(spelling(word)) != pronunciations[word]}  # fmt: skip
    quality = {"words": len(laid), "held-out words wrong": round(wrong, 4), "held-out phones wrong": round(phones, 4),
               "frequent words kept as exceptions": len(exceptions)}  # fmt: skip
    print(quality)
    if options.publish:
        metadata = {"sounds": "|".join(names), "exceptions": exceptions}
        publish(NAME, tensors, metadata, options.publish, "python -m training.train_letters", quality)


if __name__ == "__main__":
    main()
