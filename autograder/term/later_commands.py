"""The commands for what comes after a hand-in: shown first, and done with `--yes`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from autograder.course.course import Course
from autograder.course.ids import printable
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
    there = kept(course, name, options.student or course.students(name))
    rows = []
    for student, mine in there.items():
        if options.counts:
            mine = choose(course, assignment, mine, options.counts, not options.unconfined)
            if options.yes:
                with course.alone(name):
                    take(course, name, mine)
        for one in mine:
            score = "" if one.score is None else f"{one.score:g}"
            rows.append((student, shown(one.time, zone), score, "counts" if one.counts else ""))
    print(table(("student", "handed in", "points", ""), rows))
    print(f"\n{len(there)} students have several attempts")
    if options.counts and there:
        print(
            f"`autograder grade {name}` grades them" if options.yes else NOT_YET.format("changed")
        )
    return True


def _appeal(options: argparse.Namespace) -> bool:
    course, name = Course(options.course), options.assignment
    course.assignment(name)
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
