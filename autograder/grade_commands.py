"""What `autograder grade` and `autograder regrade` do, and the table that they print."""

from __future__ import annotations

import argparse
import json
import sys

from tqdm import tqdm

from autograder.course.assignment import Assignment
from autograder.course.classlist import of_section
from autograder.course.course import Course, CourseError
from autograder.course.ids import is_plain, printable
from autograder.grading.engine import Graders, grade_course
from autograder.records.result import GradeResult
from autograder.status import ATTENTION, DIFFERS, FAULT, OK
from autograder.term.dates import apply_allowed
from autograder.term.people import Roll
from autograder.term.shown import cut

LONGEST = 80  # characters of a message that a terminal shows


def _grade(options: argparse.Namespace) -> int:
    course = Course(options.course)
    assignment = course.assignment(options.assignment)
    students = _students(course, assignment.name, options.student, options.section)
    _name_new(course, students)
    apply_allowed(course, assignment.name)
    run = grade_course(
        course,
        assignment,
        students,
        workers=options.workers,
        confined=not options.unconfined,
        force=options.force,
        elsewhere=_elsewhere(options, course),
    )
    results = []
    for result in tqdm(run, total=len(students), desc="grading", unit="submission"):
        results.append(result)
        if options.json:
            print(json.dumps(result.as_json()), flush=True)
    if not options.json:
        print(table(results))
        if recalled := sum(result.recalled for result in results):
            print(f"tests taken from an earlier run: {recalled} (--force runs everything again)")
    return exit_status(results)


def _elsewhere(options: argparse.Namespace, course: Course) -> Graders | None:
    """The cluster that grades, where one is named. CourseError: what is named beside it misses."""
    files = options.tls_ca, options.tls_cert, options.tls_key
    if not options.dask:
        if any(files) or options.insecure:
            raise CourseError("--tls-… and --insecure are about a cluster: name it by --dask")
        return None
    if options.workers:
        raise CourseError("--workers is for this machine: a cluster's are asked for what they have")
    try:
        from autograder.cluster.connection import Address
        from autograder.cluster.farm import Farm
    except ImportError as error:
        raise CourseError(
            f"--dask needs Dask ({error}): pip install --requirement requirements-dask.txt"
        ) from None
    return Farm(course, Address(options.dask, *files, insecure=options.insecure))


def _regrade(options: argparse.Namespace) -> int:
    from autograder.grading import compared, regrade

    course, name = Course(options.course), options.assignment
    assignment = course.assignment(name)
    if options.apply:
        return _apply(course, assignment)
    found = regrade.Comparison()
    with tqdm(desc="grading", unit="submission") as bar:
        for found in regrade.show(course, assignment, not options.unconfined):
            bar.total = found.number
            bar.update(len(found.students) - bar.n)
    print(compared.table(found, name))
    if found.differs or found.changed:
        then = (
            f"`autograder build {name}`, if you have not, then `autograder regrade {name} --apply`"
        )
        print(f"nothing is recorded yet: {then}")
    return FAULT if found.faults else DIFFERS if found.differs else OK


def _apply(course: Course, assignment: Assignment) -> int:
    from autograder.grading import regrade

    done, left = [], []
    for student, result in regrade.apply(course, assignment):
        if result is None:
            left.append(student)
        else:
            done.append(result)
    if done:
        print(table(done))
    print(f"recorded as shown: {sum(result.state != 'fault' for result in done)}")
    if left:
        print(
            f"not recorded, for something is not as it was shown: {printable(', '.join(left))}; "
            f"look at `autograder regrade {assignment.name} --diff` again"
        )
    return FAULT if exit_status(done) == FAULT else ATTENTION if left else OK


def _students(
    course: Course, assignment: str, asked: list[str] | None, section: str | None
) -> list[str]:
    """Those who are asked for, by their ids and by a section, or all. CourseError: nobody is called
    so."""
    known = course.students(assignment)
    course.known(asked or [], assignment)
    if section is None:
        return asked or known
    inside = of_section(course, section)
    if strangers := [name for name in inside if name not in known]:
        print(
            f"autograder: of section {section}, not in the gradebook, and without a hand-in: "
            f"{printable(', '.join(strangers))}",
            file=sys.stderr,
        )
    return [name for name in dict.fromkeys([*(asked or ()), *inside]) if name in known]


def _name_new(course: Course, students: list[str]) -> None:
    """Say who is entered for having handed in: a folder's name may have a slip in it. Where nobody
    was ever entered, all are."""
    roll = Roll.of(course)
    new = [name for name in students if is_plain(name) and name not in roll.people]
    if roll.people and new:
        told = printable("; ".join(map(roll.missing, new)))
        print(f"autograder: {told}: entered, for something is handed in", file=sys.stderr)


def exit_status(results: list[GradeResult]) -> int:
    states = {result.state for result in results}
    return FAULT if "fault" in states else ATTENTION if "attention" in states else OK


def table(results: list[GradeResult]) -> str:
    """Students, questions, scores and states, for a terminal."""
    marks = {"passed": "✓", "partial": "◐", "failed": "✗", "manual": "?", "missing": "·"}
    marks["not_attempted"] = "–"
    width = max([len("student"), *(len(result.student) for result in results)])
    lines = []
    for result in sorted(results, key=lambda result: result.student):
        line = "".join(
            marks.get(question.state, question.state[0]) for question in result.questions
        )
        late = f"{-result.late_penalty:g} for being late" if result.late_penalty else ""
        said = printable("; ".join(filter(None, [late, result.message])))
        lines.append(
            f"{printable(result.student):{width}}  {result.score:5.1f} / {result.max_score:g}  "
            f"{result.state:12}  {line:<{len(result.questions)}}  {cut(said, LONGEST)}"
        )
    ids = [question.id for question in results[0].questions] if results else []
    legend = "questions in order: " + ", ".join(ids)
    key = (
        "✓ passed ◐ partial ✗ failed e error t timeout m memory c crashed · missing "
        "– not attempted ? manual"
    )
    head = f"{'student':{width}}  score        state         questions"
    return "\n".join([head, *lines, legend, key])


COMMANDS = {"grade": _grade, "regrade": _regrade}
