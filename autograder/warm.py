"""The fork servers of this process: one for each role and list of packages, started once.

Light to import: the command line starts the servers before it imports nbgrader, which takes as long
as they do.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import threading
import tomllib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.confine import ConfinementError
from autograder.forkserver import PRELOADS, ForkServer

if TYPE_CHECKING:
    from autograder.assignment import Assignment

ServerKey = tuple[str, tuple[str, ...], bool, tuple[str, ...]]
_servers: dict[ServerKey, ForkServer] = {}
_locks: dict[ServerKey, threading.Lock] = {}
_lock = threading.Lock()


def warm_servers(assignment: Assignment, confined: bool = True) -> tuple[ForkServer, ForkServer]:
    """The servers of an assignment's students and of its tests; both start at once."""
    sources = [cell.source for notebook in assignment.notebooks for cell in notebook.cells]
    words = _words(sources)
    with ThreadPoolExecutor(2) as pool:
        student = pool.submit(warm_server, "student", assignment.packages, confined, words)
        grader = pool.submit(warm_server, "grader", assignment.grader_packages, confined, words)
    return student.result(), grader.result()


def warm_server(
    role: str, packages: tuple[str, ...], confined: bool = True, words: tuple[str, ...] = ()
) -> ForkServer:
    """The fork server for a role and its packages, started when it is first asked for."""
    key = (role, packages, confined, words)
    with _lock:
        lock = _locks.setdefault(key, threading.Lock())
    with lock:
        if key in _servers and not _servers[key].is_alive():
            _servers.pop(key).close()
        if key not in _servers:
            _servers[key] = ForkServer(role, packages, confined, words)
        return _servers[key]


def expect(course: Path, name: str, confined: bool = True) -> None:
    """Begin to start an assignment's servers, before its course has been read.

    A guess from its files, which costs nothing where it is wrong.
    """
    for path in course.glob(f"*/{name}/assignment.toml"):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            settings = tomllib.loads(path.read_text())
            words = _words(_sources(path.parent))
            packages = tuple(settings.get("packages", ("numpy",)))
            extra = settings.get("grader_packages", ())
            own = tuple(dict.fromkeys([*packages, *extra]))
            for role, imports in (("student", packages), ("grader", own)):
                arguments = (role, imports, confined, words)
                threading.Thread(target=_try_to_warm, args=arguments, daemon=True).start()


def _try_to_warm(*arguments: Any) -> None:
    with contextlib.suppress(ConfinementError):  # said when the server is asked for
        warm_server(*arguments)


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
            _servers.popitem()[1].close()
