"""The process that stays, with commands of its own, which say what they find around them."""

import json
import os
import signal
import stat
import sys
import time
from contextlib import suppress

from autograder.grading.warm import servers_for
from autograder.resident import stay as staying
from autograder.sandbox.forkserver import _has_ended


def sockets():
    """How many sockets this process holds."""
    found = 0
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # that of the folder
            found += stat.S_ISSOCK(os.fstat(int(name)).st_mode)
    return found


def around():
    print(
        json.dumps(
            {
                "folder": os.getcwd(),
                "variables": dict(os.environ),
                "words": sys.argv[1:],
                "read": sys.stdin.read(),
                "leads": os.getsid(0) == os.getpid(),
                "hears": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
                "sockets": sockets(),
            }
        )
    )
    print("an error", file=sys.stderr)
    return 7


def run(words):
    if words[0] == "around":
        return around()
    if words[0] == "serve":  # whether its servers end as soon as it lets go of them
        servers = servers_for({"student": ("numpy",), "grader": ("numpy",)})
        for server in servers:
            server.sock.close()
        return 0 if all(_has_ended(server._pidfd, 3) for server in servers) else 1
    if words[0] == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if words[0] == "raise":
        raise RuntimeError("of the command")
    print("begun", flush=True)
    time.sleep(60)
    return 0


if __name__ == "__main__":
    staying.ALL = os.environ.get("ALL", staying.ALL)
    staying.stay(run)
