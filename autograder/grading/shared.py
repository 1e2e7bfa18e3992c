"""Shared tests: those that an instructor lets run beside the student's code, by name.

Some tests cannot be asked from another process: a checker that walks through a figure, a library
that is patched. `shared = ["plot-tests"]` in assignment.toml gives up the wall for these alone:
the student's code can read them, and can answer in their place. They run in a session of their own,
after everything else, as stock nbgrader would run the notebook: the cells in their order, of the
other tests what was released. So no other verdict depends on it, and of it nothing is told but the
points.
"""

from __future__ import annotations

from autograder.course.submission import Code, Rebuilt
from autograder.grading.imports import advise
from autograder.grading.pair import Sessions
from autograder.grading.student import CellRun, Ended, Student, error_of, hand_over
from autograder.sessions.outcome import NOTHING, UNKNOWN
from autograder.sessions.session import MORE


def is_shared(code: Code) -> bool:
    return code.cell is not None and code.cell.shared


def run_shared(
    sessions: Sessions, rebuilt: Rebuilt, run: dict[int, CellRun]
) -> tuple[dict[int, CellRun], bool]:
    """What becomes of the shared tests, and whether a cell had to be stopped on the way. Cells that
    were stopped in `run` are left out, and so is whichever ends the session; then the rest is run
    again in a fresh one."""
    tests = [index for index, code in enumerate(rebuilt.code) if is_shared(code)]
    left_out = {index: ran for index, ran in run.items() if ran.state}
    sessions, done, stopped = sessions.renewed(), dict[int, CellRun](), False
    used = f"the notebook had used its {sessions.assignment.limits.total_seconds:g} s before it"
    while len(done) < len(tests):
        if sessions.clock.is_up:
            late = CellRun(state="timeout", error=error_of("timeout", used))
            return dict.fromkeys(tests, late) | done, True
        try:
            stopped |= _run_in_one(sessions, rebuilt, tests[-1], left_out, done)
        except _Stopped as ended:
            stopped = True
            left_out[ended.index] = ended.run
            if ended.index in tests:
                done[ended.index] = ended.run
    return done, stopped


class _Stopped(Exception):
    def __init__(self, index: int, run: CellRun):
        super().__init__(run.state)
        self.index, self.run = index, run


def _run_in_one(
    sessions: Sessions,
    rebuilt: Rebuilt,
    last: int,
    left_out: dict[int, CellRun],
    done: dict[int, CellRun],
) -> bool:
    """The notebook up to its last shared test, in one session; whether a cell had to be stopped.
    _Stopped: a cell has ended it."""
    limits = sessions.assignment.limits
    process = sessions.student.spawn(sessions.limits)
    student, stopped = Student(process, limits, sessions.clock), False
    try:
        hand_over(process.channel, sessions.assignment.files)
        for name, content in sessions.files.items():
            hand_over(process.channel, {name: content}, MORE)
        for index, code in enumerate(rebuilt.code[: last + 1]):
            if code.cell_type != "code" or index in left_out:
                continue
            if sessions.clock.is_up:
                return True
            try:
                if is_shared(code):
                    # One that has been run is run again for what stands behind it.
                    ran = _run_test(sessions, student, code)
                    done.setdefault(index, ran)
                else:
                    ran = student.run(_source(code), code.name(index))
                stopped |= bool(ran.state)
            except Ended as ended:
                raise _Stopped(index, ended.run) from None
    finally:
        process.close()
    return stopped


def _run_test(sessions: Sessions, student: Student, code: Code) -> CellRun:
    assert code.cell is not None
    end = UNKNOWN
    if sessions.known is not None:
        known = sessions.known.get(code.cell.grade_id)
        end = known.end if known else NOTHING
    ran = student.run_shared(code.cell.source, code.cell.grade_id, end)
    if ran.error:
        advise(ran.error, sessions.assignment, of_student=True)
    return ran


def _source(code: Code) -> str:
    is_test = code.cell is not None and code.cell.kind == "test"
    return code.cell.visible if code.cell and is_test else code.source
