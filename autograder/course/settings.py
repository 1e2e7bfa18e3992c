"""`assignment.toml`: what an instructor sets, read with every mistake in it named.

    title = "Convolution from scratch"
    packages = ["numpy"]                  # what a submission may import
    grader_packages = ["cnnkit"]          # what its tests may import besides
    files = ["data/*.csv"]                # released besides the files that a cell names
    grader_files = ["unseen.npz"]         # for the tests alone: no student ever gets them
    own_modules = true                    # a submission may bring Python modules of its own
    tell_sentences = true                 # hidden tests say what you wrote beside an assertion
    stand_in = {conv = ["pad"]}           # a wrong pad alone does not fail conv (stand_in.py)
    follow_up = 0.5                       # the share of a test's points that it then gets
    shared = ["plot-tests"]               # tests that run beside the student's code (shared.py)
    cancelled = ["pool_test"]             # questions for which everybody gets full marks
    duedate = 2026-10-16T23:59:00         # with an offset (+02:00), or in the time zone
    timezone = "Europe/Berlin"
    opens = 2026-10-02T08:00:00           # from when on students have it (term/allowed.py)
    release_feedback = true               # when all is due, or from a date on (term/due.py)

    [limits]
    cell_seconds = 10

and `[[rules]]` (rules.py). What is wrong is put into `faults`, a sentence each, so that all of it
is said at once.
"""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from autograder.course.local import NoSuchTimeError, in_utc
from autograder.sandbox.confine import Limits as SessionLimits
from autograder.sandbox.packages import is_installed, meant

FILE = "assignment.toml"
A_DATE = "2026-10-16T23:59:00+02:00"


@dataclass(frozen=True)
class Limits:
    """Seconds of wall time, and what each session may use; `[limits]` in assignment.toml."""

    cell_seconds: float = 10.0
    total_seconds: float = 60.0
    memory_mb: int = 1024
    disk_mb: int = 64

    @property
    def session(self) -> SessionLimits:
        cpu = int(self.total_seconds) + 1
        return SessionLimits(memory_mb=self.memory_mb, disk_mb=self.disk_mb, cpu_seconds=cpu)


@dataclass(frozen=True)
class Settings:
    """What the file says; times are UTC, rules and the names of files are not looked up yet."""

    title: str = ""
    packages: tuple[str, ...] = ("numpy",)
    grader_packages: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    grader_files: tuple[str, ...] = ()
    duedate: datetime | None = None
    limits: Limits = field(default_factory=Limits)
    rules: tuple[Mapping[str, Any], ...] = ()
    own_modules: bool = False
    tell_sentences: bool = False
    stand_in: Mapping[str, Any] = field(default_factory=dict)
    follow_up: float = 0.0
    shared: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    release_feedback: bool | datetime = False
    opens: datetime | None = None
    zone: ZoneInfo | None = None
    read: bool = True  # whether the file could be


class Kind(NamedTuple):
    """What a setting may be: in words, and as a test."""

    words: str
    holds: Callable[[Any], bool]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


TEXT = Kind("a text in quotes", lambda v: isinstance(v, str) and v.strip() != "")
TEXTS = Kind(
    'a list of texts, as in ["one", "two"]',
    lambda v: isinstance(v, list) and all(map(TEXT.holds, v)),
)
POSITIVE = Kind("a number above 0", lambda v: _is_number(v) and v > 0)
WHOLE = Kind("a whole number above 0", lambda v: POSITIVE.holds(v) and isinstance(v, int))
TRUTH = Kind("true or false", lambda v: isinstance(v, bool))
ANYTHING = Kind("", lambda v: True)
KINDS = {
    **dict.fromkeys(("title", "timezone"), TEXT),
    **dict.fromkeys(("packages", "grader_packages", "files", "grader_files"), TEXTS),
    **dict.fromkeys(("shared", "cancelled"), TEXTS),
    **dict.fromkeys(("own_modules", "tell_sentences"), TRUTH),
    "stand_in": Kind(
        'a table of lists, as in {conv = ["pad"]}',
        lambda v: isinstance(v, dict) and all(map(TEXTS.holds, v.values())),
    ),
    "follow_up": Kind("a share, from 0 to 1", lambda v: _is_number(v) and 0 <= v <= 1),
    **dict.fromkeys(
        ("duedate", "opens", "release_feedback"), ANYTHING
    ),  # looked at with the time zone
    "limits": Kind("a table: [limits]", lambda v: isinstance(v, dict)),
    "rules": Kind(
        "a list of tables: [[rules]], in two brackets",
        lambda v: isinstance(v, list) and all(isinstance(rule, dict) for rule in v),
    ),
}
LIMITS = {
    **dict.fromkeys(("cell_seconds", "total_seconds"), POSITIVE),
    **dict.fromkeys(("memory_mb", "disk_mb"), WHOLE),
}


