"""`autograder warm`: a command that its process runs is what it is by itself, but sooner."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from autograder import status
from autograder.resident import ask
from tests.conftest import notebook, small_course

AUTOGRADER = Path(sys.executable).with_name("autograder")
READY, NOT_BY = "commands in your other terminals", "not by `autograder warm`"
CELLS = [
    ("f", "solution", "def f(x):\n    ### BEGIN SOLUTION\n    return x + 1\n    ### END SOLUTION"),
    ("test", "test", "assert f(1) == 2"),
]
ENDLESS = [("f", "solution", "def f(x):\n    while True: pass"), CELLS[1]]
SLOW = 'packages = ["numpy"]\n[limits]\ncell_seconds = 4\n'


def run(arguments, where, cwd, **environment):
    """A command's exit status and what it said, on both streams."""
    variables = os.environ | {"XDG_RUNTIME_DIR": str(where)} | environment
    command = [AUTOGRADER, *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def begun(arguments, where, cwd):
    variables = os.environ | {"XDG_RUNTIME_DIR": str(where)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([AUTOGRADER, *arguments], cwd=cwd, env=variables, **pipes)


@contextmanager
def warm(where, **environment):
    """`autograder warm`, for commands that look for it in a folder; yields it and its log."""
    log = where / "log"
    with log.open("w") as out:
        variables = os.environ | {"XDG_RUNTIME_DIR": str(where), **environment}
        process = subprocess.Popen([AUTOGRADER, "warm"], env=variables, stdout=out, stderr=out)
    try:
        waits(lambda: READY in log.read_text())
        yield process, log
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) in (0, -signal.SIGINT, -signal.SIGKILL), log.read_text()


def waits(there, seconds=90):
    """Wait for something. AssertionError: it does not come."""
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def homes(of):
    """The folders of fork servers, where these are made."""
    return {str(path) for path in Path(of).glob("autograder-*-*") if path.is_dir()}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A course of which an assignment is built and handed in."""
    root = small_course(tmp_path_factory.mktemp("built"), CELLS, "tiny").root
    assert run(["build", "tiny"], root, root)[0] == status.OK
    for student in ("ada", "ben"):
        handed_in = root / "submitted" / student / "tiny"
        handed_in.mkdir(parents=True)
        (handed_in / "tiny.ipynb").write_bytes(notebook(CELLS))
    return root


@pytest.fixture
def course(built, tmp_path):
    return Path(shutil.copytree(built, tmp_path / "course"))


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shared")
    folder.chmod(0o700)
    with warm(folder) as (_, log):
        yield folder, log


WRONG_REQUESTS = [
    *(b"", b"\n", b"no JSON\n", b"[]\n", b"{}\n", b"\xff\n", b"1\n"),
    b'{"arguments": 1, "surroundings": {}, "environment": {}}\n',
    b'{"arguments": [], "surroundings": 1, "environment": {}}\n',
    b'{"arguments": [], "surroundings": {}, "environment": 1}\n',
]
COMMANDS = [
    ("grade", "tiny", "--json"),
    ("export", "tiny"),
    ("report", "tiny"),
    ("grade", "missing"),
    ("grade",),
]


def test_commands_do_and_say_there_what_they_do_and_say_by_themselves(shared, course, tmp_path):
    where, log = shared
    other = Path(shutil.copytree(course, tmp_path / "other"))
    for words in COMMANDS:
        there = run(words, where, course)
        here = run(words, tmp_path, other)
        assert (there[0], _plain(there, course)) == (here[0], _plain(here, other)), words
        assert f"{' '.join(words)}: {there[0]}" in log.read_text()
    assert (course / "gradebook.db").exists()
    assert NOT_BY not in there[2]


def _plain(said, root):
    """What was said, without how fast it went, in which order, and where."""
    text = (said[1] + said[2].rpartition("\r")[2]).replace(str(root), "")
    text = re.sub(r'"(seconds|memory_mb)": [\d.]+, ', "", text)
    return sorted(line for line in text.splitlines() if not line.startswith("grading:"))


def test_a_command_is_run_in_its_own_folder_with_its_own_variables(shared, course):
    where, _log = shared
    code, out, _ = run(["grade", "tiny"], where, course, COLUMNS="50")
    assert code == status.OK
    assert "ada" in out
    code, out, _ = run(["grade", "tiny", "--course", "course"], where, course.parent)
    assert code == status.OK
    assert "ada" in out


def test_what_reads_no_more_is_not_told(shared, course):
    where, _ = shared
    command = f"{AUTOGRADER} grade tiny | true; exit ${{PIPESTATUS[0]}}"
    variables = os.environ | {"XDG_RUNTIME_DIR": str(where)}
    done = subprocess.run(
        ["bash", "-c", command], cwd=course, env=variables, capture_output=True, text=True
    )
    assert done.returncode in (status.OK, 128 + signal.SIGPIPE)
    assert "Traceback" not in done.stderr


def test_two_commands_at_once_are_both_right(shared, course, tmp_path):
    where, _ = shared
    other = Path(shutil.copytree(course, tmp_path / "other"))
    both = [begun(["grade", "tiny", "--force"], where, root) for root in (course, other)]
    for process in both:
        out, _ = process.communicate(timeout=60)
        assert process.returncode == status.OK
        assert "2.0 / 2" in out


def test_ctrl_c_stops_a_command_and_the_same_goes_on(where, course):
    (course / "solutions" / "tiny" / "assignment.toml").write_text(SLOW)
    (course / "submitted" / "ben" / "tiny" / "tiny.ipynb").write_bytes(notebook(ENDLESS))
    with warm(where) as (_, log):
        command = begun(["grade", "tiny"], where, course)
        waits((course / "reports" / "tiny" / "ada.json").exists)
        command.send_signal(signal.SIGINT)
        _, err = command.communicate(timeout=30)
        assert command.returncode == 130
        assert "goes on from here" in err
        (course / "submitted" / "ben" / "tiny" / "tiny.ipynb").write_bytes(notebook(CELLS))
        code, out, _ = run(["grade", "tiny"], where, course)
        assert code == status.OK
        assert out.count("2.0 / 2") == 2
    assert "grade tiny: 130" in log.read_text()


def _endless(course):
    (course / "solutions" / "tiny" / "assignment.toml").write_text(SLOW)
    for student in ("ada", "ben"):
        path = course / "submitted" / student / "tiny" / "tiny.ipynb"
        path.write_bytes(notebook(ENDLESS))


def _sessions(temporary):
    """Fork servers, whose settings name a folder there, and sessions, which are forks of these."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has just ended
            lines.append(path.read_text(errors="replace"))
    return [line for line in lines if str(temporary) in line]


@pytest.mark.parametrize("killed", ["the command", "the process that stays", "Ctrl+C there"])
def test_nothing_goes_on_behind_what_was_ended(where, course, tmp_path, killed):
    _endless(course)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    variables = {"TMPDIR": str(temporary)}
    with warm(where, **variables) as (process, log):
        command = subprocess.Popen(
            [AUTOGRADER, "grade", "tiny"],
            cwd=course,
            env=os.environ | {"XDG_RUNTIME_DIR": str(where)} | variables,
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        waits(lambda: homes(temporary) and _sessions(temporary))
        if killed == "the command":
            command.kill()
            waits(lambda: f"grade tiny: {128 + signal.SIGKILL}" in log.read_text())
        elif killed == "the process that stays":
            process.kill()
            _, err = command.communicate(timeout=30)
            assert command.returncode == status.FAULT
            assert "was killed" in err
        else:
            process.send_signal(signal.SIGINT)
            assert command.wait(30) == 130
    command.communicate()
    waits(lambda: not _sessions(temporary))
    waits(lambda: not homes(temporary))
    assert NOT_BY not in run(["export", "tiny"], where, course)[2]


def test_there_is_one_at_a_time(shared):
    where, _ = shared
    code, _, err = run(["warm"], where, where)
    assert code == status.WRONG_USE
    assert "there already" in err


@pytest.mark.parametrize("other", [{"TZ": "Asia/Tokyo"}, {"PYTHONHASHSEED": "1"}])
def test_a_command_of_other_settings_is_run_by_itself_and_says_so(shared, course, other):
    where, log = shared
    before = log.read_text()
    code, out, err = run(["grade", "tiny"], where, course, **other)
    assert code == status.OK
    assert "ada" in out
    assert f"{NOT_BY}: it was started with other settings ({next(iter(other))})" in err
    assert log.read_text() == before


@pytest.mark.parametrize(
    ("before", "setting"),
    [
        ("umask 007;", "umask"),
        ("nice", "niceness"),
        ("ulimit -n 512;", "limits"),
        ("taskset -c 0", "cores"),
    ],
)
def test_so_is_one_from_a_shell_with_other_limits(shared, course, before, setting):
    variables = os.environ | {"XDG_RUNTIME_DIR": str(shared[0])}
    shell = ["bash", "-c", f"{before} {AUTOGRADER} export tiny"]
    done = subprocess.run(shell, cwd=course, env=variables, capture_output=True, text=True)
    assert f"{NOT_BY}: it was started with other settings ({setting})" in done.stderr


@pytest.mark.parametrize("folder", ["for other eyes", "a link"])
def test_a_folder_that_others_may_write_to_is_not_trusted(shared, course, tmp_path, folder):
    (socket,) = shared[0].glob("*.sock")
    place = tmp_path / "place"
    if folder == "a link":
        place.symlink_to(shared[0])
    else:
        place.mkdir(mode=0o755)
        (place / socket.name).symlink_to(socket)
    before = shared[1].read_text()
    assert run(["grade", "tiny"], place, course)[0] == status.OK
    code, _, err = run(["warm"], place, course)
    assert code == status.WRONG_USE
    assert "0700" in err
    assert shared[1].read_text() == before


def test_what_one_has_left_that_was_killed_is_in_nobodys_way(where, course):
    with warm(where) as (process, _):
        process.kill()
        process.wait()
    assert list(where.glob("*.sock"))
    code, _, err = run(["grade", "tiny"], where, course)
    assert code == status.OK
    assert NOT_BY not in err
    with warm(where) as (_, log):
        assert run(["grade", "tiny"], where, course)[0] == status.OK
        assert "grade tiny: 0" in log.read_text()
    assert not list(where.glob("*.sock"))


def test_a_process_that_does_not_answer_is_not_waited_for(where, monkeypatch, capsys):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(where))
    monkeypatch.setattr(ask, "ANSWER_SECONDS", 0.1)
    with socket.socket(socket.AF_UNIX) as listens:
        listens.bind(str(ask.place()))
        listens.listen()
        assert ask.asked(["grade", "tiny"]) is None
    assert f"{NOT_BY}: it does not answer" in capsys.readouterr().err


def test_what_no_command_says_does_not_end_it(shared, course):
    where, _ = shared
    [path] = where.glob("*.sock")
    for said in WRONG_REQUESTS:
        with socket.socket(socket.AF_UNIX) as calls:
            calls.connect(str(path))
            calls.sendall(said)
    code, _, err = run(["grade", "tiny"], where, course)
    assert code == status.OK
    assert NOT_BY not in err


def test_the_next_commands_servers_wait_for_it(where, course, tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with warm(where, TMPDIR=str(temporary)):
        assert not homes(temporary)
        run(["grade", "tiny"], where, course, TMPDIR=str(temporary))
        waits(lambda: len(homes(temporary)) == 2)
        ready = homes(temporary)
        run(["export", "tiny"], where, course, TMPDIR=str(temporary))
        assert homes(temporary) == ready
        run(["grade", "tiny", "--force"], where, course, TMPDIR=str(temporary))
        waits(lambda: len(homes(temporary)) == 2 and not homes(temporary) & ready)
    assert not homes(temporary)


def test_a_folder_that_is_gone_and_a_closed_stream_are_no_tracebacks(course, tmp_path):
    """With and without it, for every command makes a `Course` and says something."""
    gone = 'mkdir "$1/gone"; cd "$1/gone"; rmdir "$1/gone"; "$0" export tiny'
    done = subprocess.run(
        ["bash", "-c", gone, AUTOGRADER, tmp_path], capture_output=True, text=True
    )
    assert done.returncode == status.WRONG_USE
    assert "the folder that you are in is gone" in done.stderr
    closed = ["bash", "-c", '"$0" grade tiny >&-', AUTOGRADER]
    done = subprocess.run(closed, cwd=course, capture_output=True, text=True)
    assert done.returncode == status.OK
    assert "Traceback" not in done.stderr
