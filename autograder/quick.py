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
import threading
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from autograder.sessions.syntax import parse

PAGES = ("assignment_list", "course_list", "formgrader", "validate_assignment")
LOADER = "load_jupyter_server_extension"  # what nbgrader asks each of them for
# Packages whose `__init__` imports all their modules, mostly to name what these have.
PACKAGES = (
    *("nbconvert", "nbconvert.preprocessors", "nbconvert.exporters", "nbconvert.filters"),
    *("nbgrader.preprocessors", "nbgrader.auth", "IPython"),
)
# What jsonschema checks addresses, colours and durations with, if it is there.
FORMATS = (
    *("rfc3987_syntax", "rfc3986_validator", "isoduration", "webcolors", "fqdn", "uri_template"),
)
ARCHIVES = "setuptools.archive_util"  # by which nbgrader unpacks
_lock = threading.Lock()


class Later(ModuleType):
    """Stands for a package until anything is asked for that its modules do not have by themselves.

    `homes` says of which module of it (".base") a name is one, or that it is one (".").
    """

    def __init__(self, name: str, homes: dict[str, str]):
        super().__init__(name)
        self._homes = homes

    def __getattr__(self, name: str) -> Any:
        home = self._homes.get(name)
        if home is None:
            if name.startswith("__") and name not in ("__all__", "__version__"):
                raise AttributeError(name)  # who looks over all modules does not mean this one
            return getattr(self._now(), name)
        if home != ".":
            module = importlib.import_module(home, self.__name__)
            if hasattr(module, name):
                return getattr(module, name)
        try:
            return importlib.import_module(f"{home.rstrip('.')}.{name}", self.__name__)
        except ModuleNotFoundError as error:
            raise AttributeError(f"{self.__name__} has no {name}: {error}") from error

    def _now(self) -> ModuleType:
        """The package itself, in the place of this, with what was imported of it before."""
        with _lock:
            if sys.modules.get(self.__name__) is self:
                _waiting.kinds.pop(self.__name__, None)
                del sys.modules[self.__name__]
        package = importlib.import_module(self.__name__)
        for name, module in list(sys.modules.items()):
            parent, _, child = name.rpartition(".")
            if parent == self.__name__ and module is not None:
                vars(package).setdefault(child, module)
        return package


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


class Waiting(MetaPathFinder, Loader):
    """Finds what stands for each of these packages, so that it is imported like any other."""

    def __init__(self, kinds: dict[str, type[Later]]):
        self.kinds = kinds

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path) if name in self.kinds else None
        if spec and spec.origin:
            spec.loader = self
            return spec
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        source = Path(spec.origin or "").read_text(encoding="utf-8")
        kind = self.kinds[spec.name]
        return kind(spec.name, homes(source) if kind is Later else {})

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is run until it is asked for."""


def homes(source: str) -> dict[str, str]:
    """What a package's `__init__` takes from its own modules, by name."""
    found: dict[str, str] = {}
    for node in ast.walk(parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            home = f".{node.module or ''}"
            found |= {name.name: home for name in node.names if not name.asname}
    return found


_waiting = Waiting(
    {
        **{f"nbgrader.server_extensions.{page}": Page for page in PAGES},
        **dict.fromkeys(PACKAGES, Later),
    }
)


def start_quickly() -> None:
    """Before anything that imports nbgrader."""
    for name in FORMATS:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    if "nbgrader" not in sys.modules:
        sys.meta_path.insert(0, _waiting)
        # Put there by hand: what imports it would import all of setuptools first.
        sys.modules.setdefault(ARCHIVES, Archives(ARCHIVES, {}))


start_quickly()
