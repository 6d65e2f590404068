"""The speech network: what an answer may depend on."""

import numpy as np
import pytest
import torch

from detailed3dmm_addon.speech.features import BANDS
from detailed3dmm_addon.speech.mixtures import MixtureFeatures
from detailed3dmm_addon.speech.network import STRIDE, SpeechNetwork
from detailed3dmm_addon.speech.recognition import CHUNK, Recogniser

KINDS = ("full", "causal", "tandem")


class Averages(torch.nn.Module):
    """In place of mixtures: the mean of the frames on both sides, for every second frame."""
    context = 30

    def forward(self, spectra):
        padded = torch.nn.functional.pad(spectra.mT, (self.context, self.context))
        mean = torch.nn.functional.avg_pool1d(padded, 2 * self.context + STRIDE, STRIDE)
        return torch.tile(mean.mT, (3,))[..., : MixtureFeatures.SIZE]


def small(kind="full"):
    """A network in which everything does something, as after training."""
    torch.manual_seed(0)
    network = SpeechNetwork(phones=5, width=16, blocks=4, causal=kind == "causal", tandem=kind == "tandem")
    for layer in [block.point for block in network.blocks] + ([network.tandem[-1]] if network.tandem else []):
        torch.nn.init.normal_(layer.weight, std=0.1)
    network.mixtures = Averages() if network.tandem else None
    return network.eval()


def spectra(frames, seed=0):
    return np.random.default_rng(seed).normal(-6, 4, (frames, BANDS)).astype(np.float32)


def answers(network, heard):
    with torch.inference_mode():
        return network(torch.from_numpy(heard)[None])[0].numpy()


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_depends_on_its_context_alone(kind):
    network, heard, at = small(kind), spectra(400), 200
    before, after = network.context
    assert after == 0 if kind == "causal" else before == after
    changed = heard.copy()
    changed[: at - before] = changed[at + STRIDE + after :] = 3
    np.testing.assert_allclose(answers(network, changed)[at : at + STRIDE], answers(network, heard)[at : at + STRIDE],
                               atol=1e-5)  # fmt: skip
    changed[at - before : at - before + STRIDE] = 9
    assert not np.allclose(answers(network, changed)[at], answers(network, heard)[at], atol=1e-6)


@pytest.mark.parametrize("frames", [1, 2, CHUNK, 2 * CHUNK + 301])
@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_is_answered_as_the_whole(frames, kind):
    network, heard = small(kind), spectra(frames)
    recogniser = Recogniser(network, np.zeros((5, 5), np.float32), np.zeros(5, np.float32))
    whole = next(recogniser.posteriors([heard])) if frames < CHUNK else None
    parts = np.array_split(heard, [7, 11, 12, 900])
    streamed = np.concatenate(list(recogniser.posteriors(parts)))
    even = np.pad(heard, ((0, frames % 2), (0, 0)), mode="edge")
    in_one = torch.from_numpy(answers(network, even)[:frames]).softmax(-1).numpy()
    np.testing.assert_allclose(streamed, in_one, atol=1e-5)
    assert whole is None or np.allclose(whole, in_one, atol=1e-5)


def test_settings_describe_the_network():
    import json

    network = small("causal")
    twin = SpeechNetwork.described(json.dumps(network.settings))
    twin.load_state_dict(network.state_dict())
    np.testing.assert_array_equal(answers(twin.eval(), spectra(20)), answers(network, spectra(20)))


def test_without_mixtures_a_tandem_hears_the_spectra_alone():
    network, heard = small("tandem"), spectra(100)
    both = answers(network, heard)
    network.mixtures = None
    alone = answers(network, heard)
    assert np.abs(both - alone).max() > 1e-3
    network.tandem = None
    np.testing.assert_array_equal(answers(network, heard), alone)


def test_training_hides_the_mixtures_at_times():
    network, heard = small("tandem").train(), torch.from_numpy(spectra(100)).expand(64, -1, -1)
    for block in network.blocks:
        block.dropout = 0.0
    kinds = {tuple(np.round(answer, 4)) for answer in network(heard).detach()[:, 50].numpy()}
    assert len(kinds) in (3, 4)  # both, one or the other alone, seldom nothing at all
