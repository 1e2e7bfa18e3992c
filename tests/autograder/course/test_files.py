"""What is released is named, by a cell or in `files`; what only the tests have is nobody else's."""

import pytest

from autograder.course.assignment import AssignmentError, read_assignment
from tests.autograder.course.small import CELLS, SETTINGS, source, write

FOLDER = (
    *("a.csv", "b.csv", "data/c.csv", "data/d.csv", "helper.py", "deep.py", "pack/__init__.py"),
    *("pack/more.py", "photo.png", "my photo.png", "notes.txt", "out.npz", "solution.npz"),
    *("a.csv~", "a.csv.bak", "#a.csv#", ".a.csv.swp", "mistakes.py~", "old/t.ipynb", ".secret"),
    *("solutions/a.csv", "demo.py", "Solution.txt"),
)


def read(tmp_path, cells=CELLS, settings=""):
    folder = write(tmp_path / "t", cells, SETTINGS + settings, files=FOLDER)
    (folder / "helper.py").write_text("import deep\nx = open('b.csv')")
    return read_assignment(folder)


def test_a_file_that_nobody_names_is_not_released(tmp_path):
    assert read(tmp_path).files == {}


@pytest.mark.parametrize(
    ("cell", "text", "names"),
    [
        ("setup", "import numpy as np\nx = np.loadtxt('a.csv')", ["a.csv"]),
        ("setup", "x = open('./data/c.csv')", ["data/c.csv"]),
        ("setup", "from pathlib import Path\nx = Path('data') / 'c.csv'", ["data/c.csv"]),
        ("setup", "import helper", ["b.csv", "deep.py", "helper.py"]),
        ("setup", "from pack import more", ["pack/__init__.py", "pack/more.py"]),
        ("setup", "%run deep.py", ["deep.py"]),
        ("q1", "def double(x):\n    open('a.csv')\n    return 2 * x", ["a.csv"]),
        ("q1_test", "open('a.csv')\nassert double(2) == 4", ["a.csv"]),
        ("why", "![](photo.png)\n### BEGIN SOLUTION\n![](a.csv)\n### END SOLUTION", ["photo.png"]),
        ("why", '<img src="photo.png">', []),  # in the instructor's own answer
        # What a cell makes is a result: it lies there since the instructor ran the notebook.
        ("q1", "def double(x):\n    open('out.npz', 'w')\n    return 2 * x", []),
        ("setup", "import numpy as np\nnp.savez('out.npz', 1)", []),
        ("setup", "name = 'nothing.csv'\nx = 'data'", []),
    ],
)
def test_a_file_that_a_cell_opens_imports_or_shows_is_released(tmp_path, cell, text, names):
    assert list(read(tmp_path, source(cell, text)).files) == names


def test_files_can_be_listed_by_name_and_by_pattern(tmp_path):
    files = read(tmp_path, settings='files = ["data/*.csv", "notes.txt"]\n').files
    assert list(files) == ["data/c.csv", "data/d.csv", "notes.txt"]


def test_no_pattern_releases_backups_solutions_or_what_is_the_instructors(tmp_path):
    files = read(tmp_path, settings='files = ["*", "*/*"]\n').files
    assert set(files) == {*FOLDER[:8], "photo.png", "my photo.png", "notes.txt", "out.npz"}


def test_what_only_the_tests_have_is_not_released_though_a_test_names_it(tmp_path):
    cells = source("q1_test", "assert double(2) == 4\nopen('a.csv')")
    assignment = read(tmp_path, cells, 'grader_files = ["a.csv", "solution.npz"]\n')
    assert (list(assignment.files), list(assignment.grader_files)) == (
        [],
        ["a.csv", "solution.npz"],
    )
    [test] = [cell for cell in assignment.notebooks[0].cells if cell.kind == "test"]
    assert test.visible == ""  # a student who has not the file cannot run it


@pytest.mark.parametrize("cell", ["setup", "q1"])
def test_what_only_the_tests_have_cannot_be_opened_in_the_students_session(tmp_path, cell):
    cells = source(cell, "def double(x):\n    open('a.csv')\n    return 2 * x")
    with pytest.raises(AssignmentError, match=f"'{cell}' names a.csv, which only the tests have"):
        read(tmp_path, cells, 'grader_files = ["a.csv"]\n')
