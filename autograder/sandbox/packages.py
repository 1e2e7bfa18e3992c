"""What the packages of an assignment need: what a session may read, and what it may import."""

from __future__ import annotations

import difflib
import functools
import importlib.metadata
import importlib.util
import inspect
import os
import site
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from autograder.sessions.syntax import PARSING

# What a session's own machinery imports; its folders are readable in every session.
MACHINERY = ("IPython", "numpy", "msgpack", "matplotlib_inline")


class OnlyListed:
    """One of Python's finders, for which other packages than the assignment's are not installed.

    Landlock forbids to read them; without this, a library that looks whether something is there
    would find its folder, and stumble over it.
    """

    def __init__(self, finder: Any, packages: Iterable[str]):
        self.finder, self.readable = finder, importable(packages)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        known = "." in name or name in self.readable or name in sys.stdlib_module_names
        if known or os.path.exists(f"{name}.py") or os.path.isdir(name):  # or the folder's own
            return self.finder.find_spec(name, path, target)
        return None

    def __getattr__(self, name: str) -> Any:  # what else a finder has, such as its caches
        return getattr(self.finder, name)


def importable(packages: Iterable[str]) -> set[str]:
    """The names of what a session can import beside the standard library."""
    return needs(packages)[0]


def readable(packages: Iterable[str]) -> list[str]:
    """What a session may read: the interpreter, its libraries, the packages and their needs."""
    standard = Path(sysconfig.get_path("stdlib"))
    paths = [str(p) for p in standard.iterdir() if p.name != "site-packages"]
    paths += ["/lib", "/lib64", "/usr/lib", "/usr/share/zoneinfo", "/etc/ld.so.cache"]
    libraries = sysconfig.get_config_var("LIBDIR")
    paths += [str(p) for p in Path(libraries or "/nonexistent").glob("libpython*")]
    for name in importable(packages):
        spec = importlib.util.find_spec(name)
        if spec and spec.submodule_search_locations:
            paths += spec.submodule_search_locations
        elif spec and spec.origin:
            paths.append(spec.origin)
    for folder in site.getsitepackages():  # shared libraries that wheels keep beside the package
        paths += map(str, Path(folder).glob("*.libs"))
    return [path for path in dict.fromkeys(paths) if os.path.exists(path)]


# Looks through all that is installed: half a second.
distributions_by_import = functools.cache(importlib.metadata.packages_distributions)


def is_installed(package: str) -> bool:
    """Whether a package can be imported here; it is looked for, not imported."""
    try:
        return package.isidentifier() and importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):  # what finders raise for strange modules
        return False


def meant(package: str) -> str:
    """The import name of what is installed under a similar name, or as a distribution; or ""."""
    by_import = distributions_by_import()
    plain = package.lower().replace("-", "_").partition(".")[0]
    for name, owners in by_import.items():
        if plain in (name, *(owner.lower().replace("-", "_") for owner in owners)):
            return name
    return next(iter(difflib.get_close_matches(plain, by_import, 1)), "")


def needs(packages: Iterable[str]) -> tuple[set[str], set[str]]:
    """The import names of the packages, of a session's machinery, and of all that their
    distributions require; and those distributions."""
    names, seen = {*packages, *MACHINERY}, set[str]()
    todo = [owner for package in names for owner in _owners(package)]
    while todo:
        distribution = _plain(todo.pop())
        if distribution in seen or (found := _distribution(distribution)) is None:
            continue
        seen.add(distribution)
        names |= found[0]
        for text in found[1]:
            with PARSING:  # a marker's words are parsed as Python's
                need = Requirement(text)
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                todo.append(need.name)
    return names, seen


def _owners(package: str) -> list[str]:
    """The distributions that a package is of. Mostly it is called as its distribution is, which is
    quickly seen, and has no other; a package without an `__init__` may have several."""
    namesake = _distribution(_plain(package))
    spec = importlib.util.find_spec(package) if namesake and package in namesake[0] else None
    return [package] if spec and spec.origin else distributions_by_import().get(package, [])


@functools.cache
def _distribution(name: str) -> tuple[frozenset[str], tuple[str, ...]] | None:
    """What can be imported of a distribution, and what it requires; None where nothing can, or it
    is missing."""
    found = [*importlib.metadata.distributions(name=name)]  # may lie twice on the path
    names = {imported for one in found for imported in _imports_of(one)}
    return (frozenset(names), tuple(found[0].requires or ())) if names else None


def _imports_of(distribution: importlib.metadata.Distribution) -> list[str]:
    if declared := (distribution.read_text("top_level.txt") or "").split():
        return declared
    # The installer's list, read without the objects that make of it what `files` is.
    lines = (distribution.read_text("RECORD") or "").splitlines()
    files = [line.partition(",")[0] for line in lines] or map(str, distribution.files or ())
    return [*filter(None, map(_imported, files))]


def _imported(file: str) -> str:
    """By what name something of an installed file is imported; "" where nothing is."""
    package, _, inside = file.partition("/")
    if inside:
        return package if file.endswith(".py") and package != ".." else ""
    return inspect.getmodulename(file) or ""


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")
