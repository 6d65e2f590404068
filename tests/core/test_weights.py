"""Weights on disk: the own reader against the safetensors library, and what damaged installations are told."""
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import load_file, save, save_file

from detailed3dmm_addon.core import weights
from detailed3dmm_addon.core.errors import WeightsError
from training.publish import publish

few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
arrays = st.sampled_from(["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"]).flatmap(
    lambda kind: hnp.arrays(np.dtype(kind), hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A weights folder with one published file."""
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(tmp_path))
    publish("small", {"a": np.arange(6, dtype=np.float32).reshape(2, 3)}, {"names": ["x", "y"]}, "1",
            "python -m training.none", {"error_mm": 0.01}, folder=tmp_path)
    return tmp_path


@few
@given(st.dictionaries(st.text("abcdef._", min_size=1, max_size=6), arrays, max_size=4))
def test_reads_what_the_library_reads(tmp_path, tensors):
    path = tmp_path / "t.safetensors"
    save_file(tensors, path, {"made": "here"})
    ours, metadata = weights.read_safetensors(path)
    theirs = load_file(path)
    assert metadata == {"made": "here"}
    assert ours.keys() == theirs.keys()
    for name in theirs:
        assert ours[name].dtype == theirs[name].dtype
        np.testing.assert_array_equal(ours[name], theirs[name])


def test_bfloat16_comes_as_float32(tmp_path):
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file as save_torch
    values = torch.tensor([[0.0, 1.5], [-2.25, 3e10]], dtype=torch.bfloat16)
    save_torch({"t": values}, tmp_path / "t.safetensors")
    tensors, _ = weights.read_safetensors(tmp_path / "t.safetensors")
    np.testing.assert_array_equal(tensors["t"], values.float().numpy())


@few
@given(st.binary(max_size=64), st.integers(0, 80), st.integers(0, 300))
def test_damaged_files_read_or_are_refused(tmp_path, noise, place, length):
    content = save({"a": np.arange(12, dtype=np.float32), "b": np.ones((2, 2), np.int8)})
    path = tmp_path / "t.safetensors"
    path.write_bytes((content[:place] + noise + content[place + len(noise):])[:length])
    try:
        tensors, _ = weights.read_safetensors(path)
    except WeightsError as error:
        assert "\n" not in str(error)
    else:
        assert all(isinstance(tensor, np.ndarray) for tensor in tensors.values())


def test_every_truncation_is_refused(tmp_path):
    content = save({"a": np.arange(12, dtype=np.float32)})
    path = tmp_path / "t.safetensors"
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(WeightsError):
            weights.read_safetensors(path)


def test_published_weights_load(folder):
    tensors, metadata = weights.load("small")
    np.testing.assert_array_equal(tensors["a"], [[0, 1, 2], [3, 4, 5]])
    assert json.loads(metadata["names"]) == ["x", "y"]
    entry, = weights.weights_index()
    assert (entry.name, entry.licence, entry.quality) == ("small", "GPL-3.0-or-later", {"error_mm": 0.01})
    weights.verify(entry)


def test_publishing_again_replaces_the_line(folder):
    publish("small", {"a": np.zeros(3)}, {}, "2", "again", {}, folder=folder)
    publish("other", {"b": np.zeros(3)}, {}, "1", "again", {}, folder=folder)
    assert [(entry.name, entry.version) for entry in weights.weights_index()] == [("other", "1"), ("small", "2")]
    assert weights.load("small")[0]["a"].shape == (3,)
    assert not list(folder.glob("*.part"))


def truncate(path):
    path.write_bytes(path.read_bytes()[:-5])


def alter(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize(("damage", "message"), [
    (truncate, "truncated"), (alter, "checksum"), (lambda path: path.unlink(), "missing"),
    (lambda path: path.with_name("weights.json").unlink(), "weights.json"),
    (lambda path: path.with_name("weights.json").write_text("{"), "damaged"),
    (lambda path: path.with_name("weights.json").write_text("[{\"name\": \"small\"}]"), "damaged"),
    (lambda path: path.with_name("weights.json").write_text("[]"), "not part of this installation"),
])
def test_damaged_installation_gets_one_sentence(folder, damage, message):
    damage(folder / "small.safetensors")
    with pytest.raises(WeightsError, match=message) as caught:
        weights.load("small")
    assert "Install Detailed3DMM again" in str(caught.value)


def test_weights_of_this_checkout_are_what_their_list_says():
    for entry in weights.weights_index():
        weights.verify(entry)
        assert entry.training
        assert entry.quality
