"""After the hand-in: a cell put back, the attempt that counts, an appeal, the answers."""

import json
import re
import shlex
import shutil
from datetime import timedelta
from types import SimpleNamespace

import nbformat
import pytest

from autograder import commands
from autograder.cli import _parser
from autograder.course.attempts import chosen, unpacked
from autograder.records.gradebook import Recorder
from autograder.records.report import _order
from autograder.records.result import GradeResult, QuestionResult
from autograder.term import commands as of_a_class
from autograder.term import counting
from autograder.term.allowed import Allowed, Grant
from autograder.term.due import moment
from tests.autograder.term.conftest import RIGHT, work
from tests.conftest import ROOT

NAME = "HW_ada_attempt_2026-10-{}-10-00-00_t.ipynb"
WRONG = "def double(x):\n    return 0"


def test_one_cell_is_put_back_and_the_rest_stays(term):
    broken = json.loads(work(code="def double(:"))
    broken["cells"][0]["source"] = ["def double(:"]
    term.run("import", "t", term.zipped({"ada/t.ipynb": json.dumps(broken)}), "--yes")
    asked = ("reset", "t", "--student", "ada", "--cell", "q1")
    shown = term.run(*asked)
    assert "def double(:" in shown.out
    assert b"def double(:" in term.submitted("ada")["t.ipynb"]
    done = term.run(*asked, "--yes")
    assert done.status == 0
    [told] = re.findall("what was handed in is kept: (.*)", done.out)
    assert b"def double(:" in unpacked(term.root / told)["t.ipynb"]
    cells = nbformat.reads(term.submitted("ada")["t.ipynb"].decode(), 4).cells
    released = nbformat.read(term.course.assignments / "t" / "t.ipynb", 4).cells
    assert cells[0].source == released[0].source
    assert cells[2].source == "Because."
    kept = [unpacked(path) for path in (term.root / "received" / "t" / "ada").glob("*.zip")]
    assert any(b"def double(:" in files["t.ipynb"] for files in kept)
    refused = term.run("reset", "t", "--student", "ada", "--cell", "q7")
    assert (refused.status, "no cell is called 'q7'; there are q1" in refused.err) == (2, True)


def test_a_cell_that_is_gone_comes_back_to_its_place(term):
    content = json.loads(work())
    del content["cells"][0]
    term.run("import", "t", term.zipped({"ada/t.ipynb": json.dumps(content)}), "--yes")
    term.run("reset", "t", "--student", "ada", "--cell", "q1", "--yes")
    cells = nbformat.reads(term.submitted("ada")["t.ipynb"].decode(), 4).cells
    assert [cell.metadata.nbgrader.grade_id for cell in cells] == ["q1", "q1_test", "why"]


def test_the_best_attempt_counts_with_its_lateness(term):
    texts = {14: WRONG, 15: RIGHT, 19: RIGHT}  # the last of them is late
    members = {NAME.format(day): work(code) for day, code in texts.items()}
    term.run("import", "t", term.zipped(members), "--yes")
    shown = term.run("attempts", "t")
    assert shown.out.count("counts") == 1
    best = term.run("attempts", "t", "--counts", "best", "--unconfined", "--yes")
    assert "2026-10-15 10:00:00+02:00  2       counts" in best.out
    assert term.submitted("ada")["timestamp.txt"].startswith(b"2026-10-15")
    term.run("attempts", "t", "--counts", "first", "--yes")
    assert b"return 0" in term.submitted("ada")["t.ipynb"]


def test_each_attempt_is_as_late_as_it_would_be_if_it_counted(term, monkeypatch):
    points = SimpleNamespace(raw_score=2.0)
    monkeypatch.setattr(counting, "grade_submission", lambda *_: points)
    term.run("import", "t", term.zipped({NAME.format(d): work() for d in (15, 17)}), "--yes")
    term.run("attempts", "t", "--counts", "first", "--yes")
    zed = term.root / "received" / "t" / "zed"  # of whom nothing lies in submitted/
    shutil.copytree(term.root / "received" / "t" / "ada", zed)
    (term.root / "dates.json").write_text(json.dumps({"grants": [], "late_days": 1}))
    for student in ("ada", "zed"):
        best = term.run("attempts", "t", "--counts", "best", "--student", student)
        assert "2026-10-17 10:00:00+02:00  2" in best.out, best.err  # by a day of the bank


