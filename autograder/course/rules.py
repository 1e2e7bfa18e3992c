"""Static rules: what the student's code may not use where it is to be written by hand.

    [[rules]]
    forbid = ["numpy.convolve", "scipy.signal", "for"]
    cells = ["conv_forward"]          # solution cells; without it all of the student's code
    fails = ["conv_forward_test"]     # questions that get no points; without it it is only said
    message = "write the sum over the window yourself"

A rule reads the source, so it finds what is written plainly: imports under any alias, attributes,
built-ins, and the statements `for` and `while`. It is no wall against `getattr`: that is what
`packages` is for. A rule for some cells also reads each cell of the student's, wherever it stands,
that gives what is to be written in them another meaning. A module of the student's own
(`own_modules = true`) is read by every rule, for any cell may call what stands in it.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from autograder.course.cells import Cell
from autograder.course.names import bound_by, unwrapped
from autograder.course.settings import FILE, TEXT, TEXTS, checked
from autograder.sessions.syntax import as_it_is, parse, python_of

# What may be a magic: at the start of a line, behind a "=", at the end.
MAGIC = re.compile(r"^[^\S\n]*[!%?,;/]|=[^\S\n]*[!%]|\?[^\S\n]*$", re.MULTILINE)
# Characters that IPython reads of a student's cells with magics: of all together, a second or two;
# and what it takes for each magic, however few there are.
MAX_READ, FOR_EACH = 500_000, 2_000
ENDLESS = "more magics than can be looked through"
STATEMENTS: dict[str, tuple[type[ast.AST], ...]] = {
    "for": (ast.For, ast.AsyncFor, ast.comprehension),
    "while": (ast.While,),
}


KINDS = {**dict.fromkeys(("forbid", "cells", "fails"), TEXTS), "message": TEXT}


@dataclass(frozen=True)
class Rule:
    """`names` are what the instructor's version of its cells defines."""

    forbid: tuple[str, ...]
    message: str = ""
    cells: tuple[str, ...] = ()
    fails: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def concerns(self, cell: str, source: str, tree: ast.AST) -> bool:
        """Whether the rule reads a cell of the student's: it is for all of them, or for this one,
        or the cell gives one of its names another meaning."""
        if not self.cells or cell in self.cells:
            return True
        return bool(self.names) and not _redefined(source, tree).isdisjoint(self.names)


@dataclass(frozen=True)
class Finding:
    """Where a rule is broken: in which cell and line, by which name."""

    rule: Rule
    cell: str
    line: int
    name: str

    def __str__(self) -> str:
        hint = f": {self.rule.message}" if self.rule.message else ""
        return f"{self.cell}, line {self.line}, uses {self.name}{hint}"


def read_rules(
    settings: Iterable[Mapping[str, Any]], cells: Iterable[Cell], name: str, faults: list[str]
) -> tuple[Rule, ...]:
    """The rules of an assignment's settings."""
    known = {cell.grade_id: cell for cell in cells}
    asked = {name for cell in known.values() for name in cell.student_names}
    rules = []
    for number, entry in enumerate(settings, 1):
        where = f"{name}/{FILE}, rule {number}"
        right = checked(entry, KINDS, where, faults)
        forbid, cells, fails = (tuple(right.get(k, ())) for k in ("forbid", "cells", "fails"))
        own = {name for c in cells if c in known for name in _defined(known[c], asked)}
        rule = Rule(forbid, right.get("message", ""), cells, fails, tuple(sorted(own)))
        if not entry.get("forbid"):
            faults.append(f"{where} forbids nothing: add forbid = [...]")
        for key, wanted in (("cells", ("solution", "manual")), ("fails", ("test", "manual"))):
            for cell in getattr(rule, key):
                if cell not in known:
                    similar = difflib.get_close_matches(cell, known, 1)
                    hint = f"do you mean {similar[0]!r}?" if similar else "correct the id"
                    faults.append(f"{where}: there is no cell {cell}, named in {key}: {hint}")
                elif known[cell].kind not in wanted:
                    what = "the student writes" if key == "cells" else "gives points"
                    faults.append(f"{where}: {cell}, named in {key}, is no cell that {what}")
        rules.append(rule)
    return tuple(rules)


