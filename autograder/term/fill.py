"""`autograder fill`: scores written into the table that the platform exported, and nothing else.

| | the column of an assignment | its points | nobody's grade to fill |
| --- | --- | --- | --- |
| Canvas | `Title (4711)` | in the row `Points Possible` | `EX`, `N/A` |
| Moodle | `Grade`, of the worksheet | the column `Maximum Grade` | *Grade can be changed*: No |
| Blackboard | `Title [Total Pts: 10 Score] \\|123` | in it | |
| Brightspace | `Title Points Grade <Numeric MaxPoints:10 …>` | in it | |

A score with a decimal comma is written where the file has such numbers. What a person still has to
look at is not filled in.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from autograder.course.course import CourseError
from autograder.records.result import GradeResult
from autograder.term.people import Roll
from autograder.term.rosters import matched, read_sheet, twice
from autograder.term.sheet import Sheet

CANVAS = re.compile(r"(?P<title>.+) \((?P<id>\d+)\)")
BLACKBOARD = re.compile(
    r"(?P<title>.+?) \[[^\]]*?(?P<points>\d+(?:[.,]\d+)?)[^\]]*\] ?\|(?P<id>\d+)"
)
BRIGHTSPACE = re.compile(
    r"(?P<title>.+) Points Grade(?: <Numeric MaxPoints:(?P<points>[\d.]+)[^>]*>)?"
)
MOODLE = ("Grade", "Bewertung", "Note", "Calificación")
MOST = ("Maximum Grade", "Maximum grade", "Bestwertung", "Note maximale", "Calificación máxima")
CHANGEABLE = ("Grade can be changed", "Bewertung kann geändert werden")
KEPT = {"EX", "N/A"}  # Canvas: excused, and not asked of this student
NO = {"No", "Nein", "Non"}
NOT_GRADED = "handed in and not graded yet: `autograder grade` first"
NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")


@dataclass
class Filled:
    """A filled table, and what has to be told: a student, a line's person, and why not."""

    content: bytes
    column: str
    changed: list[str] = field(default_factory=list)
    same: int = 0
    left: list[str] = field(default_factory=list)
    only_here: list[str] = field(default_factory=list)
    only_there: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return not (self.left or self.only_here or self.only_there)


@dataclass(frozen=True)
class _Column:
    """Where the grades of an assignment stand, and of how many points they are."""

    at: int
    name: str
    points: float | None


def fill(
    path: Path,
    results: list[GradeResult],
    roll: Roll,
    titles: tuple[str, ...],
    *,
    named: str = "",
    scaled: bool = False,
    zero: bool = False,
    waiting: Collection[str] = (),
) -> Filled:
    """Fill the scores of an assignment into a platform's table.

    `titles` are what its column may be called, `named` is the header that was asked for. `scaled`
    turns our points into the platform's; `zero` fills in 0 for who handed in nothing. What is
    `waiting` was handed in and is not graded: no score is its. CourseError: the column is not
    there, or has other points.
    """
    sheet = read_sheet(path)
    column = _named(sheet, named) if named else _found(sheet, titles, path)
    scale = _scale(column, results, scaled)
    comma = _has_commas(sheet)
    by_student = {result.student: result for result in results}
    told, seen = Filled(b"", column.name), set[str]()
    changeable = _index(sheet, CHANGEABLE)
    people = matched(sheet, roll)
    several = twice(people)
    for entry, match in people:
        result = by_student.get(match.student)
        if result is None and match.student in waiting:
            told.left.append(f"{match.student}: {NOT_GRADED}")
            continue
        if result is None:
            why = "" if match.student else f" ({match.by})"
            told.only_there.append(f"{entry.who}{why}")
            continue
        seen.add(match.student)
        if match.student in several:
            told.left.append(f"{match.student}: stands in the file twice")
            continue
        there = sheet.cell(entry.row, column.at)
        if why := NOT_GRADED if match.student in waiting else _reason(result, zero):
            told.left.append(f"{match.student}: {why}")
        elif there in KEPT or sheet.cell(entry.row, changeable) in NO:
            told.left.append(f"{match.student}: the platform says {there or 'closed'!r}")
        elif not sheet.has(entry.row, column.at):
            told.left.append(f"{match.student}: the line is too short")
        else:
            _write(sheet, entry.row, column.at, result.score * scale, comma, match.student, told)
    told.only_here = sorted(by_student.keys() - seen)
    told.content = sheet.written()
    return told