def test_attempts_without_a_time_are_shown_and_only_the_best_can_be_told(term):
    for code in (RIGHT, WRONG):  # Moodle's: no time
        term.run("import", "t", term.zipped({"ada/t.ipynb": work(code)}), "--yes")
    shown = term.run("attempts", "t").out
    assert re.search(r"nobody knows: untimed \w+\nada .* +counts\n", shown), shown
    assert "1 student with several attempts" in shown
    first = term.run("attempts", "t", "--counts", "first", "--yes")
    assert (first.status, "✗ ada: nobody knows when" in first.out) == (4, True)
    assert b"return 0" in term.submitted("ada")["t.ipynb"]
    best = term.run("attempts", "t", "--counts", "best", "--unconfined", "--yes")
    assert (best.status, best.out.count("counts")) == (0, 1)
    assert term.submitted("ada") == {"t.ipynb": work(RIGHT)}
    term.run("import", "t", term.zipped({NAME.format(14): work(WRONG)}), "--yes")
    late = term.run("import", "t", term.zipped({"ada/t.ipynb": work("x = 1")}), "--yes").out
    assert "kept beside the hand-in of 2026-10-14 08:00 UTC, which counts: nobody knows" in late
    assert term.run("attempts", "t").out.count("ada") == 4


@pytest.mark.parametrize(
    "command",
    [
        ("reset", "t", "--student", "adda", "--cell", "q1"),
        ("attempts", "t", "--student", "adda"),
        ("appeal", "t", "--student", "adda", "--question", "why", "--points", "1", "--why", "x"),
        ("extend", "t", "--student", "adda", "--by", "1 day"),
        ("accommodate", "adda", "--time", "1.5"),
        ("grade", "t", "--student", "adda"),
    ],
)
def test_an_id_that_nobody_has_is_named_with_the_one_that_is_meant(term, command):
    done = term.run(*command)
    assert done.status == 2
    assert "'adda' is not in the gradebook" in done.err
    assert "do you mean 'ada'?" in done.err


def test_a_choice_holds_until_the_student_hands_in_again(term):
    term.run("import", "t", term.zipped({NAME.format(d): work() for d in (14, 15)}), "--yes")
    folder = term.root / "received" / "t" / "ada"
    assert chosen(folder) is None
    term.run("attempts", "t", "--counts", "first", "--yes")
    assert chosen(folder).name.startswith("2026-10-14")
    term.run("import", "t", term.zipped({NAME.format(16): work()}), "--yes")
    assert chosen(folder) is None


def test_an_appeal_keeps_its_reason_and_tells_it(term):
    term.run("import", "t", term.zipped({"ada/t.ipynb": work(WRONG)}), "--yes")
    assert term.run("grade", "t", "--unconfined").status == 0
    asked = ("appeal", "t", "--student", "ada", "--question", "q1_test", "--points", "1.5")
    assert (without := term.run(*asked, "--yes")).status == 2, without.out
    why = ("--why", "The text of the *question* was unclear.")
    assert "0 → 1.5 of 2" in term.run(*asked, *why).out
    assert term.run(*asked, *why, "--yes").status == 0
    assert ",1.5," in term.run("export", "t").out
    term.run("feedback", "t")
    page = (term.course.feedback / "ada" / "t" / "t.html").read_text()
    assert "on appeal: The text of the" in page
    assert term.run("grade", "t", "--unconfined", "--force").status == 0  # and stays
    assert ",1.5," in term.run("export", "t").out
    term.run("appeal", "t", "--student", "ada", "--question", "q1_test", "--none", "--yes")
    assert ",1.5," not in term.run("export", "t").out
    kept = json.loads((term.course.reports / "t" / "appeals.json").read_text())
    assert [(one["points"], one["before"]) for one in kept] == [(1.5, 0.0), (None, 1.5)]


