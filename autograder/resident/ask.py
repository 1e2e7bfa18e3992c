"""How a command is handed to the process that `autograder warm` keeps.

Client to resident, a line of JSON: the command, and what it runs in. Answer: that it is wanted, or
why not. Then the client sends four descriptors (standard input, output and error, the folder), not
before, for one who reads them never would keep pipes open; and a byte for each Ctrl+C. The last
answer is the command's exit status.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import socket
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.status import FAULT

ANSWER_SECONDS = 10  # until a command is wanted: who answers may have been stopped, by Ctrl+Z
BY_ITSELF = ("warm", "watch", "-h", "--help")  # what stays, or is told at once
# What Python and libraries read when they are imported; a command gets all other variables.
READ_EARLY = (
    *("PYTHON", "LC_", "OMP_", "OPENBLAS_", "MKL_", "NUMEXPR_", "NPY_", "MPL", "TQDM_"),
    *("JUPYTER", "IPYTHON", "NBGRADER"),
)
READ_EARLY_TOO = (
    *("LANG", "LANGUAGE", "TZ", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "LD_PRELOAD"),
    *("XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_DATA_HOME", "XDG_DATA_DIRS", "XDG_CACHE_HOME"),
)
NAMESPACES = ("mnt", "net", "pid", "user")


def place() -> Path:
    """Where the process of this user and this environment listens."""
    folder = os.environ.get("XDG_RUNTIME_DIR") or f"/tmp/autograder-{os.getuid()}"
    return Path(folder) / f"autograder-{zlib.crc32(sys.prefix.encode()):08x}.sock"


def is_ours(folder: Path) -> bool:
    """Whether nobody else can put anything into a folder, which is no link."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return (found.st_uid, found.st_mode) == (os.getuid(), 0o40700)


def surroundings() -> dict[str, Any]:
    """By what a process differs that would run the same command in the same folder, and that a fork
    does not get from who calls it; by its name."""
    mask = os.umask(0o077)
    os.umask(mask)
    kinds = [name for name in dir(resource) if name.startswith("RLIMIT_")]
    early = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(READ_EARLY) or name in READ_EARLY_TOO
    }
    return {
        **early,
        "Python": [sys.executable, sys.version],
        "umask": mask,
        "niceness": os.nice(0),
        "groups": [os.getgid(), *os.getgroups()],
        "cores": sorted(os.sched_getaffinity(0)),
        "limits": {kind: list(resource.getrlimit(getattr(resource, kind))) for kind in kinds},
        "namespaces": [os.readlink(f"/proc/self/ns/{kind}") for kind in NAMESPACES],
    }


def connected() -> socket.socket | None:
    """A connection to the process that stays; None where there is none."""
    path = place()
    if not is_ours(path.parent):
        return None
    sock = socket.socket(socket.AF_UNIX)
    try:
        sock.connect(str(path))
    except OSError:  # there is none, or it has been killed
        sock.close()
        return None
    return sock


def asked(arguments: list[str]) -> int | None:
    """The exit status of a command that the process that stays has run; None where it did not."""
    if not arguments or arguments[0] in BY_ITSELF or (sock := connected()) is None:
        return None
    with sock:
        if refused := _refused(sock, arguments):
            print(f"autograder: not by `autograder warm`: {refused}", file=sys.stderr)
            return None
        with contextlib.suppress(OSError, ValueError, LookupError), _passing_on(sock):
            here = os.open(".", os.O_RDONLY)
            socket.send_fds(sock, [b"\0"], [0, 1, 2, here])
            os.close(here)
            return int(json.loads(sock.makefile().readline())["status"])
    print("autograder: `autograder warm` was killed, and this with it: again", file=sys.stderr)
    return FAULT


def _refused(sock: socket.socket, arguments: list[str]) -> str:
    """Why a command is not wanted, or ""."""
    request = {
        "arguments": arguments,
        "environment": dict(os.environ),
        "surroundings": surroundings(),
    }
    try:
        sock.settimeout(ANSWER_SECONDS)
        sock.sendall(json.dumps(request).encode() + b"\n")
        answer = json.loads(sock.makefile().readline())
        sock.settimeout(None)
        return str(answer["not"])
    except (OSError, ValueError, LookupError):
        return "it does not answer"


@contextlib.contextmanager
def _passing_on(sock: socket.socket) -> Iterator[None]:
    """Pass each Ctrl+C on, where it is to be heard at all."""
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, lambda *_: sock.send(b"i"))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
