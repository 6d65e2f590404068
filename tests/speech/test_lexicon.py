"""The tree of words leads to every pronunciation and to nothing else."""
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detailed3dmm_addon.speech.lexicon import ROOT, lexicon_of, phones_to, read_dictionary
from detailed3dmm_addon.speech.phones import INDEX

said = st.lists(st.integers(1, 5), min_size=1, max_size=5).map(tuple)
dictionaries = st.sets(st.tuples(said, st.integers(0, 6)), min_size=1, max_size=40).map(sorted)
PROBABILITY = -np.arange(1.0, 8.0, dtype=np.float32)


@settings(deadline=None)
@given(dictionaries)
def test_every_word_ends_where_its_phones_lead(pronunciations):
    places, words = lexicon_of(pronunciations, PROBABILITY)
    lexicon = lexicon_of(pronunciations, PROBABILITY)
    found = [(tuple(phones_to(lexicon, place)), int(word))
             for place in range(len(places) - 1) for word in words[places["first"][place] : places["first"][place + 1]]]
    assert sorted(found) == pronunciations
    prefixes = {phones[:k] for phones, _ in pronunciations for k in range(len(phones) + 1)}
    assert len(places) - 1 == len(prefixes), "what words share stands in the tree once"


@settings(deadline=None)
@given(dictionaries)
def test_a_place_knows_its_followers_and_the_best_word_behind_it(pronunciations):
    lexicon = lexicon_of(pronunciations, PROBABILITY)
    places = lexicon.places
    for place in range(1, len(places) - 1):
        above = places["parent"][place]
        assert places["child"][above] <= place < places["child"][above + 1]
        here = tuple(phones_to(lexicon, place))
        behind = [PROBABILITY[word] for phones, word in pronunciations if phones[: len(here)] == here]
        assert places["best"][place] == max(behind)
    assert places["best"][ROOT] == 0


def test_a_dictionary_is_read_with_all_its_pronunciations(tmp_path):
    path = tmp_path / "words.dict"
    path.write_text("the DH AH\nthe(2) DH IY\nThe DH AH\ncat K AE1 T # a pet\ndog D AO G\n", encoding="utf-8")
    found = read_dictionary(path, {"the": 3, "cat": 5})
    assert found == sorted([((INDEX["DH"], INDEX["AH"]), 3), ((INDEX["DH"], INDEX["IY"]), 3),
                            ((INDEX["K"], INDEX["AE"], INDEX["T"]), 5)])  # fmt: skip
