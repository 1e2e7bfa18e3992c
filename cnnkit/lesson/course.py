"""The course's table of lectures (`lectures.toml`), and what each lecture says of itself (a file
of its notebook's name beside it): read by the lecture's frame, the start page and the tests."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TABLE = "lectures.toml"


@dataclass(frozen=True)
class Entry:
    """A row of the table; `file` is empty while the lecture is planned."""

    number: int
    title: str
    about: str
    file: str = ""

    @property
    def key(self) -> str:
        return f"{self.number:02}"


@dataclass(frozen=True)
class About:
    """What a lecture says of itself, in Markdown. `minutes`: the short path and all of it;
    `short_path`: the sections that belong to it. `wrong`: where a source is wrong."""

    able: tuple[str, ...]
    minutes: tuple[int, int]
    short_path: tuple[str, ...]
    remember: tuple[str, ...]
    exercises: tuple[str, ...]
    sources: tuple[str, ...]
    wrong: tuple[str, ...] = ()


def folder_of_lectures(start: Path | None = None) -> Path:
    """The folder with the table: this one, or its `lectures`, or one above it.

    FileNotFoundError: there is none.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        for place in (folder, folder / "lectures"):
            if (place / TABLE).is_file():
                return place
    raise FileNotFoundError(
        f"no {TABLE} in {start} or above it: open the lecture in the folder that it came in"
    )


def entries(folder: Path) -> list[Entry]:
    """All lectures, in their order; ValueError names what is wrong in the table."""
    rows = _read(folder / TABLE)["lecture"]
    return sorted((_filled(Entry, row, TABLE) for row in rows), key=lambda entry: entry.number)


def about(folder: Path, entry: Entry) -> About:
    """What the lecture says of itself; ValueError names what is wrong in its file."""
    path = (folder / entry.file).with_suffix(".toml")
    values = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in _read(path).items()
    }
    return _filled(About, values, path.name)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as problem:
        raise ValueError(f"{path.name}: {problem}") from None


def _filled(kind: type, values: dict[str, Any], name: str) -> Any:
    try:
        return kind(**values)
    except TypeError as problem:
        raise ValueError(f"{name}: {str(problem).partition(') ')[2] or problem}") from None
