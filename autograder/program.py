"""The program `autograder`: a command, run by the process that `autograder warm` keeps where there
is one, or by this one. Imports next to nothing first, for that is what it saves."""

from __future__ import annotations

import os
import signal
import sys

from autograder.resident.ask import asked


def main() -> int:
    """Run `autograder …`; its exit status."""
    _open_all()
    try:
        status = asked(sys.argv[1:])
    except KeyboardInterrupt:  # before it was begun
        return 128 + signal.SIGINT
    if status is not None:
        return status
    from autograder.cli import main as run_here

    return run_here()


def _open_all() -> None:
    """A standard stream that is closed (`>&-`) takes and gives nothing, and no other file gets its
    number: the gradebook, say, into which would then be printed."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free, which is this
            setattr(sys, name, os.fdopen(number, "w" if number else "r", closefd=False))
