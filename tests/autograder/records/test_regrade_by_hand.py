"""What a person gave, and names, while an assignment changes: what is said of it, and where."""

import json
import re

import pytest

from autograder.course.course import Course
from autograder.grading.engine import kept_results
from tests.autograder.records.regrading import book, build, edit, run, settings
from tests.autograder.records.test_regrade import BEFORE, renamed


@pytest.mark.parametrize("points", [0.5, 2])
def test_points_by_hand_stay_where_a_question_gives_other_points_and_that_is_said(
    root, points, capsys
):
    told = f"why gives {points} points, no longer 1: what a person gave for it stays as it was "
    told += "given (1 student: ada), give it anew in the form-grader"

    def rescaled(cells):
        settings(cells["why"])["points"] = points
        return cells.values()

    edit(root, rescaled)
    capsys.readouterr()
    run(root, "regrade", "--diff", "--unconfined")
    assert told in capsys.readouterr().out
    build(root, proved=True)
    assert told in capsys.readouterr().out
    assert run(root, "regrade", "--apply") == 0
    assert f"4.8 / {4 + points:g}" in capsys.readouterr().out
    assert book(root)["ada"]["by hand"] == {"why": 0.75}
    for command in ("export", "report"):
        assert run(root, command) == 0
        said = "more points by hand than why has: ada" in capsys.readouterr().err
        assert said == (points < 0.75)


def test_what_a_person_gave_is_in_the_table_and_in_json_as_in_the_gradebook(root, capsys):
    for options in ([], ["--force", "--unconfined"]):
        capsys.readouterr()
        assert run(root, "grade", *options, "--json") == 0
        rows = map(json.loads, capsys.readouterr().out.splitlines())
        assert {row["student"]: row["score"] for row in rows} == pytest.approx(
            BEFORE | {"eve": 3.6}  # late
        )
    run(root, "grade")
    table = capsys.readouterr().out
    assert re.search(r"ada +4\.8 / 5 +graded +✓✓◐", table)
    assert re.search(r"bob +2\.5 / 5 +needs_manual +✓◐\?", table)
    assert {r.student: r.score for r in kept_results(Course(root), "t")}["ada"] == 4  # of tests


def test_the_report_knows_a_question_by_its_earlier_name(root):
    with Course(root).gradebook() as gradebook:
        gradebook.update_or_create_student("zoe")  # hands nothing in
    run(root, "grade")
    run(root, "report")
    edit(root, renamed)
    build(root)
    run(root, "grade", "--unconfined")
    run(root, "report")
    page = (root / "reports" / "t.html").read_text()
    assert ": gone" not in page
    assert ": new" not in page
    assert "graded for the first time" not in page
    assert "an answer waits to be graded; cells that are called otherwise now: 3" in page
