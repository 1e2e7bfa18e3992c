"""What the demonstration's processes are, what they take, and how one of them is killed."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import threading
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

EVERY = 5.0  # seconds between two looks
TICK = os.sysconf("SC_CLK_TCK")
CHECK_SERVICE = "check service"
# By which each unit is known in a command line.
UNITS = {
    "proxy": "configurable-http-proxy",
    "hub": "jupyterhub --config",
    CHECK_SERVICE: "autograder.hub.check_service",
    "watcher": "autograder watch",
}
SERVER, KERNEL = "student's server", "student's kernel"
CLIENTS = "clients of this test"
REST = "all else on this machine"


class Process(NamedTuple):
    pid: int
    parent: int
    uid: int
    command: str

    def seconds(self) -> float:
        """Of a processor, with its children that have ended."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICK

    def memory(self) -> float:
        """MB, its share of what is shared (PSS)."""
        rollup = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        return int(rollup.partition("\nPss:")[2].split()[0]) / 1024


def processes() -> Iterator[Process]:
    """All that run; whose they are says the kernel, also of those that hide it."""
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError, KeyError):
            lines = (place / "status").read_text().splitlines()
            said = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
            command = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            uid = int(said["Uid"].split()[0])
            yield Process(int(place.name), int(said["PPid"]), uid, command)


def kind_of(process: Process, home: Path, own: set[int]) -> str:
    """Which row of the table a process belongs to; nobody's of the demonstration is ""."""
    if process.pid in own or process.parent in own:
        return CLIENTS
    try:
        name = pwd.getpwuid(process.uid).pw_name
    except KeyError:
        return ""
    if name == "demo-grader":
        single = "jupyterhub-singleuser" in process.command
        return "form-grader" if single else "watcher"
    if name == "demo-check":
        return CHECK_SERVICE
    if name.startswith("demo-"):
        return KERNEL if "ipykernel" in process.command else SERVER
    if str(home) not in process.command:
        return ""
    kinds = {**UNITS, "culler": "jupyterhub_idle_culler"}
    return next((kind for kind, mark in kinds.items() if mark in process.command), "")


def busy() -> float:
    """Seconds that all cores have worked since the machine was started."""
    user, nice, system, _, _, irq, softirq = map(int, Path("/proc/stat").read_text().split()[1:8])
    return (user + nice + system + irq + softirq) / TICK


class Looks(threading.Thread):
    """A look at all processes every few seconds, until `end`: memory and seconds by kind."""

    def __init__(self, home: Path):
        super().__init__(daemon=True)
        self.home, self.ended = home, threading.Event()
        self.memory: dict[str, list[float]] = defaultdict(list)  # of all of a kind
        self.spent: list[tuple[float, dict[str, float]]] = []  # since the look before
        self.before: dict[str, float] = {}
        self.busy = busy()

    def run(self) -> None:
        while not self.ended.wait(EVERY):
            self.look()

    def end(self) -> None:
        self.ended.set()
        self.join()

    def look(self) -> None:
        """One look."""
        memory, total = defaultdict[str, float](float), defaultdict[str, float](float)
        people = defaultdict[str, set[int]](set)
        for process in processes():
            if not (kind := kind_of(process, self.home, {os.getpid()})):
                continue
            with suppress(OSError, IndexError, ValueError):  # it has ended
                total[kind] += process.seconds()
                if kind != CLIENTS and (own := process.memory()):
                    memory[kind] += own
                    people[kind].add(process.uid)
        self._count(total)
        for kind, of_all in memory.items():
            each = len(people[kind]) if kind in (SERVER, KERNEL) else 1
            self.memory[kind].append(of_all / each)

    def _count(self, total: dict[str, float]) -> None:
        """What was spent since the look before. What ends hands its time on to its parent; with a
        unit that is killed, that of its last seconds is lost, and stands in the rest."""
        worked = busy()
        if self.before:
            spent = {kind: max(0, total[kind] - self.before.get(kind, 0)) for kind in total}
            spent[REST] = max(0, worked - self.busy - sum(spent.values()))
            self.spent.append((time.monotonic(), spent))
        self.before, self.busy = total, worked

    def cores(self, begin: float, end: float) -> dict[str, float]:
        """Cores that each kind has kept busy, on the mean, between two moments."""
        found = defaultdict[str, float](float)
        for moment, spent in self.spent:
            if begin < moment <= end:
                for kind, seconds in spent.items():
                    found[kind] += seconds
        return {kind: seconds / (end - begin) for kind, seconds in found.items()}


def kill(unit: str, demo: int) -> None:
    """`kill -9` of a unit's process, which is a child of the demonstration's. LookupError: none."""
    for process in processes():
        if process.parent == demo and UNITS[unit] in process.command:
            os.kill(process.pid, signal.SIGKILL)
            return
    raise LookupError(f"no {unit} runs")


def answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=5).close()
    except OSError:
        return False
    return True


def machine() -> str:
    """Cores, processor, memory."""
    said = subprocess.run(["lscpu"], capture_output=True, text=True, check=True).stdout
    [name] = [line.split(":", 1)[1].strip() for line in said.splitlines() if "Model name" in line]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{name}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB"
