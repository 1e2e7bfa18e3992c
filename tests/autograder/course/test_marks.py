"""A course that marks its solutions and hidden tests in words of its own is built by these."""

import json

import pytest

from autograder import cli
from autograder.course.course import CONFIG
from autograder.grading.engine import kept_results
from tests.conftest import notebook, small_course

CONFIGURED = """
c.ClearSolutions.begin_solution_delimeter = "ANSWER FROM HERE"
c.ClearSolutions.end_solution_delimeter = "ANSWER TO HERE"
c.ClearSolutions.code_stub = {"python": "return ...  # yours"}
c.ClearSolutions.text_stub = "In your words."
c.ClearHiddenTests.begin_test_delimeter = "KEEP FROM HERE"
c.ClearHiddenTests.end_test_delimeter = "KEEP TO HERE"
"""
OWN = ("# ANSWER FROM HERE", "# ANSWER TO HERE", "# KEEP FROM HERE", "# KEEP TO HERE")
USUAL = tuple(
    f"### {word} {region}" for region in ("SOLUTION", "HIDDEN TESTS") for word in ("BEGIN", "END")
)


def cells(begin, end, hide, show):
    return [
        ("q1", "solution", f"def double(x):\n    {begin}\n    return 2 * x\n    {end}"),
        ("q1_test", "test", f"assert double(2) == 4\n{hide}\nassert double(4141) == 8282\n{show}"),
        ("why", "manual", "Because it is twice."),
    ]


def course_of(root, marks=OWN, configured=CONFIGURED):
    course = small_course(root, cells(*marks))
    with open(course.root / CONFIG, "a") as config:
        config.write(configured)
    return type(course)(course.root)


def run(course, command):
    return cli.main([command, "t", "--course", str(course.root)])


def test_what_is_marked_in_its_own_words_is_taken_out(tmp_path):
    course = course_of(tmp_path)
    assert run(course, "check") == 0
    assert run(course, "build") == 0
    tree = json.loads((course.assignments / "t" / "t.ipynb").read_text())
    released = ["".join(cell["source"]) for cell in tree["cells"]]
    assert released == [
        "def double(x):\n    return ...  # yours",
        "assert double(2) == 4",
        "In your words.",
    ]
    own = [cell.released for cell in course.assignment("t").notebooks[0].cells]
    assert own == released


def test_it_is_graded_as_any_other_and_shows_nothing_hidden(tmp_path):
    course = course_of(tmp_path)
    assert run(course, "build") == 0
    for student, body in (("ada", "return 2 * x"), ("eve", "return 4")):
        folder = course.submitted / student / "t"
        folder.mkdir(parents=True)
        answers = [("q1", "solution", f"def double(x):\n    {body}"), *cells(*OWN)[1:]]
        answers[-1] = ("why", "manual", "In your words.")  # as it was given
        (folder / "t.ipynb").write_bytes(notebook(answers))
    run(course, "grade")
    ada, eve = kept_results(course, "t")
    assert (ada.score, eve.score) == (2, 0)
    assert ada.questions[1].state == "not_attempted"
    assert run(course, "feedback") == 0
    for page in course.feedback.rglob("*.html"):
        assert "4141" not in page.read_text()
        assert "KEEP FROM" not in page.read_text()


@pytest.mark.parametrize("command", ["check", "build"])
def test_nbgraders_usual_marks_are_refused_where_they_take_nothing_out(tmp_path, command, capsys):
    course = course_of(tmp_path, USUAL)
    assert run(course, command) == 2
    said = capsys.readouterr().err
    for mark, instead in zip(USUAL, OWN, strict=True):
        assert f"holds '{mark}'" in said
        assert f"write '{instead.removeprefix('# ')}'" in said
    assert not (course.assignments / "t").exists()


@pytest.mark.parametrize("nearly", ["# keep from here", "# KEEP FRM HERE", "### Keep-from-here:"])
def test_a_mark_that_is_nearly_the_courses_own_is_refused(tmp_path, nearly, capsys):
    course = course_of(tmp_path, (*OWN[:2], nearly, "# keep to here"))
    assert run(course, "build") == 2
    said = capsys.readouterr().err
    assert f"holds {nearly!r} in line 2, which takes nothing out of the release" in said
    assert "write 'KEEP FROM HERE', or" in said
    assert "write 'KEEP TO HERE', or" in said


def test_a_mark_that_is_open_is_told_by_its_own_name(tmp_path, capsys):
    course = course_of(tmp_path, (*OWN[:3], ""))
    assert run(course, "build") == 2
    assert "never ends: write KEEP TO HERE below it" in capsys.readouterr().err


WRONG = {
    'c.ClearHiddenTests.begin_test_delimeter = ""': "the mark '' stands in the mark",
    'c.ClearHiddenTests.end_test_delimeter = "TESTS"': "the mark 'TESTS' stands in the mark",
    'c.ClearSolutions.code_stub = {"R": "fail()"}': "code_stub says nothing for python",
    "c.ClearSolutions.end_solution_delimeter = 5": "end_solution_delimeter",
}


@pytest.mark.parametrize("configured", WRONG)
@pytest.mark.parametrize("command", ["check", "build", "grade"])
def test_marks_by_which_nothing_could_be_taken_out_are_refused(
    tmp_path, command, configured, capsys
):
    course = course_of(tmp_path, USUAL, configured)
    assert run(course, command) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"autograder: {CONFIG}: ")
    assert WRONG[configured] in said
