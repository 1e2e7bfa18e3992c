"""Whatever an instructor mistypes in a notebook or in mistakes.py is said with file, cell and what
to do: all of it at once, before anything is written, by `check` as by `build`."""

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings

from autograder import cli
from autograder.course.assignment import AssignmentError, read_assignment
from tests.autograder.course.small import CELLS, MISTAKES, hidden, said, source, write
from tests.autograder.course.test_submission import mangled
from tests.conftest import LONG, ROOT, notebook

FILES = ("data.csv", "solution.csv")
R = notebook(CELLS).decode().replace('"python"', '"R"')


def with_settings(cell_id, **settings):
    """A change of what nbgrader is told about a cell; None takes a key away."""

    def change(cells):
        own = cells[cell_id]["metadata"]["nbgrader"]
        for key, value in settings.items():
            own.pop(key, None)
            if value is not None:
                own[key] = value

    return change


def with_type(cell_id, kind):
    def change(cells):
        cells[cell_id]["cell_type"] = kind
        for key in ("outputs", "execution_count"):
            cells[cell_id].pop(key, None)

    return change


@pytest.mark.parametrize(
    "mark",
    [
        *("### begin hidden test", "### BEGIN HIDDEN TEST", "### BEGIN_HIDDEN_TESTS"),
        *("### Begin hidden tests", "# START HIDDEN TESTS", "### BEGIN HIDEN TESTS"),
        *("### BEGIN  HIDDEN  TESTS", "### HIDDEN TESTS BEGIN", "### begin of the hidden tests"),
    ],
)
def test_a_mark_that_is_nearly_right_is_refused_for_it_hides_nothing(tmp_path, mark):
    told = said(tmp_path, cells=hidden(mark))
    assert f"t.ipynb, cell q1_test holds {mark!r} in line 2" in told.replace("'q1_test'", "q1_test")
    assert "write '### BEGIN HIDDEN TESTS'" in told


@pytest.mark.parametrize(
    "comment", ["# hidden tests", "# the solution", "# begin with an easy one", "# the end"]
)
def test_a_comment_that_is_no_mark_is_left_alone(tmp_path, comment):
    read_assignment(write(tmp_path / "t", source("q1_test", f"{comment}\nassert double(2) == 4")))


