"""From an assignment to its public bundle: what a check may know, since students may.

Of the cells, what was released. Of each test that students can read, what it asked of the
instructor's objects: keys of one to three words (`["attribute", "weight"]`), never a value. A word
may come from the solution all the same (an attribute that `dir` had found, a file that the answer
writes): so a key is kept only where each of its words stands in what students have, or belongs to
the protocol. The same holds for names and imports that were read from a solution cell. Then the
bundle is tried on the instructor's version, and a test that does not pass so is left out of it.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable
from dataclasses import replace

from autograder.authoring.versions import version
from autograder.course.assignment import Assignment
from autograder.course.cells import Cell, Notebook
from autograder.course.course import BuildError
from autograder.course.names import as_python, names
from autograder.course.rules import Rule
from autograder.grading.bundle import ENDS, OTHER, Bundle, read_bundle, written
from autograder.grading.instructors import Conversation, conversation
from autograder.grading.pair import Known
from autograder.grading.visible import check, visible
from autograder.sessions.handles import NUMBERS, OPERATORS
from autograder.sessions.syntax import parse

PROTOCOL = {*(f"__{name}__" for name in OPERATORS), *NUMBERS, *dir(builtins)}
ANSWERS = ("solution", "manual")


def public_bundle(assignment: Assignment, confined: bool = True) -> bytes:
    """The file of an assignment's bundle. CourseError: the instructor's version was stopped.

    BuildError: what it would hold is not what students have.
    """
    released = visible(assignment)
    asked = conversation(released, confined)
    public = _public(released)
    words = _words(public)
    known = {test: _kept(one, words) for test, one in asked.known.items()}
    bundle = Bundle(public, Conversation(known, ()))
    own = version(released, lambda _: "")
    for notebook in public.notebooks:
        _, failed = check(public, notebook.name, own, confined, bundle.own)
        bundle = _without(bundle, {cell.grade_id for cell, _ in failed})
    content = written(bundle)
    _prove_public(assignment, read_bundle(content))
    return content


def _public(released: Assignment) -> Assignment:
    """An assignment without what only its instructor has."""
    notebooks = tuple(map(_public_notebook, released.notebooks))
    asked = {name for n in notebooks for cell in n.cells for name in cell.student_names}
    shown = asked.union(*(names(c.source)[0] for n in notebooks for c in n.cells if _answers(c)))
    return replace(
        released,
        notebooks=notebooks,
        rules=tuple(_public_rule(rule, shown) for rule in released.rules),
        duedate=None,
        follow_up=0.0,
        tell_sentences=False,
    )


def _answers(cell: Cell) -> bool:
    return cell.kind in ANSWERS and cell.cell_type == "code"


def _public_rule(rule: Rule, shown: set[str]) -> Rule:
    """A rule, without the names that nobody knows for what the instructor's answer defines."""
    return replace(rule, names=tuple(name for name in rule.names if name in shown))


def _public_notebook(notebook: Notebook) -> Notebook:
    asked = {name for cell in notebook.cells for name in cell.student_names}
    given = [c.released for c in notebook.cells if c.cell_type == "code"]
    given += [source for cell in notebook.cells for source in cell.above]
    statements = {text for source in given for text in _statements(source)}
    cells = []
    for cell in notebook.cells:
        if _answers(cell):
            prelude = tuple(_only(source, statements) for source in cell.prelude)
            cell = replace(cell, prelude=tuple(filter(None, prelude)))
        source = _stub(cell, asked) if _answers(cell) else cell.released
        source = cell.source if cell.kind == "test" else source
        above = tuple[str, ...]()
        cells.append(
            replace(cell, source=source, above=above, metadata=_task(cell), attachments={})
        )
    return replace(notebook, cells=tuple(cells), metadata={})


def _task(cell: Cell) -> dict[str, dict[str, bool]]:
    return {"nbgrader": {"task": True}} if cell.is_task else {}


def _stub(cell: Cell, asked: set[str]) -> str:
    """An answer's cell as it was released; what tests ask of it is bound there all the same."""
    shown = names(cell.released)[0]
    lost = sorted(names(cell.source)[0] & asked - shown)
    return "\n".join([cell.released, *(f"{name} = ..." for name in lost)])


def _statements(source: str) -> set[str]:
    tree = parse(as_python(source))
    return {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.stmt)}


def _only(source: str, statements: set[str]) -> str:
    """Those statements of a text that stand in what students have."""
    body = (ast.unparse(statement) for statement in parse(as_python(source)).body)
    return "\n".join(text for text in body if text in statements)


def _words(public: Assignment) -> set[str]:
    """All words that students have: of every cell, of modules, and the names of files."""
    texts = [text for n in public.notebooks for c in n.cells for text in (c.released, c.source)]
    texts += [text for notebook in public.notebooks for text in notebook.plain]
    texts += [c.decode(errors="replace") for f, c in public.files.items() if f.endswith(".py")]
    return set(re.findall(r"\w+", "\n".join([*texts, *public.files]))) | PROTOCOL


def _kept(known: Known, words: set[str]) -> Known:
    asked = [key for key in known.asked if all(_parts(word) <= words for word in key[1:])]
    return Known(asked, known.end if known.end in ENDS else OTHER)


def _parts(word: str) -> set[str]:
    return {part for part in re.findall(r"\w+", word) if not part.isdigit()}


def _without(bundle: Bundle, tests: set[str]) -> Bundle:
    """A bundle in which some tests are not asked."""
    if not tests:
        return bundle
    notebooks = tuple(
        replace(n, cells=tuple(_unasked(c) if c.grade_id in tests else c for c in n.cells))
        for n in bundle.assignment.notebooks
    )
    known = {test: Known() if test in tests else one for test, one in bundle.own.known.items()}
    return Bundle(replace(bundle.assignment, notebooks=notebooks), Conversation(known, ()))


def _unasked(cell: Cell) -> Cell:
    return replace(
        cell,
        source="",
        unseen=True,
        student_names=(),
        made="",
        rebinds=(),
        follows=(),
        shared=False,
    )


def _prove_public(assignment: Assignment, bundle: Bundle) -> None:
    """BuildError where a text of the bundle holds a line that students do not have."""
    cells = [cell for notebook in assignment.notebooks for cell in notebook.cells]
    given = [t for n in assignment.notebooks for c in n.cells for t in (c.released, *c.above)]
    given += [text for notebook in assignment.notebooks for text in notebook.plain]
    hidden = _lines([*(cell.source for cell in cells), *assignment.mistakes]) - _lines(given)
    for notebook in bundle.assignment.notebooks:
        for cell in notebook.cells:
            told = _lines([cell.source, cell.released, cell.made, *cell.prelude])
            if leaked := sorted(told & hidden):
                raise BuildError(f"{cell.grade_id} would tell the check service {leaked[0]!r}")
    if secret := sorted(assignment.grader_files.keys() & bundle.assignment.files.keys()):
        raise BuildError(f"the check service would have {secret[0]}, which only tests have")


def _lines(texts: Iterable[str]) -> set[str]:
    return {line.strip() for text in texts for line in text.splitlines()} - {""}