def test_an_appeal_taken_back_leaves_what_the_form_grader_had_given(term):
    term.run("import", "t", term.zipped({"ada/t.ipynb": work(WRONG)}), "--yes")
    assert term.run("grade", "t", "--unconfined").status == 0
    asked = ("appeal", "t", "--student", "ada", "--question", "why")

    def points():
        with term.course.gradebook() as gradebook:
            grade = gradebook.find_grade("why", "t", "t", "ada")
            return grade.manual_score, grade.needs_manual_grade

    def give(score):
        with term.course.gradebook() as gradebook:  # as the form-grader would
            grade = gradebook.find_grade("why", "t", "t", "ada")
            grade.manual_score, grade.needs_manual_grade = score, False
            gradebook.db.commit()

    def decide(score):
        return term.run(*asked, "--points", score, "--why", "so", "--yes")

    give(0.25)
    assert decide(0.5).status == 0
    term.run("import", "t", term.zipped({"ada/t.ipynb": work(WRONG, "Otherwise.")}), "--yes")
    term.run("grade", "t", "--unconfined")
    assert points() == (0.5, True)  # given for another text
    assert term.run(*asked, "--none", "--yes").status == 0
    assert points() == (0.25, True)  # and so was this
    assert decide(1).status == term.run(*asked, "--none", "--yes").status == 0
    assert points() == (0.25, True)
    give(0.25)
    for score in (0.5, 1):
        assert decide(score).status == 0
    assert "1 → 0.25 of 1" in term.run(*asked, "--none").out
    assert points() == (1, False)  # shown only
    assert term.run(*asked, "--none", "--yes").status == 0
    assert points() == (0.25, False)
    give(0.75)
    assert decide(1).status == term.run(*asked, "--none", "--yes").status == 0
    assert points() == (0.75, False)  # not those of long ago
    assert decide(1).status == 0
    give(0.5)
    assert "no points of an appeal" in term.run(*asked, "--none", "--yes").err
    assert decide(1).status == term.run(*asked, "--none", "--yes").status == 0
    assert points() == (0.5, False)  # the last that a person had given
    give(None)
    assert term.run(*asked, "--none", "--yes").status == 2
    assert decide(1).status == term.run(*asked, "--none", "--yes").status == 0
    assert points() == (None, True)


def test_a_section_is_graded_alone_and_stands_in_export_and_report(term):
    hand_ins = {"ada/t.ipynb": work(), "noether/t.ipynb": work(WRONG), "eve/t.ipynb": work()}
    term.run("import", "t", term.zipped(hand_ins), "--yes")
    (term.root / "people.csv").write_text("student,section,group\nada,A,\nnoether,B,\nobrien,B,\n")
    grade = ("grade", "t", "--unconfined", "--json")
    done = term.run(*grade, "--section", "B")
    assert {json.loads(line)["student"] for line in done.out.splitlines()} == {"noether", "obrien"}
    assert "people.csv has A, B" in (wrong := term.run(*grade, "--section", "C")).err, wrong.out
    term.run(*grade)
    rows = [line.split(",") for line in term.run("export", "t").out.splitlines()]
    assert rows[0][-1] == "section"
    assert {row[1]: row[-1] for row in rows[1:] if row[-1]} == {
        "ada": "A",
        "noether": "B",
        "obrien": "B",
    }
    term.run("report", "t")
    page = (term.course.reports / "t.html").read_text()
    assert "the median of each. A (1): 2, B (1): 0, in none (1): 2" in page
    (term.root / "people.csv").write_text("student,group\nada,A\n")  # which says nothing of them
    assert "without sections: " in (done := term.run("report", "t")).err
    assert done.status == 0
    assert "by section" not in (term.course.reports / "t.html").read_text()
    assert "section" not in term.run("export", "t").out