# What is wrong in a cell: (its id, how it came about, what is said of it).
IN_CELLS = {
    "a mark without its end": ("q1_test", hidden(end=""), "begins in line 2 what never ends"),
    "an end without its mark": ("q1_test", hidden(begin=""), "ends in line 4 what never began"),
    "a mark that stands twice": (
        "q1_test",
        hidden(end="### BEGIN HIDDEN TESTS"),
        "begins in line 4 what line 2 began",
    ),
    "hidden tests in a solution": (
        "q1",
        source(
            "q1", "def double(x):\n    return 2 * x\n### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS"
        ),
        "which stands only in a test cell",
    ),
    "a solution in a test": (
        "q1_test",
        source("q1_test", "### BEGIN SOLUTION\nassert double(2) == 4\n### END SOLUTION"),
        "which stands only in a solution cell",
    ),
    "a solution's mark nearly right": (
        "q1",
        source(
            "q1", "def double(x):\n    ### BEGIN SOLUTON\n    return 2 * x\n    ### END SOLUTION"
        ),
        "write '### BEGIN SOLUTION'",
    ),
    "an essay's mark nearly right": (
        "why",
        source("why", "Why?\n### begin solution\nBecause.\n### end solution"),
        "write '### BEGIN SOLUTION'",
    ),
    "a mark indented less than its function": (
        "q1",
        source("q1", "def double(x):\n### BEGIN SOLUTION\n    return 2 * x\n### END SOLUTION"),
        "is no Python as students get it",
    ),
    "a loop with nothing but hidden tests": (
        "q1_test",
        source(
            "q1_test",
            "for x in (1, 2):\n    ### BEGIN HIDDEN TESTS\n    assert double(x)\n"
            "    ### END HIDDEN TESTS",
        ),
        "is no Python as students get it",
    ),
    "a syntax error": ("q1_test", source("q1_test", "assert double(2 == 4"), "is no Python"),
    "a syntax error in a solution": ("q1", source("q1", "def double(x) return x"), "is no Python"),
    "a return outside a function": ("q1_test", source("q1_test", "return 2"), "is no Python"),
    "an empty test": ("q1_test", source("q1_test", ""), "tests nothing"),
    "a test of comments": ("q1_test", source("q1_test", "# double"), "tests nothing"),
    "a test of imports": (
        "q1_test",
        source("q1_test", "import numpy as np\npass"),
        "tests nothing",
    ),
    "a test that defines a function": (
        "q1_test",
        source("q1_test", "def check():\n    assert double(2) == 4"),
        "tests nothing",
    ),
    "a test that ends in a comparison": (
        "q1_test",
        source("q1_test", "double(2) == 4"),
        "compares in line 1, and nothing looks at it: write assert before it",
    ),
    "a comparison in the middle": (
        "q1_test",
        source("q1_test", "x = double(2)\nx == 4;\nassert double(3) == 6"),
        "compares in line 2",
    ),
    "a test that ends in True": (
        "q1_test",
        source("q1_test", "assert double(2) == 4\nTrue"),
        "ends in a plain number in line 2",
    ),
    "an assertion of a tuple": (
        "q1_test",
        source("q1_test", "assert (double(2) == 4, 'no')"),
        "asserts a tuple in line 1, which always holds",
    ),
    "a name that nobody defines": (
        "q1_test",
        source("q1_test", "assert duoble(2) == 4"),
        "uses duoble, which no cell above it defines",
    ),
    "an id that stands twice": ("q1_test", [*CELLS, CELLS[2]], "two cells have the id 'q1_test'"),
    "no points": ("q1_test", with_settings("q1_test", points=None), "has no points"),
    "no points for an essay": ("why", with_settings("why", points=None), "has no points"),
    "a test of 0 points": ("q1_test", with_settings("q1_test", points=0), "is a test of 0 points"),
    "points in quotes": ("q1_test", with_settings("q1_test", points="2"), "has the points '2'"),
    "points below 0": ("q1_test", with_settings("q1_test", points=-1), "has -1 points: write a n"),
    "points for a solution": (
        "q1",
        with_settings("q1", points=2),
        "has 2 points and is a solution cell, which gives none",
    ),
    "points for a locked cell": (
        "setup",
        with_settings("setup", points=1),
        "has 1 points and is a locked cell",
    ),
    "an id with a space": ("q 1", with_settings("q1", grade_id="q 1"), "has an id of other char"),
    "tests that nbgrader makes, before a build": (
        "q1_test",
        source("q1_test", "x = 2\n### HASHED AUTOTEST double(x); double(3);"),
        "asks in line 2 for tests that nbgrader makes from your answers, and none have been made "
        "of them as they are now: run `autograder build`",
    ),
    "a request for tests in small letters": (
        "q1_test",
        source("q1_test", "### autotest double(2)\nassert double(2) == 4"),
        "holds '### autotest double(2)' in line 1, of which nbgrader makes no test: write "
        "'### AUTOTEST double(2)' on a line of its own",
    ),
    "a request for tests behind code": (
        "q1_test",
        source("q1_test", "assert double(2) == 4  # AUTOTEST double(3)"),
        "write '### AUTOTEST double(3)' on a line of its own",
    ),
    "a request for tests of nothing": (
        "q1_test",
        source("q1_test", "assert double(2) == 4\n### AUTOTEST"),
        "asks in line 2 for tests of nothing: name what is to be tested, as in '### AUTOTEST f(2)'",
    ),
    "a request for tests where none can stand": (
        "q1",
        source("q1", "def double(x):\n    return 2 * x\n### AUTOTEST double(2)"),
        "asks in line 3 for tests that nbgrader makes, which stand only in a test cell: move it",
    ),
    "a setting that nbgrader does not know": (
        "q1",
        with_settings("q1", Points=2),
        "has settings that nbgrader does not know (Points)",
    ),
    "no kind": ("q1", with_settings("q1", grade=None), "does not say whether it is grade"),
    "settings of an older nbgrader": (
        "q1",
        with_settings("q1", schema_version=1),
        "`autograder adopt` brings them up to date",
    ),
    "a test in Markdown": ("q1_test", with_type("q1_test", "markdown"), "is a Markdown cell"),
    "a solution in Markdown": ("q1", with_type("q1", "markdown"), "is a Markdown cell"),
    "a raw cell": ("setup", with_type("setup", "raw"), "is a raw cell"),
    "a task in code": (
        "setup",
        with_settings("setup", task=True, points=1),
        "is a task and holds code",
    ),
    "a solution's file that is opened": (
        "setup",
        source("setup", "x = open('solution.csv')"),
        "names solution.csv, which is never released",
    ),
    "a file that hidden tests alone open": (
        "q1_test",
        hidden(end="open('data.csv')\n### END HIDDEN TESTS"),
        "names data.csv in its hidden tests: list it in grader_files of t/assignment.toml",
    ),
}


@pytest.mark.parametrize("name", IN_CELLS)
def test_what_is_wrong_with_a_cell_is_said_with_its_id_and_file(tmp_path, name):
    cell, wrong, message = IN_CELLS[name]
    how = {"cells": wrong} if isinstance(wrong, list) else {"changed": wrong}
    told = said(tmp_path, files=FILES, **how)
    assert "t.ipynb" in told
    assert repr(cell) in told
    assert message in told


