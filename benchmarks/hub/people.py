"""Who works on deadline night: each person a process of its own, under that person's account.

Whatever is not answered is asked again, as a person presses a button again, and counted. By which
ways a person does it stands in `ways.py`.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import pwd
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from autograder.authoring.demo import Student, add, change, notebook_of

NAME, COURSE = "a1-perceptron", "cnn"
SLIP = change("predict", "> 0", ">= 0")  # what every third person hands in
WAIT = 3.0  # seconds until what was not answered is asked again; with the service's dialog, 10
PATIENCE = 240  # seconds after which nobody asks again


@dataclass(frozen=True)
class Phase:
    """A part of the night, and how long a person thinks between two checks, on the mean."""

    name: str
    seconds: float
    pause: float


@dataclass(frozen=True)
class Place:
    """The running demonstration."""

    home: Path
    port: int
    check_port: int
    words: dict[str, str]  # everybody's password
    perfect: dict[str, Any]  # the notebook with all answers
    events: Path


class Again(Exception):
    """It was not answered; why, and after how many seconds one asks again."""

    def __init__(self, why: str, seconds: float = 0):
        super().__init__(why)
        self.seconds = seconds or WAIT


def is_wrong(name: str) -> bool:
    """Whether a person's answers have the slip."""
    return int(name[-3:]) % 3 == 0


class Person:
    """What a night is made of; every deed is a line in the person's own file of events."""

    names: ClassVar[dict[str, str]] = {}  # what deeds are called in the report

    def __init__(self, place: Place, name: str):
        self.place, self.name, self.version = place, name, 0
        self.random = random.Random(name)
        self.folder = place.home / "homes" / name / "cnn-course" / "assignments"
        self.notebook = self.folder / NAME / f"{NAME}.ipynb"
        self.log = (place.events / f"{name}.jsonl").open("w", buffering=1)

    # What a person does, by the two ways.

    def arrive(self) -> None:
        """Sign in and fetch the assignment."""
        raise NotImplementedError

    def write(self, content: bytes) -> None:
        raise NotImplementedError

    def check(self) -> None:
        raise NotImplementedError

    def submit(self) -> None:
        raise NotImplementedError

    def look(self) -> None:
        """What is done between two checks besides thinking."""

    # The night.

    def night(self, begin: float, phases: Sequence[Phase]) -> None:
        """From the given moment (monotonic) on; the last version is handed in at its end."""
        end = begin
        for phase in phases:
            end += phase.seconds
            while (left := end - time.monotonic()) > 0:
                pause = self.random.expovariate(1 / phase.pause) if phase.pause else 0
                time.sleep(min(pause, left))
                if time.monotonic() < end:
                    self.work()
        self.prepare()
        self.hand_in()

    def work(self) -> None:
        """A new version is looked at and checked; every second one is handed in."""
        self.prepare()
        self.look()
        self.do("check", self.check)
        if self.version % 2 == 0:
            self.hand_in()

    def prepare(self) -> None:
        """Write a version that nobody else has and no cache knows."""
        self.version += 1
        edits = [add(f"# {self.name}, version {self.version}")]
        edits += [SLIP] if is_wrong(self.name) else []
        content = notebook_of(Student(self.name, tuple(edits)), self.place.perfect)
        self.do("save", lambda: self.write(content))

    def hand_in(self) -> None:
        digest = hashlib.sha256(self.notebook.read_bytes()).hexdigest()
        self.do("submit", self.submit, sent=digest, version=self.version)

    def do(self, what: str, deed: Callable[[], None], **more: Any) -> None:
        """From the first press of a button to the answer, whatever had to be repeated."""
        begun, again, done = time.monotonic(), Counter[str](), False
        while not done and time.monotonic() < begun + PATIENCE:
            try:
                deed()
                done = True
            except Again as reason:
                again[str(reason)] += 1
                time.sleep(reason.seconds * self.random.uniform(0.8, 1.2))
        seconds = time.monotonic() - begun
        known = {"what": self.names.get(what, what), "begun": begun, "seconds": seconds}
        print(json.dumps({**known, "again": again, "done": done, **more}), file=self.log)
        if not done:
            raise SystemExit(f"{self.name}: {what} was not answered: {dict(again)}")

    # What both ask.

    def ask(self, method: str, path: str, body: Any = None, host: str = "", token: str = "") -> Any:
        """What the proxy brings back, JSON where it says so. Again: there is no answer."""
        headers = {"Host": f"{host}hub.localhost:{self.place.port}"}
        headers |= {"Authorization": f"token {token}"} if token else {}
        data = None if body is None else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.place.port, timeout=90)
        try:
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            content = answer.read()
        except TimeoutError:
            raise Again("no answer in 90 s") from None
        except (OSError, http.client.HTTPException):
            raise Again("nobody there") from None
        finally:
            connection.close()
        if answer.status not in (200, 201, 202, 204):
            raise Again(f"{answer.status} {answer.reason}")
        is_json = "json" in answer.headers.get("Content-Type", "")
        return json.loads(content) if is_json and content else content

    def sign_in(self, *scopes: str) -> None:
        """A token for one's name and password, as the hub gives them."""
        auth = {"username": self.name, "password": self.place.words[self.name]}
        body: dict[str, Any] = {"auth": auth} | ({"scopes": scopes} if scopes else {})

        def signed_in() -> None:
            self.token = self.ask("POST", f"/hub/api/users/{self.name}/tokens", body)["token"]

        self.do("sign in", signed_in)


def become(name: str, home: Path) -> None:
    """Be that person, for good, with the environment that everybody's server has."""
    account = pwd.getpwnam(name)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    os.environ.update(HOME=account.pw_dir, USER=name, LOGNAME=name)
    os.environ.update(COURSE_HOME=str(home), COURSE_ID=COURSE)
    os.environ["JUPYTER_CONFIG_PATH"] = f"{home}/etc/everyone"
    os.chdir(account.pw_dir)
