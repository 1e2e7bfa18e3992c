"""Imported first by the command line, so that it starts in half the time.

nbgrader's `__init__` imports its pages, and with them all of Jupyter's server, which no command
here shows: each is imported when somebody asks for it. And jsonschema, which nbgrader imports,
compiles a grammar of web addresses if `rfc3987_syntax` is there (JupyterLab brings it): a second,
for a check that no notebook needs.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from types import ModuleType
from typing import Any

PAGES = ("assignment_list", "course_list", "formgrader", "validate_assignment")
LOADER = "load_jupyter_server_extension"  # what nbgrader asks each of them for


class Later(ModuleType):
    """Stands for a package until anything but its loader is asked for, or that is called."""

    def __getattr__(self, name: str) -> Any:
        if name == LOADER:
            return lambda app: getattr(self._now(), name)(app)
        return getattr(self._now(), name)

    def _now(self) -> ModuleType:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return importlib.import_module(self.__name__)


def start_quickly() -> None:
    """Before anything that imports nbgrader."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    spec = importlib.util.find_spec("nbgrader")
    if spec is None or "nbgrader" in sys.modules:
        return
    for page in PAGES:
        package = Later(f"nbgrader.server_extensions.{page}")
        places = spec.submodule_search_locations or ()
        package.__path__ = [f"{place}/server_extensions/{page}" for place in places]
        sys.modules[package.__name__] = package


start_quickly()
