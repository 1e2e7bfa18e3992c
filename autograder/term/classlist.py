"""`people.csv`, in the course's folder: the section and the group of each student.

A person may change it in a spreadsheet. Who is in a group hands in one work with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.course import tables
from autograder.course.course import Course, CourseError
from autograder.grading.engine import write_whole

FILE = "people.csv"
COLUMNS = ("student", "section", "group")


@dataclass(frozen=True)
class Member:
    student: str
    section: str = ""
    group: str = ""


def path(course: Course) -> Path:
    return course.root / FILE


def members(course: Course) -> dict[str, Member]:
    """Everybody who stands in it. CourseError: it cannot be read."""
    if not path(course).is_file():
        return {}
    rows = tables.read(path(course), COLUMNS)
    return {row["student"]: Member(**row) for row in rows if row["student"]}


def note_sections(course: Course, sections: Mapping[str, str]) -> None:
    """Write the sections that a platform says; groups stay, and so does who is not among them."""
    there = members(course)
    for student, section in sections.items():
        there[student] = Member(student, section, there.get(student, Member("")).group)
    write(course, there)


def write(course: Course, there: Mapping[str, Member]) -> None:
    rows = [vars(member) for _, member in sorted(there.items())]
    write_whole(path(course), tables.written(COLUMNS, rows))


def groups(course: Course) -> dict[str, list[str]]:
    """The students of each group."""
    found: dict[str, list[str]] = {}
    for member in members(course).values():
        if member.group:
            found.setdefault(member.group, []).append(member.student)
    return found


def of_section(course: Course, section: str) -> list[str]:
    """CourseError: nobody is in it."""
    there = members(course).values()
    if found := [member.student for member in there if member.section == section]:
        return found
    known = ", ".join(sorted({member.section for member in there} - {""})) or "none"
    raise CourseError(f"nobody is in section {section!r}: {FILE} has {known}")
