"""The controller: runs a rebuilt notebook in a student session and a grader session.

A cell that kills its session, or that has to be killed, is left out and the rest is run again in
fresh sessions, so that it costs no more than itself; where it dies of a thread that an earlier cell
has left behind, that cell is. What a test that did not run to its end would
have defined for those behind it is defined all the same (definitions.py). A test that did not pass
is tried again in fresh sessions without the tests before it, so that none can spoil the next.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from autograder.course.cells import Cell
from autograder.course.submission import Code, Rebuilt
from autograder.grading.pair import Broken, Pair, Sessions
from autograder.grading.shared import is_shared
from autograder.grading.student import CellRun, Ended, error_of

IN_PLACE = ("timeout", "memory")  # the session lives on, with what the stopped code has left there


@dataclass
class NotebookRun:
    cells: dict[int, CellRun] = field(default_factory=dict)
    hints: dict[int, str] = field(default_factory=dict)  # by test cell, where a mistake is known
    alone: list[int] = field(default_factory=list)  # tests that pass only before all others
    refused: list[str] = field(default_factory=list)  # the student's files without room
    broken: dict[int, list[Broken]] = field(default_factory=dict)  # the instructor's, by cell
    shared: dict[int, CellRun] = field(default_factory=dict)  # tests beside the student's code
    # Where the outcome hung on a clock or on a session's end and no `state` tells it: by cell, and
    # of what comes after all cells.
    hasty: set[int] = field(default_factory=set)
    cut: bool = False
    memory_mb: float = 0.0  # the most that the student's session has held; 0: not known


def run_notebook(sessions: Sessions, rebuilt: Rebuilt) -> NotebookRun:
    """Run every cell; afterwards compare failing answers with the known mistakes."""
    with _run_cells(sessions, rebuilt, {}) as (pair, run):
        if sessions.assignment.mistakes:
            _match_mistakes(pair, rebuilt, run)
    return run


def show_notebook(sessions: Sessions, rebuilt: Rebuilt, judged: NotebookRun) -> NotebookRun:
    """The notebook run once more without any hidden test: what its reader is shown.

    The student's code could keep the hidden tests' arguments and print them later, or put them into
    an error; in these sessions it has never met one. Cells that had to be stopped stay left out,
    with what they had printed; tests that passed show nothing but why they give so many points, and
    where nothing is left to show the run ends.
    """
    left_out = {i: replace(ran, outputs=[]) for i, ran in judged.cells.items() if ran.state}
    last = max(i for i, ran in judged.cells.items() if ran.tells)
    visible = []
    for index, code in enumerate(rebuilt.code):
        if code.cell is not None and code.cell.kind == "test":
            cell = replace(code.cell, source=code.cell.visible)
            code = replace(code, source=cell.source, cell=cell)
            if not judged.cells[index].tells or not _has_code(cell.source):
                left_out.setdefault(index, CellRun())
        if index > last and code.cell_type == "code":
            left_out.setdefault(index, judged.cells[index])
        visible.append(code)
    # What the tests alone have is hidden, however a test may open it.
    without = replace(sessions.assignment, grader_files={})
    sessions = replace(sessions.renewed(), assignment=without)
    with _run_cells(sessions, Rebuilt(tuple(visible), ()), left_out) as (_, run):
        for index, code in enumerate(rebuilt.code):
            if _is_test(code) and not judged.cells[index].error:  # it says why, and no more
                run.cells[index] = CellRun(printed=run.cells[index].printed)
        return run


def retry_alone(
    sessions: Sessions,
    rebuilt: Rebuilt,
    run: NotebookRun,
    shown: NotebookRun,
    known: Container[int] = (),
) -> None:
    """Try each test that did not pass without the tests before it, and note those that then do;
    but for those of which that is `known`.

    One that was stopped would only be stopped again, unless other functions were stopped before it,
    which may have left anything behind.
    """
    tests = [index for index, code in enumerate(rebuilt.code) if _is_test(code)]
    behind = _behind_others(rebuilt, [i for i in tests if run.cells[i].state in IN_PLACE])
    failed = [i for i in tests if run.cells[i].error and (not run.cells[i].state or i in behind)]
    for index in failed:
        if index == tests[0] or index in known:
            continue  # before the first none has run
        if index == failed[0] and shown is not run and shown.cells[index].error:
            continue  # nor had any in the run that is shown: it has just been tried
        ran = run_alone(sessions, rebuilt, index, run)
        if ran.state:
            run.hasty.add(index)
        if ran.is_whole and ran.value is None:
            run.cells[index] = CellRun()
            run.alone.append(index)
            run.hints.pop(index, None)


def _behind_others(rebuilt: Rebuilt, stopped: list[int]) -> set[int]:
    """Of the tests that were stopped, those of functions of which none was stopped before."""
    behind, before = set(), set[str]()
    for index in stopped:
        cell = rebuilt.code[index].cell
        names = set(cell.student_names) if cell else set()
        if before and not names & before:
            behind.add(index)
        before |= names
    return behind


class Blame:
    """Which cell it was that has ended a session: the one that ran, or one that has left a thread
    or a timer behind.

    That is tried: without the one that is blamed, the other runs to its end, or it does not.
    """

    def __init__(self) -> None:
        self.blamed: tuple[int, int] | None = None  # a cell, and the one that ended
        self.cleared: set[int] = set()

    def leave_out(
        self, left_out: dict[int, CellRun], index: int, ended: CellRun, run: NotebookRun
    ) -> None:
        """Put the cell that is to be left out from now on among the others."""
        if self.blamed and self.blamed[1] == index:  # it ends without the other, too
            self.cleared.add(self.blamed[0])
            del left_out[self.blamed[0]]
        self.blamed = None
        earlier = [i for i, ran in run.cells.items() if i < index and ran.left]
        if suspects := [i for i in earlier if i not in self.cleared and i not in left_out]:
            self.blamed = (suspects[-1], index)
            message = "a thread or a timer that it left behind has ended the Python process"
            left_out[suspects[-1]] = CellRun(state="crashed", error=error_of("crashed", message))
        else:
            left_out[index] = ended


@contextmanager
def _run_cells(
    sessions: Sessions, rebuilt: Rebuilt, left_out: dict[int, CellRun]
) -> Iterator[tuple[Pair, NotebookRun]]:
    """Every cell in its order, in sessions that are still there; who ends them joins `left_out`."""
    # Shared tests have a session of their own (shared.py); here, only what they define.
    left_out |= {i: CellRun() for i, code in enumerate(rebuilt.code) if is_shared(code)}
    bare: set[int] = set()  # not even what these define could be had
    blame, most = Blame(), 0.0
    while True:
        with sessions.pair() as pair:
            run = NotebookRun(dict(left_out), refused=pair.refused, broken=pair.broken)
            run.hasty = pair.hasty = set(bare)
            index, in_place = -1, False
            try:
                for index, code in enumerate(rebuilt.code):
                    if code.cell_type != "code":
                        continue
                    in_place = index in left_out
                    if not in_place and code.cell and code.cell.rebinds:
                        run.cells[index] = run_alone(sessions, rebuilt, index, run)
                        in_place = True
                    elif not in_place:
                        run.cells[index] = pair.run(code, index)
                        in_place = _is_test(code) and not run.cells[index].is_whole
                    if in_place and index not in bare:
                        pair.run_without(code, index, _later(rebuilt, index))
            except Ended as ended:
                most = max(most, pair.student.process.held())
                if in_place:
                    bare.add(index)
                else:
                    blame.leave_out(left_out, index, ended.run, run)
                # A test that was stopped would only be stopped again.
                stopped = {i: ran for i, ran in run.cells.items() if ran.state}
                left_out |= {i: ran for i, ran in stopped.items() if _is_test(rebuilt.code[i])}
                continue
            run.memory_mb = max(most, pair.student.process.held())
            yield pair, run
            return


def _later(rebuilt: Rebuilt, index: int) -> tuple[str, ...]:
    return later([c.cell for c in rebuilt.code[index + 1 :] if c.cell and c.cell_type == "code"])


def later(behind: list[Cell]) -> tuple[str, ...]:
    """The instructor's code in the cells behind one."""
    own = [cell for cell in behind if cell.kind in ("test", "locked")]
    text = (*(source for cell in behind for source in cell.prelude), *(cell.made for cell in own))
    return (*text, *(cell.source for cell in own))


