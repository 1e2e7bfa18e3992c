"""`people.csv`, in the course's folder: the section and the group of each student.

A person may change it in a spreadsheet. Who is in a group hands in one work with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograder.course import tables
from autograder.course.course import Course, CourseError

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
    """Everybody who stands in it. CourseError: it cannot be read, or has somebody in two places."""
    if not path(course).is_file():
        return {}
    found: dict[str, Member] = {}
    for row in tables.read(path(course), COLUMNS):
        one = Member(**row)
        if one.student and found.setdefault(one.student, one) != one:
            raise CourseError(
                f"{path(course)} has {one.student} in several lines, which say different sections "
                "or groups: leave one"
            )
    return found


def sections(course: Course) -> dict[str, str]:
    """The section of each student who is in one."""
    return {who: member.section for who, member in members(course).items() if member.section}


def groups(course: Course) -> dict[str, list[str]]:
    """The students of each group."""
    found: dict[str, list[str]] = {}
    for member in members(course).values():
        if member.group:
            found.setdefault(member.group, []).append(member.student)
    return found


def of_section(course: Course, section: str) -> list[str]:
    """CourseError: nobody is in it."""
    there = sections(course)
    if found := [student for student, theirs in there.items() if theirs == section]:
        return found
    known = ", ".join(sorted({*there.values()})) or "none"
    raise CourseError(f"nobody is in section {section!r}: {FILE} has {known}")
