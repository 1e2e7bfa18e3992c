"""An assignment that changes after students were graded: dates, questions, and what fails."""

import csv
import io
import json
import re
import shutil
from urllib.parse import unquote

import pytest

from autograder import cli
from autograder.authoring.build import release
from autograder.course.course import Course
from autograder.grading import engine
from autograder.grading.engine import kept_results
from autograder.sandbox.confine import ConfinementError
from tests.conftest import notebook, small_course

CELLS = [
    (
        "q1",
        "solution",
        "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION",
    ),
    ("q1_test", "test", "assert double(2) == 4"),
    ("q2_test", "test", "assert double(3) == 6"),
    ("why", "manual", "Because."),
]
WRONG = [("q1", "solution", "def double(x):\n    return 4"), *CELLS[1:]]
CHANGES = {
    "a test is added": [*CELLS, ("q3_test", "test", "assert double(5) == 10")],
    "a test is renamed": [*CELLS[:2], ("q2_new", *CELLS[2][1:]), CELLS[3]],
    "a test is deleted": [*CELLS[:2], CELLS[3]],
    "a text is added": [("intro", "locked", "n = 1"), *CELLS],
    "all at once": [CELLS[0], ("q9_test", *CELLS[1][1:]), ("w", "manual", "More."), CELLS[3]],
}


def write(root, cells, due="2026-01-01T22:00:00Z"):
    return small_course(root, cells, settings=f"duedate = {due}\n")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Two students, ada right and eve half right and late, graded; ada's essay by hand."""
    root = tmp_path_factory.mktemp("graded")
    course = write(root, CELLS)
    release(course, course.assignment("t"))
    for student, cells, time in (("ada", CELLS, "2025-12-30"), ("eve", WRONG, "2026-01-02")):
        folder = root / "submitted" / student / "t"
        folder.mkdir(parents=True)
        handed_in = [("why", "manual", f"I, {student}.") if c[0] == "why" else c for c in cells]
        (folder / "t.ipynb").write_bytes(notebook(handed_in))
        (folder / "timestamp.txt").write_text(f"{time} 21:30:00 UTC")
    run(root, "grade")
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade("why", "t", "t", "ada")
        grade.manual_score, grade.needs_manual_grade = 0.75, False
        gradebook.db.commit()
    return root


@pytest.fixture
def root(graded, tmp_path):
    return shutil.copytree(graded, tmp_path / "course")


def run(root, command, *options):
    return cli.main([command, "t", "--course", str(root), *options])


def export(root, capsys):
    capsys.readouterr()
    assert run(root, "export") == 0
    said = capsys.readouterr()
    return list(csv.DictReader(io.StringIO(said.out))), said.err


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.sample(2)
def test_the_gradebook_follows_and_what_was_graded_stays(root, name, capsys):
    before, _ = export(root, capsys)
    write(root, CHANGES[name])
    assert run(root, "build") == 0, capsys.readouterr().err
    assert (root / "assignments" / "t" / "t.ipynb").exists()
    after, said = export(root, capsys)
    assert after == before
    outdated = name != "a text is added"
    assert ("asks other questions now than when these were graded: ada, eve" in said) == outdated
    assert run(root, "report") == 0
    assert run(root, "feedback") == 0
    assert run(root, "grade") in (0, 4)  # what was handed in lacks cells that are new
    rows, said = export(root, capsys)
    assert said == ""
    ids = [cell_id for cell_id, kind, _ in CHANGES[name] if kind in ("test", "manual")]
    assert list(rows[0])[-len(ids) :] == ids
    assert rows[0]["why"] == "0.75"
    with Course(root).gradebook() as gradebook:
        cells = gradebook.find_notebook("t", "t").grade_cells
        assert {cell.name for cell in cells} == set(ids)
        assert all(len(cell.grades) == 2 for cell in cells)


def test_points_that_change_reach_the_gradebook(root, capsys):
    tree = json.loads(notebook(CELLS))
    tree["cells"][1]["metadata"]["nbgrader"]["points"] = 7
    (root / "solutions" / "t" / "t.ipynb").write_text(json.dumps(tree))
    assert run(root, "grade") == 2
    assert "(q1_test): run `autograder build t` first, which keeps" in capsys.readouterr().err
    assert run(root, "build") == 0
    assert run(root, "grade") == 0
    assert [result.max_score for result in kept_results(Course(root), "t")] == [10, 10]


def test_a_cell_that_holds_a_score_by_hand_is_not_taken_away(root, capsys):
    before, _ = export(root, capsys)
    write(root, CELLS[:3])
    assert run(root, "build") == 3
    told = capsys.readouterr().err
    assert "no cell 'why' of that kind any more, for which a person gave scores" in told
    assert "(ada): give the cell its id and kind back" in told
    assert "docs/moving.md" not in told  # which is about tests
    assert export(root, capsys) == (before, "")
    write(root, CELLS)
    assert run(root, "build") == 0