def _has_code(source: str) -> bool:
    return any(line.strip() and not line.strip().startswith("#") for line in source.splitlines())


def _is_test(code: Code) -> bool:
    return code.cell is not None and code.cell.kind == "test"


def run_alone(sessions: Sessions, rebuilt: Rebuilt, test: int, run: NotebookRun) -> CellRun:
    """What comes of a test when no other test has called the student's code."""
    try:
        with sessions.pair() as pair:
            pair.hasty = run.hasty
            for index, code in enumerate(rebuilt.code[:test]):
                if code.cell_type != "code":
                    continue
                if _is_test(code) or run.cells[index].state:
                    pair.run_without(code, index, _later(rebuilt, index))
                elif pair.run(code, index).state:
                    run.hasty.add(test)
            return pair.run(rebuilt.code[test], test)
    except Ended as ended:
        return ended.run


def _match_mistakes(pair: Pair, rebuilt: Rebuilt, run: NotebookRun) -> None:
    for index, code in enumerate(rebuilt.code):
        ran = run.cells.get(index)
        if code.cell is None or code.cell.kind != "test" or not ran or not ran.error or ran.state:
            continue  # passed; or stopped, and would have to be stopped again
        try:
            for name in code.cell.student_names:
                hint, late = pair.match(name)
                run.cut |= late
                if hint:
                    run.hints[index] = hint
                    break
        except (Ended, TimeoutError):
            run.cut = True
            return
