"""What the report says of a graded class: mistakes that recur, what has changed, who is similar."""

import html
import json
import os
import re
import stat

import pytest

from autograder.authoring.build import build
from autograder.cli import main
from autograder.grading.shown import write_feedback, write_report
from autograder.records.recurring import recurring, value_told
from autograder.records.result import GradeResult, QuestionResult
from tests.conftest import Tiny

TRIPLE = "def double(x):\n    return factor(x) * x\n\n\ndef factor(x):\n    return 3"


def report(klass):
    return write_report(klass.course, "t")[0].read_text()


def stubs(page):
    return [
        html.unescape(text) for text in re.findall(r'class="stub"><pre>(.*?)</pre>', page, re.S)
    ]


def test_a_recurring_wrong_answer_pasted_into_mistakes_py_gets_its_hint_to_the_students(klass):
    for student in ("ada", "carl"):
        klass.hand_in(student, code=TRIPLE)
    klass.hand_in("emmy")
    klass.grade()
    page = report(klass)
    assert "2 students · q1_test" in page
    [stub] = stubs(page)
    hint = "You take it three times; twice is asked for."
    text = stub.replace("Write here what these students should hear.", hint)
    (klass.course.solutions / "t" / "mistakes.py").write_text(text + "\n")
    said = list(build(klass.course, "t"))
    assert any("1 known mistakes, each with its hint" in line for line in said), said
    klass.grade()
    [question] = [q for q in klass.shown("carl").questions if q.id == "q1_test"]
    assert question.hint == hint
    page = report(klass)
    assert hint in html.unescape(page)
    assert stubs(page) == []


@pytest.mark.parametrize(
    "code",
    [
        "def double(x):\n    np.testing.assert_allclose = print\n    return 3 * x",
        "def double(x):\n    return 3 * x + 0 * len((lambda: 0).__globals__)",
        "import sys\ndef double(x):\n    sys.exit = print\n    return 3 * x",
        "def double(x):\n    exec('1')\n    return 3 * x",
        "def double(x):\n    global double\n    return 3 * x",
        "from operator import attrgetter\ndef double(x):\n    return 3 * x * bool(attrgetter)",
        "def double(x):\n    g = (i for i in [1])\n    g.gi_frame\n    return 3 * x",
        "def double(x):\n    return 3 * x" + " + 0" * 5000,
        "def double(x):\n    return " + "-" * 9000 + "x",
        "def double(x:\n",
    ],
)
def test_an_answer_that_does_more_than_compute_is_shown_and_never_offered(make_tiny, code):
    tiny: Tiny = make_tiny([("q1", "solution", "def double(x):\n    return 2 * x"),
                            ("q1_test", "test", "assert double(2) == 4")])  # fmt: skip
    wrong = QuestionResult("q1_test", 0, 2, "failed", "expected 4, got 6")
    results = [GradeResult(student, "t", "graded", 2, (wrong,)) for student in ("ada", "carl")]
    graded = {"tiny": tiny.submit({"q1": code})}
    [found] = recurring(tiny.assignment, results, lambda _: graded)
    assert found.stub == ""
    assert found.students == ("ada", "carl")


def test_answers_are_the_same_where_their_values_are_whatever_the_rounding():
    def told(message, **more):
        return value_told(QuestionResult("q", 0, 1, "failed", message, **more))

    assert told("expected 51.0, got 24.000000000000004") == told("expected 51.0, got 24.0")
    assert told("expected 51.0, got 24.0") != told("expected 51.0, got 25.0")
    assert told("a hidden test did not pass") == ""
    assert told("expected 4, got 6", hint="Twice.") == ""
    assert told("expected 4, got 6", follows_from=("size",)) == ""


def test_what_has_changed_since_the_report_before_is_told_until_something_else_has(klass):
    klass.hand_in("ada", code=TRIPLE)
    klass.hand_in("carl")
    klass.grade()
    assert "What has changed" not in report(klass)
    klass.hand_in("ada")
    klass.hand_in("emmy")
    klass.grade()
    for _ in range(2):  # a report that is only written again says the same
        page = report(klass)
        assert "1 gained" in page or "2 gained" in page
        assert "q1_test: failed → passed" in page
        assert "graded for the first time" in page
        assert page.partition("What has changed")[2].partition("</table>")[0].count("carl") == 0
    kept = klass.course.reports / "t" / ".reported.json"
    kept.write_text("{damaged")
    assert "What has changed" not in report(klass)
    assert set(json.loads(kept.read_text())["now"]) == {"ada", "carl", "emmy"}


def test_what_is_similar_is_for_the_instructor_alone(klass, capsys):
    for student in ("ada", "carl"):
        klass.hand_in(student, code=TRIPLE)
    klass.grade()
    before = os.umask(0)
    try:
        report(klass)
    finally:
        os.umask(before)
    similar = klass.course.reports / "t" / "similar.html"
    assert stat.S_IMODE(similar.stat().st_mode) == 0o600
    assert "copied" not in similar.read_text()
    write_feedback(klass.course, "t")
    pages = [p for p in klass.course.feedback.rglob("*") if p.is_file()]
    assert pages
    assert not any("similar" in page.read_text().lower() for page in pages)
    assert main(["export", "t", "--course", str(klass.course.root)]) == 0
    assert "similar" not in capsys.readouterr().out.lower()


def test_an_answer_in_words_is_a_line_and_what_is_urgent_a_row_with_a_link(klass):
    klass.hand_in("ada", why="Because it doubles.")
    klass.hand_in("carl", why="It doubles.")
    folder = klass.course.submitted / "emmy" / "t"
    folder.mkdir(parents=True)
    (folder / "t.ipynb").write_bytes(b"no notebook")
    klass.grade()
    write_feedback(klass.course, "t")
    part = report(klass).partition("Submissions that need a person")[2].partition("<h2>")[0]
    assert '<a href="../feedback/emmy/t/t.html">emmy</a>' in part
    assert "waits to be graded, in nbgrader's form-grader, of 2 students" in part


def test_what_is_said_of_many_is_one_row_with_their_names(klass):
    for student in ("ada", "carl", "emmy"):
        folder = klass.course.submitted / student / "t"
        folder.mkdir(parents=True)
        (folder / "t.ipynb").write_bytes(b"no notebook")
    klass.grade()
    part = report(klass).partition("Submissions that need a person")[2].partition("</table>")[0]
    _, row = [" ".join(re.sub(r"<.*?>", " ", row).split()) for row in part.split("<tr>")[1:]]
    assert row.startswith("3 students attention")
    assert row.endswith("ada, carl, emmy")
