"""How a command is handed to the process that `autograder warm` keeps.

Client to resident: four descriptors (standard input, output and error, the folder), then a line of
JSON. Answers, a line each: that the command is begun, with its pid, or why not; and its status.
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
from pathlib import Path
from typing import Any

from autograder.status import FAULT

ANSWER_SECONDS = 10  # until a command is begun: it may have been stopped, by Ctrl+Z
BY_ITSELF = ("warm", "watch", "-h", "--help")  # what stays, or is told at once
# What Python and libraries read when they are imported: a command gets all other variables.
READ_EARLY = (
    *("PYTHON", "LD_", "LC_", "LANG", "TZ", "HOME", "PATH", "TMPDIR", "VIRTUAL_ENV", "CONDA"),
    *("OMP_", "OPENBLAS_", "MKL_", "NUMEXPR_", "NPY_", "MPL", "TQDM_", "SQLALCHEMY_"),
    *("JUPYTER", "IPYTHON", "NBGRADER", "XDG_"),
)


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
    """All by which a process differs that runs the same command in the same folder."""
    mask = os.umask(0o077)
    os.umask(mask)
    kinds = [name for name in dir(resource) if name.startswith("RLIMIT_")]
    early = {k: v for k, v in os.environ.items() if k.startswith(READ_EARLY)}
    return {
        "Python": [sys.executable, sys.version],
        "environment": dict(sorted(early.items())),
        "umask": mask,
        "cores": sorted(os.sched_getaffinity(0)),
        "limits": {kind: list(resource.getrlimit(getattr(resource, kind))) for kind in kinds},
    }


def connected() -> socket.socket | None:
    """A connection to the process that stays; None where there is none."""
    path = place()
    if not path.exists() or not is_ours(path.parent):
        return None
    sock = socket.socket(socket.AF_UNIX)
    try:
        sock.connect(str(path))
    except OSError:  # it has been killed
        sock.close()
        return None
    return sock


def asked(arguments: list[str]) -> int | None:
    """The exit status of a command that the process that stays has run; None where it did not."""
    if not arguments or arguments[0] in BY_ITSELF or (sock := connected()) is None:
        return None
    with sock:
        begun: dict[str, Any] = {}
        with contextlib.suppress(OSError, ValueError):  # a descriptor is closed, or it has gone
            sock.settimeout(ANSWER_SECONDS)
            _send(sock, arguments)
            answers = sock.makefile()
            begun = json.loads(answers.readline())
            sock.settimeout(None)
        if "pid" not in begun:
            told = begun.get("not", "it does not answer")
            print(f"autograder: not by `autograder warm`: {told}", file=sys.stderr)
            return None
        signal.signal(signal.SIGINT, lambda *_: interrupt(begun["pid"]))
        with contextlib.suppress(OSError, ValueError):
            return int(json.loads(answers.readline())["status"])
    print("autograder: `autograder warm` was killed, and this with it: again", file=sys.stderr)
    return FAULT


def _send(sock: socket.socket, arguments: list[str]) -> None:
    request = {
        "arguments": arguments,
        "environment": dict(os.environ),
        "surroundings": surroundings(),
    }
    here = os.open(".", os.O_RDONLY)
    socket.send_fds(sock, [b"\0"], [0, 1, 2, here])
    os.close(here)
    sock.sendall(json.dumps(request).encode() + b"\n")


def interrupt(pid: int) -> None:
    """Stop a command, as Ctrl+C does."""
    with contextlib.suppress(ProcessLookupError):  # it has just ended
        os.kill(pid, signal.SIGINT)
