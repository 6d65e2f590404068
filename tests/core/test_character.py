"""The character file: what is written comes back, and whatever else is opened gets one clear sentence."""
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from detailed3dmm_addon.core.character import Character, check_names
from detailed3dmm_addon.core.errors import FileFormatError, ParameterError

coefficients = st.floats(-20, 20, width=32)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=8)
characters = st.builds(
    Character, identity=hnp.arrays(np.float32, 100, elements=coefficients),
    detail=hnp.arrays(np.float32, 24, elements=coefficients), age=st.floats(18, 90),
    expression=st.dictionaries(st.text(max_size=12), st.floats(-10, 10), max_size=5),
    skin=st.dictionaries(st.text(max_size=8), json_values, max_size=3),
    extra=st.dictionaries(st.sampled_from(["camera", "notes"]), json_values, max_size=2))


def content(**changes):
    return {"format": 1, "identity": [0.0] * 100, **changes}


@given(characters)
def test_round_trip_through_text(character):
    text = json.dumps(character.to_dict(), allow_nan=False)
    again = Character.from_dict(json.loads(text))
    assert again == character
    np.testing.assert_array_equal(again.identity, character.identity)
    np.testing.assert_array_equal(again.detail, character.detail)


def test_file_round_trip(tmp_path):
    character = Character.random(7)
    character.save(tmp_path / "character.json")
    assert Character.load(tmp_path / "character.json") == character


def test_unknown_keys_are_kept(tmp_path):
    path = tmp_path / "c.json"
    path.write_text(json.dumps(content(camera={"focal": 50}, future=[1, 2])))
    character = Character.load(path)
    character.save(path)
    kept = json.loads(path.read_text())
    assert kept["camera"] == {"focal": 50}
    assert kept["future"] == [1, 2]


def test_only_identity_is_required():
    character = Character.from_dict(content())
    assert character == Character()


def test_random_is_reproducible_and_differs_by_seed():
    assert Character.random(3) == Character.random(3)
    assert Character.random(3) != Character.random(4)
    assert 18 <= Character.random(3).age <= 90


def test_random_rejects_what_is_not_a_seed():
    with pytest.raises(ParameterError, match="seed"):
        Character.random(-1)


def test_coefficients_cannot_be_changed_in_place():
    with pytest.raises(ValueError, match="read-only"):
        Character().identity[0] = 1


@pytest.mark.parametrize(("changes", "message"), [
    ({"format": 2}, "newer"),
    ({"format": "one"}, "format"),
    ({"format": True}, "format"),
    ({"model": "other"}, "other"),
    ({"identity": [0.0] * 99}, "identity.*99"),
    ({"identity": [0.0] * 99 + [float("nan")]}, r"identity\[99\]"),
    ({"identity": [0.0] * 99 + [1e30]}, r"identity\[99\]"),
    ({"identity": [0.0] * 99 + [None]}, r"identity"),
    ({"identity": ["0"] * 100}, "identity"),
    ({"identity": "nose"}, "identity"),
    ({"identity": [[0.0] * 100]}, "identity"),
    ({"identity": [0.0] * 99 + [[1]]}, "identity"),
    ({"detail": [0.0] * 23}, "detail.*23"),
    ({"age": 12}, "age"),
    ({"age": "old"}, "age"),
    ({"age": float("inf")}, "age"),
    ({"expression": {"jawOpen": float("nan")}}, "jawOpen"),
    ({"expression": {"jawOpen": "wide"}}, "jawOpen"),
    ({"expression": ["jawOpen"]}, "expression"),
    ({"skin": {"melanin": float("nan")}}, r"skin\.melanin"),
    ({"pose": 3}, "pose"),
])
def test_refused_content_names_the_field(tmp_path, changes, message):
    path = tmp_path / "c.json"
    path.write_text(json.dumps(content(**changes)))
    with pytest.raises(FileFormatError, match=message) as caught:
        Character.load(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", "null", "{\"format\": 1}", "{\"identity\": []}", "\x00", "[" * 100_000])
def test_other_text_is_refused(tmp_path, text):
    path = tmp_path / "c.json"
    path.write_text(text)
    with pytest.raises(FileFormatError):
        Character.load(path)


fields = st.sampled_from(["format", "model", "identity", "expression", "detail", "age", "skin", "pose"])
objects = st.dictionaries(fields, json_values).map(lambda found: {"format": 1, "identity": [0] * 100, **found})


@given(st.binary(max_size=200) | (json_values | objects).map(lambda value: json.dumps(value).encode()))
def test_any_file_loads_or_is_refused(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "fuzzed.json"
    path.write_bytes(data)
    try:
        loaded = Character.load(path)
    except FileFormatError as error:
        assert "\n" not in str(error).replace(str(path), "")
    else:
        assert np.isfinite(loaded.identity).all()


def test_missing_file_and_folder(tmp_path):
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(FileFormatError, match="cannot be read"):
            Character.load(path)


def test_expression_vector_follows_the_names():
    character = Character(expression={"jawOpen": 0.5})
    np.testing.assert_array_equal(character.expression_vector(["browDown_L", "jawOpen"]), np.float32([0, 0.5]))


def test_unknown_expression_is_answered_with_the_nearest():
    with pytest.raises(ParameterError, match="jawOpn.*Did you mean jawOpen"):
        Character(expression={"jawOpn": 0.5}).expression_vector(["browDown_L", "jawOpen"])
    with pytest.raises(ParameterError, match="'x'"):
        check_names(["x"], ["noseWidth"], "slider")
