"""What the command line's commands do. Each imports what it alone needs: of what takes longest to
import, grading needs little."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import signal
import sys
from pathlib import Path

from nbgrader.api import MissingEntry
from sqlalchemy.exc import SQLAlchemyError

from autograder import grade_commands
from autograder.course.course import BuildError, Course, CourseError, KeptError
from autograder.course.ids import printable, several
from autograder.grade_commands import table
from autograder.records.gradebook import RecordError
from autograder.sandbox.confine import ConfinementError
from autograder.status import ATTENTION, FAULT, OK, WRONG_USE

GUIDE = "docs/moving.md"


def run(options: argparse.Namespace) -> int:
    """Run the command that the options name; its exit status."""
    try:
        status = COMMANDS.get(options.command, _of_a_class)(options)
        sys.stdout.flush()
        return _refused(options, status) if status == FAULT else status
    except (CourseError, LookupError) as error:
        print(f"autograder: {error}", file=sys.stderr)
        return _refused(options, WRONG_USE)
    except MissingEntry as error:
        told = f"{error} in the gradebook: `autograder build` puts an assignment there"
        print(f"autograder: {told}", file=sys.stderr)
        return _refused(options, WRONG_USE)
    except SQLAlchemyError as error:
        said = str(error).partition("\n")[0]
        print(f"autograder: the gradebook cannot be read or written: {said}", file=sys.stderr)
        return FAULT
    except KeptError as error:
        print(f"autograder: {error}", file=sys.stderr)
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
    except BrokenPipeError:  # `| head` has read enough: it is not told either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
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
        print(f"✓ {printable(line)}", flush=True)

    course, width = Course(options.course), shutil.get_terminal_size().columns
    found = adopt(course, options.folder, options.name, not options.unconfined, say)
    print("\n" + "\n".join(map(printable, table(found.rows, width).splitlines())) + "\n")
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


def _feedback(options: argparse.Namespace) -> int:
    from autograder.grading.shown import write_feedback

    course = Course(options.course)
    pages = write_feedback(course, options.assignment)
    print(f"{several(len(pages), 'page')} below {course.feedback}")
    return OK


def _report(options: argparse.Namespace) -> int:
    from autograder.grading.shown import write_report

    for path in write_report(Course(options.course), options.assignment):
        print(path)
    return OK


def _export(options: argparse.Namespace) -> int:
    from autograder.grading.shown import known_sections, name_waiting, shown_results
    from autograder.records.export import render_csv
    from autograder.term.gradescope import write_all

    course = Course(options.course)
    results = shown_results(course, options.assignment)
    name_waiting(course, options.assignment)
    if options.gradescope:
        written = write_all(results, options.gradescope)
        print(f"{several(len(written), 'result')} below {options.gradescope}")
    else:
        print(render_csv(results, known_sections(course)), end="")
    return OK


def _demo(options: argparse.Namespace) -> int:
    from autograder.authoring import demo
    from autograder.grading.shown import write_feedback, write_report

    instructors = Course(options.course)
    names = demo.chosen(instructors, options.assignments)
    course = demo.prepare(instructors, options.into)
    for name in names:
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


def _watch(options: argparse.Namespace) -> int:
    from autograder.hub import seen, watch

    if options.status:
        lines, fine = seen.status(Course(options.course))
        print("\n".join(lines))
        return OK if fine else FAULT
    watcher = watch.Watcher(options.course, options.every, options.workers)
    watch.prepare(watcher)
    last = watcher.watch(options.once)
    return FAULT if options.once and last.failed else OK


def _warm(options: argparse.Namespace) -> int:
    from autograder.resident.stay import stay

    stay(options.run)
    return OK


def _of_a_class(options: argparse.Namespace) -> int:
    from autograder.term import commands as of_a_class

    return OK if of_a_class.COMMANDS[options.command](options) else ATTENTION


def _forget(options: argparse.Namespace) -> int:
    from autograder.hub.forget import ELSEWHERE, forget

    whole = True
    for line, done in forget(Course(options.course), options.student, options.yes):
        print(f"{'✓' if done else '✗'} {printable(line)}" if options.yes else printable(line))
        whole &= done
    print(ELSEWHERE)
    if not options.yes:
        print("nothing was removed: the same with --yes removes it, for good")
    return OK if whole else FAULT


# The others are those of a class.
COMMANDS = {
    "adopt": _adopt,
    "build": _build,
    "check": _check,
    "feedback": _feedback,
    "report": _report,
    "export": _export,
    "demo": _demo,
    "doctor": _doctor,
    "watch": _watch,
    "warm": _warm,
    "forget": _forget,
    **grade_commands.COMMANDS,
}
