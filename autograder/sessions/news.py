"""What has happened in the student's session beside an answer: what was printed there, which of the
names that a test uses have changed, which files, and how many threads and timers run.

It goes with each answer, and with each call of a test's function, so that a test sees of `calls`
after `tick()` what stands there then. Of a name, the object is told from what it holds: a list that
has grown is the list that the test has; where another list stands, it gets another.
"""

from __future__ import annotations

import _thread
import signal
from collections.abc import Callable, Iterable
from types import BuiltinFunctionType, FunctionType
from typing import Any

from autograder.sessions.changes import IMMUTABLE, content_of, put_into
from autograder.sessions.channel import WireError
from autograder.sessions.files import Folder
from autograder.sessions.handles import Handle
from autograder.sessions.wire import Ends

NO_NEWS: list[Any] = ["", {}, {}, 0]
GONE = object()  # where a name was
# What is looked at no further than whether it is another.
WHOLE = (*IMMUTABLE, FunctionType, BuiltinFunctionType, type)


TIMERS = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)


def running() -> int:
    """How many threads and timers the student's code has started that have not ended."""
    return _thread._count() + sum(signal.getitimer(timer)[0] > 0 for timer in TIMERS)


def stop_timers() -> None:
    """Stop what would interrupt, or end, whatever runs next. A thread cannot be stopped."""
    for timer in TIMERS:
        signal.setitimer(timer, 0)


class News:
    """The student's end: what has changed since it was told last."""

    def __init__(self, namespace: dict[str, Any], printed: Callable[[], str], ends: Ends):
        self.namespace, self.printed, self.ends = namespace, printed, ends
        self.seen: dict[str, tuple[Any, bytes]] = {}
        self.folder = Folder()

    def follow(self, names: Iterable[str], files: bool) -> None:
        """A test begins, which follows these of the student's names, and files or not."""
        stop_timers()
        self.seen = {name: self._state(name) for name in names}
        self.folder.follow(files)

    def __call__(self) -> list[Any]:
        return [self.printed(), dict(self._names()), self.folder.changed(), running()]

    def _names(self) -> Iterable[tuple[str, list[Any]]]:
        """By name: nothing where it is gone; else whether it is the same object, and this."""
        for name, (was, content) in self.seen.items():
            now = self.seen[name] = self._state(name)
            if now[0] is not was or now[1] != content:
                yield name, [] if now[0] is GONE else [now[0] is was, now[0]]

    def _state(self, name: str) -> tuple[Any, bytes]:
        obj = self.namespace.get(name, GONE)
        if obj is GONE or type(obj) in WHOLE:
            return obj, b""
        try:
            return obj, content_of(obj, self.ends)
        except Exception:  # whatever an object of the student's makes of being looked at
            return obj, b""


class Followed:
    """The tests' end: the student's names, as long as a test has bound nothing else to them."""

    def __init__(self, namespace: dict[str, Any]):
        self.namespace = namespace
        self.bound: dict[str, Any] = {}

    def follow(self, found: dict[str, Any], names: Iterable[str]) -> None:
        """A test begins, with these of the student's values; it follows some of them."""
        self.bound = {name: found[name] for name in names if name in found}

    def take(self, names: dict[str, list[Any]]) -> dict[str, Any]:
        """Bind what has changed; those that are bound anew."""
        anew = {}
        for name, change in names.items():
            if name not in self.bound or self.namespace.get(name) is not self.bound[name]:
                continue
            if not change:
                del self.namespace[name], self.bound[name]
                continue
            is_same, value = change
            if is_same and type(value) is not Handle:
                value = put_into(self.bound[name], value)
            self.namespace[name] = self.bound[name] = anew[name] = value
        return anew


def checked_news(news: Any) -> list[Any]:
    """News whose parts are what they should be; what names and files hold is anything."""
    if type(news) is not list or tuple(map(type, news)) != (str, dict, dict, int):
        raise WireError("news are what was printed, names, files and a number of threads")
    for name, change in news[1].items():
        is_change = type(change) is list and len(change) in (0, 2)
        if type(name) is not str or not is_change or (change and type(change[0]) is not bool):
            raise WireError("of a name there is nothing, or whether it is the same, and its value")
    for name, content in news[2].items():
        if type(name) is not str or type(content) not in (bytes, int, type(None)):
            raise WireError("of a file there is what it holds, or how much, or nothing")
    return news
