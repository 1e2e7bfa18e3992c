"""The commands for what comes after a hand-in: shown first, and done with `--yes`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from autograder.course.attempts import KEPT
from autograder.course.course import Course, CourseError
from autograder.course.ids import printable, several
from autograder.course.local import shown
from autograder.term.appeal import Decision, decide
from autograder.term.counting import choose, kept, take
from autograder.term.due import moment, settings_of
from autograder.term.reset import reset
from autograder.term.sharing import back, share
from autograder.term.shown import NOT_YET, table
from autograder.term.solved import publish


def _reset(options: argparse.Namespace) -> bool:
    course = Course(options.course)
    assignment = course.assignment(options.assignment)
    course.known([options.student], assignment.name)
    with course.alone(assignment.name):
        told = reset(course, assignment, options.student, options.cell, options.yes)
    print("\n".join(map(printable, told.splitlines())))
    again = f"`autograder grade {assignment.name} --student {options.student}` grades it"
    print(again if options.yes else NOT_YET.format("changed"))
    return True


def _attempts(options: argparse.Namespace) -> bool:
    course = Course(options.course)
    assignment = course.assignment(options.assignment)
    name, zone = assignment.name, settings_of(course, assignment.name).zone
    asked: list[str] = options.student or course.students(name)
    # What somebody handed in may all be kept, and none of it count.
    course.known([one for one in asked if not (course.root / KEPT / name / one).is_dir()], name)
    there = kept(course, name, asked)
    rows, refused = [], []
    for student, mine in there.items():
        if options.counts:
            try:
                mine = choose(course, assignment, mine, options.counts, not options.unconfined)
            except CourseError as error:
                refused.append(f"{student}: {error}")
            else:
                if options.yes:
                    with course.alone(name):
                        take(course, name, mine)
        for one in mine:
            score = "" if one.score is None else f"{one.score:g}"
            when = shown(one.time, zone) if one.time else f"nobody knows: {one.path.stem}"
            rows.append((student, when, score, "counts" if one.counts else ""))
    print(table(("student", "handed in", "points", ""), rows))
    print(f"\n{several(len(there), 'student')} with several attempts")
    for line in refused:
        print(f"✗ {printable(line)}")
    if options.counts and there:
        print(
            f"`autograder grade {name}` grades them" if options.yes else NOT_YET.format("changed")
        )
    return not refused


def _appeal(options: argparse.Namespace) -> bool:
    course, name = Course(options.course), options.assignment
    course.assignment(name)
    course.known([options.student], name)
    asked = Decision(options.student, options.question, options.points, options.why)
    with course.alone(name):
        told = decide(course, name, asked, options.yes)
    print(printable(told))
    print(f"`autograder feedback {name}` tells it" if options.yes else NOT_YET.format("changed"))
    return True


def _solutions(options: argparse.Namespace) -> bool:
    course = Course(options.course)
    assignment = course.assignment(options.assignment)
    for path in publish(course, assignment, moment(), options.early):
        print(path)
    return True


def _share(options: argparse.Namespace) -> bool:
    course = Course(options.course)
    assignment = course.assignment(options.assignment)
    if options.markers:
        markers = [marker.strip() for marker in options.markers.split(",")]
        for path in share(course, assignment, markers, options.blind, options.twice):
            print(path)
        return True
    whole = True
    for line, fine in back(course, assignment, options.back, options.yes):
        print(f"{'✓' if fine else '✗'} {printable(line)}")
        whole &= fine
    if not options.yes:
        print(NOT_YET.format("taken"))
    return whole


COMMANDS: dict[str, Callable[[argparse.Namespace], bool]] = {
    "reset": _reset,
    "attempts": _attempts,
    "appeal": _appeal,
    "solutions": _solutions,
    "share": _share,
}
