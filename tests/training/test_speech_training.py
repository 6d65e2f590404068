"""Training of the speech network, small: what is measured, how spectra are changed, that it learns and goes on."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from detailed3dmm_addon.core import weights
from detailed3dmm_addon.speech.features import BANDS, FLOOR
from detailed3dmm_addon.speech.network import SpeechNetwork
from detailed3dmm_addon.speech.phones import INDEX, PHONES
from detailed3dmm_addon.speech.recognition import recogniser
from training.publish_speech import phone_changes, phone_frequencies, published
from training.speech import shards
from training.speech.closures import count_closures
from training.speech.held_out import held_out_table
from training.speech.mel_augmentation import Chances, MelAugmentation
from training.speech.spectra import SpeechData
from training.speech.utterance import Utterance
from training.train_letters import errors, laid_along
from training.train_speech import Sampler, Trainer, phone_loss, trained_network, widened

TONES = {"SIL": 0, "M": 220, "AA": 700, "S": 4000}  # Hz: a language that is easily learned


def labels(spoken):
    return np.concatenate([np.full(frames, INDEX[phone], np.uint8) for phone, frames in spoken])


def sung(seed, source="lj"):
    """A random sentence of tones."""
    rng = np.random.default_rng(seed)
    names, lengths = rng.choice(list(TONES), 25), rng.integers(8, 25, 25) / 100
    edges = np.append(0, np.cumsum(lengths))
    parts = [0.3 * np.sin(2 * np.pi * TONES[n] * np.arange(round(16000 * s)) / 16000)
             for n, s in zip(names, lengths, strict=True)]  # fmt: skip
    phones = [(str(n), float(a), float(b)) for n, a, b in zip(names, edges, edges[1:], strict=False)]
    info = {"source": source, "language": "en", "speaker": str(seed)}
    return Utterance(np.concatenate(parts).astype(np.float32), phones, info)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("speech")
    shards.write(folder, "sung", 0, [sung(k) for k in range(8)])
    shards.write(folder, "sung_held_out", 0, [sung(100 + k) for k in range(2)], "held_out")
    return folder


def test_closures_are_counted_by_sound_and_by_frame():
    phones = labels([("SIL", 30), ("AA", 20), ("M", 8), ("AA", 20), ("P", 8), ("AA", 30), ("SIL", 30)])
    closed = np.zeros(len(phones), bool)
    closed[52:56] = True  # the M
    found = count_closures(closed, phones)
    assert (found.recall, found.precision) == (0.5, 1.0)
    closed[95:99] = True  # in a vowel
    assert count_closures(closed, phones).precision == 0.5
    assert count_closures(np.ones(len(phones), bool), phones).recall == 0  # lips that never open close nothing
    assert count_closures(phones == INDEX["SIL"], phones).closed == 0  # a mouth may be closed in a pause


def test_spectra_follow_the_index(data):
    speech = SpeechData(data, "train")
    assert len(speech.utterances) == 8 and speech.refresh() == 0
    assert all(u.spectra.shape == (len(u.phones), BANDS) for u in speech.utterances)
    loud = np.concatenate([u.spectra.max(1)[u.phones == INDEX["AA"]] for u in speech.utterances])
    quiet = np.concatenate([u.spectra.max(1)[u.phones == INDEX["SIL"]] for u in speech.utterances])
    assert np.median(loud) > np.median(quiet) + 5


def augmentation(**chances):
    never = dict.fromkeys(vars(Chances()), 0.0)
    return MelAugmentation(np.random.default_rng(0), chances=Chances(**never | chances))


def test_an_excerpt_keeps_its_labels_at_any_tempo(data):
    utterance = SpeechData(data, "train").utterances[0]
    for tempo in (0.0, 1.0):
        changes = augmentation(tempo=tempo)
        for _ in range(10):
            spectra, phones = changes.excerpt(utterance.spectra, utterance.phones, 200, INDEX["SIL"])
            loudest = spectra.argmax(1)
            steady = np.flatnonzero((phones[2:-2] == phones[:-4]) & (phones[2:-2] == phones[4:])) + 2
            for phone in ("M", "AA", "S"):  # each tone in its own band
                assert len(set(loudest[steady[phones[steady] == INDEX[phone]]])) <= 2


def test_noise_is_as_loud_as_asked(data):
    spectra = np.asarray(SpeechData(data, "train").utterances[0].spectra, np.float32)
    power = np.exp(spectra)
    noise = augmentation().with_noise(power, [spectra], 10) - power
    loud = np.sort(power.sum(1))[-len(power) // 2 :].mean()
    assert 10 * np.log10(loud / noise.sum(1).mean()) == pytest.approx(10, abs=0.1)


def test_changed_spectra_stay_spectra(data):
    utterances = SpeechData(data, "train").utterances
    changes = augmentation(**dict.fromkeys(vars(Chances()), 1.0))
    excerpts = [changes.excerpt(u.spectra, u.phones, 150, 0)[0] for u in utterances]
    for _ in range(20):
        changed = changes.changed(excerpts[0], excerpts)
        assert changed.shape == (150, BANDS) and np.isfinite(changed).all()
        assert changed.min() >= np.log(FLOOR) - 1e-3


def test_unknown_frames_are_not_learned_from():
    logits = torch.randn(1, 4, len(PHONES), requires_grad=True)
    phone_loss(logits, torch.tensor([[3, shards.UNKNOWN, 5, shards.UNKNOWN]])).backward()
    assert (logits.grad[0, [1, 3]] == 0).all() and (logits.grad[0, [0, 2]] != 0).any()


def test_it_learns_goes_on_and_is_published(data, tmp_path, monkeypatch):
    train, held_out = SpeechData(data, "train"), SpeechData(data, "held_out")
    options = SimpleNamespace(steps=30, batch=8, rate=3e-3, report=1e9)
    torch.manual_seed(0)
    first = Trainer(SpeechNetwork(len(PHONES), width=32, blocks=2), tmp_path / "out", options)
    first.run(Sampler(train, 0), held_out)
    again = Trainer(SpeechNetwork(len(PHONES), width=32, blocks=2), tmp_path / "out", options)
    again.resume()
    assert again.step == 30
    options.steps = 150
    again.run(Sampler(train, 1), held_out)
    change = phone_changes(train.utterances)
    assert np.isfinite(change).all() and change[INDEX["M"], INDEX["M"]] == 0 > change[INDEX["M"], INDEX["AA"]]
    prior = phone_frequencies(train.utterances)
    assert np.exp(prior).sum() == pytest.approx(1, rel=1e-5)
    network = trained_network(tmp_path / "out")
    published(network, change, prior, "0.0.1", "test", {}, tmp_path / "weights")
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(tmp_path / "weights"))
    recogniser.cache_clear()
    figures = held_out_table(recogniser(), held_out.utterances)["lj"]
    recogniser.cache_clear()
    assert figures["frames"] > 0.85
    assert json.loads((tmp_path / "weights" / "weights.json").read_text())[0]["bytes"] < 200_000


def test_a_wider_network_begins_with_what_the_narrow_one_knows():
    torch.manual_seed(0)
    narrow = SpeechNetwork(len(PHONES), width=24, blocks=3)
    for block in narrow.blocks:
        torch.nn.init.normal_(block.point.weight, std=0.1)
    for width in (24, 48):
        wide = SpeechNetwork(len(PHONES), width=width, blocks=3)
        wide.load_state_dict(widened(narrow.state_dict(), width))
        spectra = torch.randn(2, 60, BANDS) * 4 - 6
        ours, theirs = (network.eval()(spectra).softmax(-1) for network in (narrow, wide))
        assert (ours - theirs).abs().mean() < 0.1 * (ours - 1 / len(PHONES)).abs().mean()


def test_letters_are_laid_along_phones():
    words = {"bob": "B AA B", "ship": "SH IH P", "shop": "SH AA P", "box": "B AA K S", "mash": "M AE SH"}
    laid = laid_along({word: tuple(phones.split()) for word, phones in words.items()})
    assert laid["bob"] == (("B",), ("AA",), ("B",))
    assert sorted(laid["shop"][:2], key=len) == [(), ("SH",)]
    for word, sounds in laid.items():  # every phone belongs to a letter
        assert len(sounds) == len(word)
        assert " ".join(phone for sound in sounds for phone in sound) == words[word]
    right = dict.fromkeys(words)
    assert errors(lambda word: words[word].split(), {w: tuple(words[w].split()) for w in right}) == (0, 0)
    assert errors(lambda word: ["B", "AA"], {"bob": ("B", "AA", "B")}) == (1, pytest.approx(1 / 3))
