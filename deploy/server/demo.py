"""`make hub`: the course on this machine, as a class would have it; `make hub-clean` removes it.

The same installer, configuration and units as on a server (README.md), with people who are made
for it and a password that is printed: to look at and to test, never to teach with. All that it
makes is below one folder, and its accounts bear a mark, by which they are found again.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from unit import Unit

HERE = Path(__file__).resolve().parent
CLONE = HERE.parent.parent
MARK = "cnn-course demonstration"  # with its folder: what `getent passwd` says of whom this made
GRADER, CHECK = "demo-grader", "demo-check"
PEOPLE = {
    "instructors": ["demo-teacher"],
    "students": ["demo-ada", "demo-ben", "demo-cleo"],
}
LOCK = ".cnn-course-demo"
ASSIGNMENT = "a1-perceptron"
UNITS = ("cnn-proxy", "cnn-hub", "cnn-check", "cnn-formgrader", "cnn-watch")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["start", "clean"])
    parser.add_argument("--home", type=Path, default=Path("/srv/cnn-course-demo"))
    parser.add_argument("--port", type=int, default=8000, help="the hub's, for browsers")
    parser.add_argument("--further", type=int, default=0, help="so many students besides")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("make hub: run it as root: a hub starts each person's server as that person")
    home = options.home.resolve()
    if home.exists() and any(home.iterdir()) and not (home / LOCK).exists():
        sys.exit(f"make hub: {home} holds something else: name another folder by HUB_DEMO")
    os.umask(0o022)  # as systemd's: what is made for others, others can read
    if options.what == "clean":
        return clean(home)
    PEOPLE["students"] += [f"demo-{number:03}" for number in range(1, options.further + 1)]
    with alone(home):
        passwords = people(home)
        install(home, options.port)
        release(home)
        run(home, options.port, passwords)


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """As the one demonstration in a folder; whoever is second is told so."""
    home.mkdir(parents=True, exist_ok=True)
    with open(home / LOCK, "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("make hub: it runs already: stop it where it was started (Ctrl+C)")
        yield


# People ------------------------------------------------------------------------------------------


def people(home: Path) -> dict[str, str]:
    """Make the accounts that are missing; everybody's password, which stays what it was."""
    kept = home / "hub" / "people" / "passwords"
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    known = dict(line.split() for line in kept.read_text().splitlines()) if kept.exists() else {}
    for kind, names in PEOPLE.items():
        (kept.parent / kind).write_text("".join(f"{name}\n" for name in names))
        for name in names:
            known.setdefault(name, secrets.token_urlsafe(9))
            _account(name, home)
            subprocess.run(["chpasswd"], input=f"{name}:{known[name]}", text=True, check=True)
    with open(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.writelines(f"{name} {password}\n" for name, password in known.items())
    return known


def _account(name: str, home: Path) -> None:
    own, mark = home / "homes" / name, f"{MARK} {home}"
    try:
        if (said := pwd.getpwnam(name).pw_gecos) != mark:
            whose = "nobody of ours" if not said.startswith(MARK) else f"of another: {said}"
            sys.exit(f"make hub: there is a user {name} already, who is {whose}")
    except KeyError:
        own.parent.mkdir(exist_ok=True)
        made = ["--create-home", "--home-dir", str(own), "--shell", "/bin/bash"]
        subprocess.run(["useradd", *made, "--comment", mark, name], check=True)
    own.chmod(0o700)


# The course --------------------------------------------------------------------------------------


def install(home: Path, port: int) -> None:
    """deploy/server/install, with this demonstration's settings."""
    between = ("HUB_PORT", "PROXY_API_PORT", "CHECK_PORT", "FORMGRADER_PORT")
    first = 880 + 4 * (port % 32)  # below 1024, where only root's services can listen
    own = {
        "COURSE_HOME": home,
        "COURSE_ID": "cnn",
        "ADDRESS": f"http://hub.localhost:{port}",
        "SUBDOMAINS": "yes",
        "PORT": port,
        **{name: first + number for number, name in enumerate(between)},
        "GRADER": GRADER,
        "CHECK": CHECK,
        "BACKUPS": home / "backups",
        "GRADEBOOK": "",
    }
    (home / "hub" / "settings.env").write_text(
        "".join(f"{name}={value}\n" for name, value in own.items())
    )
    environment = os.environ | {"ACCOUNT_MARK": MARK}
    if (CLONE / ".venv").is_dir():
        environment["PACKAGES_OF"] = str(CLONE / ".venv")
    subprocess.run([HERE / "install", home], env=environment, check=True)


def release(home: Path) -> None:
    """Build one assignment and give it out, as an instructor does in the form-grader's terminal;
    it is due in a week."""
    if (home / "exchange" / "cnn" / "outbound" / ASSIGNMENT).exists():
        return
    settings = home / "course" / "solutions" / ASSIGNMENT / "assignment.toml"
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(days=7)
    line = f"duedate = {due:%Y-%m-%dT%H:%M:%SZ}"
    settings.write_text(re.sub(r"(?m)^duedate = .*$", line, settings.read_text()))
    for command in (
        ["autograder", "build", ASSIGNMENT],
        ["nbgrader", "release_assignment", ASSIGNMENT],
    ):
        print("•", *command, flush=True)
        subprocess.run([home / "grader", *command], check=True)


# The processes -----------------------------------------------------------------------------------


def run(home: Path, port: int, passwords: dict[str, str]) -> None:
    """Until Ctrl+C: every unit, and everybody who has signed in."""
    # Said anew: what a script starts in the background is born deaf to Ctrl+C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    units = [Unit(home, name) for name in UNITS]
    try:
        for unit in units:
            unit.keep_running()
        _await(f"http://127.0.0.1:{port}/hub/health", units)
        print(_welcome(home, port, passwords), flush=True)
        while True:
            time.sleep(1)
            for unit in units:
                unit.keep_running()
    except KeyboardInterrupt:
        print()
    finally:
        _stop(home, units)


def _stop(home: Path, units: list[Unit]) -> None:
    """All at once, with what people have running: the hub itself lets that go on."""
    processes = [unit.process for unit in reversed(units) if unit.process]
    for process in processes:
        process.terminate()
    for name in marked(home):
        _end(name)
    for process in processes:
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def _await(address: str, units: list[Unit]) -> None:
    for _ in range(240):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.5)
    for unit in units:
        print(f"{unit.name}: {unit.log}", file=sys.stderr)
    sys.exit("make hub: the hub does not answer; the logs above say why")