def test_an_id_that_is_missing_is_said_with_the_number_of_the_cell(tmp_path):
    told = said(tmp_path, changed=with_settings("q1", grade_id=None))
    assert "t.ipynb, cell 2 has no id" in told


# In R, which only what the kernel said tells; and one whose format nobody says.
ONLY_SAID = R.replace('"kernelspec"', '"language_info"').replace('"language"', '"name"')
UNSAID = notebook(CELLS).decode().replace('"nbformat": 4', '"nbformats": 4')


# A language that is no text, or an empty one: nbgrader goes by it, whatever language_info says.
ODD = [
    R.replace('"language": "R"', f'"language": {junk}') for junk in ("[]", "{}", "null", '""', "3")
]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", "\x00", '{"cells": 3, "nbformat": 4}', R, ONLY_SAID, UNSAID, *ODD],
)
def test_a_file_that_is_no_notebook_is_named(tmp_path, text):
    assert "t.ipynb is no Jupyter notebook in Python" in said(tmp_path, changed=text)


def test_a_copy_of_the_notebook_beside_it_is_named(tmp_path):
    folder = write(tmp_path / "t")
    (folder / "t-Copy1.ipynb").write_bytes(notebook(CELLS))
    with pytest.raises(AssignmentError, match=r"t-Copy1.ipynb and t.ipynb \(a copy\?\): two cells"):
        read_assignment(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def f(:", "t/mistakes.py is no Python"),
        (MISTAKES.partition("\n")[2], "double__half has no probe: write PROBES = "),
        (MISTAKES.replace("[lambda f: f(3)]", "[]"), "double__half has no probe"),
        (MISTAKES.replace('    """Half."""\n', ""), "double__half has no hint: write a docstring"),
        (MISTAKES.replace("double__", "duoble__"), "a mistake of duoble, which no solution cell"),
    ],
)
def test_what_keeps_a_hint_from_students_is_named(tmp_path, text, message):
    assert message in said(tmp_path, mistakes=text)


def test_further_mistakes_stand_in_files_beside_the_first_each_with_its_faults(tmp_path):
    folder = write(tmp_path / "t", mistakes=MISTAKES)
    further = folder / "mistakes_further.py"
    further.write_text(MISTAKES.replace("__half", "__third"))
    assert read_assignment(folder).mistakes == (MISTAKES, further.read_text())
    further.write_text(MISTAKES.partition("\n")[2])
    with pytest.raises(AssignmentError, match=r"t/mistakes_further\.py: double__half has no probe"):
        read_assignment(folder)


def test_settings_that_the_panel_left_on_a_plain_cell_are_no_fault(tmp_path):
    left = dict.fromkeys(("grade", "solution", "locked", "task"), False)
    folder = write(tmp_path / "t", changed=with_settings("setup", grade_id=None, **left))
    assert [c.grade_id for c in read_assignment(folder).notebooks[0].cells] == [
        *("q1", "q1_test", "why")
    ]


def test_a_file_that_begins_with_a_mark_of_its_encoding_is_read(tmp_path):
    folder = write(tmp_path / "t")
    for path in folder.iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_assignment(folder).packages == ("numpy",)


@settings(
    max_examples=5000 if LONG else 100,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(mangled())
def test_a_mangled_notebook_is_read_or_refused_in_sentences(tmp_path, data):
    folder = write(tmp_path / "t")
    (folder / "t.ipynb").write_bytes(data)
    with contextlib.suppress(AssignmentError):
        assert read_assignment(folder).name == "t"


WRONG = {
    "cells": [
        CELLS[0],
        CELLS[1],
        ("q1_test", "test", "### begin hidden test\nassert duoble(2) == 4"),
        ("q2_test", "test", "double(2) == 4"),
    ],
    "settings": "packages = 'numpy'\nduedate = 2026-10-16\n",
    "mistakes": MISTAKES.replace("double__", "duoble__"),
}
ALL = (
    "packages is",
    "duedate is",
    "begin hidden",
    "uses duoble",
    "'q2_test' compares",
    "mistake of",
)


@pytest.mark.parametrize("command", ["build", "check"])
def test_all_findings_come_at_once_and_before_anything_is_written(tmp_path, command, capsys):
    (tmp_path / "nbgrader_config.py").write_text((ROOT / "nbgrader_config.py").read_text())
    write(tmp_path / "solutions" / "t", **WRONG)
    before = sorted(tmp_path.rglob("*"))
    assert cli.main([command, "t", "--course", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    for finding in ALL:
        assert finding in told
    assert sorted(tmp_path.rglob("*")) == before
