"""What a command finds around it that the process that stays has begun."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from autograder import status
from autograder.resident import ask
from tests.autograder.resident.test_warm import AUTOGRADER, READY, homes, waits

STAYS = Path(__file__).with_name("stays.py")


@contextmanager
def staying(where, prefix=(), **environment):
    log = where / "log"
    variables = os.environ | {"XDG_RUNTIME_DIR": str(where), **environment}
    with log.open("w") as out:
        command = [*prefix, sys.executable, "-m", "tests.autograder.resident.stays"]
        streams = {"stdout": out, "stderr": out, "stdin": subprocess.DEVNULL}
        process = subprocess.Popen(command, env=variables, cwd=STAYS.parents[3], **streams)
    try:
        waits(lambda: READY in log.read_text())
        yield process, log
    finally:
        process.terminate()
        process.wait(30)


def begun(where, *words, cwd=None, prefix=(), **environment):
    variables = os.environ | {"XDG_RUNTIME_DIR": str(where)} | environment
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    command = [*prefix, str(AUTOGRADER), *words]
    return subprocess.Popen(command, cwd=cwd, env=variables, text=True, **pipes)


def run(where, *words, told="", **how):
    """A command's exit status and what it said on both streams."""
    process = begun(where, *words, **how)
    out, err = process.communicate(told, timeout=60)
    return process.returncode, out, err


def test_it_is_where_its_caller_is_and_gets_what_its_caller_gets(where, tmp_path):
    with staying(where, OF_THE_OTHER="1"):
        how = {"cwd": tmp_path, "told": "some words\n", "OF_THE_CALLER": "2"}
        code, out, err = run(where, "around", "--x", "y", **how)
        found = json.loads(out)
        assert (code, err) == (7, "an error\n")
        assert found["folder"] == str(tmp_path)
        assert found["words"] == ["around", "--x", "y"]
        assert found["read"] == "some words\n"
        assert found["variables"]["OF_THE_CALLER"] == "2"
        assert "OF_THE_OTHER" not in found["variables"]
        assert found["leads"]  # of a session: Ctrl+C at the other terminal is not for it
        assert found["hears"]


def test_it_holds_no_socket_of_others(where):
    with staying(where):
        other = begun(where, "sleep")
        other.stdout.readline()
        assert json.loads(run(where, "around")[1])["sockets"] == 1  # by which it asks for servers
        other.kill()
        other.communicate()


def test_servers_end_with_their_command_while_another_runs(where, tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with staying(where, TMPDIR=str(temporary)):
        variables = {"TMPDIR": str(temporary)}
        assert run(where, "serve", **variables)[0] == 0
        waits(lambda: len(homes(temporary)) == 2)
        ready = homes(temporary)
        other = begun(where, "sleep", **variables)
        other.stdout.readline()
        assert run(where, "serve", **variables)[0] == 0
        assert not ready & homes(temporary)
        other.kill()
        other.communicate()


@pytest.mark.parametrize("ignored", [False, True])
def test_ctrl_c_is_heard_by_the_command_that_it_is_for(where, ignored):
    """Also where the process that stays was started by a script, in the background."""
    prefix = ("sh", "-c", 'trap "" INT; exec "$@"', "sh") if ignored else ()
    with staying(where, prefix) as (process, _):
        one, other = begun(where, "sleep"), begun(where, "sleep")
        assert (one.stdout.readline(), other.stdout.readline()) == ("begun\n", "begun\n")
        one.send_signal(signal.SIGINT)
        assert one.wait(30) == 128 + signal.SIGINT
        assert other.poll() is None
        other.kill()
        other.communicate()
        assert process.poll() is None


def test_who_does_not_hear_ctrl_c_does_not_pass_it_on(where):
    with staying(where):
        prefix = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")
        command = begun(where, "sleep", prefix=prefix)
        command.stdout.readline()
        command.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            command.wait(1)
        command.kill()
        command.communicate()


def test_what_ends_a_command_ends_nothing_else(where):
    with staying(where) as (process, log):
        assert run(where, "die")[0] == 128 + signal.SIGKILL
        code, _, err = run(where, "raise")
        assert code == 1
        assert "of the command" in err
        assert run(where, "around", b"caf\xe9")[0] == 7
        assert process.poll() is None
        assert "around 'caf" in log.read_text()


def test_one_that_is_stopped_keeps_no_pipe_open_and_begins_nothing_later(where):
    """Ctrl+Z at its terminal: the command runs by itself, and who reads it sees its end."""
    with staying(where) as (process, log):
        process.send_signal(signal.SIGSTOP)
        try:
            code, _, err = run(where, "export")  # not by it: what such a command says by itself
        finally:
            process.send_signal(signal.SIGCONT)
        assert code == status.WRONG_USE
        assert "not by `autograder warm`: it does not answer" in err
        assert run(where, "around")[0] == 7
        assert "export" not in log.read_text()


def test_a_closed_stream_is_no_place_for_its_answers(where):
    variables = os.environ | {"XDG_RUNTIME_DIR": str(where)}
    with staying(where) as (_, log):
        for closed in ("<&-", ">&-", "2>&-", ">&- 2>&-"):
            command = ["bash", "-c", f'"$0" around {closed}', AUTOGRADER]
            done = subprocess.run(command, env=variables, stdin=subprocess.DEVNULL, timeout=60)
            assert done.returncode == 7
        assert log.read_text().count("around: 7") == 4


def test_a_folder_of_somebody_elses_is_passed_by(tmp_path, monkeypatch):
    """As after `su` without `-`: it cannot even be looked into."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))

    def refuse(*_, **__):
        raise PermissionError("not yours")

    monkeypatch.setattr(Path, "lstat", refuse)
    monkeypatch.setattr(Path, "exists", refuse)
    assert ask.asked(["grade", "tiny"]) is None


@pytest.mark.parametrize("whole", [True, False])
def test_it_begins_anew_by_what_can_be_imported(where, whole):
    """Half of an edit, or of an installation, is not what it becomes."""
    with staying(where, **({} if whole else {"ALL": "import what_is_half_there"})) as (
        process,
        log,
    ):
        os.utime(STAYS)
        code, _, err = run(where, "export")
        assert code == status.WRONG_USE  # by itself
        assert "what is installed has changed" in err
        if whole:
            waits(lambda: log.read_text().count(READY) == 2)
            assert run(where, "around")[0] == 7
        else:
            assert "not by" in run(where, "export")[2]
            assert log.read_text().count(READY) == 1
        assert process.poll() is None


def test_no_descriptor_is_left_of_what_was_not_begun(where):
    with staying(where) as (process, _):
        folder = f"/proc/{process.pid}/fd"
        before = len(os.listdir(folder))
        for _turn in range(5):
            run(where, "around", LC_ALL="C")  # refused
            killed = begun(where, "sleep")
            killed.stdout.readline()
            killed.kill()
            killed.communicate()
        time.sleep(0.1)
        waits(lambda: len(os.listdir(folder)) == before)
