"""The program `autograder`: a command, run by the process that `autograder warm` keeps where there
is one, or by this one. Imports next to nothing first, for that is what it saves."""

from __future__ import annotations

import signal
import sys

from autograder.resident.ask import asked


def main() -> int:
    """Run `autograder …`; its exit status."""
    try:
        status = asked(sys.argv[1:])
    except KeyboardInterrupt:  # before it was begun
        return 128 + signal.SIGINT
    if status is not None:
        return status
    from autograder.cli import main as run_here

    return run_here()
