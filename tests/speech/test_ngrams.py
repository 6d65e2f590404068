"""The language model is read as it was written, and answers with what was seen or backs off."""
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

from detailed3dmm_addon.core.errors import FileFormatError  # noqa: E402
from detailed3dmm_addon.speech.ngrams import NOBODY, log_probability, read_ngrams  # noqa: E402
from tests.speech.language import written  # noqa: E402

logarithms = st.floats(-15, 0, width=32)
same_folder = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def models(draw):
    words = [f"w{k:02d}" for k in range(draw(st.integers(1, 9)))]
    word = st.sampled_from(words)
    single = {each: (draw(logarithms), draw(logarithms)) for each in words}
    pairs = draw(st.dictionaries(st.tuples(word, word), st.tuples(logarithms, logarithms), max_size=20))
    possible = [(a, *pair) for a in words for pair in pairs if (a, pair[0]) in pairs]
    triples = draw(st.dictionaries(st.sampled_from(possible), logarithms, max_size=20)) if possible else {}
    return words, single, pairs, triples


def expected(single, pairs, triples, word, before, earlier):
    """Katz's backing off, word for word."""
    if (earlier, before, word) in triples:
        return triples[earlier, before, word]
    cost = pairs[earlier, before][1] if (earlier, before) in pairs else 0
    if (before, word) in pairs:
        return cost + pairs[before, word][0]
    return single[word][0] + (cost + single[before][1] if before else 0)


@same_folder
@given(models())
def test_every_word_is_as_probable_as_what_was_seen_says(tmp_path, model):
    words, single, pairs, triples = model
    ngrams, read = read_ngrams(written(tmp_path / "model.bin", *model))
    assert read == words
    numbers = [(NOBODY, None), *enumerate(words)]
    for k, word in enumerate(words):
        for j, before in numbers:
            for i, earlier in numbers if before else numbers[:1]:
                assert log_probability(ngrams, k, j, i) == pytest.approx(
                    expected(single, pairs, triples, word, before, earlier), abs=1e-3)  # fmt: skip


@same_folder
@given(st.data())
def test_a_file_that_was_cut_off_or_is_another_one_is_refused(tmp_path, data):
    whole = written(tmp_path / "whole.bin", ["a", "b"], {"a": (-1, 0), "b": (-2, 0)}, {("a", "b"): (-1, 0)},
                    {}).read_bytes()  # fmt: skip
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    changed = bytes([whole[0] ^ 1]) + whole[1:]
    for content in (cut, changed, data.draw(st.binary(max_size=200))):
        (tmp_path / "damaged.bin").write_bytes(content)
        with pytest.raises(FileFormatError):
            read_ngrams(tmp_path / "damaged.bin")


def test_natural_logarithms(tmp_path):
    ngrams, _ = read_ngrams(written(tmp_path / "m.bin", ["half"], {"half": (np.log(0.5), 0)}, {}, {}))
    assert np.exp(log_probability(ngrams, 0, NOBODY, NOBODY)) == pytest.approx(0.5, rel=1e-4)
