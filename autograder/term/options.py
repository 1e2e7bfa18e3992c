"""The command line's options for a class: read before anything is imported that takes time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any


def add_commands(command: Callable[..., Any]) -> None:
    """Add the commands of `term/commands.py`; `command(name, text, assignment=True)` makes one."""
    roster = command("roster", "take students from a platform's table onto the roll", False)
    roster.add_argument("table", type=Path, help="the grades, as the platform exports them")
    _course(roster)
    _yes(roster, "take them")

    arrive = command("import", "take hand-ins from a platform's download")
    arrive.add_argument("source", type=Path, help="the .zip, or a folder")
    arrive.add_argument("--list", type=Path, help="a platform's table that says who is who")
    _yes(arrive, "take them")

    fill = command("fill", "fill the scores into the table that a platform exported")
    fill.add_argument("table", type=Path, help="the grades, as the platform exports them")
    fill.add_argument("--column", default="", help="its header (default: called as the assignment)")
    fill.add_argument("--into", type=Path, help="where (default: beside it, NAME.filled.csv)")
    fill.add_argument("--scale", action="store_true", help="our share of the column's points")
    fill.add_argument("--zero", action="store_true", help="0 for who handed in nothing")

    dates = command("dates", "show until when each student may hand in; change the due date")
    dates.add_argument("--due", default="", help="another due date, as '2026-10-16 23:59'")
    _yes(dates, "change it")

    extend = command("extend", "let students hand in an assignment later")
    extend.add_argument("--student", action="append", default=[], help="who (may be repeated)")
    extend.add_argument("--section", default="", help="all of a section")
    until = extend.add_mutually_exclusive_group(required=True)
    until.add_argument("--until", default="", help="a local time, as '2026-10-20 23:59'")
    until.add_argument("--by", default="", help="a span, as '2 days'")
    until.add_argument("--none", action="store_true", help="no longer")
    _why(extend)
    _yes(extend, "do it")

    accommodate = command("accommodate", "give a student more time, for all assignments", False)
    accommodate.add_argument("student", help="the id, as the gradebook has it")
    more = accommodate.add_mutually_exclusive_group(required=True)
    more.add_argument("--time", type=float, default=1.0, help="as a share: 1.5; 1 is no longer")
    more.add_argument("--by", default="", help="a span, as '2 days'")
    _course(accommodate)
    _why(accommodate)
    _yes(accommodate, "do it")

    allow = command("allow", "grace, and late days of a bank, for everybody", assignment=False)
    allow.add_argument("--grace", help="a span that is not late, as '15 minutes'; 0: none")
    allow.add_argument("--late-days", type=int, help="days that each student may be late in all")
    allow.add_argument("--each", type=int, help="of them, at most for one assignment; 0: all")
    _course(allow)
    _yes(allow, "do it")

    groups = command("groups", "let one member's work count for a group")
    _yes(groups, "do it")

    reset = command("reset", "put a cell of a hand-in back to what was released")
    reset.add_argument("--student", required=True, help="whose")
    reset.add_argument("--cell", required=True, help="its grade_id")
    _yes(reset, "do it")

    attempts = command("attempts", "show the attempts that were kept, choose which counts")
    attempts.add_argument("--student", action="append", help="only this one (may be repeated)")
    attempts.add_argument("--counts", choices=("last", "first", "best"), help="which counts")
    attempts.add_argument("--unconfined", action="store_true", help="find the best unprotected")
    _yes(attempts, "do it")

    appeal = command("appeal", "decide a question's points, with the reason")
    appeal.add_argument("--student", required=True, help="whose")
    appeal.add_argument("--question", required=True, help="its grade_id")
    points = appeal.add_mutually_exclusive_group(required=True)
    points.add_argument("--points", type=float, help="of its points")
    points.add_argument("--none", action="store_true", help="as it was graded")
    _why(appeal)
    _yes(appeal, "do it")

    solutions = command("solutions", "write the answers out for students, after the last date")
    solutions.add_argument("--early", action="store_true", help="though somebody has time left")

    share = command("share", "share what a person marks among several, and take it back")
    way = share.add_mutually_exclusive_group(required=True)
    way.add_argument("--markers", default="", help="who, as in ana,ben,cho")
    way.add_argument("--back", type=Path, help="a marks.csv that is filled in")
    share.add_argument("--blind", action="store_true", help="codes in the place of names")
    share.add_argument("--twice", type=int, default=0, help="how many are marked by two")
    _yes(share, "take the points of --back")


def _why(sub: Any) -> None:
    sub.add_argument("--why", default="", help="the reason, which is kept")


def _course(sub: Any) -> None:
    sub.add_argument("--course", type=Path, default=Path(), help="the course (default: .)")


def _yes(sub: Any, what: str) -> None:
    sub.add_argument("--yes", action="store_true", help=f"{what}: without, it is only shown")
