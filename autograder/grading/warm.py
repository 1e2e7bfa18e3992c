"""The fork servers of this process: started once for an assignment, or taken from those that
another process keeps ready (resident/).

Light to import: the command line starts the servers before it imports nbgrader, which takes as long
as they do.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import threading
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.sandbox.confine import ConfinementError
from autograder.sandbox.forkserver import ForkServer
from autograder.sandbox.serve import PRELOADS

if TYPE_CHECKING:
    from autograder.course.assignment import Assignment

Key = tuple[tuple[tuple[str, tuple[str, ...]], ...], bool, tuple[str, ...]]
_servers: dict[Key, list[ForkServer]] = {}
_elsewhere: list[Callable[[Key], list[ForkServer]]] = []
_locks: dict[Key, threading.Lock] = {}
_lock = threading.Lock()


def warm_servers(assignment: Assignment, confined: bool = True) -> tuple[ForkServer, ForkServer]:
    """The server of an assignment's students, and that of its tests."""
    roles = {"student": assignment.packages, "grader": assignment.grader_packages}
    student, grader = servers_for(roles, confined, words_of(assignment))
    return student, grader


def words_of(assignment: Assignment) -> tuple[str, ...]:
    """The words in an assignment for which its servers import more than its packages."""
    return _words(cell.source for notebook in assignment.notebooks for cell in notebook.cells)


def servers_for(
    roles: dict[str, tuple[str, ...]], confined: bool = True, words: tuple[str, ...] = ()
) -> list[ForkServer]:
    """The servers for roles and their packages, started when they are first asked for."""
    key = (tuple(roles.items()), confined, words)
    with _lock:
        lock = _locks.setdefault(key, threading.Lock())
    with lock:
        if key in _servers and not all(server.is_alive() for server in _servers[key]):
            for server in _servers.pop(key):
                server.close()
        if key not in _servers:
            _servers[key] = _taken(key) or ForkServer.start(roles, confined, words)
        with _lock:
            servers = _servers[key] = _servers.pop(key)  # the last of them
        return servers


def take_from(elsewhere: Callable[[Key], list[ForkServer]]) -> None:
    """Ask there first for servers that are wanted: it gives those that were launched, or none."""
    _elsewhere.append(elsewhere)


def _taken(key: Key) -> list[ForkServer]:
    for elsewhere in _elsewhere:
        with contextlib.suppress(ConfinementError):  # what was kept ready may have died since
            if servers := elsewhere(key):
                return ForkServer.ready(servers)
    return []


def keep_last(number: int) -> None:
    """End the servers but those of so many lists of packages, which were asked for last."""
    with _lock:
        for key in list(_servers)[:-number]:
            for server in _servers.pop(key):
                server.close()


def expect(course: Path, name: str, confined: bool = True) -> None:
    """Begin to start an assignment's servers, before its course has been read.

    A guess from its files, which costs nothing where it is wrong.
    """
    for path in course.glob(f"*/{name}/assignment.toml"):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            settings = tomllib.loads(path.read_text())
            packages = tuple(settings.get("packages", ("numpy",)))
            grader = tuple(dict.fromkeys([*packages, *settings.get("grader_packages", ())]))
            roles = {"student": packages, "grader": grader}
            arguments = (roles, confined, _words(_sources(path.parent)))
            threading.Thread(target=_try_to_start, args=arguments, daemon=True).start()


def _try_to_start(*arguments: Any) -> None:
    with contextlib.suppress(ConfinementError):  # said when the servers are asked for
        servers_for(*arguments)


def _sources(folder: Path) -> list[str]:
    """The texts of the cells that nbgrader knows."""
    cells = [
        cell
        for path in sorted(folder.glob("*.ipynb"))
        for cell in json.loads(path.read_text())["cells"]
    ]
    return ["".join(cell["source"]) for cell in cells if "nbgrader" in cell["metadata"]]


def _words(sources: Iterable[str]) -> tuple[str, ...]:
    """Those of the words that ask for a preload that stand somewhere in the cells."""
    text = "\n".join(sources)
    return tuple(word for word in PRELOADS if word in text)


@atexit.register
def close_servers() -> None:
    """End all fork servers, and with them their sessions."""
    with _lock:
        while _servers:
            for server in _servers.popitem()[1]:
                server.close()
