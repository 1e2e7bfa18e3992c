"""Whatever the sessions execute or read up to a test changes its key, and nothing else does."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.course.assignment import Assignment
from autograder.course.cells import Cell
from autograder.course.rules import Rule
from autograder.course.settings import Limits
from autograder.course.submission import Code, Rebuilt, rebuild
from autograder.grading import keys, surroundings
from autograder.grading.keys import keys_of
from tests.conftest import LONG, Tiny

DOUBLE = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
HIDDEN = "### BEGIN HIDDEN TESTS\nassert double(3) == 6\n### END HIDDEN TESTS"
CELLS = [
    ("setup", "locked", "import math\nlimit = 4"),
    ("q1", "solution", DOUBLE),
    ("q1_test", "test", f"close = abs\nassert double(2) == limit\n{HIDDEN}"),
    ("own", "", "spare = 1"),
    ("q2", "solution", DOUBLE.replace("double", "half").replace("2 * x", "x / 2")),
    ("q2_test", "test", "assert close(half(2)) == 1"),
    ("q3", "solution", DOUBLE.replace("double", "triple").replace("2 * x", "3 * x")),
    ("q3_test", "test", "assert triple(2) == 6"),
    ("why", "manual", "Because."),
]
TESTS = ["q1_test", "q2_test", "q3_test"]
AROUND = {"autograder": {"a.py": "1"}, "python": "3", "installed": ["x"], "machine": "m"}
AROUND |= {"written here": [], "confinement": ["namespaces", "namespaces"]}
FILES = {"own.csv": b"1"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("keys") / "t"


@pytest.fixture(scope="module")
def tiny(folder):
    return Tiny(folder, CELLS)


@pytest.fixture(scope="module")
def rebuilt(tiny):
    [notebook] = tiny.assignment.notebooks
    cells = [
        {
            "cell_type": "markdown" if kind == "manual" else "code",
            "source": source,
            "grade_id": name if kind else None,
            "settings": {},
            "cell_id": "",
            "attachments": {},
        }
        for name, kind, source in CELLS
    ]
    return rebuild(notebook, cells)


def keyed(assignment, rebuilt, files=None, around=None):
    [notebook] = assignment.notebooks
    return keys_of(assignment, notebook, rebuilt, files or FILES, around or AROUND)


def with_cell(assignment, grade_id, **changed):
    """The assignment with a cell changed."""
    [notebook] = assignment.notebooks
    cells = [replace(c, **changed) if c.grade_id == grade_id else c for c in notebook.cells]
    return replace(assignment, notebooks=(replace(notebook, cells=tuple(cells)),))


def from_cells_of(assignment, rebuilt):
    """The rebuilt notebook, with the cells as the assignment has them now."""
    now = {cell.grade_id: cell for cell in assignment.notebooks[0].cells}
    theirs = ("solution", "manual")
    code = [
        code
        if code.cell is None
        else replace(
            code,
            cell=(own := now[code.cell.grade_id]),
            source=code.source if own.kind in theirs else own.source,
        )
        for code in rebuilt.code
    ]
    return replace(rebuilt, code=tuple(code))


def differ(one, other):
    """The tests whose keys are others, and whether that of the whole is."""
    return [t for t in TESTS if one.tests[t] != other.tests[t]], one.whole != other.whole


# Every setting but those that no session sees, with another value of its kind.
SETTINGS = {
    "packages": ("numpy", "scipy"),
    "grader_packages": ("numpy", "cnnkit"),
    "limits": Limits(cell_seconds=3),
    "files": {"data.csv": b"1"},
    "grader_files": {"unseen.csv": b"1"},
    "mistakes": ("PROBES = {}",),
    "rules": (Rule(forbid=("abs",)),),
    "own_modules": True,
    "tell_sentences": True,
    "stand_in": {"double": ("half",)},
    "follow_up": 0.5,
}


def test_the_table_has_every_setting():
    """One that is added counts, or is named where it does not."""
    assert {field.name for field in fields(Assignment)} == SETTINGS.keys() | set(keys.UNSEEN)


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_that_a_session_meets_counts(tiny, rebuilt, name):
    other = replace(tiny.assignment, **{name: SETTINGS[name]})
    assert differ(keyed(tiny.assignment, rebuilt), keyed(other, rebuilt)) == (TESTS, True)


@pytest.mark.parametrize("name", [field.name for field in fields(Limits)])
def test_every_limit_counts(tiny, rebuilt, name):
    more = replace(tiny.assignment.limits, **{name: 77})
    other = replace(tiny.assignment, limits=more)
    assert differ(keyed(tiny.assignment, rebuilt), keyed(other, rebuilt)) == (TESTS, True)


@pytest.mark.parametrize("name", AROUND)
def test_what_is_around_counts(tiny, rebuilt, name):
    other = keyed(tiny.assignment, rebuilt, around=AROUND | {name: ["another"]})
    assert differ(keyed(tiny.assignment, rebuilt), other) == (TESTS, True)


@pytest.mark.parametrize(
    "files", [{"own.csv": b"2"}, {"other.csv": b"1"}, {"own.csv": b"1", "more.csv": b""}]
)
def test_the_students_own_files_count(tiny, rebuilt, files):
    other = keyed(tiny.assignment, rebuilt, files)
    assert differ(keyed(tiny.assignment, rebuilt), other) == (TESTS, True)


# Of a cell by its id: from which test on its text counts.
FROM = {"setup": 0, "q1": 0, "q1_test": 0, "q2": 1, "q2_test": 1, "q3": 2, "q3_test": 2}


@settings(max_examples=300 if LONG else 25)
@given(st.data())
def test_a_cells_text_counts_from_its_place_on(tiny, rebuilt, data):
    """The instructor's: of a solution too, for it says what its tests may ask for."""
    name = data.draw(st.sampled_from(list(FROM)))
    more = data.draw(st.text(min_size=1).filter(lambda text: "###" not in text))
    comment = f"# {json.dumps(more)}"
    own = next(c for c in tiny.assignment.notebooks[0].cells if c.grade_id == name)
    other = with_cell(tiny.assignment, name, source=f"{own.source}\n{comment}")
    found = differ(keyed(tiny.assignment, rebuilt), keyed(other, from_cells_of(other, rebuilt)))
    assert found == (TESTS[FROM[name] :], True)


