"""Says what confinement this machine grants, by trying: small hostile programs, run on the spot."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autograder.sandbox import confine
from autograder.sandbox.forkserver import ForkServer, SessionProcess
from autograder.sessions.session import DONE, RUN
from autograder.sessions.wire import pack, unpack

# What each program tries, and the program. It must raise; if it runs to its end, it got through.
HOSTILE = {
    "read a file of the instructor's": "open({secret!r}).read()",
    "see that it is there": "import os; os.stat({secret!r})",
    "list the home folder": "import os; os.listdir({home!r})",
    "read the accounts": "open('/etc/passwd').read()",
    "follow a link out": "import os; os.symlink('/etc/passwd', 'x'); open('x').read()",
    "read another process": "open('/proc/1/environ').read()",
    "read raw memory": "open('/dev/mem', 'rb')",
    "import what is not listed": "import nbgrader",
    "write outside its folder": "open('/var/tmp/autograder-was-here', 'w')",
    "open a network connection": (
        "import socket; socket.create_connection(('127.0.0.1', {port}), 1)"
    ),
    "look up a name": "import socket; socket.getaddrinfo('localhost', 80)",
    "open a UDP socket": "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "open a Unix socket": "import socket; socket.socket(socket.AF_UNIX)",
    "start a program": "import subprocess; subprocess.run(['true'])",
    "fork": "import os; os.fork()",
    "signal another process": "import os; os.kill(os.getppid(), 0)",
    "trace another process": (
        "import ctypes, os\nassert ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0) == 0, 'refused'"
    ),
    "signal by a descriptor": (
        "import fcntl, os\nfcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, os.getppid())"
    ),
    "take a lease": (
        "import fcntl, json, signal; signal.signal(signal.SIGIO, signal.SIG_IGN)\n"
        "fcntl.fcntl(open(json.__file__), 1024, fcntl.F_WRLCK)"
    ),
    "lock a file": "import fcntl, json\nfcntl.lockf(open(json.__file__), fcntl.LOCK_SH)",
    # One that is empty: where this is not stopped, it does no harm.
    "empty a file of Python's": "import email.mime, os\nos.open(email.mime.__file__, os.O_TRUNC)",
    "make a namespace": (
        "import ctypes\nassert ctypes.CDLL(None).unshare(0x10000000) == 0, 'refused'"
    ),
    "mount": (
        "import ctypes\nassert ctypes.CDLL(None).mount(b'x', b'/', b'tmpfs', 0, 0) == 0, 'refused'"
    ),
    "use io_uring": "import ctypes\nassert ctypes.CDLL(None).syscall(425, 1, 0) >= 0, 'refused'",
    "change a file's mode": "open('x', 'w').close(); import os; os.chmod('x', 0o777)",
    "take 4 GB of memory": "x = bytearray(4 * 2**30)",
    "write 200 MB": "f = open('big', 'wb')\nfor _ in range(200): f.write(bytes(2**20)); f.flush()",
    "make 10,000 files": "for i in range(10**4): open(f'f{{i}}', 'w').close()",
    "raise its own limits": (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**40, 2**40))"
    ),
}
# What only a root and a file system of its own stop: not in the tier `landlock`.
NEEDS_NAMESPACES = ("see that it is there", "make 10,000 files")
REFUSED = (
    "refused: disk use is bounded per file only, and names of files can be seen (not what is in "
    "them); see user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns, and the "
    "container's security options"
)


@contextmanager
def targets(home: str) -> Iterator[dict[str, Any]]:
    """What the programs aim at: a file in a folder, the user's own folder, and a listening port."""
    secret = os.path.join(home, "secret")
    with open(secret, "w") as file:
        file.write("42")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        yield {"secret": secret, "home": os.path.expanduser("~"), "port": port}
    os.unlink(secret)


def attempt(server: ForkServer, program: str) -> str:
    """What a hostile program met: the error that stopped it, or "" if nothing did."""
    process = server.spawn(confine.Limits(memory_mb=512))
    try:
        return attempt_in(process, program)
    finally:
        process.close()


def attempt_in(process: SessionProcess, program: str) -> str:
    """The same, in a session that is there."""
    try:
        process.channel.send(RUN, pack({"source": program, "name": "hostile", "kind": ""}))
        kind, payload = process.channel.receive(time.monotonic() + 20)
    except (EOFError, TimeoutError) as ended:
        return f"killed ({type(ended).__name__})"
    error = unpack(payload)["error"] if kind == DONE else {"kind": "killed", "message": ""}
    return f"{error['kind']}: {error['message']}"[:60] if error else ""


def examine() -> bool:
    """Print the table; whether submissions can be confined here."""
    abi = confine.landlock_abi()
    print(f"Landlock     {f'version {abi}' if abi else 'missing: Linux 5.13 or newer is needed'}")
    try:
        server = ForkServer.start({"student": ("numpy",)})[0]
        attempt(server, "1")
    except confine.ConfinementError as error:
        print(f"confinement  cannot be had: {error}")
        return False
    granted = server.tier == "namespaces"
    print(f"namespaces   {'granted' if granted else REFUSED}")
    print(f"tier         {server.tier}\n")
    stopped = True
    try:
        with targets(server.home) as aims:
            for what, program in HOSTILE.items():
                met = attempt(server, program.format(**aims))
                known = what in NEEDS_NAMESPACES and not granted
                stopped &= bool(met) or known
                mark = "✓ stopped" if met else "– needs them" if known else "✗ GOT THROUGH"
                print(f"{mark:14} {what:28} {met}")
    finally:
        server.close()
    return stopped
