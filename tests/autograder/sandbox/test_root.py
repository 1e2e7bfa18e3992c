"""The root under which sessions live: what is read is there, and nothing else."""

import json
import subprocess
import sys

import pytest

PROGRAM = """
import json, os, sys
from autograder.sandbox import confine
read, home, asked = json.loads(sys.argv[1])
granted = confine.enter_namespaces() and confine.enter_root(read, home)
def writes(path):
    try:
        return bool(os.open(path, os.O_WRONLY | os.O_CREAT))
    except OSError:
        return False
there = {path: os.path.exists(path) for path in asked}
print(json.dumps([granted, there, {path: writes(path) for path in asked}]))
"""


def test_only_what_is_read_is_there_and_nothing_can_be_written(tmp_path):
    folder, other, home = tmp_path / "folder", tmp_path / "other", tmp_path / "home"
    for place in (folder, other, home):
        place.mkdir()
    (folder / "module.py").write_text("x")
    (other / "customize.py").write_text("x")
    (folder / "customize.py").symlink_to(other / "customize.py")  # as Debian's Python has one
    (tmp_path / "link").symlink_to("folder")
    (tmp_path / "secret").write_text("x")
    read = [folder, folder / "customize.py", tmp_path / "link"]
    asked = [
        *(folder / "module.py", folder / "customize.py", tmp_path / "link" / "module.py"),
        *(home / "session", tmp_path / "secret", home / "log", "/etc/passwd", "/proc/self"),
    ]
    arguments = json.dumps([list(map(str, read)), str(home), list(map(str, asked))])
    program = [sys.executable, "-c", PROGRAM, arguments]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    granted, there, written = json.loads(done.stdout)
    if not granted:
        pytest.skip("this machine grants no namespaces")
    assert [there[str(path)] for path in asked] == [True, False, True, True] + 4 * [False]
    assert not any(written.values())
    assert (folder / "module.py").read_text() == "x"