@settings(max_examples=300 if LONG else 25)
@given(st.data())
def test_a_students_text_counts_from_its_place_on(tiny, rebuilt, data):
    place = data.draw(st.integers(0, len(rebuilt.code) - 1))
    code, more = rebuilt.code[place], data.draw(st.text(min_size=1))
    if code.cell and code.cell.kind in ("locked", "test"):
        return  # the instructor's is put back
    cells = list(rebuilt.code)
    cells[place] = replace(code, source=code.source + more)
    found = differ(
        keyed(tiny.assignment, rebuilt),
        keyed(tiny.assignment, replace(rebuilt, code=tuple(cells))),
    )
    behind = [c.cell.grade_id for c in rebuilt.code[place:] if c.cell and c.cell.kind == "test"]
    runs = code.cell_type == "code"
    assert found == (behind if runs else [], runs)


@settings(max_examples=300 if LONG else 25)
@given(st.data())
def test_a_cell_that_is_put_in_counts_from_its_place_on(tiny, rebuilt, data):
    """What a student writes cannot be read as two cells, nor two as one."""
    place = data.draw(st.integers(0, len(rebuilt.code)))
    text = data.draw(st.sampled_from(["", "x = 1", 'x = "]\\n["', "\n", "\x00"]))
    kind = data.draw(st.sampled_from(["code", "markdown"]))
    cells = [*rebuilt.code[:place], Code(text, kind), *rebuilt.code[place:]]
    found = differ(
        keyed(tiny.assignment, rebuilt),
        keyed(tiny.assignment, replace(rebuilt, code=tuple(cells))),
    )
    behind = [c.cell.grade_id for c in rebuilt.code[place:] if c.cell and c.cell.kind == "test"]
    # An additional cell is called by its place, which its student's code can read.
    own = [i for i, c in enumerate(rebuilt.code) if c.cell is None and i >= place]
    moved = TESTS[1:] if own else []
    assert found == ((behind, True) if kind == "code" else (moved, bool(own)))


