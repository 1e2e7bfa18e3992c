"""Which files of an assignment's folder students get, and which only its tests.

Released is what is named: by a cell that opens it, imports it or shows it, or in `files`. Whatever
else lies in the folder stays there. `grader_files` are in the session of the tests alone.
"""

from __future__ import annotations

import ast
import contextlib
import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autograder.course import known
from autograder.course.autotests import TEMPLATES
from autograder.course.names import as_python
from autograder.course.settings import FILE, Settings
from autograder.sessions.syntax import parse

OWN_FILES = (FILE, "demo.py", TEMPLATES)
BACKUP = re.compile(r".*~|#.*#|.*\.(bak|orig|old|rej|swp|swo|tmp|before-adopt)", re.IGNORECASE)
# What a Markdown cell shows, links to, or quotes as code.
IN_MARKDOWN = re.compile(r"""[(`"']([^()`"'\s]+)""")
WRITES = re.compile(r"_*(im)?(save|write|dump)|to_(csv|json|pickle|excel|parquet)", re.IGNORECASE)


@dataclass(frozen=True)
class Text:
    """A cell's text, under its name for messages: what a student has of it, or is to write; and of
    a test all of it, hidden lines too."""

    name: str
    is_code: bool
    shown: str
    test: str = ""


@dataclass(frozen=True)
class Files:
    """By name: what everybody has, and what only the tests have."""

    released: dict[str, bytes]
    grader: dict[str, bytes]


def read_files(folder: Path, settings: Settings, texts: Iterable[Text], faults: list[str]) -> Files:
    """The files of a folder, each where it belongs."""
    there = _there(folder)
    where = f"{folder.name}/{FILE}"
    listed = _listed(folder, "files", settings.files, there, where, faults)
    grader = _listed(folder, "grader_files", settings.grader_files, there, where, faults)
    for name in sorted(listed & grader):
        faults.append(f"{where}: {name} stands in files and in grader_files: take it out of one")
    for name in sorted(filter(is_private, listed.intersection(settings.files))):
        faults.append(f"{where}: {name}, in files, is never released: give it another name")
    released = {name for name in listed if not is_private(name)}
    for text in texts:
        named = _named(text.shown, text.is_code, folder, there)
        if text.is_code:
            hidden = _named(text.test, True, folder, there) - named - listed - grader
            faults += _misplaced(text, named, hidden, grader, where)
        released |= {name for name in named - grader if not is_private(name)}
    contents = {name: (folder / name).read_bytes() for name in released | grader}
    return Files(
        released={name: contents[name] for name in sorted(released)},
        grader={name: contents[name] for name in sorted(grader)},
    )


def _misplaced(
    text: Text, named: set[str], hidden: set[str], grader: set[str], where: str
) -> Iterator[str]:
    """Where a cell opens what is not there when it runs, or would be released by it."""
    for name in sorted(named & grader) if not text.test else ():
        yield (
            f"{text.name} names {name}, which only the tests have (grader_files): "
            "open it in a test, or take it out of grader_files"
        )
    for name in sorted(filter(is_private, named - grader)):
        yield f"{text.name} names {name}, which is never released: give that file another name"
    for name in sorted(hidden):
        yield (
            f"{text.name} names {name} in its hidden tests: list it in grader_files of {where}, or "
            "in files if students get it"
        )


def unnamed(folder: Path, files: Iterable[str]) -> list[str]:
    """What else lies in a folder, but for the instructor's own: nobody gets it."""
    return sorted(name for name in _there(folder).difference(files) if not is_private(name))


def names_any(text: str, files: Iterable[str]) -> bool:
    """Whether a test's text names one of the files."""
    literals, modules = _words(text, is_code=True)
    return any(_is_named(name, literals, modules) for name in files)


def _there(folder: Path) -> set[str]:
    """The names of the files in a folder that could be released, but for its own notebooks."""
    names = set()
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in name.parts)
        notebook = path.suffix == ".ipynb" and len(name.parts) == 1
        if path.is_file() and not hidden and not notebook and path.suffix != ".pyc":
            names.add(name.as_posix())
    return names


def is_private(name: str) -> bool:
    """The instructor's own: settings, solutions, what an editor leaves behind, and notebooks that
    nbgrader does not clear."""
    parts = PurePosixPath(name).parts
    return (
        parts[-1] in OWN_FILES
        or known.FILES.fullmatch(parts[-1]) is not None
        or BACKUP.fullmatch(parts[-1]) is not None
        or name.endswith(".ipynb")
        or any(part.lower().startswith("solution") for part in parts)
    )


def _listed(
    folder: Path,
    setting: str,
    patterns: Iterable[str],
    there: set[str],
    where: str,
    faults: list[str],
) -> set[str]:
    """The files that a setting's names and patterns stand for."""
    found = set()
    for pattern in patterns:
        if PurePosixPath(pattern).is_absolute() or ".." in PurePosixPath(pattern).parts:
            faults.append(f"{where}: {pattern!r}, in {setting}, leads out of the folder")
            continue
        names: set[str] = set()
        with contextlib.suppress(ValueError, IndexError):  # no pattern: then no file
            names = {path.relative_to(folder).as_posix() for path in folder.glob(pattern)} & there
        if not names:
            similar = difflib.get_close_matches(pattern, there, 1)
            hint = f"do you mean {similar[0]!r}?" if similar else "correct the name"
            if (folder / pattern).is_dir():
                hint = f"for the files in that folder write {pattern.rstrip('/')}/*"
            faults.append(f"{where}: there is no file {pattern!r}, named in {setting}: {hint}")
        found |= names
    return found


def _named(text: str, is_code: bool, folder: Path, there: set[str]) -> set[str]:
    """The files that a text names, and those that a module of the folder among them names."""
    named: set[str] = set()
    todo = [(text, is_code)]
    while todo:
        literals, modules = _words(*todo.pop())
        new = {name for name in there if _is_named(name, literals, modules)} - named
        named |= new
        todo += [
            ((folder / name).read_text(errors="replace"), True)
            for name in new
            if name.endswith(".py")
        ]
    return named


def _is_named(name: str, literals: set[str], modules: set[str]) -> bool:
    """By its path in one piece or in several, or as a module."""
    path = PurePosixPath(name)
    return (
        name in literals
        or (len(path.parts) > 1 and literals.issuperset(path.parts))
        or (path.suffix == ".py" and (path.parts[0].removesuffix(".py") in modules))
    )


def _words(text: str, is_code: bool) -> tuple[set[str], set[str]]:
    """What a text could name files by: its string literals (without ./), and what it imports."""
    if not is_code:
        return {PurePosixPath(word).as_posix() for word in IN_MARKDOWN.findall(text)}, set()
    try:
        tree = parse(as_python(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(), set()  # said elsewhere
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _writes(node)]
    written = {id(inner) for call in calls for inner in ast.walk(call)}
    literals, modules = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in written:
                literals.add(PurePosixPath(node.value).as_posix())
        elif isinstance(node, ast.Import):
            modules |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules.add(node.module.partition(".")[0])
    return literals, modules


def _writes(call: ast.Call) -> bool:
    """Whether a call makes a file, going by its name: what it makes is a result, no data."""
    function = call.func
    name = getattr(function, "attr", "") or getattr(function, "id", "")
    modes = [
        a.value
        for a in (*call.args[1:2], *(k.value for k in call.keywords if k.arg == "mode"))
        if isinstance(a, ast.Constant) and isinstance(a.value, str)
    ]
    return bool(WRITES.match(name)) or (name == "open" and any(set("wax") & set(m) for m in modes))
