"""What the command line's commands for a class do; each says whether nobody has to look."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from autograder.course.course import Course, CourseError
from autograder.course.ids import printable
from autograder.grading.engine import write_whole
from autograder.grading.shown import name_waiting, shown_results
from autograder.term import date_commands, later_commands
from autograder.term.arrivals import LEFT_OUT, Row, arrive
from autograder.term.fill import fill
from autograder.term.people import Roll, note_sections
from autograder.term.rosters import enrol
from autograder.term.shown import NOT_YET, table
from autograder.term.together import share_work


def _roster(options: argparse.Namespace) -> bool:
    course = Course(options.course)
    found = enrol(course, options.table, options.yes)
    rows = [(one.key, one.name, one.section, one.state) for one in found]
    print(table(("student", "name", "section", "state"), rows))
    wrong = [one for one in found if one.state not in ("new", "known")]
    new = sum(one.state == "new" for one in found)
    print(f"\n{len(found)} people: {new} new, {len(wrong)} that cannot be taken")
    if not options.yes:
        print(NOT_YET.format("taken"))
    elif sections := {o.key: o.section for o in found if o.section and o not in wrong}:
        note_sections(course, sections)
    return not wrong


def _import(options: argparse.Namespace) -> bool:
    course = Course(options.course)
    arrivals = arrive(course, options.assignment, options.source, options.list, options.yes)

    def line(row: Row) -> tuple[str, ...]:
        cells = row.cells(arrivals.zone)
        student = {"": "?", LEFT_OUT: "(left out)"}.get(row.student, row.student)
        return (cells["hand-in"], cells["files"], student, cells["time"], row.by)

    print(f"{arrivals.form}: {len(arrivals.rows)} hand-ins\n")
    print(table(("hand-in", "files", "student", "time", "by"), map(line, arrivals.rows)) + "\n")
    for row in arrivals.rows:
        mark = "✗" if row.wrong else "·"
        for note in filter(None, [row.wrong, *row.one.notes]):
            print(f"{mark} {printable(f'{row.one.place}: {note}')}")
    for lost in arrivals.lost:
        print(f"✗ {printable(lost)}")
    for taken in arrivals.taken:
        print(f"✓ {printable(taken)}")
    wrong = [row for row in arrivals.rows if row.wrong]
    late = [r for r in arrivals.rows if r.one.late and not r.time and r.student != LEFT_OUT]
    if wrong:
        print(f"{len(wrong)} of nobody: write the student (- leaves it out) into {arrivals.table}")
    if late:
        print(f"{len(late)} late, nobody knows when: write the time into {arrivals.table}")
    if not options.yes:
        print(NOT_YET.format("taken"))
    return arrivals.complete


def _groups(options: argparse.Namespace) -> bool:
    course = Course(options.course)
    course.assignment(options.assignment)
    whole = True
    with course.alone(options.assignment):
        for line, fine in share_work(course, options.assignment, options.yes):
            print(f"{'✓' if fine else '✗'} {printable(line)}")
            whole &= fine
    if not options.yes:
        print(NOT_YET.format("changed"))
    return whole


def _fill(options: argparse.Namespace) -> bool:
    course, path = Course(options.course), options.table
    into = options.into or path.with_name(f"{path.stem}.filled{path.suffix}")
    if into.resolve() == path.resolve():
        raise CourseError("the platform's own file stays as it is: name another by --into")
    results = shown_results(course, options.assignment)
    titles = (options.assignment, course.assignment(options.assignment).title)
    told = fill(
        path,
        results,
        Roll.of(course),
        titles,
        named=options.column,
        scaled=options.scale,
        zero=options.zero,
        waiting=name_waiting(course, options.assignment),
    )
    write_whole(into, told.content)
    for line in told.changed:
        print(f"✓ {printable(line)}")
    why: dict[str, list[str]] = {}
    for line in told.left:
        student, _, reason = line.partition(": ")
        why.setdefault(reason, []).append(student)
    for reason, students in why.items():
        print(f"✗ left as it was, {printable(reason)}: {printable(', '.join(students))}")
    for line in told.only_there:
        print(f"✗ in the file alone: {printable(line)}")
    if told.only_here:
        print(f"✗ in the gradebook alone: {printable(', '.join(told.only_here))}")
    print(f"{into}: {len(told.changed)} filled into {told.column!r}, {told.same} were the same")
    return told.complete


COMMANDS: dict[str, Callable[[argparse.Namespace], bool]] = {
    "roster": _roster,
    "import": _import,
    "fill": _fill,
    "groups": _groups,
    **date_commands.COMMANDS,
    **later_commands.COMMANDS,
}
