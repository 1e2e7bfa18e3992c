"""What a student wrote is shown, and does nothing."""

import csv
import io
import re

import pytest

from autograder.records.export import render_csv
from autograder.records.feedback import render_feedback
from autograder.records.report import render_report
from autograder.records.result import GradeResult, QuestionResult

SCRIPT = "<script>document.title = 'broken into'</script>"
IMAGE = "<img src=x onerror=\"document.title = 'broken into'\">"
CELLS = [
    ("f", "solution", "def f(): return 1"),
    ("test", "test", "assert f() == 1, f'got {f()}'"),
    ("words", "manual", "Because."),
]
HOSTILE = {
    "f": (
        "from IPython.display import HTML, Javascript, Markdown, SVG, display\n"
        f"print({SCRIPT!r})\n"
        f"display(HTML({SCRIPT!r}), Markdown({IMAGE!r}), Javascript('document.title = 1'))\n"
        "display({'image/png': '\"><script>document.title = 1</script>'}, raw=True)\n"
        "display({'image/svg+xml': '<svg onload=\"document.title = 1\"/>'}, raw=True)\n"
        "print('\\x1b]0;title\\x07\\x1b[31mred')\n"
        f"def f(): return {SCRIPT!r}\n# {SCRIPT}"
    ),
    "words": f"{SCRIPT}\n\n{IMAGE}\n\n[a link](javascript:alert(1)) ![p](http://127.0.0.1:9/x.png)",
}


@pytest.fixture(scope="module")
def hostile_page(make_tiny):
    tiny = make_tiny(CELLS)
    result = tiny.grade(HOSTILE, extra=f"# {SCRIPT}\nraise ValueError({SCRIPT!r})")
    return render_feedback(tiny.assignment, result, result.notebooks["tiny"])


def test_nothing_that_a_student_wrote_becomes_markup(hostile_page):
    body = hostile_page.partition("<body>")[2]
    allowed = "h1 h2 p table thead tbody tr th td span a small div strong pre code details summary"
    allowed += " ol li section mark"
    assert set(re.findall(r"<([a-z0-9]+)", body)) <= set(allowed.split())
    assert "&lt;script&gt;" in hostile_page
    assert not re.search(r"<[^>]*\son\w+=", hostile_page)
    assert not re.search(r'href="(?!#)', body)


def test_terminal_escapes_are_gone(hostile_page):
    assert "\x1b[" not in hostile_page
    assert "red" in hostile_page


def test_a_student_with_a_hostile_name_does_no_harm(make_tiny, tmp_path):
    assignment = make_tiny(CELLS).assignment
    question = QuestionResult("test", 0, 2, "failed", SCRIPT, SCRIPT)
    results = [
        GradeResult(f"=cmd|{SCRIPT}", "t", "attention", 3, (question,), message=IMAGE, seconds=0.1),
        GradeResult("nobody", "t", "absent", 3, (question,)),
    ]
    page = render_report(assignment, results, tmp_path, tmp_path / "report.html")
    assert "<script" not in page
    assert "<img" not in page
    rows = render_csv(results).splitlines()
    assert rows[1].split(",")[1].startswith("'=cmd")


@pytest.mark.parametrize("name", ["score", "section", "student_id", "follows_from", "shared"])
def test_a_question_that_is_called_as_a_column_has_a_column_of_its_own(name):
    questions = (QuestionResult(name, 1, 2, "partial", follows_from=("f",), how="shared"),)
    result = GradeResult("ada", "t", "graded", 2, questions)
    header, row = csv.reader(io.StringIO(render_csv([result], {"ada": "B"})))
    assert len(set(header)) == len(header)
    told = dict(zip(header, row, strict=True))
    assert (told[f"{name} (question)"], told["student_id"], told["score"]) == ("1", "ada", "1")
    assert (told["section"], told["shared"]) == ("B", name)


def test_a_report_of_nobody_is_a_page(make_tiny, tmp_path):
    page = render_report(make_tiny(CELLS).assignment, [], tmp_path, tmp_path / "report.html")
    assert "None." in page