def _defined(cell: Cell, asked: set[str]) -> Iterator[str]:
    """What an instructor's cell is there to define: functions, classes, and what tests ask for."""
    yield from (bound_by(cell.source) or set()) & asked
    for node in ast.iter_child_nodes(_tree(cell.source, is_cell=True) or ast.Pass()):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name


def _redefined(source: str, tree: ast.AST) -> set[str]:
    """The global names that a cell binds, and those into whose objects it writes."""
    redefined = set(bound_by(source) or ())
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            redefined.add(dotted(node, {}).partition(".")[0])
    return redefined


def findings(
    rules: tuple[Rule, ...],
    cells: list[tuple[str, str]],
    modules: tuple[tuple[str, str], ...] = (),
) -> list[Finding]:
    """What of the student's cells and modules (name, source), in order, breaks which rule.

    Cells without a name are the instructor's: only what they import is taken from them.
    """
    if not rules:
        return []
    found = [
        finding
        for name, source in modules
        if (tree := _tree(source))
        for finding in _findings_in(tree, name, rules, {})
    ]
    aliases: dict[str, str] = {}
    left = MAX_READ
    for cell, source in cells:
        left -= _to_read(source) if cell else 0
        if cell and left < 0:
            found += [Finding(rule, cell, 1, ENDLESS) for rule in rules]
            continue
        tree = _tree(source, is_cell=True)
        if tree is None:
            continue  # it cannot run either
        concerned = [rule for rule in rules if cell and rule.concerns(cell, source, tree)]
        found += _findings_in(tree, cell, concerned, aliases)
    return found


def _to_read(cell: str) -> int:
    """How much IPython reads of a cell, all of it again for each magic."""
    text = unwrapped(cell)
    magics = len(MAGIC.findall("\n".join(text.splitlines())))  # IPython ends lines as these do
    return magics * (len(text) + FOR_EACH) if magics and not as_it_is(text) else 0


def _tree(source: str, is_cell: bool = False) -> ast.AST | None:
    try:
        return parse(python_of(unwrapped(source)) if is_cell else source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _findings_in(
    tree: ast.AST, name: str, rules: Iterable[Rule], aliases: dict[str, str]
) -> Iterator[Finding]:
    """Where a text breaks each of the rules first; its imports are added to `aliases`."""
    for node in ast.walk(tree):
        note_imports(node, aliases)
    used = _uses(tree, aliases) if rules else []
    for rule in rules:
        hits = [(n, line) for n, line in used if any(_is(n, f) for f in rule.forbid)]
        if hits:
            what, line = min(hits, key=lambda hit: hit[1])
            yield Finding(rule, name, line, what)


def _is(name: str, forbidden: str) -> bool:
    return name == forbidden or name.startswith(f"{forbidden}.")


def note_imports(node: ast.AST, aliases: dict[str, str]) -> None:
    """Add what an import statement binds: the name in the code, and the full name."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            top = alias.name.partition(".")[0]
            aliases[alias.asname or top] = alias.name if alias.asname else top
    elif isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"


def _uses(tree: ast.AST, aliases: dict[str, str]) -> list[tuple[str, int]]:
    """Every imported thing, built-in and loop that the code uses: its full name, and its line."""
    used = []
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0) or getattr(getattr(node, "target", None), "lineno", 0)
        if isinstance(node, ast.Import):
            used += [(alias.name, line) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            used += [(f"{node.module}.{alias.name}", line) for alias in node.names]
        elif isinstance(node, ast.Attribute | ast.Name) and (name := dotted(node, aliases)):
            used.append((name, line))
        used += [(name, line) for name, kinds in STATEMENTS.items() if isinstance(node, kinds)]
    return used


def dotted(node: ast.AST, aliases: dict[str, str]) -> str:
    """`np.linalg.norm` as numpy.linalg.norm; "" for what does not begin with a name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([aliases.get(node.id, node.id), *reversed(parts)])
