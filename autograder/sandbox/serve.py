"""A warm process: imports everything once, forks a server for each role, and these the sessions.

`serve()` is the main program of the process that `forkserver.ForkServer.start` executes, with one
thread and a clean environment. It moves into namespaces of its own where the machine grants them
and imports what its first role may use; then it forks a server for each further role, which imports
what it may use beyond that, and becomes the server of the first role itself. Every session is a
fork of its server that confines itself (confine.py) before it reads its first frame.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import random
import shutil
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from autograder.sandbox import confine
from autograder.sandbox.confine import Limits
from autograder.sandbox.packages import OnlyListed, importable, readable
from autograder.sandbox.pages import join_pages, warm_bytes
from autograder.sessions.channel import Channel

# What libraries import when it is first needed: once in the server, not in every session.
LAZY = ("numpy.random", "numpy.testing", "matplotlib.pyplot", "PIL.PngImagePlugin")
# Half precision looks at the processor once, in a file that no session can read.
PROCESSOR = "import torch; torch.ones(1).half()"
# What takes long and few assignments need, by a word that stands in the notebook if it does:
# PyTorch's optimisers import its compiler (1.6 s). Its comparison of tensors imports SymPy and 500
# modules more (1.1 s), to see whether they are spread over several machines, which none here is.
PRELOADS = {
    "optim": "import torch._dynamo",
    "assert_close": "import torch\ntorch.testing._comparison._HAS_DTENSOR = False\n"
    "torch.testing.assert_close(torch.zeros(1), torch.zeros(1))",
}


def serve() -> None:
    """Serve every role of the settings (the program's argument) until the controller hangs up."""
    settings = json.loads(sys.argv[1])
    tier = "none"
    if settings["confined"]:
        tier = "namespaces" if confine.enter_namespaces() else "landlock"
    from autograder.sessions.display import Display, make_shell

    first, *others = settings["roles"]
    _import(first["packages"], settings["words"])
    display = Display()
    shell = make_shell(display)
    # May look through all that is installed: once for all roles. The first has what all have.
    shared = importable(first["packages"]) | sys.stdlib_module_names
    proc = os.open("/proc", os.O_PATH)
    _settle(proc)
    for role in others:
        if not os.fork():
            first = role
            _log_into(role["home"])
            _import(role["packages"], settings["words"])
            gc.collect()
            gc.freeze()
            break
    for role in settings["roles"]:
        if role is not first:
            os.close(role["socket"])
    try:
        _serve_role(first, tier, proc, shell, display, shared)
    except BaseException:  # into the log: by now sys.stderr is a cell's
        traceback.print_exc(file=sys.__stderr__)
        os._exit(1)
    os._exit(0)  # without tearing down what was imported


def _import(packages: Iterable[str], words: Iterable[str]) -> None:
    for package in packages:
        importlib.import_module(package)
    for module in LAZY:
        if module.partition(".")[0] in sys.modules:
            importlib.import_module(module)
    if "torch" in packages:
        exec(PROCESSOR, {})
        for word in words:
            exec(PRELOADS[word], {})


def _settle(proc: int) -> None:
    """Make what has been imported cheap to fork: never looked through again, on large pages."""
    _seed_libraries()
    gc.collect()
    gc.freeze()
    join_pages(proc)


def _serve_role(
    role: dict[str, Any], tier: str, proc: int, shell: Any, display: Any, shared: set[str]
) -> None:
    """Confine what can be confined beforehand, and fork sessions until the controller hangs up."""
    from autograder.sessions.main import main  # while it can be found

    sock = socket.socket(fileno=role["socket"])
    read = readable(role["packages"])
    if role["name"] == "grader":
        read.append(str(Path(__file__).parent.parent / "sessions"))
    sys.meta_path[:] = [OnlyListed(finder, role["packages"]) for finder in sys.meta_path]
    # Not to be seen from under a root of its own: kept as descriptors, which no session has.
    above = os.open(os.path.dirname(role["home"]), os.O_PATH)
    if tier == "namespaces" and not confine.enter_root(read, role["home"]):
        tier = "landlock"
    rules = confine.prepare(read, role["home"], warm_bytes(proc)) if tier != "none" else None
    with contextlib.suppress(ConnectionError):  # the controller has died
        _send_pidfd(sock, os.getpid(), {"tier": tier})
        run = partial(main, role=role["name"], shell=shell, display=display, shared=shared)
        _fork_sessions(sock, rules, tier == "namespaces", run)
    shutil.rmtree(os.path.basename(role["home"]), ignore_errors=True, dir_fd=above)


def _fork_sessions(
    sock: socket.socket,
    rules: confine.Rules | None,
    namespaces: bool,
    run: Callable[[list[Channel]], None],
) -> None:
    """A session for each request of the controller."""
    server = os.getpid()
    while True:
        request, descriptors, _, _ = socket.recv_fds(sock, 65536, 2)
        if not request:
            return
        pid = os.fork()
        if not pid:
            try:
                sock.close()
                channels = _session(request, descriptors, rules, namespaces, server)
                run(channels)
            finally:
                os._exit(0)
        for descriptor in descriptors:
            os.close(descriptor)
        _send_pidfd(sock, pid, {"pid": pid})
        _reap()


def _log_into(home: str) -> None:
    log = os.open(os.path.join(home, "log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.chdir(home)


def _send_pidfd(sock: socket.socket, pid: int, message: dict[str, Any]) -> None:
    pidfd = os.pidfd_open(pid)
    socket.send_fds(sock, [json.dumps(message).encode()], [pidfd])
    os.close(pidfd)


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
