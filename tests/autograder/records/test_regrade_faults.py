"""What the grader could not do, as a changed assignment is shown and recorded: nobody's loss."""

from dataclasses import replace

from autograder.grading import regrade
from autograder.grading.compared import table
from autograder.grading.regrade import Comparison
from autograder.records.expected import Expected
from autograder.records.result import GradeResult, QuestionResult
from tests.autograder.records.regrading import CELLS, run
from tests.conftest import small_course


def test_what_the_grader_could_not_do_is_nobodys_loss():
    questions = (QuestionResult("q1_test", 2, 2, "passed", ""),)
    before = GradeResult("ada", "t", "graded", 2, questions)
    lost = (replace(questions[0], score=0, state="failed"),)
    fault = replace(before, state="fault", questions=lost, message="no memory")
    loses = Expected(replace(before, student="bob"), replace(before, student="bob", questions=lost))
    shown = table(Comparison([Expected(before, fault), loses], number=2), "t")
    assert "ada could not be graded, and stays: no memory" in shown
    assert "t: 1 compared, 0 would gain, 1 would lose, 0 as before" in shown
    assert "q1_test  0 gain, 1 lose" in shown


def test_what_could_not_be_written_is_not_counted_as_recorded(tmp_path, monkeypatch, capsys):
    course = small_course(tmp_path, CELLS)
    done = GradeResult("ada", "t", "graded", 2, (QuestionResult("q1_test", 2, 2, "passed", ""),))
    those = [("ada", done), ("bob", replace(done, student="bob", state="fault"))]
    monkeypatch.setattr(regrade, "apply", lambda *_: iter(those))
    assert run(course.root, "regrade", "--apply") == 3
    assert "recorded as shown: 1" in capsys.readouterr().out
