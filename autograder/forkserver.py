"""Warm sessions: a process that has imported everything once, and forks itself for each session.

`ForkServer` is the controller's end. The server is started by exec, with a clean environment and
one thread; it moves into namespaces of its own where the machine grants them, imports, and waits.
Each session is a fork that confines itself (confine.py) before it reads its first frame, and talks
to the controller over a socket that the server never reads.

Request: a line of JSON with the session's socket as a descriptor. Answer: a line of JSON, with the
session's pidfd, by which the controller interrupts and kills it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from autograder import confine
from autograder.confine import ConfinementError, Limits
from autograder.packages import OnlyListed, readable
from autograder.pages import join_pages
from autograder.wire import Channel

START_SECONDS = 120
# What libraries import when it is first needed: once in the server, not in every session.
LAZY = ("numpy.random", "numpy.testing", "matplotlib.pyplot", "PIL.PngImagePlugin")
# What takes long and few assignments need, by a word that stands in the notebook if it does:
# PyTorch's optimisers import its compiler (1.6 s), its comparison of tensors SymPy (0.5 s).
PRELOADS = {
    "optim": "import torch._dynamo",
    "assert_close": "import torch; torch.testing.assert_close(torch.zeros(1), torch.zeros(1))",
}
_SERVE = "from autograder.forkserver import serve; serve()"


@dataclass(frozen=True)
class SessionProcess:
    """A running session, seen from the controller. `scratch` is a folder of its own to remove."""

    channel: Channel
    pidfd: int
    scratch: str

    def interrupt(self) -> None:
        self._signal(signal.SIGINT)

    def close(self) -> None:
        """End the session and everything that it wrote."""
        self._signal(signal.SIGKILL)
        os.close(self.pidfd)
        self.channel.sock.close()
        if self.scratch:
            shutil.rmtree(self.scratch, ignore_errors=True)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):  # it has ended already
            signal.pidfd_send_signal(self.pidfd, number)


class ForkServer:
    """A warm process for one role ("student" or "grader") and one list of packages."""

    def __init__(
        self,
        role: str,
        packages: Iterable[str],
        confined: bool = True,
        words: Iterable[str] = (),
    ):
        self.role, self.confined = role, confined
        self.packages = tuple(packages)
        self.home = tempfile.mkdtemp(prefix=f"autograder-{role}-")
        self._lock = threading.Lock()
        self._sock, theirs = socket.socketpair()
        settings: dict[str, Any] = {"role": role, "packages": self.packages}
        settings["confined"] = confined
        settings |= {"home": self.home, "words": tuple(words)}
        with theirs, open(os.path.join(self.home, "log"), "wb") as log:
            self._process = subprocess.Popen(
                [
                    *[
                        sys.executable,
                        *("-s", "-P"),  # nothing of the user's, nothing of the folder's
                        "-c",
                        "from autograder.forkserver import serve; serve()",
                    ],
                    *[str(theirs.fileno()), json.dumps(settings)],
                ],
                pass_fds=[theirs.fileno()],
                env=_environment(self.home),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.home,
                start_new_session=True,  # Ctrl+C is the controller's to handle
            )
        self._sock.settimeout(START_SECONDS)
        self.tier = self._answer("start")[0]["tier"]
        # Where each session mounts a file system of its own, seen by itself alone.
        self._mounts = os.path.join(self.home, "session") if self.tier == "namespaces" else ""
        if self._mounts:
            os.mkdir(self._mounts, 0o700)

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
            socket.send_fds(self._sock, [request], [sock.fileno() for sock in sockets])
            _, descriptors = self._answer("spawn a session")
        channel = Channel(ours)
        process = SessionProcess(channel, descriptors[0], scratch)
        try:
            kind, message = channel.receive()
        except EOFError:
            kind, message = b"X", b"the session ended while it was being confined"
        if kind != b"D":
            process.close()
            raise ConfinementError(message.decode(errors="replace"))
        return process

    def _answer(self, doing: str) -> tuple[dict[str, Any], list[int]]:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._sock, 65536, 1)
        except TimeoutError:
            data, descriptors = b"", []
        answer = json.loads(data) if data else {"error": self._log()}
        if "error" in answer:
            raise ConfinementError(f"the {self.role} server could not {doing}: {answer['error']}")
        return answer, list(descriptors)

    def _log(self) -> str:
        return (Path(self.home) / "log").read_text(errors="replace")[-4000:] or "it does not answer"

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        self._sock.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
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


def serve() -> None:
    """The server's main program: `serve()` with a descriptor and settings as arguments."""
    sock = socket.socket(fileno=int(sys.argv[1]))
    settings = json.loads(sys.argv[2])
    namespaces = settings["confined"] and confine.enter_namespaces()
    from autograder.display import Display, make_shell

    for package in settings["packages"]:
        importlib.import_module(package)
    for module in LAZY:
        if module.partition(".")[0] in sys.modules:
            importlib.import_module(module)
    for word in settings["words"]:
        if "torch" in settings["packages"]:
            exec(PRELOADS[word], {})
    display = Display()
    shell = make_shell(display)
    from autograder import session

    read = readable(settings["packages"])
    if settings["role"] == "grader":
        read.append(str(Path(__file__).parent))
    else:
        sys.meta_path.insert(0, OnlyListed(settings["packages"]))
    rules = confine.prepare(read, settings["home"]) if settings["confined"] else None
    _seed_libraries()
    gc.collect()
    gc.freeze()
    join_pages()
    tier = "none" if not settings["confined"] else "namespaces" if namespaces else "landlock"
    sock.sendall(json.dumps({"tier": tier}).encode())
    server = os.getpid()
    while True:
        request, descriptors, _, _ = socket.recv_fds(sock, 65536, 2)
        if not request:  # the controller has closed, or has died
            shutil.rmtree(settings["home"], ignore_errors=True)
            return
        pid = os.fork()
        if not pid:
            sock.close()
            channels = _session(request, descriptors, rules, namespaces, server)
            session.main(channels, settings["role"], shell, display)
            os._exit(0)
        for descriptor in descriptors:
            os.close(descriptor)
        pidfd = os.pidfd_open(pid)
        socket.send_fds(sock, [json.dumps({"pid": pid}).encode()], [pidfd])
        os.close(pidfd)
        _reap()