def test_a_section_is_graded_without_strangers_and_none_is_no_section(term):
    term.run("import", "t", term.zipped({"ada/t.ipynb": work()}), "--yes")
    (term.root / "people.csv").write_text("student,section,group\nada,A,\nsomebody,A,\n")
    done = term.run("grade", "t", "--unconfined", "--json", "--section", "A")
    assert [json.loads(line)["student"] for line in done.out.splitlines()] == ["ada"]
    assert "of section A, not in the gradebook, and without a hand-in: somebody" in done.err
    assert term.run("grade", "t", "--unconfined", "--section", "").status == 2
    both = ("--student", "ada", "--section", "A")
    done = term.run("grade", "t", "--unconfined", "--json", "--force", *both)
    assert len(done.out.splitlines()) == 1


def test_sections_stand_in_the_order_of_their_numbers_and_none_last():
    sections = ["Lab 10", None, "Lab 2", "", "A"]
    assert sorted(sections, key=_order) == ["", "A", "Lab 2", "Lab 10", None]


def test_a_reason_is_told_with_its_own_points_alone(term):
    asked = ("--question", "q1_test", "--points", "1.5", "--why", "unclear", "--yes")
    result = GradeResult("ada", "t", "graded", 2, (QuestionResult("q1_test", 0, 2, "failed", ""),))
    with term.course.gradebook() as gradebook:
        gradebook.update_or_create_submission("t", "ada")

    def told():
        with Recorder(term.course, "t") as recorder:
            [now] = recorder.refresh([result])
        return now.score, now.questions[0].message

    with term.course.alone("t"):  # what is graded meanwhile is not written over
        assert term.run("appeal", "t", "--student", "ada", *asked).status == 2
    assert term.run("appeal", "t", "--student", "ada", *asked).status == 0
    assert told() == (1.5, "on appeal: unclear")
    with term.course.gradebook() as gradebook:  # as the form-grader would
        gradebook.find_grade("q1_test", "t", "t", "ada").manual_score = 1.0
        gradebook.db.commit()
    assert told() == (1.0, "graded by a person")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--question", "q1_test", "--points", "3", "--why", "x"), "has from 0 to 2 points"),
        (("--question", "q9", "--points", "1", "--why", "x"), "no question is called 'q9'"),
        (("--question", "q1_test", "--points", "nan", "--why", "x"), "has from 0 to 2 points"),
    ],
)
def test_an_appeal_that_cannot_be_is_refused(term, arguments, said):
    with term.course.gradebook() as gradebook:
        gradebook.update_or_create_submission("t", "ada")
    done = term.run("appeal", "t", "--student", "ada", *arguments, "--yes")
    assert (done.status, said in done.err) == (2, True), done.err


def test_answers_are_written_out_when_nobody_has_time_left(term):
    until = (moment() + timedelta(days=1)).isoformat(timespec="minutes")
    past = (moment() - timedelta(days=1)).isoformat(timespec="minutes")
    term.run("dates", "t", "--due", past, "--yes")
    term.run("extend", "t", "--student", "ada", "--until", until, "--yes")
    refused = term.run("solutions", "t")
    assert (refused.status, "students have time until" in refused.err) == (2, True)
    term.run("extend", "t", "--student", "ada", "--none", "--yes")
    # An accommodation that is older than the assignment has not reached the gradebook.
    Allowed([Grant("eve", by="2 days")]).write(term.course)
    assert term.run("solutions", "t").status == 2
    term.run("accommodate", "eve", "--time", "1", "--yes")
    assert term.run("solutions", "t").status == 0
    notebook = nbformat.read(term.root / "solved" / "t" / "t.ipynb", 4)
    assert notebook.cells[0].source == "def double(x):\n    return 2 * x"
    assert "return" in (term.root / "solved" / "t" / "t.html").read_text()


LINES = re.findall(r"^autograder (.+)$", (ROOT / "docs" / "lms.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize("line", LINES)
def test_what_the_guide_says_to_type_is_a_command(line):
    options = _parser().parse_args(shlex.split(line))
    assert options.command in {*commands.COMMANDS, *of_a_class.COMMANDS}
