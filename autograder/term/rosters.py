"""Who stands in a table that a learning platform exported; and all of them onto the roll.

| | what it is known by | columns that say who it is |
| --- | --- | --- |
| Canvas | `SIS Login ID` or `Section`, and `ID` | `Student`, `ID`, `SIS User ID`, `SIS Login ID` |
| Moodle | `Identifier`, `Full name` … in its languages | those, `Email address`, `ID number` |
| Blackboard | `Last Name`, `First Name`, `Username` | those, `Student ID` |
| Brightspace | `End-of-Line Indicator` | `OrgDefinedId`, `Username`, names; ids begin with # |

Canvas: `lib/gradebook_exporter.rb`, with up to two rows that are nobody's before the students;
Moodle: `mod/assign/gradingtable.php`; the others: their help pages on working offline.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.course.course import Course, CourseError
from autograder.course.ids import is_plain
from autograder.term.people import BY_NAME, Match, Roll, Who
from autograder.term.sheet import Sheet

COLUMNS = {
    "login": ("SIS Login ID", "Username", "User Name", "Benutzername", "Anmeldename", "Nutzername"),
    "other login": ("SIS User ID", "Student ID", "OrgDefinedId", "ID number", "ID-Nummer"),
    "number": ("ID", "Identifier", "ID des Teilnehmers", "Teilnehmer/in", "Identifiant"),
    "name": (
        "Student",
        "Full name",
        "Vollständiger Name",
        "Nom complet",
        "Nombre completo",
        "Name",
    ),
    "first": ("First Name", "FirstName", "First name", "Vorname", "Prénom", "Nombre"),
    "last": ("Last Name", "LastName", "Last name", "Surname", "Nachname", "Nom", "Apellido(s)"),
    "email": ("Email address", "Email", "E-Mail-Adresse", "E-Mail", "Adresse de courriel"),
    "section": ("Section", "Group", "Gruppe", "Sections"),
}
NOBODY = re.compile(r"\s*(Points Possible|Student, Test)\s*$|^$")


@dataclass(frozen=True)
class Entry:
    """A person's row in the table; `key` is what the platform's people log in with."""

    row: int
    who: Who
    first: str
    last: str
    section: str

    @property
    def key(self) -> str:
        return next(filter(None, (*self.who.logins, self.who.email)), "")


def read_sheet(path: Path) -> Sheet:
    """CourseError: it cannot be read, or names no people."""
    try:
        sheet = Sheet.of(path.read_bytes())
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}") from error
    except CourseError as error:
        raise CourseError(f"{path}: {error}") from error
    known = _columns(sheet)
    if not {"login", "name", "email", "other login", "last"} & known.keys():
        raise CourseError(
            f"{path} names no people: its first line is {', '.join(sheet.header)[:200]!r}; export "
            "the grades as CSV from the platform (Canvas, Moodle, Blackboard, Brightspace)"
        )
    return sheet


def _columns(sheet: Sheet) -> dict[str, int]:
    at = {name.casefold(): i for i, name in reversed(list(enumerate(sheet.header)))}
    there = {
        kind: next((at[name.casefold()] for name in names if name.casefold() in at), None)
        for kind, names in COLUMNS.items()
    }
    return {kind: column for kind, column in there.items() if column is not None}


def entries(sheet: Sheet) -> Iterator[Entry]:
    """The people of a table, in its order."""
    column = _columns(sheet)

    def text(row: int, kind: str) -> str:
        return unmarked(sheet.cell(row, column.get(kind)))

    for row in range(1, len(sheet.rows)):
        name = text(row, "name")
        first, last = text(row, "first"), text(row, "last")
        logins = tuple(filter(None, (text(row, "login"), text(row, "other login"))))
        email, number = text(row, "email"), re.sub(r"^\D+ ?(?=\d+$)", "", text(row, "number"))
        if NOBODY.search(name or last or (logins or ("",))[0] or email):
            continue
        if name and not (first or last):
            first, last = _parted(name)
        who = Who(logins, (number,) if number else (), email, name or f"{first} {last}".strip())
        yield Entry(row, who, first, last, text(row, "section"))


def unmarked(cell: str) -> str:
    """A cell without what a platform puts around it: Brightspace's #, Canvas's ="…"."""
    if cell.startswith('="') and cell.endswith('"'):
        return cell[2:-1]
    return cell.removeprefix("#")


def _parted(name: str) -> tuple[str, str]:
    """First and last name, of `Lovelace, Ada` or `Ada Lovelace`."""
    last, comma, first = name.partition(",")
    if comma:
        return first.strip(), last.strip()
    first, _, last = name.rpartition(" ")
    return first, last


def listed(path: Path) -> dict[str, Who]:
    """The people of a table by the platform's number, which is in the names of a download."""
    return {
        entry.who.numbers[0]: entry.who for entry in entries(read_sheet(path)) if entry.who.numbers
    }


def matched(sheet: Sheet, roll: Roll) -> list[tuple[Entry, Match]]:
    """The people of a table with the students who are meant: by a name nobody whom another line
    leads to by an id. Several lines of one student are left to the caller."""
    found = [(entry, roll.find(entry.who)) for entry in entries(sheet)]
    sure = {match.student for _, match in found if match.by != BY_NAME}
    return [
        (entry, Match("", f"is called as {match.student}, who stands in another line"))
        if match.by == BY_NAME and match.student in sure
        else (entry, match)
        for entry, match in found
    ]


def twice(found: list[tuple[Entry, Match]]) -> set[str]:
    """The students to whom several lines lead."""
    number = Counter(match.student for _, match in found if match.student)
    return {student for student, lines in number.items() if lines > 1}


@dataclass(frozen=True)
class Enrolled:
    """What became of a person: `new`, `known` or why not."""

    key: str
    name: str
    section: str
    state: str


def enrol(course: Course, path: Path, take: bool) -> list[Enrolled]:
    """Everybody of a table onto the gradebook's roll, with names, mail and the platform's number.

    Nobody is removed, and nobody becomes another by a name. CourseError: the table cannot be read.
    """
    sheet, roll, found = read_sheet(path), Roll.of(course), list[Enrolled]()
    numbered = "Canvas" if "SIS Login ID" in sheet.header else ""
    people = matched(sheet, roll)
    several = twice(people)
    with course.gradebook() as gradebook:
        for entry, known in people:
            student = known.student or entry.key
            state = "known" if known.student else "new"
            if not is_plain(student):
                state = f"{student!r} is no id" if student else "no login and no mail: give it one"
            elif student in several:
                state = f"several lines lead to {student}"
            elif known.by == BY_NAME and _is_another(entry.who, roll.people[student].email):
                student, state = entry.key, f"is called as {student}, with another login"
            elif not known.student and not known.by.startswith(("nobody", "the gradebook")):
                state = known.by
            found.append(Enrolled(student, entry.who.name, entry.section, state))
            if take and state in ("known", "new"):
                about = {"first_name": entry.first, "last_name": entry.last}
                about["email"] = entry.who.email
                # Moodle's number is another for each assignment, Canvas's is the user's.
                about["lms_user_id"] = (
                    entry.who.numbers[0] if numbered and entry.who.numbers else ""
                )
                gradebook.update_or_create_student(
                    student, **{name: text for name, text in about.items() if text}
                )
    return found


def _is_another(who: Who, email: str) -> bool:
    """Whether somebody whose ids have led to nobody has one where the student has one, too."""
    return bool(who.logins or (who.email and email))
