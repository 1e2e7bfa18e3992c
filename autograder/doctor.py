"""Says what confinement this machine grants, by trying: small hostile programs, run on the spot."""

from __future__ import annotations

import os
import time

from autograder import confine
from autograder.forkserver import ForkServer, SessionProcess
from autograder.session import DONE, RUN
from autograder.wire import pack, unpack

# What each program tries, and the program. It must raise; if it runs to its end, it got through.
HOSTILE = {
    "read a file of the instructor's": "open({secret!r}).read()",
    "list the home folder": "import os; os.listdir({home!r})",
    "read another process": "open('/proc/1/environ').read()",
    "write outside its folder": "open('/var/tmp/autograder-was-here', 'w')",
    "open a network connection": "import socket; socket.create_connection(('127.0.0.1', 22), 1)",
    "look up a name": "import socket; socket.getaddrinfo('example.org', 80)",
    "start a program": "import subprocess; subprocess.run(['true'])",
    "fork": "import os; os.fork()",
    "signal another process": "import os; os.kill(os.getppid(), 0)",
    "trace another process": (
        "import ctypes, os\nassert ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0) == 0, 'refused'"
    ),
    "change a file's mode": "open('x', 'w').close(); import os; os.chmod('x', 0o777)",
    "take 4 GB of memory": "x = bytearray(4 * 2**30)",
    "write 200 MB": "f = open('big', 'wb')\nfor _ in range(200): f.write(bytes(2**20)); f.flush()",
    "raise its own limits": (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**40, 2**40))"
    ),
}


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
        process.channel.send(RUN, pack({"source": program, "name": "hostile"}))
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
    print(f"namespaces   {'granted' if granted else 'refused: disk use is bounded per file only'}")
    print(f"tier         {server.tier}\n")
    with open(os.path.join(server.home, "secret"), "w") as secret:
        secret.write("42")
    stopped = True
    try:
        for what, program in HOSTILE.items():
            met = attempt(server, program.format(secret=secret.name, home=os.path.expanduser("~")))
            stopped &= bool(met)
            print(f"{'✓ stopped' if met else '✗ GOT THROUGH':14} {what:32} {met}")
    finally:
        server.close()
    return stopped
