"""Pods without a cluster: processes of one uid, each of which sees of the volume what its pod
mounts. What that is, read-only or not, and what stands in the environment, says the hub's own file.
"""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from traitlets.config import Config

from tests.autograder.test_exchange import NBGRADER, opened
from tests.conftest import ROOT

KUBERNETES = ROOT / "deploy" / "kubernetes"
COURSE, UID = "cnn", 1000
SHELL = ("unshare", "--mount", "sh", "-ec")  # in which what is mounted is seen by nobody else
needs_root = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("unshare"),
    reason="only root can mount, and only on Linux",
)


def hub(exchange: Path) -> SimpleNamespace:
    """What the hub's file defines, for an exchange that it sees at this place."""
    c = Config()
    c.JupyterHub.load_roles = []
    os.environ |= {"COURSE_ID": COURSE, "COURSE_EXCHANGE": str(exchange)}
    try:
        found = runpy.run_path(str(KUBERNETES / "hub" / "pods.py"), {"c": c})
    finally:
        del os.environ["COURSE_ID"], os.environ["COURSE_EXCHANGE"]
    return SimpleNamespace(**found)


class Pods:
    """People and their homes, on one volume."""

    def __init__(self, root: Path) -> None:
        self.root, self.volume = root, root / "volume"
        self.hub = hub(self.volume / "exchange")
        self.opened = opened(root)
        root.chmod(0o755)
        (root / "passwd").write_text(
            f"root:x:0:0::/:\njovyan:x:{UID}:{UID}::/home/jovyan:/bin/sh\n"
        )
        self.course = self.volume / "courses" / COURSE
        self.course.mkdir(parents=True)

    def start(self, user: str, role: str) -> None:
        """What the hub does before a pod starts; all that stands on the volume is of one uid."""
        self.hub.prepare(role, user)
        (self.root / "homes" / user).mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["chown", "-R", f"{UID}:{UID}", self.volume, self.root / "homes"], check=True
        )

    def run(self, user: str, role: str, *program: str) -> subprocess.CompletedProcess[str]:
        """What Python answers in somebody's pod."""
        home = self.root / "homes" / user
        steps = [f"cd '{self.root}'"]
        for place in ("/srv", "/opt", "/home"):
            steps.append(f"mount -t tmpfs -o mode=755 none {place}")
        steps.append(
            "install -d -m 1777 /srv/nbgrader/exchange; mkdir -p /opt/course/etc /home/jovyan"
        )
        steps.append(f"mount --bind '{KUBERNETES / 'etc'}' /opt/course/etc")
        steps.append("mount --bind passwd /etc/passwd")
        steps.append(f"mount --bind 'homes/{user}' /home/jovyan")
        for mount in self.hub.mounts_of(role, user).values():
            there = mount["mountPath"]
            steps.append(f"mkdir -p '{there}'; mount --bind 'volume/{mount['subPath']}' '{there}'")
            if mount["readOnly"]:
                steps.append(f"mount -o remount,bind,ro '{there}'")
        steps.append(f"mount -t tmpfs none '{self.volume}'; mount -t tmpfs none '{home.parent}'")
        where = f"/home/jovyan/{COURSE}" if role == "instructor" else "/home/jovyan"
        become = f"setpriv --reuid={UID} --regid={UID} --clear-groups --no-new-privs"
        steps.append(f"cd '{where}'; exec {become} \"$@\"")
        return subprocess.run(
            [*self.opened, *SHELL, "; ".join(steps), "sh", sys.executable, *program],
            env=self._environment(user, role),
            capture_output=True,
            text=True,
        )

    def _environment(self, user: str, role: str) -> dict[str, str]:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        own = {"HOME": "/home/jovyan", "PATH": path, "LANG": "C.UTF-8", "JUPYTERHUB_USER": user}
        return own | self.hub.environment_of(role)

    def nbgrader(self, user: str, role: str, *arguments: str) -> str:
        """What one of nbgrader's own commands says, which must end well."""
        done = self.run(user, role, "-c", NBGRADER, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def instruct(self, *arguments: str) -> None:
        done = self.run("grace", "instructor", "-m", "autograder.cli", *arguments)
        assert done.returncode == 0, done.stderr

    def home(self, user: str) -> Path:
        return self.root / "homes" / user
