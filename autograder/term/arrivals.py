"""`autograder import`: hand-ins of a download, matched with students by a table, then taken.

The table, `reports/<assignment>/import.csv`, is shown and written first; a person corrects it, and
it is read again. A row without a student is taken by nobody, and keeps the exit status at 4; `-`
leaves a hand-in out on purpose. What stands in `student` is a person's word where it differs from
what was `found`, and `time` counts for the `content` that it was written for. Each attempt is kept
(course/attempts.py); the last one counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from autograder.course import tables
from autograder.course.attempts import KEPT, attempts, digest_of, name_of, packed, put, unpacked
from autograder.course.course import Course, CourseError
from autograder.course.ids import is_plain
from autograder.course.local import NoSuchTimeError, in_utc, read_time, shown
from autograder.course.submission import read_submission
from autograder.grading.engine import write_whole
from autograder.term.downloads import HandIn, read_download
from autograder.term.due import take_settings
from autograder.term.people import Roll, Who
from autograder.term.rosters import listed

TABLE = "import.csv"
COLUMNS = ("hand-in", "student", "time", "late", "by", "name", "files", "note", "found", "content")
LEFT_OUT = "-"


@dataclass
class Row:
    """A hand-in, whose it is, and when it was handed in (UTC); `wrong` is why it is not taken.

    `found` is whose it is without the table, `content` the digest of its files; `typed` is what a
    person wrote into columns of a row that is refused: it stays there, to be corrected.
    """

    one: HandIn
    student: str = ""
    by: str = ""
    time: datetime | None = None
    wrong: str = ""
    found: str = ""
    content: str = ""
    typed: dict[str, str] = field(default_factory=dict)

    def cells(self, zone: ZoneInfo | None) -> dict[str, str]:
        notes = [self.wrong] if self.wrong else []
        return {
            "hand-in": self.one.place,
            "student": self.student,
            "time": shown(self.time, zone),
            "late": "late" if self.one.late else "",
            "by": self.by,
            "name": str(self.one.who),
            "files": ", ".join(self.one.files),
            "note": "; ".join([*notes, *self.one.notes]),
            "found": self.found,
            "content": self.content,
        } | self.typed


@dataclass
class Arrivals:
    """A download's rows, with what it did not say or give, and how it was taken."""

    form: str
    rows: list[Row]
    lost: list[str]
    table: Path
    zone: ZoneInfo | None
    taken: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        undated = any(
            row.one.late and not row.time and row.student != LEFT_OUT for row in self.rows
        )
        return not (self.lost or undated or any(row.wrong for row in self.rows))


def arrive(course: Course, name: str, source: Path, people: Path | None, take: bool) -> Arrivals:
    """Match what is in a download with the roll, and the table; with `take` it is taken.

    `people` is a list that the platform exported, which says more of people than the download.
    CourseError: there is no such download or list, or the table cannot be read.
    """
    assignment, settings = course.assignment(name), take_settings(course, name)
    released = {f"{n.name}.ipynb" for n in assignment.notebooks} | set(assignment.files)
    with TemporaryDirectory(prefix="autograder-import-") as scratch:
        download = read_download(source, Path(scratch), name, released)
        roll, table = Roll.of(course), course.reports / name / TABLE
        known = listed(people) if people else {}
        zone = settings.zone
        rows = [Row(one) for one in download.hand_ins.values()]
        for row in rows:
            row.content = digest_of(packed(row.one.contents()))
            row.one.who = _listed(row.one.who, known)
            _date(row, zone)
            match = roll.find(row.one.who)
            row.student, row.by = match.student, match.by
            if not row.student:
                _refuse(row, match.by)
        if not roll.people:
            _name_new(rows, download.form)
        _refuse_doubles(rows)
        others = _correct(rows, table, roll, zone)
        _tell_several(rows)
        rows.sort(key=lambda row: (not row.wrong, row.student, row.one.place))
        cells = [row.cells(zone) for row in rows]
        table.parent.mkdir(parents=True, exist_ok=True)
        write_whole(table, tables.written(COLUMNS, [*cells, *others]))
        arrivals = Arrivals(download.form, rows, list(download.lost), table, zone)
        if take:
            with course.alone(name):
                arrivals.taken += _take(course, name, rows)
    return arrivals


def _listed(who: Who, known: Mapping[str, Who]) -> Who:
    """What a list says of a person, if only one is meant; numbers that could be its own stay."""
    found = [known[number] for number in who.numbers if number in known]
    return replace(found[0], numbers=who.numbers) if len(found) == 1 else who


def _refuse(row: Row, why: str) -> None:
    row.student, row.by, row.wrong = "", "", why


def _date(row: Row, zone: ZoneInfo | None) -> None:
    """The moment of a platform's local time. CourseError: nobody has said of which zone."""
    if row.one.time is None:
        return
    if zone is None:
        raise CourseError(
            "the download has local times: write the platform's time zone into assignment.toml, as "
            'in timezone = "Europe/Berlin"'
        )
    try:
        row.time = in_utc(row.one.time, zone, later=False)
    except NoSuchTimeError as error:
        row.one.notes.append(f"{error}: its time is not known")


