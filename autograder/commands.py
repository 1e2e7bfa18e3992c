"""What the command line's commands do."""

from __future__ import annotations

import argparse
import difflib
import json
import shlex
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from tqdm import tqdm

from autograder.course.course import BuildError, Course, CourseError
from autograder.grading.engine import (
    attempt_of,
    grade_course,
    graded_notebooks,
    kept_results,
    write_whole,
)
from autograder.records.export import render_csv
from autograder.records.gradebook import Recorder, RecordError
from autograder.records.result import GradeResult
from autograder.sandbox.confine import ConfinementError

OK, WRONG_USE, FAULT, ATTENTION = 0, 2, 3, 4
GUIDE = "docs/moving.md"


def run(options: argparse.Namespace) -> int:
    """Run the command that the options name; its exit status."""
    try:
        status = COMMANDS[options.command](options)
        return _refused(options, status) if status == FAULT else status
    except (CourseError, LookupError) as error:
        print(f"autograder: {error}", file=sys.stderr)
        return _refused(options, WRONG_USE)
    except SQLAlchemyError as error:
        said = str(error).partition("\n")[0]
        print(f"autograder: the gradebook cannot be read or written: {said}", file=sys.stderr)
        return FAULT
    except BuildError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return _refused(options, FAULT)
    except RecordError as error:
        print(f"autograder: the gradebook could not be written: {error}", file=sys.stderr)
        return FAULT
    except ConfinementError as error:
        print(
            f"autograder: this machine cannot confine submissions: {error}\n"
            "`autograder doctor` says what is missing. `--unconfined` grades without protection: "
            "only for submissions that you trust.",
            file=sys.stderr,
        )
        return FAULT
    except KeyboardInterrupt:
        print("\nautograder: stopped; the same command goes on from here", file=sys.stderr)
        return 130


def _refused(options: argparse.Namespace, status: int) -> int:
    """The status; who sets an assignment is told where to read on."""
    if options.command in ("adopt", "build", "check"):
        print(f"what each refusal means, and what to write instead: {GUIDE}", file=sys.stderr)
    return status


def _adopt(options: argparse.Namespace) -> int:
    from autograder.authoring.adopt import adopt
    from autograder.authoring.findings import table

    def say(line: str) -> None:
        print(f"✓ {_plain(line)}", flush=True)

    course, width = Course(options.course), shutil.get_terminal_size().columns
    found = adopt(course, options.folder, options.name, not options.unconfined, say)
    print("\n" + "\n".join(map(_plain, table(found.rows, width).splitlines())) + "\n")
    if found.place is None:
        print("nothing was taken or changed: mend the notebooks, then call the same again")
        return FAULT
    place = found.place.relative_to(course.root)
    if found.sound:
        print(f"{place} is built: hand out {course.assignments.name}/{place.name}")
        return OK
    settings = place / "assignment.toml"
    begin, end = "as its first line, in the place of another `shared`", "at its end"
    for where, lines in ((begin, found.first), (end, found.last)):
        if lines:
            print(f"to paste into {settings}, {where}:\n\n{lines}\n")
    elsewhere = [] if options.course == Path() else ["--course", str(options.course)]
    again = shlex.join(["autograder", "adopt", place.as_posix(), *elsewhere])
    print(f"when you have done so: {again}")
    return FAULT


def _build(options: argparse.Namespace) -> int:
    from autograder.authoring.build import build

    for line in build(Course(options.course), options.assignment, not options.unconfined):
        print(f"✓ {line}", flush=True)
    return OK


def _check(options: argparse.Namespace) -> int:
    from autograder.authoring.check import check

    good = True
    for line, fine in check(Course(options.course), options.assignment, not options.unconfined):
        print(f"{'✓' if fine else '✗'} {line}", flush=True)
        good &= fine
    return OK if good else FAULT


def _grade(options: argparse.Namespace) -> int:
    course = Course(options.course)
    assignment = course.assignment(options.assignment)
    students = _students(course, assignment.name, options.student)
    run = grade_course(
        course,
        assignment,
        students,
        workers=options.workers,
        confined=not options.unconfined,
        force=options.force,
    )
    results = []
    for result in tqdm(run, total=len(students), desc="grading", unit="submission"):
        results.append(result)
        if options.json:
            print(json.dumps(result.as_json()), flush=True)
    if not options.json:
        print(table(results))
    return exit_status(results)


def _students(course: Course, assignment: str, asked: list[str] | None) -> list[str]:
    """Those who are asked for, or all. CourseError: nobody is called so."""
    known = course.students(assignment)
    for name in asked or ():
        if name not in known:
            similar = difflib.get_close_matches(name, known, 1)
            hint = f"do you mean {similar[0]!r}?" if similar else "correct the id"
            raise CourseError(
                f"{name!r} is not in the gradebook and has handed in nothing for {assignment}: "
                f"{hint}"
            )
    return asked or known


def exit_status(results: list[GradeResult]) -> int:
    states = {result.state for result in results}
    return FAULT if "fault" in states else ATTENTION if "attention" in states else OK


