"""The speech network: what an answer may depend on."""

import numpy as np
import pytest
import torch

from detailed3dmm_addon.speech.features import BANDS
from detailed3dmm_addon.speech.network import STRIDE, SpeechNetwork
from detailed3dmm_addon.speech.recognition import CHUNK, Recogniser


def small(causal=False):
    """A network in which every block does something, as after training."""
    torch.manual_seed(0)
    network = SpeechNetwork(phones=5, width=16, blocks=4, causal=causal)
    for block in network.blocks:
        torch.nn.init.normal_(block.point.weight, std=0.1)
    return network.eval()


def spectra(frames, seed=0):
    return np.random.default_rng(seed).normal(-6, 4, (frames, BANDS)).astype(np.float32)


def answers(network, heard):
    with torch.inference_mode():
        return network(torch.from_numpy(heard)[None])[0].numpy()


@pytest.mark.parametrize("causal", [False, True])
def test_an_answer_depends_on_its_context_alone(causal):
    network, heard, at = small(causal), spectra(200), 100
    before, after = network.context
    assert after == 0 if causal else before == after
    changed = heard.copy()
    changed[: at - before] = changed[at + STRIDE + after :] = 3
    np.testing.assert_allclose(answers(network, changed)[at : at + STRIDE], answers(network, heard)[at : at + STRIDE],
                               atol=1e-5)  # fmt: skip
    changed[at - before] = 9
    assert not np.allclose(answers(network, changed)[at], answers(network, heard)[at], atol=1e-6)


@pytest.mark.parametrize("frames", [1, 2, CHUNK, 2 * CHUNK + 301])
@pytest.mark.parametrize("causal", [False, True])
def test_a_stream_is_answered_as_the_whole(frames, causal):
    network, heard = small(causal), spectra(frames)
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

    network = small(causal=True)
    twin = SpeechNetwork.described(json.dumps(network.settings))
    twin.load_state_dict(network.state_dict())
    np.testing.assert_array_equal(answers(twin.eval(), spectra(20)), answers(network, spectra(20)))