def read_settings(folder: Path, faults: list[str]) -> Settings:
    """The settings in a folder; those that are wrong have their default."""
    where = f"{folder.name}/{FILE}"
    table = _table(folder / FILE, where, faults)
    if table is None:
        return Settings(read=False)
    plain = checked(table, KINDS, where, faults)
    zone = _zone(plain.pop("timezone", ""), where, faults)
    for name in ("duedate", "opens", "release_feedback"):
        if name in plain and not (name == "release_feedback" and isinstance(plain[name], bool)):
            plain[name] = _in_utc(plain[name], zone, name, where, faults)
    limits = checked(plain.pop("limits", {}), LIMITS, f"{where}, [limits]", faults)
    lists = {name: tuple(value) for name, value in plain.items() if isinstance(value, list)}
    settings = Settings(**{**plain, **lists, "limits": Limits(**limits), "zone": zone})
    cell, total = settings.limits.cell_seconds, settings.limits.total_seconds
    if cell > total:
        faults.append(
            f"{where}, [limits]: cell_seconds is {cell:g}, and all cells together have {total:g}: "
            f"write total_seconds = {cell:g} or more"
        )
    for name in ("packages", "grader_packages"):
        for package in getattr(settings, name):
            if not is_installed(package):
                hint = f"write {similar!r}" if (similar := meant(package)) else "correct its name"
                faults.append(
                    f"{where}: {package} is not installed: {hint} in `{name}`, or install it here"
                )
    return settings


def checked(
    table: Mapping[str, Any], kinds: Mapping[str, Kind], where: str, faults: list[str]
) -> dict[str, Any]:
    """The entries of a table that are known, and are what they should be."""
    right = {}
    for name, value in table.items():
        if name not in kinds:
            [nearest, *_] = difflib.get_close_matches(name, [*kinds, *KINDS, *LIMITS], 1) or [""]
            hint = f"do you mean {nearest!r}?" if nearest else f"known are {', '.join(kinds)}"
            if nearest and nearest not in kinds:
                below = "below a line [limits]"
                top = "to the top of the file, above the first line in brackets"
                written = "it belongs" if nearest == name else f"{nearest!r} belongs"
                hint = f"{written} {below if nearest in LIMITS else top}"
            faults.append(f"{where}: {name} is not a setting; {hint}")
        elif not kinds[name].holds(value):
            faults.append(f"{where}: {name} is {_shown(value)}: write {kinds[name].words}")
        else:
            right[name] = value
    return right


def _shown(value: Any) -> str:
    """A value as it stands in the file, or nearly."""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, str | int | float | list) else f"a {_type(value)}"


def _type(value: Any) -> str:
    return {dict: "table", date: "date", datetime: "date"}.get(type(value), type(value).__name__)


def _table(path: Path, where: str, faults: list[str]) -> dict[str, Any] | None:
    """The file's table; None where it cannot be read."""
    text = ""
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors begin a file with a mark
        return tomllib.loads(text)
    except FileNotFoundError:
        faults.append(f"{where} is missing: it says which packages may be used, and limits")
    except UnicodeDecodeError:
        faults.append(f"{where} is not text in UTF-8: save it again with that encoding")
    except tomllib.TOMLDecodeError as error:
        faults.append(f"{where} cannot be read: {_explained(str(error), text)}")
    except OSError as error:  # a folder, or closed to the reader
        faults.append(f"{where} cannot be read: {error.strerror}: put a file there, readable")
    return None


def _explained(error: str, text: str) -> str:
    """The parser's complaint, with the line that it is about."""
    place = re.search(r"at line (\d+)", error)
    line = (text.splitlines()[int(place[1]) - 1 :] or [""])[0].strip() if place else ""
    if dated := re.match(r"(duedate|opens|release_feedback)\s*=", line):
        return f"{error}, {line!r}: a date is written as {dated[1]} = {A_DATE}"
    return f"{error}, {line!r}: correct that line" if line else f"{error}: something is not closed"


def _zone(name: str, where: str, faults: list[str]) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, LookupError):  # a name that is none, or leads elsewhere
        faults.append(f'{where}: {name!r} is no time zone: write one as timezone = "Europe/Berlin"')
        return None


def _in_utc(
    due: Any, zone: ZoneInfo | None, name: str, where: str, faults: list[str]
) -> datetime | None:
    """A date in UTC; None, and a fault, where it could mean more than one moment, or none.

    A time that comes twice, when clocks are put back, is the later one: nobody is late too early.
    """
    if not isinstance(due, datetime):
        faults.append(
            f"{where}: {name} is {_shown(due)}, without a time of day: "
            f"write it as {name} = {A_DATE}"
            if type(due) is date
            else f"{where}: {name} is {_shown(due)}: write day, time and offset without quotes, "
            f"as in {name} = {A_DATE}"
        )
        return None
    if due.tzinfo is None and zone is None:
        faults.append(
            f"{where}: {name} has no time zone: add the offset, as in {name} = {A_DATE}, or a line "
            'timezone = "Europe/Berlin"'
        )
        return None
    try:
        return due.astimezone(UTC) if due.tzinfo or zone is None else in_utc(due, zone)
    except NoSuchTimeError as error:
        faults.append(f"{where}: {error}: choose another time for {name}")
    except OverflowError:  # in the year 1 or 9999
        faults.append(f"{where}: {name} is {due}, which is no year of a course: correct it")
    return None
