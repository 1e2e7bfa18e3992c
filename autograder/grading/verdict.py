"""From what the sessions did to a question's state, score, message and hint.

Points come from a test cell that ran to its end in the grader session, or from the number that its
last expression computed there; never from outputs. What a hidden test saw is not told: at the most
what the instructor wrote beside the assertion that failed (sentences.py).
"""

from __future__ import annotations

import difflib
import re
from dataclasses import replace

from autograder.course.cells import Cell
from autograder.course.names import bound_by, names
from autograder.course.submission import Code, Rebuilt
from autograder.grading.attempted import NOT_ATTEMPTED, as_released, not_attempted, still_open
from autograder.grading.beside import without_pictures
from autograder.grading.run import NotebookRun
from autograder.grading.sentences import sentence
from autograder.grading.student import CellRun
from autograder.records.result import QuestionResult

MAX_MESSAGE = 600
EARNED = ("passed", "partial")
UNDEFINED = re.compile(r"name '(\w+)' is not defined")
MANY = 200  # names of a cell among which one is looked for that is spelled alike


def judge(
    rebuilt: Rebuilt, run: NotebookRun, shown: NotebookRun, tell_sentences: bool = False
) -> list[QuestionResult]:
    """The result of every question of a notebook, in its order.

    `run` decides; every word of the student's code is taken from `shown`, where no hidden test ran.
    """
    results = []
    lacking = _lacking(rebuilt, run)
    untouched = not_attempted(rebuilt)
    for index, code in enumerate(rebuilt.code):
        cell = code.cell
        if cell is None or cell.kind not in ("test", "manual"):
            continue
        if cell.kind == "manual":
            state, message = _waits(code, cell)
            results.append(result_of(cell, 0.0, state, message))
            continue
        hint = run.hints.get(index, "")
        compared = None
        if cell.shared:
            score, state, message = _beside(cell, run.shared[index])
        else:
            score, state, message = _verdict(
                cell, run.cells[index], rebuilt, shown, index, tell_sentences
            )
            compared = without_pictures(shown.cells[index])
        if index in lacking and state != "passed":
            score, state, message = 0.0, "fault", f"the grader failed: {lacking[index]}"
        elif index in untouched and state not in (*EARNED, "manual", "fault"):
            state, message, hint = NOT_ATTEMPTED, _told_of(untouched[index]), ""
        elif state == "error" and "NotImplementedError" in message:
            left = still_open(rebuilt, index)
            message += f"; {_told_of(left)}" if left else ""
        result = result_of(cell, score, state, _text(message), hint)
        results.append(replace(result, compared=compared if state == "failed" else None))
    return results


def result_of(cell: Cell, score: float, state: str, message: str, hint: str = "") -> QuestionResult:
    """The result of a question."""
    how = "shared" if cell.shared else ""
    return QuestionResult(cell.grade_id, score, cell.points, state, message, hint, how=how)


def _lacking(rebuilt: Rebuilt, run: NotebookRun) -> dict[int, str]:
    """By test, why it had not all that the instructor's cells should have given it: one of these
    failed, in the session where no student's code is."""
    reasons: dict[int, str] = {}
    without: dict[str, str] = {}  # a name that is not there, and why
    for index, code in enumerate(rebuilt.code if run.broken else ()):
        for broken in run.broken.get(index, ()):
            reason = f"{broken.place} stops: {broken.message}"
            without |= dict.fromkeys(names(broken.source)[0], reason)
        if code.cell and code.cell_type == "code" and code.cell.kind in ("test", "locked"):
            bound, read = names(code.cell.code)
            if lost := read & without.keys():
                reason = without[min(lost)]
                without |= dict.fromkeys(bound, reason)
                reasons[index] = reason
    return reasons


def _waits(code: Code, cell: Cell) -> tuple[str, str]:
    """State and message of a question that a person grades."""
    if code.elsewhere:
        return (
            "manual",
            f"waits for a person: its cell holds no answer, but look at {code.elsewhere}",
        )
    if code.missing and not cell.is_task:
        return "missing", "no answer was given"
    if as_released(code) and not cell.is_task:
        return NOT_ATTEMPTED, "no answer was given"
    return "manual", "waits for a person to grade it"


def _told_of(cells: list[str]) -> str:
    """That cells are as they were released."""
    named = " and ".join(f"`{name}`" for name in cells)
    return f"{named} {'is as it was' if len(cells) == 1 else 'are as they were'} handed out"


def _text(message: str) -> str:
    """A message that can be written: cut, and without halves of surrogate pairs."""
    return message[:MAX_MESSAGE].encode("utf-8", errors="replace").decode()


def _verdict(
    cell: Cell, ran: CellRun, rebuilt: Rebuilt, shown: NotebookRun, index: int, tell_sentences: bool
) -> tuple[float, str, str]:
    """Score, state and message of a test cell."""
    if ran.state:
        return 0.0, ran.state, (ran.error or {}).get("message", "")
    if ran.missing:
        return 0.0, *_why_missing(ran.missing, rebuilt, shown, index)
    if ran.error:
        seen = shown.cells[index].error
        if told := _asks_too_early(ran.error, seen, rebuilt, index):
            return 0.0, "manual", told
        if seen and shown.cells[index].state:  # it ended otherwise when it was run once more
            return 0.0, shown.cells[index].state, seen["message"]
        return 0.0, *(_why_failed(seen) if seen else _why_hidden(cell, ran.error, tell_sentences))
    return _points(cell, ran.value, shown.cells[index].printed)


