"""A command in a fork of the process that stays, as it would be by itself."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from autograder.grading import warm
from autograder.resident.spares import Taker
from autograder.sandbox.confine import PR_SET_PDEATHSIG

Run = Callable[[list[str]], int]


class Given(NamedTuple):
    """The descriptors of who calls a command."""

    input: int
    output: int
    error: int
    folder: int


def as_its_caller(
    run: Run, words: list[str], environment: dict[str, str], given: Given, asks: socket.socket
) -> None:
    """Run a command where its caller is, with what its caller has, until the process that stays
    ends. SystemExit: its exit status."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    os.setsid()  # Ctrl+C in the caller's terminal comes from there
    os.environ.clear()
    os.environ.update(environment)
    _take(given)
    sys.argv[1:] = words
    warm.take_from(Taker(asks))
    try:
        status = run(words)
    except KeyboardInterrupt:  # before it could say so itself
        status = 128 + signal.SIGINT
    finally:
        warm.close_servers()
        _flush()
    sys.exit(status)


def _take(given: Given) -> None:
    """Read, write and be where somebody else is."""
    os.fchdir(given.folder)
    for standard, descriptor in enumerate(given[:3]):
        os.dup2(descriptor, standard)
    for descriptor in given:
        os.close(descriptor)
    sys.stdin = _stream(sys.stdin, 0)
    sys.stdout, sys.stderr = _stream(sys.stdout, 1), _stream(sys.stderr, 2)


def _stream(like: Any, number: int) -> Any:
    """A standard stream as Python opens it."""
    mode = "w" if number else "r"
    at_once = number == 2 or os.isatty(number) or "PYTHONUNBUFFERED" in os.environ
    by_line = 1 if at_once else -1
    return open(number, mode, by_line, encoding=like.encoding, errors=like.errors, closefd=False)


def _flush() -> None:
    """Say what is to be said, where somebody still reads."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            stream.flush()
