"""What the gallery keeps from one run to the next: what was made of sources that have not changed
since is not made again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LIBRARIES = ("matplotlib", "numpy", "torch", "Pillow")
TOP = ("explorers", "cli")  # of cnnkit: no picture is made of them


def key(paths: Iterable[Path]) -> str:
    """A hash of these files, by name and content, and of the libraries that draw."""
    found = hashlib.sha256(" ".join(f"{name} {version(name)}" for name in LIBRARIES).encode())
    for path in sorted(paths):
        found.update(f"\0{path.relative_to(ROOT)}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def sources(without: tuple[str, ...] = ()) -> list[Path]:
    """The files of cnnkit, its weights included."""
    package = ROOT / "cnnkit"
    files = (p for p in package.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return [path for path in files if path.relative_to(package).parts[0] not in without]


class Kept:
    """What was made, in a file of `folder`: a value with its key by name."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._path = folder, folder / "kept.json"
        self._values: dict[str, Any] = {}
        if self._path.exists():
            self._values = json.loads(self._path.read_text())

    def get(self, name: str, key: str, files: Iterable[str], make: Callable[[], Any]) -> Any:
        """What `make` made of these sources once, if the files that it wrote are still there, or
        makes now."""
        kept = self._values.get(name)
        there = all((self._folder / file).exists() for file in files)
        if kept is None or kept["key"] != key or not there:
            kept = self._values[name] = {"key": key, "value": make()}
            self._path.write_text(json.dumps(self._values))
        return kept["value"]
