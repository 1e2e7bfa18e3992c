"""What home knows of the machines that grade: who is there, with how many seats, who is refused."""

from __future__ import annotations

import importlib.metadata
import sys
import time

from distributed import Client
from tqdm import tqdm

from autograder.cluster.connection import GUIDE
from autograder.cluster.plugin import Grading
from autograder.course.course import CourseError
from autograder.sandbox.versions import PROJECT

PATIENCE = 60.0  # seconds without a machine that can grade


class Machines:
    """The cluster's workers, which get a plug-in: by address, their names and their seats."""

    def __init__(self, client: Client, plugin: Grading):
        self.client, self.topic = client, plugin.name
        self.seats: dict[str, int] = {}
        self.names: dict[str, str] = {}
        self._refused: set[str] = set()
        self._since, self._waits = time.monotonic(), False
        self._told = max((at for at, _ in client.get_events(self.topic)), default=0.0)
        try:
            client.register_plugin(plugin, plugin.name)
        except Exception:  # that of one worker, which could not read it; the others have it
            if not self._refuse_those_without_it():
                raise

    def _refuse_those_without_it(self) -> list[str]:
        found = self.client.run(importlib.metadata.version, PROJECT, on_error="return")
        self._see()
        without = [address for address, version in found.items() if type(version) is not str]
        for address in without:
            self._note(address, ["this project is not installed there"])
        return without

    def look(self) -> None:
        """See who is there now, and say what is new. CourseError: there are only refused ones."""
        self._see()
        for at, event in self.client.get_events(self.topic):
            if at > self._told:
                self._told = at
                self._note(str(event["worker"]), [str(why) for why in event["refused"]])
        if self.seats:
            self._since, self._waits = time.monotonic(), False
        elif time.monotonic() - self._since < PATIENCE:  # one that has died may come back
            return
        elif self.names and self.names.keys() <= self._refused:
            raise CourseError(f"no machine of the cluster can grade: all are refused ({GUIDE})")
        elif not self._waits:
            self._waits = True
            say("no machine is ready yet: waiting (Ctrl+C ends it, and nothing is lost)")

    def _see(self) -> None:
        workers = self.client.scheduler_info()["workers"]
        self.names = {address: str(worker["name"]) for address, worker in workers.items()}
        offered = {a: int(worker["resources"].get(self.topic, 0)) for a, worker in workers.items()}
        self.seats = {address: seats for address, seats in offered.items() if seats > 0}

    def _note(self, address: str, refused: list[str]) -> None:
        """That a worker may grade, or why it may not."""
        self._refused.discard(address)
        if refused:
            self._refused.add(address)
            more = f"; and {len(refused) - 3} more" if len(refused) > 3 else ""
            say(f"{self.names.get(address, address)} is refused: {'; '.join(refused[:3])}{more}")


def say(line: str) -> None:
    """Beside the progress, not through it."""
    tqdm.write(f"autograder: {line}", file=sys.stderr)
