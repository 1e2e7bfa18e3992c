"""The command line: adopt | build | check | grade | regrade | feedback | report | export | demo
| doctor | watch | warm | forget, and those of a class: term/options.py.

What a command does is in `commands`, which imports nbgrader; here is only what comes before.
"""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path

from autograder import quick  # noqa: F401 (before anything that imports nbgrader)
from autograder.grading import warm
from autograder.term.options import add_commands


def main(arguments: list[str] | None = None) -> int:
    """Run a command; its exit status is described in the README."""
    options = _parser().parse_args(arguments)
    confining = ("build", "check", "grade", "regrade")
    if options.command in confining and not vars(options).get("dask"):
        warm.expect(options.course, options.assignment, not options.unconfined)
    first = "autograder.commands" not in sys.modules
    if first:  # what is imported now stays: it need not be looked through, now or later
        gc.disable()
    from autograder import commands

    if first:
        gc.freeze()
        gc.enable()
    return commands.run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="autograder", description="Build and grade assignments.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name, text, assignment=True, confining=False):
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(command=name)
        if assignment:
            sub.add_argument("assignment", help="its folder's name below solutions/")
            sub.add_argument("--course", type=Path, default=Path(), help="the course (default: .)")
        if confining:
            sub.add_argument("--unconfined", action="store_true", help="run without protection")
        return sub

    adopt = command("adopt", "take another course's assignment", False, confining=True)
    adopt.add_argument("folder", type=Path, help="where its notebook lies, here or elsewhere")
    adopt.add_argument("--name", default="", help="what to call it (default: as the folder)")
    adopt.add_argument("--course", type=Path, default=Path(), help="the course (default: .)")
    command("build", "write the student version and prove it sound", confining=True)
    command("check", "say of each test whether it can cross between the sessions", confining=True)
    grade = command("grade", "grade what was submitted", confining=True)
    grade.add_argument("--student", action="append", help="only this student (may be repeated)")
    grade.add_argument("--section", help="only those who are in it, by people.csv")
    grade.add_argument("--workers", type=int, help="submissions at a time (default: the cores)")
    grade.add_argument("--force", action="store_true", help="run everything again, graded or not")
    grade.add_argument("--json", action="store_true", help="print one JSON object a line")
    grade.add_argument("--dask", metavar="URL", help="on this Dask cluster: tls://HOST:PORT")
    for part, what in (("ca", "authority"), ("cert", "certificate"), ("key", "private key")):
        text = f"its {what}, in PEM (default: Dask's own configuration)"
        grade.add_argument(f"--tls-{part}", type=Path, metavar="FILE", help=text)
    grade.add_argument("--insecure", action="store_true", help="a cluster without certificates")
    regrade = command(
        "regrade", "what a changed assignment changes for a graded class", confining=True
    )
    way = regrade.add_mutually_exclusive_group(required=True)
    way.add_argument("--diff", action="store_true", help="show who would gain and who would lose")
    way.add_argument("--apply", action="store_true", help="record what --diff has shown")
    command("feedback", "write a page for each student")
    command("report", "write the instructor's page and the grades as CSV")
    export = command("export", "print the grades as CSV")
    export.add_argument("--gradescope", type=Path, help="write Gradescope's results.json there")
    show = command("demo", "grade a class of made-up students", assignment=False)
    show.add_argument("assignments", nargs="*", help="which (those with a class of 60)")
    show.add_argument("--course", type=Path, default=Path(), help="the course (default: .)")
    show.add_argument("--into", type=Path, default=Path("build/demo"), help="where (build/demo)")
    command("doctor", "say how this machine can confine submissions", assignment=False)
    watch = command("watch", "collect, grade what is due, release feedback: again and again", False)
    watch.add_argument("--course", type=Path, default=Path(), help="the course (default: .)")
    watch.add_argument("--every", type=float, default=60.0, help="seconds (default: 60)")
    watch.add_argument("--workers", type=int, help="submissions at a time (default: the cores)")
    watch.add_argument("--once", action="store_true", help="one round, and end")
    watch.add_argument("--status", action="store_true", help="say what the last round saw, and end")
    warming = command("warm", "stay: commands in other terminals begin at once", assignment=False)
    warming.set_defaults(run=main)
    forget = command("forget", "remove all that is kept of a student", assignment=False)
    forget.add_argument("student", help="the id, as the gradebook has it")
    forget.add_argument("--course", type=Path, default=Path(), help="the course (default: .)")
    forget.add_argument("--yes", action="store_true", help="do it: without, it is only listed")
    add_commands(command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
