"""Which questions a student has not begun: their cells do what the release's do.

Comments, blank lines, layout, and texts that stand alone (docstrings) do nothing, and count as
nothing; any other change of a cell is an attempt, also one that does not run, as is a definition
of what the question asks for in any other cell. A cell that was emptied is no attempt; one that was
deleted is missing, which is said as such. Where the release holds the instructor's own answer there
is nothing to begin.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from autograder.course.names import MAX_LOOKED_AT, bound_by, names
from autograder.course.submission import Code, Rebuilt
from autograder.sessions.syntax import parse

NOT_ATTEMPTED = "not_attempted"  # the state of such a question
COMMENT = re.compile(r"#.*")
LINE = re.compile(r"^([ \t]*)([%!?].*)$", re.MULTILINE)  # IPython's: a call, for Python's grammar
WORD = re.compile(r"\w+")


def as_released(code: Code) -> bool:
    """Whether a cell for an answer is there, and does what the release's does, or nothing."""
    if code.cell is None or code.missing or code.attachments:
        return False
    source, released = code.source, code.cell.released
    if not source.strip() or source.split() == released.split():
        return True
    if code.cell_type != "code" or len(source) > MAX_LOOKED_AT:
        return False
    return _does(source) in (_does(""), _does(released))


def not_attempted(rebuilt: Rebuilt) -> dict[int, list[str]]:
    """By test, the ids of the cells for its answer, where all of these are as they were released
    and nothing else of the student's defines what it asks for."""
    found = {}
    for index, code in enumerate(rebuilt.code):
        if code.cell and code.cell.kind == "test":
            own = _answers(rebuilt, index)
            if own and all(_is_open(rebuilt.code[i]) for i in own):
                asked = {name for i in own for name in _bound(rebuilt.code[i])}
                asked &= {*code.cell.student_names} or asked
                if not _defined_elsewhere(rebuilt, own, asked):
                    found[index] = [rebuilt.code[i].name(i) for i in own]
    return found


def still_open(rebuilt: Rebuilt, test: int) -> list[str]:
    """What the answer to a test uses, by itself or by what it calls, and whose cells are as they
    were released."""
    solutions = {i: _bound(code) for i, code in enumerate(rebuilt.code) if _is_solution(code)}
    reached, new = set[int](), {*_answers(rebuilt, test)}
    while new:
        reached |= new
        words = {word for i in new for word in WORD.findall(rebuilt.code[i].source)}
        new = {i for i, bound in solutions.items() if bound & words} - reached
    return [rebuilt.code[i].name(i) for i in sorted(reached) if _is_open(rebuilt.code[i])]


def _is_open(code: Code) -> bool:
    """Whether a cell is as it was released, which is not the answer already."""
    return as_released(code) and code.source.split() != (code.cell and code.cell.source.split())


def _is_solution(code: Code) -> bool:
    return code.cell is not None and code.cell.kind == "solution" and code.cell_type == "code"


def _bound(code: Code) -> frozenset[str]:
    """The names that the instructor's version of a cell binds."""
    return _binds(code.cell.source) if code.cell else frozenset()


@lru_cache(maxsize=1024)
def _binds(source: str) -> frozenset[str]:
    """The same of its text, which is the same for all submissions."""
    return frozenset(names(source)[0])


def _answers(rebuilt: Rebuilt, test: int) -> list[int]:
    """The cells for the answer to a test: those that are to define what it asks for; where it asks
    for no name, those of the last question above it."""
    cell = rebuilt.code[test].cell
    asked = {*cell.student_names} if cell else set()
    solutions = [i for i, code in enumerate(rebuilt.code) if _is_solution(code)]
    if own := [i for i in solutions if asked & _bound(rebuilt.code[i])]:
        return own
    above = [i for i in solutions if i < test]
    asking = [
        i
        for i, code in enumerate(rebuilt.code[: above[-1]] if above else ())
        if code.cell and code.cell.kind in ("test", "manual")
    ]
    return [i for i in above if not asking or i > asking[-1]]


def _defined_elsewhere(rebuilt: Rebuilt, own: list[int], asked: set[str]) -> bool:
    """Whether another cell of the student's defines one of these names, or may."""
    for index, code in enumerate(rebuilt.code):
        theirs = code.cell is None or (_is_solution(code) and not _is_open(code))
        if index in own or code.cell_type != "code" or not theirs:
            continue
        bound = bound_by(code.source)
        if asked & ({*WORD.findall(code.source)} if bound is None else bound):
            return True
    return False


@lru_cache(maxsize=256)
def _does(source: str) -> str:
    """A text of what a cell does, the same for cells that do the same."""
    try:
        tree = parse(LINE.sub(lambda line: f"{line[1]}__line__({line[2]!r})", source))
        for node in ast.walk(tree):
            for block in ("body", "orelse", "finalbody"):
                statements = getattr(node, block, None)
                if isinstance(statements, list):
                    setattr(node, block, [s for s in statements if not _is_text(s)])
        return ast.dump(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return " ".join(COMMENT.sub("", source).split())


def _is_text(statement: ast.AST) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
    return False
