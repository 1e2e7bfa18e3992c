"""What a student handed in beside the notebook, and what of it goes into the student's session.

Data and weights do, never over a file of the assignment's. What Python would import does only where
the assignment says `own_modules = true`, and then only as text that its rules can read: compiled
modules, and the `.pth` files that Python obeys, never do.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import PurePosixPath

from autograder.course.assignment import Assignment
from autograder.course.submission import Submission, is_dropping
from autograder.sandbox.packages import importable
from autograder.sessions.syntax import parse

SOURCES = tuple(importlib.machinery.SOURCE_SUFFIXES)
LOADED = (*importlib.machinery.all_suffixes(), ".pyc", ".pyo", ".pyd", ".pth", ".egg", ".whl")
EXCHANGE = ("timestamp.txt", "submission_secret.txt")  # written by nbgrader, not by the student


@dataclass(frozen=True)
class Beside:
    """The files that go into the session, and the texts of the modules among them; what does not.

    A person should look (`attention`) where a file is not what the notebook was written with; where
    a module is not there (`withheld`), only if the notebook asks for it.
    """

    files: dict[str, bytes]
    modules: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    withheld: bool
    attention: bool


def files_beside(assignment: Assignment, submission: Submission) -> Beside:
    """Sort a submission's files. Nothing of them is ever on the import path of the tests."""
    files: dict[str, bytes] = {}
    modules: list[tuple[str, str]] = []
    notes = [
        f"{name[:80]} was left out: too large, or too many files" for name in submission.left_out
    ]
    withheld, attention = False, bool(notes)
    taken = {str(p) for name in assignment.files for p in PurePosixPath(name).parents}
    for name, content in submission.files.items():
        path = PurePosixPath(name)
        if is_dropping(name) or path.suffix == ".ipynb" or name in EXCHANGE:
            continue
        if (own := assignment.files.get(name)) is not None:
            if content.split() != own.split():
                attention = True
                notes.append(f"{name} was changed: the assignment's own was used")
        elif name in taken or not _leads_below(path) or _is_below_a_file(path, assignment):
            attention = True
            notes.append(f"{name[:80]} was left out: its name is that of another file or folder")
        elif not path.name.endswith(LOADED):
            files[name] = content
        elif refusal := _refuse_module(assignment, path, content):
            withheld = True
            notes.append(f"{name[:80]} was left out: {refusal}")
        else:
            files[name] = content
            modules.append((name, importlib.util.decode_source(content)))
    return Beside(files, tuple(modules), tuple(notes), withheld, attention)


def _leads_below(path: PurePosixPath) -> bool:
    return not path.is_absolute() and ".." not in path.parts


def _is_below_a_file(path: PurePosixPath, assignment: Assignment) -> bool:
    return any(str(parent) in assignment.files for parent in path.parents)


def _refuse_module(assignment: Assignment, path: PurePosixPath, content: bytes) -> str:
    """Why a file that Python would load does not go into the session; "" where it does."""
    if not assignment.own_modules:
        return "this assignment takes no modules of your own; put its code into the notebook"
    if not path.name.endswith(SOURCES):
        return "it is compiled, or runs by itself, and cannot be read by the assignment's rules"
    top = path.parts[0].removesuffix(path.suffix)
    if top in sys.stdlib_module_names or top in importable(assignment.packages):
        return f"Python has a module {top} already; give yours another name"
    try:
        parse(importlib.util.decode_source(content))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"it is no Python ({type(error).__name__})"
    return ""
