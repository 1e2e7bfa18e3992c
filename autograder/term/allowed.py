"""What people are allowed beside the due date: kept in `dates.json`, in the course's folder.

| | who | what |
| --- | --- | --- |
| an extension | some, for one assignment | until a time, or by a span |
| an accommodation | one, for all assignments | a share of the time (1.5), or a span |
| grace | everybody | a hand-in that is late by no more is in time |
| late days | everybody | days of a bank, spent by themselves where a hand-in is late |

Spans in days are days of the local clock. Of an extension and an accommodation the later date
counts.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from autograder.course.course import Course, CourseError
from autograder.course.local import after, read_span
from autograder.grading.engine import write_whole

FILE = "dates.json"


@dataclass(frozen=True)
class Grant:
    """An extension, or an accommodation where `assignment` is "" (of all)."""

    student: str
    assignment: str = ""
    until: str = ""  # UTC, ISO 8601
    by: str = ""  # a span
    time: float = 1.0
    why: str = ""

    def date(self, due: datetime, opens: datetime | None, zone: ZoneInfo | None) -> datetime:
        """Until when it lets somebody hand in. CourseError: nobody has said when the time began."""
        if self.until:
            return datetime.fromisoformat(self.until)
        if self.by:
            return after(due, *read_span(self.by), zone)
        if self.time != 1.0 and opens is None:
            raise CourseError(
                f"{self.student} has {self.time:g} times the time: write into assignment.toml from "
                "when on students had it, as in opens = 2026-10-02T08:00:00"
            )
        return due + (self.time - 1) * (due - opens) if opens else due


@dataclass
class Allowed:
    """All that is allowed in a course; `given` is what was written into the gradebook for it, in
    seconds, by assignment and student; `elsewhere` what something else had written there before."""

    grants: list[Grant] = field(default_factory=list)
    grace: str = ""
    late_days: int = 0
    late_days_each: int = 0
    given: dict[str, dict[str, float]] = field(default_factory=dict)
    elsewhere: dict[str, dict[str, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, course: Course) -> Allowed:
        """CourseError: the file is damaged."""
        path = course.root / FILE
        if not path.is_file():
            return cls()
        with suppress(OSError, ValueError, TypeError, KeyError):
            data = json.loads(path.read_text(encoding="utf-8"))
            return cls(**{**data, "grants": [Grant(**grant) for grant in data["grants"]]})
        raise CourseError(f"{path} cannot be read: put back a copy of it, or remove it")

    def write(self, course: Course) -> None:
        content = json.dumps(asdict(self), indent=1, ensure_ascii=False)
        write_whole(course.root / FILE, content.encode(errors="replace"))

    def grant(self, new: Grant) -> None:
        """The one of a student and an assignment; one that allows nothing takes it away."""
        key = (new.student, new.assignment)
        self.grants = [one for one in self.grants if (one.student, one.assignment) != key]
        if new.until or new.by or new.time != 1.0:
            self.grants.append(new)

    def date(
        self,
        student: str,
        name: str,
        due: datetime,
        opens: datetime | None,
        zone: ZoneInfo | None,
    ) -> datetime:
        """Until when a student may hand in, before grace and late days."""
        mine = [g for g in self.grants if g.student == student and g.assignment in ("", name)]
        return max([due, *(grant.date(due, opens, zone) for grant in mine)])

    @property
    def grace_time(self) -> timedelta:
        days, more = read_span(self.grace) if self.grace else (0, timedelta())
        return timedelta(days=days) + more