def test_a_notebook_is_added_where_students_are_graded(root, capsys):
    more = [
        ("r1", "solution", "def half(x):\n    return x / 2"),
        ("r1_test", "test", "assert half(4) == 2"),
    ]
    (root / "solutions" / "t" / "u.ipynb").write_bytes(notebook(more))
    assert run(root, "build") == 0, capsys.readouterr().err
    assert run(root, "grade") == 4  # nobody has handed it in
    rows, _ = export(root, capsys)
    assert rows[0]["r1_test"] == "0"
    (root / "solutions" / "t" / "u.ipynb").unlink()
    assert run(root, "build") == 0
    assert run(root, "grade") == 0


def test_questions_that_have_changed_are_built_first_and_nothing_is_lost(root, capsys):
    before = export(root, capsys)
    write(root, CHANGES["all at once"])
    assert run(root, "grade") == 2
    told = capsys.readouterr().err
    assert "t asks other questions, or for other points, than the gradebook" in told
    assert "run `autograder build t` first" in told
    assert export(root, capsys) == before


@pytest.mark.parametrize("error", [ConfinementError("no room"), KeyboardInterrupt()])
def test_a_grading_that_fails_leaves_the_results_of_everybody(root, monkeypatch, capsys, error):
    before, _ = export(root, capsys)
    notebooks = {p: p.read_bytes() for p in (root / "autograded").rglob("*.ipynb")}

    def fail(*_):
        raise error

    monkeypatch.setattr(engine.Recorder, "record", fail)
    assert run(root, "grade", "--force") in (3, 130)
    monkeypatch.undo()
    assert export(root, capsys) == (before, "")
    assert {p: p.read_bytes() for p in (root / "autograded").rglob("*.ipynb")} == notebooks


def penalties(root, capsys):
    return {
        row["student_id"]: float(row["late_submission_penalty"]) for row in export(root, capsys)[0]
    }


@pytest.mark.parametrize(
    ("due", "days"),
    [
        ("2026-01-02T22:00:00Z", 0),
        ("2026-01-02T23:00:00+02:00", 1),  # 21:00 UTC, half an hour before
        ("2026-01-02T21:00:00", 1),
        ("2025-12-31T21:30:00Z", 2),
        ('2026-01-02T22:00:00\ntimezone = "Europe/Berlin"', 1),
        ('2026-01-02T22:45:00\ntimezone = "Europe/Berlin"', 0),
    ],
)
def test_grade_takes_the_date_from_the_file(root, capsys, due, days):
    write(root, CELLS, due)
    assert run(root, "grade") == (2 if due == "2026-01-02T21:00:00" else 0)
    if due == "2026-01-02T21:00:00":
        assert "has no time zone" in capsys.readouterr().err
        assert penalties(root, capsys)["eve"] == pytest.approx(0.2)  # as before
    else:
        assert penalties(root, capsys) == {"ada": 0, "eve": pytest.approx(0.2 * days)}


def test_a_link_to_a_page_is_quoted(root):
    odd = "a#b 100%? é"
    shutil.copytree(root / "submitted" / "ada", root / "submitted" / odd)
    for command in ("grade", "feedback", "report"):
        assert run(root, command) == 0
    page = (root / "reports" / "t.html").read_text()
    [link] = {link for link in re.findall(r'href="([^"]+)"', page) if "a%23b" in link}
    assert (root / "reports" / unquote(link)).resolve() == (
        root / "feedback" / odd / "t" / "t.html"
    )


def test_what_has_changed_since_the_build_is_graded_by_nobody_until_it_is_built(root, capsys):
    before, _ = export(root, capsys)
    write(root, [*CELLS[:1], ("q1_test", "test", "assert double(2) == 5"), *CELLS[2:]])
    assert run(root, "build") == 3
    assert "the instructor's version loses points" in capsys.readouterr().err
    assert run(root, "grade") == 2
    told = capsys.readouterr().err
    assert "t has changed since it was built (q1_test): run `autograder build t` first" in told
    assert export(root, capsys) == (before, "")
    hidden = "\n### BEGIN HIDDEN TESTS\nassert double(4) == 8\n### END HIDDEN TESTS"
    write(root, [*CELLS[:1], ("q1_test", "test", f"{CELLS[1][2]}{hidden}"), *CELLS[2:]])
    assert run(root, "grade") == 2
    assert run(root, "build") == 0
    assert run(root, "grade") == 0
