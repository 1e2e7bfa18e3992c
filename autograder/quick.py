"""Imported first by the command line, so that it starts in a fraction of the time.

nbgrader's `__init__` imports its pages, and with them all of Jupyter's server, which no command
here shows; its preprocessors import nbconvert's exporters, a client of kernels and an HTML cleaner,
for three classes that take out what stands between two marks; who somebody is, it asks with a
client of web servers; and IPython's `__init__` imports a terminal, where a cell's magics are to be
read. Here each of these is imported when somebody asks for it. And jsonschema, which nbgrader
imports, compiles a grammar of web addresses and more if the packages for it are there (JupyterLab
brings them): a second, for what no notebook needs.
"""

from __future__ import annotations

import ast
import importlib
import sys
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from autograder.sessions.syntax import parse

PAGES = tuple(
    f"nbgrader.server_extensions.{page}"
    for page in ("assignment_list", "course_list", "formgrader", "validate_assignment")
)
LOADER = "load_jupyter_server_extension"  # what nbgrader asks each of them for
# Packages whose `__init__` only names what its modules have, and imports them all for that.
PACKAGES = (
    *("nbconvert", "nbconvert.preprocessors", "nbconvert.exporters", "nbconvert.filters"),
    *("nbgrader.preprocessors", "nbgrader.auth", "IPython"),
)
# jsonschema's, of addresses, colours and durations.
CHECKS = ("rfc3987_syntax", "rfc3986_validator", "isoduration", "webcolors", "fqdn", "uri_template")
ARCHIVES = "setuptools.archive_util"  # for what nbgrader unpacks


class Later(ModuleType):
    """Stands for a package until anything is asked for that its modules do not have by themselves.

    `homes` says of which module of it (".base") a name is one, or that it is one (".").
    """

    def __init__(self, spec: ModuleSpec, homes: dict[str, str] | None = None):
        super().__init__(spec.name)
        self.__spec__, self.__path__ = spec, spec.submodule_search_locations or []
        self._homes = homes or {}

    def __getattr__(self, name: str) -> Any:
        home = self._homes.get(name)
        if home is None:
            return getattr(self._now(), name)
        if home != ".":
            module = importlib.import_module(home, self.__name__)
            if hasattr(module, name):
                return getattr(module, name)
        return importlib.import_module(f"{home.rstrip('.')}.{name}", self.__name__)

    def _now(self) -> ModuleType:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return importlib.import_module(self.__name__)


class Page(Later):
    """Asked for its loader, it gives one that imports the page when it is called."""

    def __getattr__(self, name: str) -> Any:
        if name == LOADER:
            return lambda app: getattr(self._now(), name)(app)
        return super().__getattr__(name)


class Archives(Later):
    """Asked for a function that unpacks, it gives one that imports the module when it is called."""

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("unpack_"):
            return super().__getattr__(name)
        return lambda *args, **kwargs: getattr(self._now(), name)(*args, **kwargs)


def homes(source: str) -> dict[str, str]:
    """What a package's `__init__` takes from its own modules, by name."""
    found: dict[str, str] = {}
    for node in ast.walk(parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            home = f".{node.module or ''}"
            found |= {name.name: home for name in node.names if not name.asname}
    return found


def start_quickly() -> None:
    """Before anything that imports nbgrader."""
    for name in CHECKS:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    if "nbgrader" in sys.modules:
        return
    for kind, names in ((Page, PAGES), (Archives, (ARCHIVES,)), (Later, PACKAGES)):
        for name in names:
            spec = _spec(name)
            if spec and spec.origin:
                source = Path(spec.origin).read_text(encoding="utf-8")
                package = kind(spec, homes(source) if kind is Later else None)
                sys.modules.setdefault(name, package)


def _spec(name: str) -> ModuleSpec | None:
    """Where a package lies, without importing what it is a part of; None where it is missing."""
    if not (parent := name.rpartition(".")[0]):
        return PathFinder.find_spec(name)
    above = _spec(parent)
    return above and PathFinder.find_spec(name, above.submodule_search_locations)


start_quickly()
