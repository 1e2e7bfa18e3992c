"""Run a command as in a pod: `python -m tests.kubernetes.as_in_a_pod COMMAND …`, as root.

It is uid 1000's, who can gain no right, and no user namespace is granted, so that sessions are
confined in the tier `landlock`. The limit of user namespaces is a namespace's own: here it is that
of one in which the command stands.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.autograder.test_exchange import opened

UID = 1000
BECOME = f"setpriv --reuid={UID} --regid={UID} --clear-groups"
NAMESPACE = "unshare --user --map-current-user --mount --pid --fork --mount-proc --keep-caps"
NOTHING = "--no-new-privs --inh-caps=-all --ambient-caps=-all --bounding-set=-all"
INSIDE = f'echo 0 >/proc/sys/user/max_user_namespaces; exec setpriv {NOTHING} "$@"'


def command(scratch: Path, *arguments: str) -> list[str]:
    """A command's, with a folder in which it may write."""
    scratch.chmod(0o755)
    become = [*BECOME.split(), *NAMESPACE.split()]
    return [*opened(scratch), *become, "sh", "-ec", INSIDE, "sh", *arguments]


def environment(scratch: Path) -> dict[str, str]:
    home = scratch / "home"
    home.mkdir()
    os.chown(home, UID, UID)
    return os.environ | {"HOME": str(home), "TMPDIR": str(home), "PYTHONDONTWRITEBYTECODE": "1"}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder)
        run = command(there, *sys.argv[1:])
        sys.exit(subprocess.run(run, env=environment(there)).returncode)
