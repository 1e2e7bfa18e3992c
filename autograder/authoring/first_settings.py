"""The `assignment.toml` that an adopted assignment begins with, from what its notebooks import."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from nbformat import NotebookNode

from autograder.course.names import as_python
from autograder.course.proofread import not_python
from autograder.sandbox.packages import is_installed
from autograder.sessions.syntax import parse

# PyTorch alone takes more than a session has by default.
HEAVY = {"torch", "torchvision"}
PLOTTING = ("matplotlib", "pylab")  # magics that import it
MORE_MEMORY = "\n[limits]\nmemory_mb = 4096\ncell_seconds = 20\n"


def first_settings(folder: Path, notebooks: Iterable[NotebookNode]) -> str:
    """What the file says: the title, and the packages that may be imported."""
    notebooks = list(notebooks)
    packages = imported(folder, notebooks)
    listed = ", ".join(map(_quoted, packages))
    limits = MORE_MEMORY if HEAVY.intersection(packages) else ""
    return (
        f"title = {_quoted(_title(notebooks) or folder.name)}\n"
        f"packages = [{listed}]  # what a submission may import\n{limits}"
    )


def imported(folder: Path, notebooks: Iterable[NotebookNode]) -> list[str]:
    """What the notebooks import, and the modules beside them that they use, by import names; but
    for Python's own library, and these modules."""
    todo = [c.source for node in notebooks for c in node.cells if c.cell_type == "code"]
    found: set[str] = set()
    while todo:
        source = todo.pop()
        new = set() if not_python(source) else set(_modules(source)) - found
        found |= new
        for path in (path for name in new for path in _beside(folder, name)):
            todo.append(path.read_text(encoding="utf-8", errors="replace"))
    own = {name for name in found if any(_beside(folder, name))}
    return sorted(found - own - sys.stdlib_module_names)


def _modules(source: str) -> Iterator[str]:
    """The modules that a text imports; but for what is not here, and may be missing."""
    tree = parse(as_python(source))
    tried = {
        id(node)
        for part in ast.walk(tree)
        for statement in (part.body if isinstance(part, ast.Try) and part.handlers else ())
        for node in ast.walk(statement)
    }
    for node in ast.walk(tree):
        yield from (m for m in _imported_by(node) if id(node) not in tried or is_installed(m))


def _imported_by(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module.partition(".")[0]
    elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "run_line_magic":
        name = node.args[0] if node.args else None
        yield from ["matplotlib"] * (isinstance(name, ast.Constant) and name.value in PLOTTING)


def _beside(folder: Path, name: str) -> list[Path]:
    """The files of a module or package in the folder itself."""
    module = folder / f"{name}.py"
    return [module] if module.is_file() else sorted((folder / name).rglob("*.py"))


def _title(notebooks: Iterable[NotebookNode]) -> str:
    """The first heading, or ""."""
    for node in notebooks:
        for cell in node.cells:
            for line in cell.source.splitlines() if cell.cell_type == "markdown" else ():
                if line.startswith("# "):
                    return "".join(filter(str.isprintable, line.strip("# \t")))
    return ""


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
