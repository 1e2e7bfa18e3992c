"""Imports run one way, from the top of each package down: what may import what can be read off.

Every import counts, those inside functions and those for types alone too; the exceptions are named.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT

# Floors from the top. A module imports from its own floor's room, and from the floors below.
AUTOGRADER = (
    ("cli",),
    ("commands", "nbgrader_plugin"),
    ("authoring",),
    ("grading",),
    ("records",),
    ("course",),
    ("sandbox",),
    ("sessions",),
    ("quick",),
)


def room_of(module: str) -> str:
    """ "autograder.course.rules" and "autograder.course" → "course"; "autograder" → ""."""
    return [*module.split("."), ""][1]


def imports(package: str) -> Iterator[tuple[str, str]]:
    """(module that imports, module that is imported) within a package, or of the other one."""
    for path in sorted((ROOT / package).rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from ((module, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{path}: relative imports hide where they lead"
                for alias in node.names:
                    yield module, target(f"{node.module}.{alias.name}")


def target(name: str) -> str:
    """The module that `from a.b import c` reads: a.b.c where that is one, otherwise a.b."""
    path = ROOT.joinpath(*name.split("."))
    exists = path.with_suffix(".py").exists() or (path / "__init__.py").exists()
    return name if exists else name.rpartition(".")[0]


def upward(package: str, floors: tuple[tuple[str, ...], ...]) -> list[str]:
    """Imports that lead upwards, or to another room on the same floor."""
    level = {room: height for height, rooms in enumerate(floors) for room in rooms}
    found = []
    for module, other in imports(package):
        if other.partition(".")[0] != package:
            continue
        here, there = room_of(module), room_of(other)
        down = level.get(there, len(floors)) > level.get(here, -1)
        if there and here != there and not down:
            found.append(f"{module} imports {other}")
    return found


def test_the_autograders_rooms_import_downwards_only():
    assert upward("autograder", AUTOGRADER) == []


@pytest.mark.parametrize(("package", "floors"), [("autograder", AUTOGRADER)])
def test_every_file_has_its_room(package, floors):
    rooms = {
        path.stem
        for path in (ROOT / package).iterdir()
        if path.suffix == ".py" or path.joinpath("__init__.py").exists()
    }
    assert rooms - {"__init__"} == {room for floor in floors for room in floor}


@pytest.mark.parametrize(("package", "other"), [("cnnkit", "autograder"), ("autograder", "cnnkit")])
def test_the_two_packages_never_import_each_other(package, other):
    assert not [pair for pair in imports(package) if pair[1].partition(".")[0] == other]
