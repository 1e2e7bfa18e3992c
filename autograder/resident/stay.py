"""The process of `autograder warm`: has everything imported, and runs each command in a fork.

A fork gets the terminal, the folder and the variables of who called the command (ask.py), so that
it reads, writes and says what it would by itself. It runs what was imported before: where that is
not what lies there now, the process begins anew.
"""

from __future__ import annotations

import gc
import importlib
import json
import multiprocessing
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Any

from sqlalchemy.orm import configure_mappers

from autograder.course.course import CourseError, held
from autograder.course.ids import printable
from autograder.resident import BEGUN, ask, fresh
from autograder.resident.fork import Given, Run, as_its_caller
from autograder.resident.spares import Spares

SAY_SECONDS = 5  # for a request, which a client sends at once
# What commands import when they need it.
LATER = (
    *("autograder.grading.shown", "autograder.grading.regrade", "autograder.authoring.build"),
    *("autograder.authoring.check", "autograder.term.commands", "sqlalchemy.dialects.sqlite"),
)
OTHER = "another `autograder warm` is there already"
ALL = "import autograder.program, autograder.cli, autograder.commands, autograder.resident.stay"
_fork = multiprocessing.get_context("fork")


@dataclass
class Command:
    """A command that runs: who has called it, and its process."""

    caller: socket.socket
    asks: socket.socket  # for servers
    words: list[str]
    process: BaseProcess
    pid: int
    begun: float = field(default_factory=time.monotonic)


class Resident:
    def __init__(self, listens: socket.socket, run: Run):
        self._listens, self._run = listens, run
        self._surroundings = json.loads(json.dumps(ask.surroundings()))
        self._marks = fresh.of_this_process(BEGUN)
        self._spares = Spares()
        self._commands: list[Command] = []
        self._ends = self._waits = False
        self._pid = os.getpid()

    def serve(self) -> bool:
        """Run commands until somebody stops it, or what was imported is out of date: True."""
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, self._stop)
        anew = False
        with suppress(KeyboardInterrupt):
            while not self._ends and not (anew := self._can_begin_anew()):
                self._turn()
        self._ends = True
        while self._commands:
            with suppress(KeyboardInterrupt):
                self._turn()
        self._spares.close()
        return anew

    def _can_begin_anew(self) -> bool:
        """Whether it is out of date, and what lies there now is complete."""
        if self._commands or self._marks.are_fresh():
            return False
        return not subprocess.run([sys.executable, "-c", ALL], capture_output=True).returncode

    def _stop(self, *_: object) -> None:
        """Ctrl+C stops the commands, and once more ends them; nothing is left half done."""
        if os.getpid() != self._pid:  # in a fork that has just begun
            raise KeyboardInterrupt
        for command in self._commands:
            with suppress(ProcessLookupError):
                os.kill(command.pid, signal.SIGKILL if self._ends else signal.SIGINT)
        self._ends = True
        if self._waits:
            raise KeyboardInterrupt

    def _turn(self) -> None:
        """Wait for something, and answer it."""
        by_source: dict[Any, Command] = {}
        for command in self._commands:
            own = (command.caller, command.asks, command.process.sentinel)
            by_source |= dict.fromkeys(own, command)
        self._waits = True
        try:
            sources = wait([self._listens, *by_source])
        finally:
            self._waits = False
        for source in sources:
            if source is self._listens:
                self._begin(self._listens.accept()[0])
                continue
            command = by_source[source]
            if command not in self._commands:  # it has ended in this turn
                continue
            if source is command.asks and self._spares.answer(command.asks):
                continue
            if source is command.caller and self._hear(command):
                continue
            self._end(command)

    def _begin(self, caller: socket.socket) -> None:
        """Hear what somebody wants, and begin it."""
        caller.settimeout(SAY_SECONDS)
        descriptors: list[int] = []
        try:
            request = json.loads(caller.makefile().readline())
            words, theirs = [*map(str, request["arguments"])], dict(request["surroundings"])
            environment = dict(request["environment"])
            refused = self._refused(theirs)
            caller.sendall(_line({"not": refused}))
            if not refused:
                flags = socket.MSG_CMSG_CLOEXEC
                _, descriptors, _, _ = socket.recv_fds(caller, 1, len(Given._fields), flags)
                self._start(caller, words, environment, Given(*descriptors))
                return
        except (OSError, ValueError, TypeError, LookupError):  # killed, or of another version
            pass
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        caller.close()

    def _start(
        self, caller: socket.socket, words: list[str], environment: dict[str, str], given: Given
    ) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            arguments = (words, environment, given, theirs, (caller, ours))
            process = _fork.Process(target=self._in_a_fork, args=arguments)
            process.start()
        self._commands.append(Command(caller, ours, words, process, process.pid or 0))

    def _refused(self, theirs: dict[str, Any]) -> str:
        """Why a command is not run here, or ""."""
        if self._ends:
            return "it is being stopped"
        if not self._marks.are_fresh():
            return "what is installed has changed, and it begins anew"
        either = sorted({*theirs, *self._surroundings})
        other = [key for key in either if theirs.get(key) != self._surroundings.get(key)]
        told = f"it was started with other settings ({', '.join(other)})"
        return f"{told}; start it anew in a terminal like this one" if other else ""

    def _hear(self, command: Command) -> bool:
        """Pass Ctrl+C on. False where the caller has been killed, and its command with it."""
        try:
            heard = command.caller.recv(1)
        except OSError:
            heard = b""
        if heard:
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(command.pid, signal.SIGINT)
        else:
            command.process.kill()
        return bool(heard)

    def _end(self, command: Command) -> None:
        command.process.join()
        code = command.process.exitcode or 0
        status = code if code >= 0 else 128 - code
        self._commands.remove(command)
        with suppress(OSError):  # nobody waits for it
            command.caller.sendall(_line({"status": status}))
        command.caller.close()
        command.asks.close()
        took = time.monotonic() - command.begun
        words = printable(shlex.join(command.words))
        print(f"{time.strftime('%H:%M:%S')}  {words}: {status}, {took:.1f} s", flush=True)
        if not self._commands and not self._ends:  # they would take time from one that runs
            self._spares.renew()

    def _in_a_fork(
        self,
        words: list[str],
        environment: dict[str, str],
        given: Given,
        asks: socket.socket,
        parents: tuple[socket.socket, ...],
    ) -> None:
        """Let go of all that is another's, and run a command."""
        self._spares.let_go()
        others = [sock for command in self._commands for sock in (command.caller, command.asks)]
        for sock in (self._listens, *parents, *others):
            sock.close()
        as_its_caller(self._run, words, environment, given, asks)