def _name_new(rows: list[Row], form: str) -> None:
    """Where the roll is empty: the ids that the download itself has, if they are ids."""
    for row in rows:
        login = row.one.who.logins[-1] if row.one.who.logins else ""
        if is_plain(login):
            row.student, row.by, row.wrong = login, f"{form}; new", ""


def _refuse_doubles(rows: list[Row]) -> None:
    """Two people of the platform who lead to one student: which of them is, a person says."""
    owners = defaultdict(set)
    for row in rows:
        if row.student:
            owners[row.student].add((row.one.who, row.one.place if not row.one.attempt else ""))
    for row in rows:
        if len(owners.get(row.student, ())) > 1:
            _refuse(row, f"several people of the download lead to {row.student}")
        row.found = row.student


def _tell_several(rows: list[Row]) -> None:
    """Of a student's hand-ins the last counts: it is said which that is, and asked where nobody can
    know."""
    mine = defaultdict(list)
    for row in rows:
        if row.student not in ("", LEFT_OUT) and row.one.files:
            mine[row.student].append(row)
    for student, theirs in mine.items():
        if len(theirs) == 1:
            continue
        times = {row.time for row in theirs}
        told = f"{len(theirs)} hand-ins are {student}'s"
        if None not in times and len(times) == len(theirs):
            last = max(theirs, key=lambda row: row.time.timestamp() if row.time else 0.0)
            last.one.notes.append(f"{told}: this is the last")
            continue
        for row in theirs:
            row.typed = {"student": student} | row.typed
            _refuse(row, f"{told}, nobody knows which is the last: write times, or - for others")


def _correct(
    rows: list[Row], table: Path, roll: Roll, zone: ZoneInfo | None
) -> list[dict[str, str]]:
    """What a person wrote into the table; the rows in it that are of other downloads."""
    if not table.is_file():
        return []
    there = {cells["hand-in"]: cells for cells in tables.read(table, COLUMNS)}
    for row in rows:
        cells = there.pop(row.one.place.strip(), None)
        if cells is None:
            continue
        student = cells["student"]
        if student and student != cells["found"]:
            row.found = "" if row.found == student else row.found  # it stays a person's word
            row.student, row.by, row.wrong = student, "the table", ""
            if student != LEFT_OUT and not is_plain(student):
                _refuse(row, f"the table's {student!r} is no student's id")
            elif student != LEFT_OUT and roll.people and student not in roll.people:
                _refuse(row, f"the table's {roll.missing(student)}")
            if row.wrong:
                row.typed = {"student": student}
        if cells["content"] != row.content:
            if cells["time"] and not row.time:
                row.one.notes.append("the time in the table was an earlier hand-in's")
            continue
        try:
            row.time = read_time(cells["time"], zone, later=False) if cells["time"] else row.time
        except ValueError as error:
            row.typed |= {"student": student or row.student, "time": cells["time"]}
            _refuse(row, f"the table's time: {error}")
    return list(there.values())


def _take(course: Course, name: str, rows: list[Row]) -> Iterator[str]:
    """Keep each attempt, and put the last of each student where it is graded."""
    mine = defaultdict(list)
    for row in rows:
        if row.student and row.student != LEFT_OUT and row.one.files:
            mine[row.student].append(row)
    for student, theirs in sorted(mine.items()):
        folder = course.root / KEPT / name / student
        folder.mkdir(parents=True, exist_ok=True)
        kept = {}
        for row in theirs:
            path = folder / name_of(row.time, f"{row.one.place} {row.content}")
            kept[path] = row.time
            content = row.one.contents()
            if not path.is_file() or unpacked(path) != content:
                write_whole(path, packed(content))
        yield from _put(course.submitted / student / name, student, folder, kept)


def _put(
    target: Path, student: str, folder: Path, kept: dict[Path, datetime | None]
) -> Iterator[str]:
    """Of what was kept the last one, unless it is what stands there already."""
    timed = attempts(folder)
    if any(kept.values()):
        last = max(timed)
        # Of two of the same moment that of this download.
        path, time = next((one for one in kept.items() if one[1] == last), (timed[last], last))
    else:
        path, time = next(reversed(kept.items()))
    there = read_submission(target, student) if target.is_dir() else None
    if there and there.files == unpacked(path) and there.timestamp == time:
        yield f"{student}: unchanged"
        return
    if there and there.timestamp and (time is None or there.timestamp > time):
        other = f"the hand-in of {there.timestamp:%Y-%m-%d %H:%M} UTC, which counts"
        later = "which is the later one" if time else "nobody knows which is later"
        yield f"{student}: kept beside {other}: {later}"
        return
    if there and there.files:
        content = packed(there.files)
        before = folder / name_of(there.timestamp, f"{target} {digest_of(content)}")
        if not any(unpacked(one) == there.files for one in folder.glob("*.zip")):
            write_whole(before, content)
    put(target, path, time)
    more = f", the last of {len(timed)}" if len(timed) > 1 else ""
    yield f"{student}: taken{more}"
