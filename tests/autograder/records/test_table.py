"""What `autograder grade` prints of a class."""

from autograder.grade_commands import table
from autograder.records.result import GradeResult, QuestionResult

ASKED = (QuestionResult("q_test", 4, 4, "passed"),)


def test_a_message_is_whole_where_no_terminal_cuts_it():
    long = GradeResult("ada", "tiny", "attention", 4, ASKED, message="why " * 40)
    assert table([long]).splitlines()[1].endswith("why " * 40)


def test_the_table_says_what_lateness_has_cost_beside_what_else_is_to_be_said():
    late = GradeResult("olga", "tiny", "graded", 4, ASKED, late_penalty=1.5, message="found below")
    intime = GradeResult("ada", "tiny", "graded", 4, ASKED)
    lines = table([late, intime]).splitlines()
    assert lines[1].split() == ["ada", "4.0", "/", "4", "graded", "✓"]
    assert lines[2].split()[:4] == ["olga", "2.5", "/", "4"]
    assert lines[2].endswith("-1.5 for being late; found below")
