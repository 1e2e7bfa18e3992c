"""The commands that change dates: shown first, and done with `--yes`."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from autograder.course.classlist import of_section
from autograder.course.course import Course, CourseError
from autograder.course.local import read_span, read_time, shown
from autograder.course.settings import FILE, Settings
from autograder.grading.engine import write_whole
from autograder.term.allowed import Allowed, Grant
from autograder.term.dates import Change, apply, changes, dates
from autograder.term.due import assignments, settings_of
from autograder.term.shown import NOT_YET, table

LINE = re.compile(r"^duedate\s*=[^#\n]*", re.MULTILINE)


def run_dates(options: argparse.Namespace) -> bool:
    """Everybody's date; with `--due` another due date, and what that changes."""
    course, name = Course(options.course), options.assignment
    course.assignment(name)
    settings = settings_of(course, name)
    if options.due:
        due = _time(options.due, settings)
        settings = replace(settings, duedate=due)
        if options.yes:
            _write_due(course, name, due, settings)
    if settings.duedate is None:
        raise CourseError(f"{name} has no due date: --due '2026-10-16 23:59' gives it one")
    found = changes(course, name, dates(course, name, Allowed.of(course), settings))
    print(f"{name} is due {shown(settings.duedate, settings.zone)}\n")
    print(_dated(found, settings) + "\n")
    _say(found, settings)
    if options.yes:
        apply(course, name)
    elif any(change.is_one for change in found):
        print(NOT_YET.format("changed"))
    return True


def run_extend(options: argparse.Namespace) -> bool:
    course, name = Course(options.course), options.assignment
    course.assignment(name)
    settings = settings_of(course, name)
    if settings.duedate is None:
        raise CourseError(f"{name} has no due date: there is nothing to extend")
    grant = Grant("", name, by=_span(options.by), why=options.why)
    if options.until:
        until = _time(options.until, settings)
        if until <= settings.duedate:
            raise CourseError(
                f"{shown(until, settings.zone)} is not after the due date, "
                f"{shown(settings.duedate, settings.zone)}: nobody has less time than that"
            )
        grant = replace(grant, until=until.isoformat())
    allowed = Allowed.of(course)
    for student in _students(course, name, options):
        allowed.grant(replace(grant, student=student))
    return _allow(course, allowed, [name], options.yes)


def run_accommodate(options: argparse.Namespace) -> bool:
    course, allowed = Course(options.course), Allowed.of(Course(options.course))
    if not 1 <= options.time <= 10:
        raise CourseError(
            f"--time {options.time:g}: 1.5 is half as much time again, 1 takes that back, and "
            "nobody has less than the others"
        )
    [student] = course.known([options.student])
    time, by = options.time, _span(options.by)
    allowed.grant(Grant(student, by=by, time=time, why=options.why))
    return _allow(course, allowed, assignments(course), options.yes)


def run_allow(options: argparse.Namespace) -> bool:
    course, allowed = Course(options.course), Allowed.of(Course(options.course))
    if options.grace is not None:
        allowed.grace = "" if options.grace == "0" else _span(options.grace)
    if options.late_days is not None:
        allowed.late_days = options.late_days
    if options.each is not None:
        allowed.late_days_each = options.each
    if min(allowed.late_days, allowed.late_days_each) < 0:
        raise CourseError("there are no fewer than 0 late days")
    each = f", {allowed.late_days_each} at most of an assignment" if allowed.late_days_each else ""
    print(f"grace: {allowed.grace or 'none'}; late days of a term: {allowed.late_days}{each}\n")
    return _allow(course, allowed, assignments(course), options.yes)


def _allow(course: Course, allowed: Allowed, names: list[str], yes: bool) -> bool:
    """Show what it changes in some assignments, and with `yes` do it."""
    for name in names:
        settings = settings_of(course, name)
        if settings.duedate is None:
            continue
        found = changes(course, name, dates(course, name, allowed))
        told = [change for change in found if change.is_one]
        if told or len(names) == 1:
            print(f"{name}, due {shown(settings.duedate, settings.zone)}\n")
            print(_dated(told, settings) + "\n")
            _say(told, settings)
    if not yes:
        print(NOT_YET.format("changed"))
        return True
    allowed.write(course)
    for name in names:
        apply(course, name)
    return True


def _students(course: Course, name: str, options: argparse.Namespace) -> list[str]:
    asked = [*options.student, *(of_section(course, options.section) if options.section else [])]
    if not asked:
        raise CourseError("who? --student ID (may be repeated), or --section NAME")
    return course.known(asked, name)


def _time(text: str, settings: Settings) -> datetime:
    try:
        return read_time(text, settings.zone)
    except ValueError as error:
        raise CourseError(str(error)) from error


def _span(text: str) -> str:
    try:
        if text:
            read_span(text)
    except ValueError as error:
        raise CourseError(str(error)) from error
    return text


def _write_due(course: Course, name: str, due: datetime, settings: Settings) -> None:
    """Another due date in the assignment's file, where all else stays as it is.

    CourseError: that cannot be written there.
    """
    path = course.solutions / name / FILE
    text = path.read_text(encoding="utf-8")
    line = f"duedate = {due.astimezone(settings.zone).isoformat('T', 'seconds')}"
    space = " " if (found := LINE.search(text)) and found.end() < len(text) else ""
    new = LINE.sub(line + (space if "#" in _rest(text) else ""), text, count=1)
    new = new if found else f"{line}\n{text}"
    write_whole(path, new.encode())
    if settings_of(course, name).duedate != due:
        write_whole(path, text.encode())
        raise CourseError(f"{path} cannot be changed by itself: write {line!r} into it")


def _rest(text: str) -> str:
    """What stands behind the date in its line."""
    found = LINE.search(text)
    return text[found.end() :].partition("\n")[0] if found else ""


def _dated(found: list[Change], settings: Settings) -> str:
    rows = []
    for change in found:
        date = change.after
        spent = f"{date.days} late day{'s' * (date.days > 1)}" if date.days else ""
        longer = "" if date.until == settings.duedate else shown(date.until, settings.zone)
        handed_in = shown(date.handed_in, settings.zone)
        rows.append((date.student, longer or "as due", handed_in, _late(date.late), spent))
    return table(("student", "until", "handed in", "late by", "of the bank"), rows)


def _late(late: timedelta) -> str:
    if not late:
        return ""
    hours, seconds = divmod(int(late.total_seconds()), 3600)
    return f"{hours // 24} d {hours % 24:02} h {seconds // 60:02} min"


def _say(found: list[Change], settings: Settings) -> None:
    """Who becomes late or on time, and what that costs or gives."""
    for change in found:
        if not change.is_one or change.before is None or not change.after.handed_in:
            continue
        was, now = bool(change.before.late), bool(change.after.late)
        told = {(True, False): "in time now", (False, True): "late now"}.get((was, now))
        told = told or (f"late by {_late(change.after.late)}" if now else "")
        lost, before = change.lost_after, change.lost_before
        if lost is not None and before is not None and abs(lost - before) > 1e-6:
            told += f", {before - lost:+g} points"
        if told:
            print(f"· {change.after.student}: {told}")


COMMANDS: dict[str, Callable[[argparse.Namespace], bool]] = {
    "dates": run_dates,
    "extend": run_extend,
    "accommodate": run_accommodate,
    "allow": run_allow,
}