def table(results: list[GradeResult]) -> str:
    """Students, questions, scores and states, for a terminal."""
    marks = {"passed": "✓", "partial": "◐", "failed": "✗", "manual": "?", "missing": "·"}
    width = max([len("student"), *(len(result.student) for result in results)])
    lines = []
    for result in sorted(results, key=lambda result: result.student):
        line = "".join(
            marks.get(question.state, question.state[0]) for question in result.questions
        )
        lines.append(
            f"{_plain(result.student):{width}}  {result.score:5.1f} / {result.max_score:g}  "
            f"{result.state:12}  {line:<{len(result.questions)}}  {_plain(result.message)[:80]}"
        )
    ids = [question.id for question in results[0].questions] if results else []
    legend = "questions in order: " + ", ".join(ids)
    key = "✓ passed ◐ partial ✗ failed e error t timeout m memory c crashed · missing ? manual"
    head = f"{'student':{width}}  score        state         questions"
    return "\n".join([head, *lines, legend, key])


def _plain(text: str) -> str:
    """Without what a terminal would obey."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def write_feedback(course: Course, name: str) -> list[Path]:
    """`feedback/<student>/<assignment>/<notebook>.html`, where nbgrader releases it from, with the
    time and the secret by which it goes back to the very attempt that was graded."""
    from autograder.records.feedback import render_feedback

    assignment = course.assignment(name)
    pages = []
    results, _ = _refreshed(course, name)
    for result in results:
        folder = course.feedback / result.student / name
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in attempt_of(course, result).items():
            write_whole(folder / file, content)
        notebooks = graded_notebooks(course, result)
        for notebook in assignment.notebooks:
            page = render_feedback(assignment, result, notebooks.get(notebook.name))
            pages.append(folder / f"{notebook.name}.html")
            write_whole(pages[-1], page.encode(errors="replace"))
    return pages


def write_report(course: Course, name: str) -> list[Path]:
    """`reports/<assignment>.html` and `.csv`."""
    from autograder.records.report import render_report

    results = _results(course, name)
    page, grades = course.reports / f"{name}.html", course.reports / f"{name}.csv"
    text = render_report(course.assignment(name), results, course.feedback, page)
    write_whole(page, text.encode(errors="replace"))
    write_whole(grades, render_csv(results).encode(errors="replace"))
    return [page, grades]


def _results(course: Course, name: str) -> list[GradeResult]:
    """The kept results, with what a person has graded since, for an instructor."""
    results, overwritten = _refreshed(course, name)
    return [_overwritten(r, name) if r.student in overwritten else r for r in results]


def _refreshed(course: Course, name: str) -> tuple[list[GradeResult], set[str]]:
    """The kept results, with what a person has graded since, and of whom the gradebook holds other
    points."""
    if results := kept_results(course, name):
        with Recorder(course, name) as recorder:
            outdated = [r.student for r in results if recorder.is_outdated(r)]
            _name_outdated(name, outdated)
            sound = [r for r in results if r.student not in outdated]
            others = {r.student for r in sound if recorder.has_other_points(r)}
            return recorder.refresh(results), others
    course.assignment(name)  # CourseError: there is none of that name
    raise CourseError(f"nothing is graded yet: run `autograder grade {name}` first")


def _overwritten(result: GradeResult, name: str) -> GradeResult:
    """A result of which the gradebook holds other points, as it says itself."""
    told = f"the gradebook holds other points: `autograder grade {name}` puts these there"
    message = "; ".join(filter(None, [told, result.message]))
    return replace(result, state="attention", message=message)


def _name_outdated(name: str, students: list[str]) -> None:
    """Say whose results are of an earlier version of the assignment: they are shown as they are."""
    if students:
        print(
            f"autograder: {name} asks other questions now than when these were graded: "
            f"{_plain(', '.join(students))}; `autograder grade {name}` grades them again",
            file=sys.stderr,
        )


def _feedback(options: argparse.Namespace) -> int:
    course = Course(options.course)
    pages = write_feedback(course, options.assignment)
    print(f"{len(pages)} pages below {course.feedback}")
    return OK


def _report(options: argparse.Namespace) -> int:
    for path in write_report(Course(options.course), options.assignment):
        print(path)
    return OK


def _export(options: argparse.Namespace) -> int:
    print(render_csv(_results(Course(options.course), options.assignment)), end="")
    return OK


def _demo(options: argparse.Namespace) -> int:
    from autograder.authoring import demo

    course = demo.prepare(Course(options.course), options.into)
    for name in demo.assignments(course):
        results = demo.run(course, name)
        write_feedback(course, name)
        page, grades = write_report(course, name)
        print(f"\n{name}\n\n{table(results)}\n")
        for label, path in [("report", page), ("grades", grades)]:
            print(f"{label:10} {path}")
        print(flush=True)
    for label, path in [("gradebook", course.root / "gradebook.db"), ("feedback", course.feedback)]:
        print(f"{label:10} {path}")
    return OK


def _doctor(options: argparse.Namespace) -> int:
    from autograder.hub import protection
    from autograder.sandbox import doctor

    confined = doctor.examine()
    print("\nnbgrader's pages, as a server that is started here would show them:")
    guarded = list(protection.findings())
    for finding, fine in guarded:
        print(f"{'✓' if fine else '✗'} {finding}")
    if not all(fine for _, fine in guarded):
        print("open no submission in nbgrader's form-grader here: install this project with pip")
    return OK if confined and all(fine for _, fine in guarded) else FAULT


COMMANDS = {
    "adopt": _adopt,
    "build": _build,
    "check": _check,
    "grade": _grade,
    "feedback": _feedback,
    "report": _report,
    "export": _export,
    "demo": _demo,
    "doctor": _doctor,
}
