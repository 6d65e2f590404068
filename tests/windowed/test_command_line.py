"""`blender --command detailed3dmm VERB`: the command line as Blender's users start it."""
import subprocess

import pytest

SECONDS = 400

INSTALL = "mkdir /tmp/user && export BLENDER_USER_RESOURCES=/tmp/user && " \
          "blender --command extension install-file -r user_default --enable {zip} >/tmp/install.log"


@pytest.fixture
def blender(rig, extension_zip):
    """Run ``blender --command detailed3dmm ARGUMENTS`` with the extension installed in an empty profile."""
    def run(arguments):
        command = f"{INSTALL.format(zip='/mnt/' + extension_zip.name)} && blender --command detailed3dmm {arguments}"
        return subprocess.run([str(rig), "exec", "--", "sh", "-c", command], capture_output=True, text=True,
                              timeout=SECONDS, cwd=extension_zip.parent)
    return run


def test_info(blender):
    done = blender("info")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Detailed3DMM" in done.stdout
    assert "base_model" in done.stdout
    assert "verified" in done.stdout


def test_exit_status_and_one_clear_line(blender):
    done = blender("sculpt --character none.json --out /tmp/o")
    assert done.returncode == 1
    assert "detailed3dmm: The character file none.json cannot be read" in done.stderr
    assert "Traceback" not in done.stderr
    assert blender("sculpt").returncode == 2