def _line(answer: dict[str, Any]) -> bytes:
    return json.dumps(answer).encode() + b"\n"


@contextmanager
def _listening() -> Iterator[socket.socket]:
    """A socket at the place where commands look for it. CourseError: it is not to be had."""
    path = ask.place()
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, exist_ok=True)
    if not ask.is_ours(path.parent):
        raise CourseError(
            f"{path.parent} has to be a folder of yours with the mode 0700, or XDG_RUNTIME_DIR to "
            "name one that is: who else can write there could have your commands run as theirs"
        )
    with held(path.with_suffix(".lock"), OTHER), socket.socket(socket.AF_UNIX) as listens:
        try:
            path.unlink(missing_ok=True)
            listens.bind(str(path))
        except OSError as error:
            raise CourseError(f"nothing can listen at {path}: {error}") from error
        listens.listen()
        try:
            yield listens
        finally:
            path.unlink(missing_ok=True)


def stay(run: Run) -> None:
    """Run this user's commands until Ctrl+C: `run` takes the words of one and gives its exit
    status. CourseError: another process does that already, or nobody can."""
    for name in LATER:
        importlib.import_module(name)
    configure_mappers()
    gc.freeze()
    with _listening() as listens:
        resident = Resident(listens, run)
        print("commands in your other terminals begin at once; Ctrl+C ends this", flush=True)
        if resident.serve():
            print("what is installed has changed: beginning anew", flush=True)
            os.execv(sys.executable, sys.orig_argv)
