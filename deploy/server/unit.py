"""A systemd unit without systemd: what the demonstration runs is what a server's units say."""

from __future__ import annotations

import os
import pwd
import shlex
import subprocess
from pathlib import Path
from string import Template


class Unit:
    """A service, run as its systemd unit says: its user, its environment, its command."""

    def __init__(self, home: Path, name: str):
        self.name, self.log = name, home / "logs" / f"{name}.log"
        self.file = home / "systemd" / f"{name}.service"
        self.process: subprocess.Popen[bytes] | None = None

    def read(self) -> None:
        """As it is now: `install` may have written it anew."""
        lines = self.file.read_text().splitlines()
        said = [line.partition("=")[::2] for line in lines if line[:1].isalpha()]
        self.environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        for key, value in said:
            if key == "EnvironmentFile":
                self.environment |= _read_environment(Path(value))
            elif key == "Environment":
                self.environment |= [part.partition("=")[::2] for part in shlex.split(value)]
        last = dict(said)
        user = "nobody" if "DynamicUser" in last else last.get("User", "root")
        self.account = pwd.getpwnam(user)
        self.folder = last.get("WorkingDirectory", "/")
        self.command = [
            *("setpriv", "--clear-groups", f"--reuid={user}", f"--regid={self.account.pw_gid}"),
            *_kept(last.get("AmbientCapabilities", "")),
            *shlex.split(Template(last["ExecStart"]).substitute(self.environment)),
        ]

    def keep_running(self) -> None:
        """Start it, or start it again: `Restart=always`."""
        if self.process and self.process.poll() is None:
            return
        if self.process:
            status = self.process.returncode
            print(f"• {self.name} ended ({status}) and is started again", flush=True)
        self.read()
        self.log.parent.mkdir(exist_ok=True)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=self.environment | {"HOME": self.account.pw_dir},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def _kept(capability: str) -> list[str]:
    """How setpriv leaves an account what the unit says: to listen below 1024."""
    name = capability.lower().removeprefix("cap_")
    return [f"--inh-caps=+{name}", f"--ambient-caps=+{name}"] if name else []


def _read_environment(path: Path) -> dict[str, str]:
    lines = [line for line in path.read_text().splitlines() if line and line[0] != "#"]
    return dict(line.split("=", 1) for line in lines)