def _write(
    sheet: Sheet, row: int, column: int, score: float, comma: bool, student: str, told: Filled
) -> None:
    """A score into a cell, unless the number in it is the same."""
    there, text = sheet.cell(row, column), f"{round(score, 4):g}"
    if NUMBER.fullmatch(there) and abs(float(there.replace(",", ".")) - score) < 5e-3:
        told.same += 1
        return
    sheet.fill(row, column, text.replace(".", ",") if comma else text)
    told.changed.append(f"{student}: {there or 'nothing'} → {text}")


def _reason(result: GradeResult, zero: bool) -> str:
    """Why a result's score is not to be filled in; "" where it is."""
    if result.state == "absent" and not zero:
        return "handed in nothing (--zero fills in 0)"
    if result.state in ("needs_manual", "fault"):
        return "waits for a person's points"
    return "needs attention: look at the report" if result.state == "attention" else ""


def _index(sheet: Sheet, names: tuple[str, ...]) -> int | None:
    return next((sheet.header.index(name) for name in names if name in sheet.header), None)


def _named(sheet: Sheet, name: str) -> _Column:
    there = [i for i, header in enumerate(sheet.header) if header == name]
    if len(there) != 1:
        raise CourseError(f"{len(there)} columns are called {name!r}: {_all(sheet)}")
    columns = {column.at: column for column in _columns(sheet)}
    return columns.get(there[0]) or _Column(there[0], name, None)


def _all(sheet: Sheet) -> str:
    return f"the columns are {', '.join(map(repr, sheet.header))}"


def _found(sheet: Sheet, titles: tuple[str, ...], path: Path) -> _Column:
    """The column that is called as the assignment, or the only one there is."""
    columns = list(_columns(sheet))
    wanted = {_plain(title) for title in titles}
    called = [c for c in columns if _plain(_title(c.name)) in wanted] or columns
    if len(called) != 1:
        if not columns and any(map(CANVAS.fullmatch, sheet.header)):
            raise CourseError(
                f"{path.name} has lost Canvas's row 'Points Possible', below its header: export it "
                "anew, or say which column it is by --column NAME"
            )
        names = ", ".join(repr(column.name) for column in columns) or "none"
        raise CourseError(
            f"which column of {path.name} is it? --column NAME says so; those of grades: {names}"
        )
    return called[0]


def _plain(title: str) -> str:
    return "".join(c for c in title.casefold() if c.isalnum())


def _title(header: str) -> str:
    for pattern in (BLACKBOARD, BRIGHTSPACE, CANVAS):
        if found := pattern.fullmatch(header):
            return found["title"]
    return header


def _columns(sheet: Sheet) -> Iterator[_Column]:
    """The columns that hold an assignment's points."""
    possible = next(
        (
            row
            for row in range(1, min(4, len(sheet.rows)))
            if "Points Possible" in sheet.cell(row, 0)
        ),
        None,
    )
    most = _index(sheet, MOST)
    for at, header in enumerate(sheet.header):
        if found := BLACKBOARD.fullmatch(header) or BRIGHTSPACE.fullmatch(header):
            yield _Column(at, header, _number(found["points"] or ""))
        elif possible is not None and CANVAS.fullmatch(header):
            yield _Column(at, header, _number(sheet.cell(possible, at)))
        elif most is not None and header in MOODLE:
            yield _Column(at, header, _number(sheet.cell(1, most) if len(sheet.rows) > 1 else ""))


def _number(text: str) -> float | None:
    return float(text.replace(",", ".")) if NUMBER.fullmatch(text) else None


def _scale(column: _Column, results: list[GradeResult], scaled: bool) -> float:
    ours = max((result.max_score for result in results), default=0.0)
    theirs = column.points
    if scaled and (not theirs or not ours):
        raise CourseError(f"{column.name!r} does not say of how many points it is: leave --scale")
    if scaled:
        assert theirs
        return theirs / ours
    if ours and theirs is not None and abs(theirs - ours) > 1e-9:
        raise CourseError(
            f"{column.name!r} is of {theirs:g} points, and ours of {ours:g}: change it there, or "
            "add --scale, which fills in our share of its points"
        )
    return 1.0


def _has_commas(sheet: Sheet) -> bool:
    """Whether numbers in the file have a decimal comma."""
    numbers = [cell.text.strip() for row in sheet.rows[1:] for cell in row]
    kinds = {("," in text) for text in numbers if re.fullmatch(r"\d+[.,]\d+", text)}
    return kinds == {True}
