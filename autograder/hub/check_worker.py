"""A worker of the check service: a process that makes one check after the other.

It is asked on its standard input and answers on its standard output, whole frames both. A check
ends when its time is up, or by SIGUSR1 when nobody waits for it any more: either raises in it, so
that its sessions are ended on the way out, never in the midst of starting or ending one.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import struct
import sys
import traceback
from base64 import b64decode
from pathlib import Path, PurePosixPath
from types import FrameType
from typing import Any, BinaryIO

from autograder.course.submission import MAX_DEPTH, MAX_FILES, Submission
from autograder.grading.bundle import Bundle, BundleError, Named, look, read_bundle
from autograder.grading.pair import Pair
from autograder.grading.visible import check
from autograder.grading.warm import keep_last, servers_for, warm_servers
from autograder.hub import dialog
from autograder.sandbox.confine import ConfinementError
from autograder.sandbox.forkserver import ForkServer, SessionProcess

AGAIN = 0.05  # seconds until a check is stopped that could not be just now
WARM = 3  # lists of packages for which servers are kept
BY_TIME = ("timeout", "fault")  # states of questions that another moment may answer otherwise
WHOLE = {f.__code__ for f in (servers_for, ForkServer.spawn, Pair.__init__, Pair.__exit__)}
WHOLE.add(SessionProcess.close.__code__)
SUBMISSION = {"notebook": str, "files": Named(str), "left_out": [str]}
STOPPED = (
    "The check was stopped after {:g} seconds. Run the cells one by one: one of them does "
    "not come to its end, or takes too long."
)
BROKEN = "The check of this assignment cannot be used: tell your instructor, who has to build it."
FAILED = "The check itself failed, which says nothing of your work: tell your instructor"
HEAD = struct.Struct(">II")  # the lengths of what a frame is about, and of what it holds


class Stopped(BaseException):
    """The time of a check is up, or nobody waits for it. Nothing but `Worker` catches it."""


def send(stream: BinaryIO, about: dict[str, Any], content: bytes = b"") -> None:
    """Write a frame."""
    stream.write(framed(about, content))
    stream.flush()


def framed(about: dict[str, Any], content: bytes = b"") -> bytes:
    """The bytes of a frame."""
    told = json.dumps(about).encode()
    return HEAD.pack(len(told), len(content)) + told + content


class Worker:
    """Checks by the bundles of a folder."""

    def __init__(self, folder: Path, seconds: float):
        self.folder, self.seconds, self.busy = folder, seconds, False
        self.bundles: dict[str, tuple[str, Bundle]] = {}
        signal.signal(signal.SIGALRM, self._stop)
        signal.signal(signal.SIGUSR1, lambda *_: self._alarm(0.001))

    def warm(self) -> None:
        """Start the servers for the newest assignments before they are asked for.

        ConfinementError: this machine cannot confine a check.
        """
        started = set()
        for path in sorted(self.folder.glob("*.json"), key=lambda path: -path.stat().st_mtime):
            try:
                assignment = self._bundle(path.stem, "").assignment
            except (OSError, BundleError):  # said by the service
                continue
            started.add((assignment.packages, assignment.grader_packages))
            if len(started) > WARM:
                break
            warm_servers(assignment)

    def check(self, name: str, digest: str, body: bytes) -> tuple[dialog.Answer, bool]:
        """The answer about a student's notebook, and whether another moment would say the same."""
        try:
            bundle = self._bundle(name, digest)
        except (OSError, BundleError) as error:
            print(f"{name}.json: {error}", file=sys.stderr, flush=True)
            return dialog.refused(BROKEN), False
        try:
            self._alarm(self.seconds)
            self.busy = True
            try:
                notebook, submission = read_body(body)
                result, failed = check(bundle.assignment, notebook, submission, own=bundle.own)
            finally:
                self.busy = False
                self._alarm(0)
        except Stopped:
            told = dialog.told("", STOPPED.format(self.seconds))
            return {"success": True, "value": {"failed": [told]}}, False
        except (BundleError, LookupError) as error:
            return dialog.refused(str(error)), True
        except Exception as error:  # what a student wrote must not end the worker
            print(f"{name}: {traceback.format_exc()}", file=sys.stderr, flush=True)
            return dialog.refused(f"{FAILED} ({type(error).__name__})"), False
        return dialog.answer(result, failed), not any(q.state in BY_TIME for q in result.questions)

    def _bundle(self, name: str, digest: str) -> Bundle:
        """An assignment's bundle, read again where it is another than the one that is meant."""
        if name not in self.bundles or self.bundles[name][0] != digest:
            content = (self.folder / f"{name}.json").read_bytes()
            self.bundles[name] = (hashlib.sha256(content).hexdigest(), read_bundle(content))
        return self.bundles[name][1]

    def _alarm(self, seconds: float) -> None:
        signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN if seconds else 0)

    def _stop(self, _: int, frame: FrameType | None) -> None:
        if not self.busy:
            self._alarm(0)
            return
        while frame:
            if frame.f_code in WHOLE:
                return  # the alarm comes again
            frame = frame.f_back
        raise Stopped


def read_body(body: bytes) -> tuple[str, Submission]:
    """The name of a notebook, and what was sent with it. BundleError: that is none."""
    try:
        data = json.loads(body)
        look(data, SUBMISSION, "what was sent")
        files = {name: b64decode(text, validate=True) for name, text in data["files"].items()}
    except (ValueError, RecursionError) as error:
        raise BundleError(f"this cannot be read: {str(error)[:120]}") from None
    kept = {name: files[name] for name in [*files][:MAX_FILES] if _fits(name)}
    left_out = [name for name in files if name not in kept] + data["left_out"]
    name = PurePosixPath(data["notebook"])
    if name.suffix != ".ipynb" or str(name) not in kept:
        raise BundleError("there is no notebook in what was sent")
    return name.stem, Submission("you", kept, left_out=tuple(left_out[:MAX_FILES]))


def _fits(name: str) -> bool:
    """Whether it is the name of a file below a folder, as it is written there."""
    path = PurePosixPath(name)
    below = not path.is_absolute() and ".." not in path.parts and len(path.parts) <= MAX_DEPTH
    return below and str(path) == name and name.isprintable() and "\\" not in name


def main() -> None:
    """Answer until the service hangs up."""
    folder, core, seconds = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    answers, requests = os.fdopen(os.dup(1), "wb"), sys.stdin.buffer
    os.dup2(2, 1)  # nothing else stands between the answers
    # It takes turns with its sessions: a question that wakes another core takes twice as long.
    os.sched_setaffinity(0, {core})
    worker = Worker(folder, seconds)
    try:
        worker.warm()
    except ConfinementError as error:
        raise SystemExit(f"this machine cannot confine a check: {error}") from None
    send(answers, {})
    while len(head := requests.read(HEAD.size)) == HEAD.size:
        about, size = HEAD.unpack(head)
        job = json.loads(requests.read(about))
        answer, keeps = worker.check(job["name"], job["digest"], requests.read(size))
        send(answers, {"keeps": keeps}, json.dumps(answer).encode())
        keep_last(WARM)


if __name__ == "__main__":
    main()
