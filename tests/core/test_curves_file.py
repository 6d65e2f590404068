"""Curves on disk: round trips, and a clear answer to everything else."""
import io

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detailed3dmm_addon.core.curves_file import Curves
from detailed3dmm_addon.core.errors import FileFormatError, ParameterError

NAMES = ("jawOpen", "mouthClose")


def some_curves():
    random = np.random.default_rng(1)
    return Curves(fps=30, names=NAMES, values=random.random((5, 2)), head=random.random((5, 3)), blinks=[1, 3])


def test_round_trip(tmp_path):
    curves = some_curves()
    curves.save(tmp_path / "curves.npz")
    again = Curves.load(tmp_path / "curves.npz")
    assert (again.fps, again.names, len(again)) == (30, NAMES, 5)
    for name in ("values", "head", "blinks"):
        np.testing.assert_array_equal(getattr(again, name), getattr(curves, name))


def test_head_and_blinks_may_be_left_out(tmp_path):
    np.savez(tmp_path / "c.npz", fps=25, names=np.array(NAMES), values=np.zeros((3, 2)))
    curves = Curves.load(tmp_path / "c.npz")
    assert curves.head.shape == (3, 3)
    assert not curves.blinks.size


@pytest.mark.parametrize(("changes", "message"), [
    ({"values": np.zeros((3, 4))}, "values"), ({"values": np.zeros((0, 2))}, "values"),
    ({"values": np.zeros(3)}, "values"), ({"values": np.full((3, 2), np.nan)}, "finite"),
    ({"head": np.zeros((2, 3))}, "head"), ({"fps": 0}, "fps"), ({"fps": np.nan}, "fps"),
])
def test_inconsistent_curves_are_refused(tmp_path, changes, message):
    content = {"fps": 30, "names": np.array(NAMES), "values": np.zeros((3, 2)), **changes}
    with pytest.raises(ParameterError, match=message):
        Curves(**content)
    np.savez(tmp_path / "c.npz", **content)
    with pytest.raises(FileFormatError, match=message):
        Curves.load(tmp_path / "c.npz")


@pytest.mark.parametrize("content", [
    {"fps": np.zeros(3), "names": np.array(NAMES), "values": np.zeros((3, 2))},
    {"fps": 30, "names": np.array(NAMES), "values": np.array([["a", "b"]])},
    {"fps": 30, "names": np.array(3), "values": np.zeros((3, 2))},
    {"fps": 30, "values": np.zeros((3, 2))},
    {"fps": 30, "names": np.array(NAMES), "values": np.array([[{}, 1]], dtype=object)},
])
def test_other_content_is_refused(tmp_path, content):
    np.savez(tmp_path / "c.npz", **content)
    with pytest.raises(FileFormatError):
        Curves.load(tmp_path / "c.npz")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10_000), st.binary(max_size=40), st.integers(0, 10_000))
def test_damaged_files_load_or_are_refused(tmp_path, place, noise, length):
    memory = io.BytesIO()
    np.savez_compressed(memory, fps=30, names=np.array(NAMES), values=np.zeros((3, 2), np.float32))
    content = memory.getvalue()
    place, length = place % len(content), length % (len(content) + 1)
    (tmp_path / "c.npz").write_bytes((content[:place] + noise + content[place + len(noise):])[:length or None])
    try:
        curves = Curves.load(tmp_path / "c.npz")
    except FileFormatError as error:
        assert "\n" not in str(error)
    else:
        assert curves.values.shape == (len(curves), len(curves.names))


def test_missing_file(tmp_path):
    with pytest.raises(FileFormatError, match="no file"):
        Curves.load(tmp_path / "none.npz")
