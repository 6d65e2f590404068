"""Files by others beside the weights: only whole ones are used, and a large one is summed once."""
import hashlib

import pytest

from detailed3dmm_addon.core import fetched
from detailed3dmm_addon.core.errors import WeightsError

NAME, CONTENT = "words.bin", b"these are words"
ABOUT = (NAME, hashlib.sha256(CONTENT).hexdigest(), "knows words", "tools/some_words.py")


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Where the file belongs; it is not there yet."""
    monkeypatch.setenv("DETAILED3DMM_WEIGHTS", str(tmp_path))
    return tmp_path / NAME


def test_a_whole_file_is_used(file):
    file.write_bytes(CONTENT)
    assert fetched.checked(*ABOUT) == file


def test_a_missing_file_is_named_with_what_to_do(file):
    with pytest.raises(WeightsError, match="words.bin, which knows words, is missing: .*python3 tools/some_words.py"):
        fetched.checked(*ABOUT)


def test_an_altered_file_is_refused_also_after_it_was_found_whole(file):
    file.write_bytes(CONTENT)
    fetched.checked(*ABOUT)
    file.write_bytes(CONTENT + b"!")
    with pytest.raises(WeightsError, match="words.bin, which knows words, was altered, its checksum differs"):
        fetched.checked(*ABOUT)


def test_a_file_is_summed_once_in_a_process(file, monkeypatch):
    file.write_bytes(CONTENT)
    fetched.checked(*ABOUT)
    monkeypatch.setattr(fetched.hashlib, "file_digest", lambda *_: pytest.fail("summed again"))
    assert fetched.checked(*ABOUT) == file