def _seed_libraries() -> None:
    """Every session starts from the same random numbers, so that a grade can be repeated."""
    for name in ("numpy.random", "torch"):
        if name in sys.modules:
            module = sys.modules[name]
            (module.seed if name == "numpy.random" else module.manual_seed)(0)


def _session(
    request: bytes,
    descriptors: list[int],
    rules: confine.Rules | None,
    namespaces: bool,
    server: int,
) -> list[Channel]:
    """Confine this fork, and say on its socket whether that succeeded."""
    wanted = json.loads(request)
    kept = sorted({2, *descriptors, *([rules.ruleset] if rules else []), 4096})
    for first, last in pairwise(kept):
        os.closerange(first + 1, last)
    channels = [Channel(socket.socket(fileno=descriptor)) for descriptor in descriptors]
    devnull = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(devnull, standard)
    try:
        os.environ["HOME"] = os.environ["TMPDIR"] = tempfile.tempdir = wanted["folder"]
        random.seed(0)  # here, for Python seeds it anew in every fork
        os.sched_setaffinity(0, wanted["cores"])
        if rules:
            limits = Limits(**wanted["limits"])
            confine.confine(limits, rules, wanted["folder"], namespaces, server)
        else:
            os.chdir(wanted["folder"])
        sys.path.insert(0, "")
    except Exception as error:
        channels[0].send(b"X", f"{type(error).__name__}: {error}".encode())
        os._exit(1)
    channels[0].send(b"D")
    return channels


def _reap() -> None:
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                return
        except ChildProcessError:
            return
