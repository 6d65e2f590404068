"""The phone inventory: groups, other alphabets, frames."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detailed3dmm_addon.core.errors import ParameterError
from detailed3dmm_addon.speech import phones
from detailed3dmm_addon.speech.phones import PHONES, TimedPhone


def test_every_phone_but_silence_is_in_one_viseme():
    members = [phone for group in phones.VISEMES.values() for phone in group]
    assert sorted(members) == sorted(PHONES[1:])
    assert len(PHONES) == 40 and PHONES[0] == "SIL"


@pytest.mark.parametrize(("ipa", "expected"), [
    ("ˈpʰ", ("P",)), ("t͡ʃ", ("CH",)), ("dʒ", ("JH",)), ("ts", ("T", "S")), ("aɪ", ("AY",)), ("ɔ̃", ("AO",)),
    ("n̩", ("N",)), ("_:", ()),
    ("yː", ("UW",)), ("ʔ", ()), ("(en)", ()), ("ç", ("HH",)), ("a5", ("AA",)), ("ɚ", ("ER",)), ("β", ("B",)),
])
def test_ipa_becomes_what_the_face_does(ipa, expected):
    assert phones.phones_of_ipa(ipa) == expected


@given(st.text(max_size=12))
def test_any_text_gives_known_phones(text):
    assert set(phones.phones_of_ipa(text)) <= set(PHONES[1:])


def test_labels_of_dictionaries():
    assert phones.phones_of_arpabet("ih2") == ("IH",)
    assert phones.phones_of_arpabet("el") == ("AH", "L")
    assert phones.phones_of_arpabet("pau") == ("SIL",)
    with pytest.raises(ParameterError, match="xx"):
        phones.phones_of_arpabet("xx")


@given(st.lists(st.integers(0, len(PHONES) - 1), min_size=1, max_size=60))
def test_frames_come_back(indices):
    frames = np.array(indices, np.uint8)
    timed = phones.from_frames(frames, fps=100)
    assert timed[0].start == 0 and timed[-1].end == pytest.approx(len(frames) / 100)
    assert all(before.end == after.start for before, after in zip(timed, timed[1:], strict=False))
    np.testing.assert_array_equal(phones.to_frames(timed, len(frames)), frames)


@pytest.mark.parametrize("arguments", [("XX", 0, 1), ("AA", 1, 1), ("AA", -1, 1), ("AA", 0, float("inf"))])
def test_impossible_phones_are_refused(arguments):
    with pytest.raises(ParameterError):
        TimedPhone(*arguments)
