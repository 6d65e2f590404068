"""The set-up: which interpreter it takes, and that a missing system library is named with its Debian package."""
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools" / "environment.py"


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """The tool with an empty checkout of its own."""
    specification = importlib.util.spec_from_file_location("environment_under_test", TOOL)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    shutil.copy(TOOL.parents[1] / "pyproject.toml", tmp_path)
    for name, value in {"ROOT": tmp_path, "FOLDER": tmp_path / ".venv", "STAMP": tmp_path / ".venv" / "stamp"}.items():
        monkeypatch.setattr(module, name, value)
    return module


def fake_environment(environment, script):
    """Put a shell script where the environment's interpreter would be."""
    python = environment.venv_python()
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)


def test_running_interpreter_is_taken(environment):
    assert environment.version_of(environment.supported_python()) in environment.SUPPORTED


def test_other_versions_are_refused_with_what_to_do(environment, monkeypatch):
    monkeypatch.setattr(environment, "version_of", lambda python: (3, 12))
    with pytest.raises(environment.SetUpError, match="3.11 .*3.13.*install one"):
        environment.supported_python()


def test_nothing_is_done_where_nothing_changed(environment, monkeypatch):
    fake_environment(environment, "exit 1")
    environment.STAMP.write_text(environment.fingerprint())
    monkeypatch.setattr(environment, "install", lambda: pytest.fail("installed again"))
    environment.ensure()


def test_changed_dependencies_are_installed(environment, monkeypatch):
    calls = []
    fake_environment(environment, f"echo {sys.version_info[0]} {sys.version_info[1]}")
    environment.STAMP.write_text("of another pyproject.toml")
    monkeypatch.setattr(environment, "install", lambda: calls.append("install"))
    monkeypatch.setattr(environment, "check_blender", lambda: calls.append("check"))
    environment.ensure()
    environment.ensure()
    assert calls == ["install", "check"]


def test_missing_libraries_are_named_with_their_packages(environment):
    fake_environment(environment, "echo 'ImportError: libXi.so.6: cannot open shared object file' >&2; exit 1")
    with pytest.raises(environment.SetUpError, match=r"libXi\.so\.6.*apt-get install libxi6"):
        environment.check_blender()


def test_other_import_errors_are_passed_on(environment):
    fake_environment(environment, "echo 'ImportError: something else' >&2; exit 1")
    with pytest.raises(environment.SetUpError, match="something else"):
        environment.check_blender()


def test_venv_that_cannot_be_made_names_the_package(environment, tmp_path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'ensurepip is not available'\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(environment.SetUpError, match="python3-venv"):
        environment.create(str(python))
    assert not environment.FOLDER.exists()


def test_plain_torch_is_taken_and_said_where_there_is_no_cpu_build(environment, monkeypatch, capsys):
    asked = []

    def pip(*arguments, quietly=False):
        asked.append(arguments)
        return 1 if any("+cpu" in argument for argument in arguments) else 0
    monkeypatch.setattr(environment, "pip", pip)
    monkeypatch.setattr(environment, "dependencies", lambda: (["torch==2.13.0", "tqdm"], ["pytest"]))
    monkeypatch.setattr(environment.platform, "system", lambda: "Linux")
    environment.install()
    assert asked == [("install", "torch==2.13.0+cpu"), ("install", "torch==2.13.0", "tqdm", "pytest")]
    assert "CUDA" in capsys.readouterr().out


def test_failing_pip_is_reported(environment, monkeypatch):
    monkeypatch.setattr(environment, "pip", lambda *arguments, quietly=False: 1)
    monkeypatch.setattr(environment, "dependencies", lambda: (["torch==2.13.0"], []))
    with pytest.raises(environment.SetUpError, match="network"):
        environment.install()


@pytest.mark.parametrize("name", ["demo.py", "test.py"])
def test_commands_report_a_set_up_that_fails(tmp_path, name):
    tools = tmp_path / "tools"
    shutil.copytree(TOOL.parent, tools, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / ".venv").write_text("a file in the way")
    done = subprocess.run([sys.executable, str(tools / name)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "virtual environment could not be made" in done.stderr
    assert "Traceback" not in done.stderr