def _welcome(home: Path, port: int, passwords: dict[str, str]) -> str:
    lines = ["", f"The course is at http://hub.localhost:{port}, on this machine alone.", ""]
    for kind, names in PEOPLE.items():
        lines += [f"  {kind[:-1]:11} {name:13} password {passwords[name]}" for name in names]
    lines += [
        "",
        f"{ASSIGNMENT} can be fetched: Nbgrader, Assignment List. The form-grader: Hub Control",
        f"Panel, Services; or at http://cnn--service.hub.localhost:{port}/services/cnn/ .",
        f"The grader's commands: {home}/grader autograder build a2-backpropagation",
        f"Logs: {home}/logs. To stop: Ctrl+C. To remove all of it: make hub-clean",
    ]
    return "\n".join(lines)


def marked(home: Path) -> list[str]:
    """Who was made for the demonstration in this folder, and nobody else."""
    return [entry.pw_name for entry in pwd.getpwall() if entry.pw_gecos == f"{MARK} {home}"]


def _end(name: str) -> None:
    """What somebody has running, until nothing is (what only waits for its parent is nothing)."""
    for _ in range(100):
        killed = ["pkill", "-KILL", "--runstates", "DIRSTt", "-u", name]
        if subprocess.run(killed, check=False).returncode:
            return
        time.sleep(0.1)


def clean(home: Path) -> None:
    """Remove the people that bear the mark, and the folder."""
    with alone(home):
        for name in marked(home):
            _end(name)
            subprocess.run(["userdel", name], check=True)
            print(f"• {name} removed")
    shutil.rmtree(home)
    print(f"• {home} removed")


if __name__ == "__main__":
    main()
