"""Imports run one way, from the top of each package down, so that a file's room can be guessed.

Every import counts, those inside functions and those for types alone too; the exceptions are named.
"""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import ROOT

# Floors from the top, with their rooms. A module imports from its own room and the floors below.
AUTOGRADER = (
    ("program",),
    ("cli",),
    ("commands", "nbgrader_plugin", "exchange_pods"),
    ("grade_commands",),
    ("exchange",),
    ("hub", "resident"),
    ("authoring", "term"),
    ("cluster",),
    ("grading",),
    ("records",),
    ("course",),
    ("sandbox", "quick"),
    ("sessions",),
    ("status",),
)
GROUND = "layers"  # and the single files beside them, which may import each other
CNNKIT = (
    ("cli", "export"),
    ("environment",),
    ("explorers", "lesson"),
    ("train", "models", "inside"),
    ("viz",),
    ("data",),
    ("pytorch",),
    (GROUND,),
)
# The one way up: a layer asks for its twin when a network is turned into a module.
TO_TORCH = {"to_torch", "make_torch"}


class Import(NamedTuple):
    module: str
    imported: str
    function: str  # inside which it stands


def test_the_autograders_rooms_import_downwards_only():
    assert upward("autograder", AUTOGRADER) == []


def test_cnnkits_rooms_import_downwards_only():
    leads_up = upward("cnnkit", CNNKIT)
    twins = [way for way in leads_up if way.function in TO_TORCH]
    assert {way.imported.split(".")[1] for way in twins} == {"pytorch"}
    assert [way for way in leads_up if way not in twins] == []


@pytest.mark.parametrize(("package", "floors"), [("autograder", AUTOGRADER), ("cnnkit", CNNKIT)])
def test_every_folder_is_a_room_and_every_room_is_there(package, floors):
    rooms = {room for floor in floors for room in floor}
    assert {path.parent.name for path in (ROOT / package).glob("*/__init__.py")} <= rooms
    assert rooms <= {path.stem for path in (ROOT / package).iterdir()}


@pytest.mark.parametrize("package", ["autograder", "cnnkit"])
def test_no_files_import_each_other_in_a_circle(package):
    graph: dict[str, set[str]] = {}
    for way in imports(package):
        if way.function not in TO_TORCH and not {way.module, way.imported} & faces(package):
            graph.setdefault(way.module, set()).add(way.imported)
    TopologicalSorter(graph).prepare()  # CycleError names the circle


@pytest.mark.parametrize(("package", "other"), [("cnnkit", "autograder"), ("autograder", "cnnkit")])
def test_the_two_packages_never_import_each_other(package, other):
    assert [way for way in imports(package) if way.imported.partition(".")[0] == other] == []


def test_an_arrow_that_runs_back_is_found():
    floors = (("top",), ("middle", "beside"), ("ground",))
    ways = [("p.top.a", "p.ground"), ("p.middle.a", "p.middle.b"), ("p.ground", "p.middle.a")]
    ways += [("p.middle.a", "p.beside.b"), ("p.ground", "p"), ("p.new", "p.ground")]
    wrong = [way for way in ways if leads_up("p", floors, *way)]
    assert wrong == ways[2:5]


def upward(package: str, floors: tuple[tuple[str, ...], ...]) -> list[Import]:
    """Imports within a package that lead upwards, or to another room on the same floor."""
    return [way for way in imports(package) if leads_up(package, floors, way.module, way.imported)]


def leads_up(package: str, floors: tuple[tuple[str, ...], ...], module: str, other: str) -> bool:
    height = {room: -level for level, rooms in enumerate(floors) for room in rooms}
    if other.partition(".")[0] != package or module == package:
        return False
    here, there = (name.split(".")[1] if "." in name else "" for name in (module, other))
    if not there:  # the whole package's face, which imports everything
        return True
    ground = floors[-1][0]  # where single files live
    here, there = (room if room in height else ground for room in (here, there))
    return here != there and height[there] >= height[here]


def faces(package: str) -> set[str]:
    """The packages: their `__init__` only hands on what is in their files."""
    return {dotted(path.parent) for path in (ROOT / package).rglob("__init__.py")}


def imports(package: str) -> Iterator[Import]:
    for path in sorted((ROOT / package).rglob("*.py")):
        module = dotted(path.parent if path.name == "__init__.py" else path.with_suffix(""))
        for function, node in walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (Import(module, alias.name, function) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{path}: an import should say where it leads"
                names = [alias.name for alias in node.names if not alias.name.startswith("__")]
                yield from (Import(module, target(f"{node.module}.{n}"), function) for n in names)


def walk(node: ast.AST, function: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Every node below, with the name of the innermost function around it."""
    for child in ast.iter_child_nodes(node):
        yield function, child
        inner = child.name if isinstance(child, ast.FunctionDef) else function
        yield from walk(child, inner)


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).parts)


def target(name: str) -> str:
    """The module that `from a.b import c` reads: a.b.c where that is one, otherwise a.b."""
    path = ROOT.joinpath(*name.split("."))
    exists = path.with_suffix(".py").exists() or (path / "__init__.py").exists()
    return name if exists else name.rpartition(".")[0]
