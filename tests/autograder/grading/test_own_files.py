"""What lies beside the notebook: data is in the student's session, modules where they may be."""

import pytest

from autograder.course.submission import Submission
from autograder.grading.grading import grade_submission
from tests.conftest import Tiny, notebook

READS = "def f(): return int(open('own.csv').read())"
CELLS = [("f", "solution", "def f(): return 7"), ("t", "test", "assert f() == 7")]
CALLS = "import helper\ndef f(): return helper.seven()"
SEVEN = b"def seven(): return 7"
OWN = "own_modules = true"


@pytest.fixture(scope="module")
def tiny(make_tiny) -> Tiny:
    return make_tiny(CELLS)


def hand_in(tiny: Tiny, source: str, files: dict[str, bytes], left_out: tuple[str, ...] = ()):
    content = notebook([("f", "solution", source), CELLS[1]])
    submission = Submission("someone", {"tiny.ipynb": content, **files}, left_out=left_out)
    return grade_submission(tiny.assignment, submission)


@pytest.fixture
def with_file(tmp_path):
    """An assignment with data of its own, `given/data.csv`."""
    given = tmp_path / "t" / "given"
    given.mkdir(parents=True)
    (given / "data.csv").write_text("7\n")
    return Tiny(tmp_path / "t", CELLS, 'files = ["given/data.csv"]')


def test_the_students_code_reads_its_own_data(tiny):
    result = hand_in(tiny, READS, {"own.csv": b"7"})
    assert (result.score, result.state, result.message) == (2, "graded", "")


def test_data_in_a_folder_is_where_it_was(tiny):
    reads = READS.replace("own.csv", "my data/deep/own.csv")
    assert hand_in(tiny, reads, {"my data/deep/own.csv": b"7"}).score == 2


def test_a_file_of_the_assignments_is_never_replaced(with_file):
    reads = READS.replace("own.csv", "given/data.csv")
    result = hand_in(with_file, reads, {"given/data.csv": b"8"})
    assert (result.score, result.state) == (2, "attention")
    assert "given/data.csv was changed: the assignment's own was used" in result.message
    assert hand_in(with_file, reads, {"given/data.csv": b"7\r\n"}).state == "graded"


@pytest.mark.parametrize(
    "name", ["given", "given/data.csv/more.csv", "/own.csv", "a/../../own.csv"]
)
def test_a_name_that_stands_in_the_way_is_left_out_and_told(with_file, name):
    reads = READS.replace("own.csv", "given/data.csv")
    result = hand_in(with_file, reads, {name: b"8"})
    assert result.score == 2
    assert f"{name} was left out" in result.message


def test_a_file_without_room_is_told_and_is_nobodys_fault(make_tiny):
    tiny = make_tiny([*CELLS, ("t2", "test", "assert f() in (7, 8)")])
    result = hand_in(tiny, CELLS[0][2], {"x" * 300: b"", "own.csv": b"7"}, ("big.bin",))
    assert (result.score, result.state) == (4, "attention")
    assert "has no room in the session: left out" in result.message
    assert "big.bin was left out: too large, or too many files" in result.message


def test_an_unanswered_essay_may_stand_in_a_file_beside_the_notebook(make_tiny):
    tiny = make_tiny([*CELLS, ("why", "manual", "Because.")])
    result = hand_in(tiny, CELLS[0][2], {"essay.pdf": b"%PDF"})
    assert result.questions[1].state == "manual"
    assert "the file essay.pdf" in result.questions[1].message


def test_the_grader_has_none_of_the_students_files(make_tiny):
    looks = "import os\nassert f() == 7\nassert os.listdir('.') == []"
    tiny = make_tiny([CELLS[0], ("t", "test", looks)], OWN)
    assert hand_in(tiny, CALLS, {"helper.py": SEVEN, "own.csv": b"7"}).score == 2


def test_modules_are_left_out_where_the_assignment_does_not_take_them(tiny):
    result = hand_in(tiny, CALLS, {"helper.py": SEVEN})
    assert (result.score, result.state) == (0, "attention")
    assert "helper.py was left out: this assignment takes no modules of your own" in result.message
    unused = hand_in(tiny, CELLS[0][2], {"tiny.py": SEVEN})
    assert (unused.score, unused.state) == (2, "graded")


@pytest.mark.parametrize("name", ["helper.py", "helper/__init__.py"])
def test_modules_are_imported_where_the_assignment_takes_them(make_tiny, name):
    result = hand_in(make_tiny(CELLS, OWN), CALLS, {name: SEVEN})
    assert (result.score, result.message) == (2, "")


@pytest.mark.parametrize("name", ["numpy.py", "numpy/__init__.py", "statistics.py", "IPython.py"])
def test_no_module_of_the_students_is_taken_for_one_of_pythons(make_tiny, name):
    top = name.partition("/")[0].removesuffix(".py")
    source = f"import {top}\ndef f(): return 7"
    result = hand_in(make_tiny(CELLS, OWN), source, {name: b"raise SystemExit"})
    assert result.score == 2
    assert f"{name} was left out: Python has a module {top} already" in result.message
