"""Wrong answers of a class: which known mistakes it makes, and which it makes again and again that
nobody has described yet.

The second are grouped by what the verdict tells of them: the same test, the same value. Of each
there is an example, and a text for `mistakes.py` that describes it. That text is a student's code
and will run beside the tests, so it is offered only where it does nothing but compute, and says
that it has to be read.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.course.assignment import Assignment
from autograder.course.cells import Cell
from autograder.course.submission import Unreadable, parse
from autograder.records.result import GradeResult, QuestionResult
from autograder.sessions.syntax import parse as tree_of

OFTEN = 2  # students from which on a wrong answer recurs
WRONG = ("failed", "error")
MAX_CODE = 6000  # characters of an example, and of what its text may grow to
NUMBER = re.compile(r"-?\d+\.\d+(e[-+]?\d+)?")
TELLS_NOTHING = (
    "a hidden test did not pass",
    "your code raised",
    "`",
)  # no value: a name, an error
BARRED = frozenset(
    {"eval", "exec", "compile", "open", "input", "breakpoint", "globals", "locals", "vars"}
    | {"getattr", "setattr", "delattr", "memoryview", "exit", "quit", "help", "sys", "os", "io"}
    | {"builtins", "importlib", "inspect", "types", "gc", "ctypes", "ctypeslib", "f2py"}
    | {"operator", "subprocess", "pickle", "shutil", "load", "memmap", "fromfile", "tofile"}
)
FRAMES = ("__", "gi_", "f_", "tb_", "cr_", "ag_", "co_")
ALLOWED = {"math", "cmath", "itertools", "functools", "collections", "statistics", "fractions"}


@dataclass(frozen=True)
class Known:
    """A known mistake that was made, as its hint says it, and by whom."""

    hint: str
    questions: tuple[str, ...]
    students: tuple[str, ...]


@dataclass(frozen=True)
class Recurring:
    """A wrong answer without a hint that several gave; `code` is that of the first of them, and
    `stub` what describes it in `mistakes.py`."""

    question: str
    message: str
    students: tuple[str, ...]
    code: str
    stub: str


def known(results: Iterable[GradeResult]) -> list[Known]:
    """The known mistakes, the most frequent first."""
    made: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for result in results:
        for question in result.questions:
            if question.hint:
                questions, students = made.setdefault(question.hint, ({}, {}))
                questions[question.id] = students[result.student] = None
    found = [Known(hint, tuple(q), tuple(s)) for hint, (q, s) in made.items()]
    return sorted(found, key=lambda mistake: (-len(mistake.students), mistake.hint))


def value_told(question: QuestionResult) -> str:
    """What the verdict tells of a wrong answer, numbers to four digits (the rest is rounding);
    "" where that is no value, or a known mistake."""
    told = question.state in WRONG and question.message and not question.hint
    if not told or question.follows_from or question.message.startswith(TELLS_NOTHING):
        return ""
    return NUMBER.sub(lambda number: f"{float(number[0]):.4g}", question.message)


def recurring(
    assignment: Assignment,
    results: Sequence[GradeResult],
    notebook: Callable[[GradeResult], Mapping[str, bytes]],
) -> list[Recurring]:
    """The wrong answers that several gave, the most frequent first; `notebook` gives the graded
    notebooks of a result, of which one is read for each."""
    groups: dict[tuple[str, str], list[GradeResult]] = {}
    for result in results:
        for question in result.questions:
            if told := value_told(question):
                groups.setdefault((question.id, told), []).append(result)
    often = {key: found for key, found in groups.items() if len(found) >= OFTEN}
    count = Counter[str]()
    rows = []
    for (name, told), found in sorted(often.items(), key=lambda row: (-len(row[1]), row[0])):
        cells = _answers(notebook(found[0]))
        function, code = _asked(assignment, name, cells)
        count[function] += 1
        stub = _stub(assignment, name, function, cells, count[function]) if function else ""
        students = tuple(sorted(result.student for result in found))
        rows.append(Recurring(name, told, students, code[:MAX_CODE], stub))
    return rows


def _answers(notebooks: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """The cells of graded notebooks that are the student's, and the instructor's locked ones."""
    cells = []
    for content in notebooks.values():
        try:
            cells += parse(content)
        except Unreadable:  # whoever wrote it since
            continue
    return [c for c in cells if c["cell_type"] == "code" and not c["settings"].get("points")]


def _asked(assignment: Assignment, test: str, cells: list[dict[str, Any]]) -> tuple[str, str]:
    """The function that a test asks for first, and the text of the cell that defines it."""
    cell = _test(assignment, test)
    for name in cell.student_names if cell else ():
        pattern = re.compile(rf"^def {re.escape(name)}\(", re.M)
        for own in reversed(cells):
            if own["settings"].get("solution") and pattern.search(own["source"]):
                return name, own["source"]
    return "", ""


def _test(assignment: Assignment, name: str) -> Cell | None:
    tests = (cell for notebook in assignment.notebooks for cell in notebook.questions)
    return next((cell for cell in tests if cell.grade_id == name), None)


def _stub(
    assignment: Assignment, test: str, function: str, cells: list[dict[str, Any]], number: int
) -> str:
    """A mistake as `mistakes.py` has them (sessions/mistakes.py), made of a student's answer; ""
    where that does more than compute."""
    try:
        body = _needed(function, cells, ALLOWED | set(assignment.packages))
        text = "\n".join(ast.unparse(node) for node in body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    if not body or len(text) > MAX_CODE:
        return ""
    probes = _probes(assignment, test, function)
    return "\n".join(
        [
            *_recognised(probes, assignment, function),
            f"def {function}__recurring_{number}(*arguments, **options):",
            '    """Write here what these students should hear."""',
            textwrap.indent(text, "    "),
            f"    return {function}(*arguments, **options)",
        ]
    )


def _recognised(probes: list[str], assignment: Assignment, function: str) -> Iterable[str]:
    """The calls by which it is recognised, beside those that are there already."""
    if not probes:
        yield f'# It needs a call in PROBES["{function}"] that it answers wrongly.'
        return
    begin = "PROBES" if any("PROBES" in source for source in assignment.mistakes) else "PROBES = {}"
    if begin != "PROBES":
        yield begin
    calls = ", ".join(f"lambda {function}: {call}" for call in probes)
    yield f'PROBES.setdefault("{function}", []).extend([{calls}])'
    yield ""
    yield ""


def _probes(assignment: Assignment, test: str, function: str) -> list[str]:
    """The calls of a function in the visible part of a test that are complete in themselves."""
    cell = _test(assignment, test)
    calls = []
    for node in ast.walk(tree_of(cell.visible)) if cell else ():
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == function:
            names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} - {function}
            if not names - {"np"}:
                calls.append(ast.unparse(node))
    return list(dict.fromkeys(calls))[:3]


def _needed(function: str, cells: list[dict[str, Any]], packages: set[str]) -> list[ast.stmt]:
    """The statements of a student's cells, and the imports, that a function needs.

    ValueError where one of them does more than compute, or is not a definition.
    """
    defined: dict[str, ast.stmt] = {}
    for cell in cells:
        if cell["settings"].get("solution") or cell["settings"].get("locked"):
            for node in _parsed(cell["source"]):
                defined |= dict.fromkeys(_binds(node), node)
    todo, needed = [function], dict[int, ast.stmt]()
    while todo:
        wanted = defined.get(todo.pop())
        if wanted is not None and id(wanted) not in needed:
            _check(wanted, packages)
            needed[id(wanted)] = wanted
            todo += [n.id for n in ast.walk(wanted) if isinstance(n, ast.Name)]
    order = {id(node): place for place, node in enumerate(defined.values())}
    return sorted(needed.values(), key=lambda node: (not _is_import(node), order[id(node)]))


def _parsed(source: str) -> list[ast.stmt]:
    """A cell's statements; of a line that IPython alone understands, none."""
    if len(source) > MAX_CODE * 4:
        return []
    lines = ("" if line.startswith(("%", "!")) else line for line in source.splitlines())
    try:
        return tree_of("\n".join(lines)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _binds(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return [(alias.asname or alias.name).partition(".")[0] for alias in names]
        case ast.Assign(targets=targets):
            return [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]
    return []


def _check(node: ast.AST, packages: set[str]) -> None:
    """ValueError where a student's code does what a mistake never has to."""
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name):
                if name.startswith("__") or name in BARRED:
                    raise ValueError(name)
            case ast.Attribute(value=of, attr=name, ctx=context):
                own = isinstance(of, ast.Name) and of.id == "self"
                written = not (own or isinstance(context, ast.Load))  # np.testing.f = …
                if written or name.startswith(("_", *FRAMES)) or name in BARRED:
                    raise ValueError(name)
            case ast.Import(names=names):
                modules = [alias.name for alias in names]
                if {name.partition(".")[0] for name in modules} - packages:
                    raise ValueError(modules)
            case ast.ImportFrom(module=module):
                if (module or "").partition(".")[0] not in packages:
                    raise ValueError(module)
            case ast.Global() | ast.Nonlocal() | ast.AsyncFunctionDef() | ast.With():
                raise ValueError(type(part).__name__)
