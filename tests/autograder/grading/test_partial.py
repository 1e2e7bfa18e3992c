"""Points for a part of a question come with their reasons, which tell nothing that is hidden."""

from dataclasses import replace

import pytest

from autograder.course.submission import Submission
from autograder.grading.grading import grade_submission

COUNTS = """
right = [double(n) == 2 * n for n in (1, 2)]
for n, is_right in zip((1, 2), right):
    if not is_right:
        print(f"double({n}) gave {double(n)}")
2 * sum(right) / 2
"""
HIDDEN = f"### BEGIN HIDDEN TESTS{COUNTS.replace('(1, 2)', '(1, 777)')}### END HIDDEN TESTS"
CELLS = [
    ("q", "solution", "def double(x):\n    return 2 * x"),
    ("q_hidden", "test", HIDDEN),
    ("q_test", "test", COUNTS),
]
ONE = "def double(x):\n    return 2"  # right for 1 alone


@pytest.fixture(scope="module")
def tiny(make_tiny):
    return make_tiny(CELLS)


def verdicts(result):
    return {q.id: (q.score, q.state, q.message) for q in result.questions}


def test_a_test_that_students_can_read_says_why_it_gives_a_part_of_its_points(tiny):
    found = verdicts(tiny.grade({"q": ONE}))
    assert found["q_test"] == (1, "partial", "1 of 2 points: double(2) gave 2")


def test_a_hidden_test_says_how_many_points_it_gives_and_no_more(tiny):
    assert verdicts(tiny.grade({"q": ONE}))["q_hidden"] == (1, "partial", "1 of 2 points")


def test_where_none_are_given_the_reasons_are_there_too(tiny):
    found = verdicts(tiny.grade({"q": "def double(x):\n    return x - 9"}))
    told = "0 of 2 points: double(1) gave -8; double(2) gave -7"
    assert found["q_test"] == (0, "failed", told)


def test_full_points_need_no_reason(tiny):
    assert set(verdicts(tiny.grade()).values()) == {(2, "passed", "2 of 2 points")}


def test_what_code_remembers_of_a_hidden_test_is_not_printed_by_another(tiny):
    remembers = "seen = []\ndef double(x):\n    seen.append(x)\n    return f'{seen}'"
    message = verdicts(tiny.grade({"q": remembers}))["q_test"][2]
    assert "double(1) gave [1" in message
    assert "777" not in message


def test_a_text_without_end_is_cut(tiny):
    long = "def double(x):\n    return 'x' * 10**5"
    message = verdicts(tiny.grade({"q": long}))["q_test"][2]
    assert message.startswith("0 of 2 points: double(1) gave xxx")
    assert len(message) == 600


@pytest.mark.parametrize("says", ["print('full points')", "import sys; sys.stderr.write('so')"])
def test_what_the_answer_prints_is_no_reason(tiny, says):
    found = verdicts(tiny.grade({"q": f"def double(x):\n    {says}\n    return 2"}))
    assert found["q_test"] == (1, "partial", "1 of 2 points: double(2) gave 2")


def test_a_warning_of_the_tests_is_no_reason(make_tiny):
    warns = "import numpy as np\nnp.float64(1) / 0\nprint('half')\n1.0 * (double(1) == 2)"
    found = verdicts(make_tiny([CELLS[0], ("q_test", "test", warns)]).grade())
    assert found["q_test"] == (1, "partial", "1 of 2 points: half")


def test_a_test_that_reads_what_students_have_not_and_gives_points_is_no_error_of_theirs(make_tiny):
    """Shown is a run without those files."""
    reads = "n = int(open('unseen.txt').read())\nprint('half')\n1 + (double(n) == 2 * n)"
    other = ("p", "solution", "def triple(x):\n    return 3 * x")
    tests = [("q_test", "test", reads), ("p_test", "test", "assert triple(1) == 3")]
    made = make_tiny([CELLS[0], other, *tests])
    made.assignment = replace(made.assignment, grader_files={"unseen.txt": b"7"})
    result = made.grade({"q": ONE, "p": "tripel = 1"})
    found = verdicts(result)
    assert found["q_test"] == (1, "partial", "1 of 2 points")
    assert found["p_test"][1] == "missing"
    assert "where it is opened" not in result.message


def test_the_reasons_are_kept_with_the_run(tiny):
    submission = Submission("someone", {"tiny.ipynb": tiny.submit({"q": ONE})})
    first = grade_submission(tiny.assignment, submission, kept=b"")
    again = grade_submission(tiny.assignment, submission, kept=first.kept)
    assert again.recalled == 2
    assert verdicts(again) == verdicts(first)
