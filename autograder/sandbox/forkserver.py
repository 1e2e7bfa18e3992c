"""Warm sessions, seen from the controller: servers that have imported everything once (serve.py),
and the sessions that they fork.

A session talks to the controller over a socket that its server never reads.

Request: a line of JSON with the session's socket as a descriptor. Answer: a line of JSON, with the
session's pidfd, by which the controller interrupts and kills it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from autograder.sandbox.confine import SESSION, ConfinementError, Limits
from autograder.sessions.channel import Channel

START_SECONDS = 120


@dataclass(frozen=True)
class SessionProcess:
    """A running session, seen from the controller. `scratch` is a folder of its own to remove."""

    channel: Channel
    pidfd: int
    scratch: str
    pid: int
    begun: int = 0  # KiB that a session of its server holds when it is forked

    def held(self) -> float:
        """The most MiB that it has held so far, beyond what it was forked with; 0 where that
        cannot be told, as of one that has ended."""
        most = self.resident("VmHWM")
        return max(0, most - self.begun) / 1024 if most else 0.0

    def resident(self, which: str) -> int:
        """Its memory by a line of /proc/PID/status, in KiB; 0 where it has ended."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_bytes()
        except OSError:
            return 0
        if _has_ended(self.pidfd, 0):  # the number may be another's by now
            return 0
        # The first line is the name, which is the session's to choose; it has no end of line in it.
        found = re.search(rf"\n{which}:\s*(\d+) kB\n".encode(), status)
        return int(found[1]) if found else 0

    def interrupt(self) -> None:
        self._signal(signal.SIGINT)

    def close(self) -> None:
        """End the session and everything that it wrote."""
        self._signal(signal.SIGKILL)
        os.close(self.pidfd)
        self.channel.sock.close()
        if self.scratch:
            remove(self.scratch)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):  # it has ended already
            signal.pidfd_send_signal(self.pidfd, number)


def _has_ended(pidfd: int, seconds: float) -> bool:
    """Whether a process has ended, or ends within some seconds."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(seconds * 1e3))


def remove(folder: str) -> None:
    """Remove a folder that a student's code has filled, however deeply nested it is."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
    except RecursionError:
        subprocess.run(["rm", "-rf", "--", folder], check=False)