def _beside(cell: Cell, ran: CellRun) -> tuple[float, str, str]:
    """Score, state and message of a test beside the student's code: of what it said, nothing."""
    if ran.state:
        return 0.0, ran.state, (ran.error or {}).get("message", "")
    if ran.error:
        return 0.0, "failed", "it ran beside your code, and did not pass; what it said is not shown"
    return _points(cell, ran.value)


def _points(cell: Cell, value: float | None, printed: str = "") -> tuple[float, str, str]:
    """Score, state and message of a test that has come to its end; what it printed are its reasons,
    where students can read all of it."""
    if value is None:
        return cell.points, "passed", ""
    if not 0 <= value <= cell.points:
        return 0.0, "fault", f"the test computed a number outside 0 … {cell.points:g}"
    state = "passed" if value == cell.points else "partial" if value else "failed"
    reasons = "; ".join(printed.split("\n")).strip("; ") if cell.source == cell.visible else ""
    told = f"{value:g} of {cell.points:g} points"
    return float(value), state, f"{told}: {reasons}" if reasons and state != "passed" else told


def _why_missing(
    missing: list[str], rebuilt: Rebuilt, run: NotebookRun, test: int
) -> tuple[str, str]:
    """A name is missing because its cell is gone, stopped, too low, or does not define it."""
    name = missing[0]
    own = _asked_for(name, rebuilt)
    for ran in (run.cells[index] for index in own):
        if ran.error:
            what = ran.error["message"] if ran.state else one_line(ran.error)
            return ran.state or "error", f"`{name}` is missing, because its cell stopped: {what}"
    if place := _defined_below(name, rebuilt, test):
        told = f"`{name}` is defined in {place} only, below the test that asks for it"
        return "manual", f"waits for a person: {told}"
    if any(rebuilt.code[index].missing for index in own):
        return "missing", f"`{name}` is missing: its cell is not in the notebook"
    if like := nearly(name, rebuilt):
        return "missing", f"`{name}` is missing, but {like}"
    return "missing", f"`{name}` is missing: no cell of the notebook defines it"


def _asked_for(name: str, rebuilt: Rebuilt) -> list[int]:
    """The cells that are there to define a name."""
    return [
        index
        for index, code in enumerate(rebuilt.code)
        if code.cell and code.cell.kind == "solution" and code.cell_type == "code"
        if name in names(code.cell.source)[0]
    ]


def _defined_below(name: str, rebuilt: Rebuilt, test: int) -> str:
    """Where a name is defined below a test, or ""."""
    for index, code in enumerate(rebuilt.code[test + 1 :], test + 1):
        answer = code.cell is None or code.cell.kind == "solution"
        if answer and name in (bound_by(code.source) or ()):
            return code.name(index)
    return ""


def nearly(name: str, rebuilt: Rebuilt) -> str:
    """What a cell defines that was to define a name, and defines one that is spelled alike."""
    for index in _asked_for(name, rebuilt):
        code, cell = rebuilt.code[index], rebuilt.code[index].cell
        assert cell is not None
        other = (bound_by(code.source) or set()) - names(cell.source)[0]
        found = {bound.lower(): bound for bound in sorted(other)[:MANY]}
        for like in difflib.get_close_matches(name.lower(), found, 1, cutoff=0.8):
            return f"{cell.grade_id} defines `{found[like]}`"
    return ""


def _asks_too_early(error: dict, seen: dict | None, rebuilt: Rebuilt, test: int) -> str:
    """Where the student's code asks for a name of theirs that stands below the test, or ""."""
    own = error["student"] and error["base"] == "NameError"
    found = UNDEFINED.search(error["message"]) if own else None
    if not (found and (place := _defined_below(found[1], rebuilt, test))):
        return ""
    what = f"`{found[1]}`, which is defined in {place} only" if seen else "what is defined only"
    return f"waits for a person: your code asks for {what} below this test"


def _state(error: dict) -> str:
    return "error" if error["student"] or error["handle"] else "failed"


def _why_hidden(cell: Cell, error: dict, tell_sentences: bool) -> tuple[str, str]:
    """What may be said of an error that does not come up without the hidden tests."""
    if cell.source == cell.visible:
        return _state(error), "it does not hold after other tests have run"
    message = "a hidden test did not pass"
    if error["student"]:
        message = f"your code raised {error['base']} in a hidden test"
    raised = error["student"] or error["base"] != "AssertionError"
    beside = sentence(cell, error["lines"], raised) if tell_sentences else ""
    return _state(error), f"{message}: {beside}" if beside else message


def _why_failed(error: dict) -> tuple[str, str]:
    state = _state(error)
    if error["student"]:
        return state, f"your code raised {one_line(error)}"
    if error["kind"] == "AssertionError":
        return state, error["message"] or f"this check did not hold: {error['text']}"
    return state, f"{one_line(error)} in: {error['text']}" if error["text"] else one_line(error)


def shown_traceback(ran: CellRun) -> str:
    """The student's own traceback, from a test that the student can read."""
    error = ran.error
    return error["traceback"] if error and error.get("student") and not ran.state else ""


def one_line(error: dict) -> str:
    message = error["message"].strip()
    if error.get("handle"):  # the machinery's own words: a sentence already
        return message
    return f"{error['kind']}: {message}" if message else error["kind"]