def test_every_field_of_a_cell_counts_but_those_that_no_session_sees(tiny, rebuilt):
    before = keyed(tiny.assignment, rebuilt)
    for field in fields(Cell):
        if field.name in ("grade_id", "kind", "cell_type", "source"):
            continue  # the notebook would be another
        value = {"str": "pass", "float": 7.0, "bool": True, "dict[str, Any]": {"a": 1}}
        changed = {field.name: value.get(field.type, ("pass",))}
        other = with_cell(tiny.assignment, "q2_test", **changed)
        unseen = field.name in keys.UNSEEN_OF_A_CELL
        expected = ([], False) if unseen else (TESTS[1:], True)
        found = differ(before, keyed(other, from_cells_of(other, rebuilt)))
        if field.name in ("released", "unseen"):  # whether anything is hidden is all tests' affair
            assert found[0][-2:] == TESTS[1:]
        elif field.name in (
            "made",
            "prelude",
        ):  # and so what tests leave behind
            assert set(found[0]) >= set(TESTS[1:])
        else:
            assert found == expected, field.name


def test_what_a_failing_test_defines_for_a_later_one_counts(tiny, rebuilt):
    """`close` of q1_test is defined although q1_test fails, because q2_test uses it."""
    other = with_cell(tiny.assignment, "q2_test", source="assert half(2) == 1")
    found = differ(keyed(tiny.assignment, rebuilt), keyed(other, from_cells_of(other, rebuilt)))
    assert found == (TESTS, True)


def test_whether_anything_is_hidden_counts_for_all(tiny, rebuilt):
    visible = "close = abs\nassert double(2) == limit\n"
    other = with_cell(tiny.assignment, "q1_test", source=visible, released=visible)
    assert differ(keyed(tiny.assignment, rebuilt), keyed(other, rebuilt)) == (TESTS, True)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another"},
        {"duedate": None, "name": "t2"},
        {"cancelled": ("q1_test",)},
    ],
)
def test_what_no_session_sees_does_not_count(tiny, rebuilt, change):
    other = replace(tiny.assignment, **change)
    assert differ(keyed(tiny.assignment, rebuilt), keyed(other, rebuilt)) == ([], False)


def test_points_count_only_where_a_follow_up_is_measured_by_them(tiny, rebuilt):
    for stand_in, whole in (({}, False), ({"half": ("double",)}, True)):
        before = replace(tiny.assignment, stand_in=stand_in)
        other = with_cell(before, "q2_test", points=9.0)
        assert differ(keyed(before, rebuilt), keyed(other, rebuilt)) == ([], whole)


PROGRAM = """
import json, pathlib, sys
from autograder.course.assignment import read_assignment
from autograder.course.submission import Code, Rebuilt
from autograder.grading.keys import keys_of
from autograder.grading.surroundings import described
one = read_assignment(pathlib.Path(sys.argv[1]))
[notebook] = one.notebooks
own = Rebuilt(tuple(Code(c.source, c.cell_type, c) for c in notebook.cells), ())
print(keys_of(one, notebook, own, {}, described(one.grader_packages)).whole)
"""


def test_another_process_finds_the_same(tiny, folder):
    """Whatever the order of a set is there."""
    own = Rebuilt(
        tuple(Code(c.source, c.cell_type, c) for c in tiny.assignment.notebooks[0].cells), ()
    )
    around = surroundings.described(tiny.assignment.grader_packages)
    [notebook] = tiny.assignment.notebooks
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder)],
        env=os.environ | {"PYTHONHASHSEED": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert told.strip() == keys_of(tiny.assignment, notebook, own, {}, around).whole


def test_the_seed_and_all_of_this_packages_text_are_around(tmp_path, monkeypatch):
    before = surroundings.described(["numpy"])
    other = shutil.copytree(surroundings.PACKAGE, tmp_path / "autograder")
    monkeypatch.setattr(surroundings, "PACKAGE", other)
    assert surroundings.described(["numpy"]) == before
    serve = other / "sandbox" / "serve.py"
    serve.write_text(serve.read_text().replace("random.seed(0)", "random.seed(1)"))
    assert surroundings.described(["numpy"]) != before