class ForkServer:
    """A warm process for one role ("student" or "grader") and its list of packages."""

    def __init__(self, role: str, packages: Iterable[str], home: str, sock: socket.socket):
        """Only made by `launch`, and by who is handed one that was launched elsewhere."""
        self.role, self.packages = role, tuple(packages)
        self.home, self.sock = home, sock
        self.tier, self._mounts, self._pidfd, self._begun = "", "", -1, 0
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    @classmethod
    def start(
        cls,
        roles: Mapping[str, Iterable[str]],
        confined: bool = True,
        words: Iterable[str] = (),
    ) -> list[ForkServer]:
        """A server for each role, from one process that imports what they have in common.

        The packages of the first role are imported for all. ConfinementError where the machine
        cannot confine them.
        """
        return cls.ready(cls.launch(roles, confined, words))

    @classmethod
    def launch(
        cls, roles: Mapping[str, Iterable[str]], confined: bool, words: Iterable[str]
    ) -> list[ForkServer]:
        """The same, as they begin to start."""
        servers, theirs = [], []
        for role, packages in roles.items():
            ours, other = socket.socketpair()
            home = tempfile.mkdtemp(prefix=f"autograder-{role}-")
            servers.append(cls(role, packages, home, ours))
            theirs.append(other)
        settings: dict[str, Any] = {"confined": confined, "words": tuple(words)}
        settings["roles"] = [
            {"name": s.role, "packages": s.packages, "home": s.home, "socket": other.fileno()}
            for s, other in zip(servers, theirs, strict=True)
        ]
        home = servers[0].home
        with open(os.path.join(home, "log"), "wb") as log:
            servers[0]._process = subprocess.Popen(
                [
                    *(sys.executable, "-s", "-P"),  # nothing of the user's, nothing of the folder's
                    *("-c", "from autograder.sandbox.serve import serve; serve()"),
                    json.dumps(settings),
                ],
                pass_fds=[other.fileno() for other in theirs],
                env=_environment(home),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=home,
                start_new_session=True,  # Ctrl+C is the controller's to handle
            )
        for other in theirs:
            other.close()
        return servers

    @classmethod
    def ready(cls, servers: list[ForkServer]) -> list[ForkServer]:
        """Launched servers, once they can fork sessions. ConfinementError: they cannot."""
        try:
            for server in servers:
                server._await()
        except BaseException:
            for server in servers:
                server.close()
            raise
        return servers

    def _await(self) -> None:
        self.sock.settimeout(START_SECONDS)
        answer, (self._pidfd,) = self._answer("start")
        self.tier = answer["tier"]
        if self.tier == "namespaces":
            self._mounts = os.path.join(self.home, SESSION)

    def spawn(self, limits: Limits, peer: Channel | None = None) -> SessionProcess:
        """A new session, confined; it gets the controller's end of a peer's channel, too.

        ConfinementError if that cannot be had.
        """
        scratch = "" if self._mounts else tempfile.mkdtemp(prefix="session-", dir=self.home)
        ours, theirs = socket.socketpair()
        cores = sorted(os.sched_getaffinity(0))  # those of the thread that asks
        wanted = {"limits": asdict(limits), "folder": scratch or self._mounts, "cores": cores}
        request = json.dumps(wanted).encode()
        sockets = [theirs, peer.sock] if peer else [theirs]
        with theirs, self._lock:
            socket.send_fds(self.sock, [request], [sock.fileno() for sock in sockets])
            answer, descriptors = self._answer("spawn a session")
        channel = Channel(ours)
        process = SessionProcess(channel, descriptors[0], scratch, answer["pid"], self._begun)
        try:
            kind, message = channel.receive()
        except EOFError:
            kind, message = b"X", b"the session ended while it was being confined"
        if kind != b"D":
            process.close()
            raise ConfinementError(message.decode(errors="replace"))
        if not self._begun:  # the others begin as the first does
            self._begun = process.resident("VmRSS")
        return replace(process, begun=self._begun)

    def _answer(self, doing: str) -> tuple[dict[str, Any], list[int]]:
        try:
            data, descriptors, _, _ = socket.recv_fds(self.sock, 65536, 1)
        except TimeoutError:
            data, descriptors = b"", []
        answer = json.loads(data) if data else {"error": self._log()}
        if "error" in answer:
            raise ConfinementError(f"the {self.role} server could not {doing}: {answer['error']}")
        return answer, list(descriptors)

    def _log(self) -> str:
        log = Path(self.home) / "log"
        text = log.read_text(errors="replace")[-4000:] if log.exists() else ""
        return text or "it does not answer"

    def is_alive(self) -> bool:
        return not _has_ended(self._pidfd, 0)

    def close(self) -> None:
        """End the server; its sessions end with it."""
        self.sock.close()
        if self._pidfd >= 0:
            if not _has_ended(self._pidfd, 5):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            os.close(self._pidfd)
            self._pidfd = -1
        elif self._process:  # it has not answered yet
            self._process.kill()
        if self._process:
            self._process.wait()  # leaves no zombie
        shutil.rmtree(self.home, ignore_errors=True)


def _environment(home: str) -> dict[str, str]:
    """Nothing of the instructor's: a fixed environment, one thread, and a home to throw away."""
    threads = ("OMP", "OPENBLAS", "MKL", "NUMEXPR")
    return {f"{name}_NUM_THREADS": "1" for name in threads} | {
        "PATH": "/usr/bin:/bin",
        "PYTHONHASHSEED": "0",  # the order of a set is the same in every run
        "LANG": "C.UTF-8",
        "HOME": home,
        "IPYTHONDIR": os.path.join(home, "ipython"),
        "MPLCONFIGDIR": os.path.join(home, "matplotlib"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "TMPDIR": home,
    }
