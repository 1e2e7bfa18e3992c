"""The program of a session: one end of a grading, by its role."""

from __future__ import annotations

import signal
import sys
from collections.abc import Container
from typing import Any

from autograder.sessions.channel import Channel
from autograder.sessions.display import Display
from autograder.sessions.grader import GraderSession
from autograder.sessions.student import StudentSession


def main(
    channels: list[Channel], role: str, shell: Any, display: Display, shared: Container[str]
) -> None:
    """Serve one session, in a fork of the warm process, until the controller hangs up.

    `shared` are the packages that a test and the student's code can both import.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.argv = ["session"]
    channel, *peers = channels
    if role == "grader":
        GraderSession(channel, shell, display, shared, *peers).serve()
    else:
        StudentSession(channel, shell, display, *peers).serve()
