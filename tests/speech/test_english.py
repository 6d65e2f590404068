"""What automatic words need: a sentence says what is missing, whatever it is."""
import hashlib

import pytest

from detailed3dmm_addon.core.errors import WeightsError
from detailed3dmm_addon.speech import english


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Two files of a few bytes in place of the real ones, in a weights' folder of their own."""
    monkeypatch.setenv("DETAILED3DMM_WEIGHTS", str(tmp_path))
    for name in english.SHA256:
        (tmp_path / name).write_text(name)
        monkeypatch.setitem(english.SHA256, name, hashlib.sha256(name.encode()).hexdigest())
    return tmp_path


def test_nothing_is_missing_where_all_is_there(files):
    assert english.what_is_missing() is None
    assert english.checked(english.DICTIONARY) == files / english.DICTIONARY


@pytest.mark.parametrize("name", english.SHA256)
@pytest.mark.parametrize("thoroughly", [True, False])
def test_a_missing_file_is_named_with_what_to_do(files, name, thoroughly):
    (files / name).unlink()
    said = english.what_is_missing(thoroughly)
    assert name in said and "is missing" in said and "tools/english_words.py" in said


@pytest.mark.parametrize("name", english.SHA256)
def test_an_altered_file_is_named_where_there_is_time_to_look(files, name):
    (files / name).write_text(name[:-1] + "?")
    assert english.what_is_missing(thoroughly=False) is None
    said = english.what_is_missing()
    assert name in said and "was altered" in said
    with pytest.raises(WeightsError):
        english.checked(name)


def test_a_missing_package_is_named(files, monkeypatch):
    monkeypatch.setattr(english, "find_spec", lambda name: None)
    assert "Python package numba" in english.what_is_missing()
