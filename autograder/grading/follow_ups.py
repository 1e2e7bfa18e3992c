"""One slip is one slip: what fails only because another function of the student's is wrong.

A test that did not pass is tried once more with the instructor's functions in the place of those
that the assignment lets stand in for (course/stand_in.py), and whose own tests did not pass either.
So nobody is given a second try for nothing. Of that run nothing is shown, but whether it passed.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace

from autograder.course.cells import Notebook
from autograder.course.submission import Rebuilt
from autograder.grading.pair import Sessions
from autograder.grading.run import NotebookRun, run_alone
from autograder.grading.stand_ins import StandIns
from autograder.records.result import QuestionResult

TRIED_AGAIN = ("failed", "error")
NOT_WRONG = ("passed", "manual", "fault")


def follow_ups(
    sessions: Sessions,
    notebook: Notebook,
    rebuilt: Rebuilt,
    run: NotebookRun,
    results: list[QuestionResult],
    barred: Container[str],
) -> dict[str, tuple[str, ...]]:
    """The questions of a notebook that follow from slips elsewhere, each with the functions from
    which it does. What is `barred`, since a rule was broken, is not tried again."""
    if not sessions.assignment.stand_in:
        return {}
    states = {result.id: result.state for result in results}
    tests = {
        index: code.cell
        for index, code in enumerate(rebuilt.code)
        if code.cell and code.cell.kind == "test" and not code.cell.shared
    }
    lost = [test for test in tests.values() if states[test.grade_id] not in NOT_WRONG]
    wrong = {name for test in lost for name in test.student_names}
    allowed = sessions.assignment.stand_in
    sessions = sessions.renewed()  # the time of a notebook once more, for all of them
    passed: dict[str, tuple[str, ...]] = {}
    for index, test in tests.items():
        named = {name for asked in test.student_names for name in allowed.get(asked, ())}
        if not named & wrong or test.grade_id in barred or states[test.grade_id] not in TRIED_AGAIN:
            continue
        names = tuple(sorted(named & wrong))
        stand_ins = StandIns.above(test.grade_id, notebook, names)
        ran = run_alone(replace(sessions, stand_ins=stand_ins), rebuilt, index, run)
        run.cut |= bool(ran.state)
        if ran.is_whole and ran.value in (None, test.points):
            passed[test.grade_id] = names
    return passed


def following(
    results: list[QuestionResult], passed: Mapping[str, tuple[str, ...]], share: float
) -> list[QuestionResult]:
    """The results, with what each follows from, and the share of its points that it then gets."""
    return [_following(result, passed.get(result.id, ()), share) for result in results]


def _following(result: QuestionResult, names: tuple[str, ...], share: float) -> QuestionResult:
    """A result that says from what it follows. A known mistake's hint would be about a function
    that is right."""
    if not names:
        return result
    score, place = share * result.max_score, "its place" if len(names) == 1 else "their places"
    told = " and ".join(f"`{name}`" for name in names)
    message = f"follows from {told}: it passes with the instructor's in {place}"
    if score:
        message = f"{score:g} of {result.max_score:g} points; {message}"
    return replace(
        result,
        score=score,
        state="partial" if score else result.state,
        message=f"{message} ({result.message})" if result.message else message,
        hint="",
        follows_from=names,
    )
