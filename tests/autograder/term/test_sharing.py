"""Answers in words, marked by several people, blind, and back in the gradebook."""

import json
import re

import pytest

from autograder import cli
from autograder.authoring.build import release
from autograder.course import tables
from autograder.term.sharing import COLUMNS
from tests.autograder.term.conftest import CELLS, ROLL, work
from tests.conftest import small_course

WORDS = {
    "ada": "Because <script>alert(1)</script> of ![p](http://x.org/p.png)",
    "noether": "=cmd()",
    "eve": "Not blind: **bold**.",
    "obrien": "Four.",
}


@pytest.fixture(scope="module")
def graded(released_term, tmp_path_factory):
    """Four of the class, graded once."""
    import shutil

    root = shutil.copytree(released_term, tmp_path_factory.mktemp("graded") / "course")
    for student, why in WORDS.items():
        folder = root / "submitted" / student / "t"
        folder.mkdir(parents=True)
        (folder / "t.ipynb").write_bytes(work(why=why))
    assert cli.main(["grade", "t", "--unconfined", "--course", str(root)]) == 0
    return root


@pytest.fixture
def marking(graded, term):
    import shutil

    shutil.rmtree(term.root)
    shutil.copytree(graded, term.root)

    def mark(marker, points):
        """Fill in a marker's table: what each answer gets, by its place in the table."""
        path = term.root / "marking" / "t" / marker / "marks.csv"
        rows = tables.read(path, COLUMNS)
        for row, (given, comment) in zip(rows, points, strict=True):
            row["points"], row["comment"] = given, comment
        path.write_bytes(tables.written(COLUMNS, rows))
        return path

    def scores():
        with term.course.gradebook() as gradebook:
            return {
                s: gradebook.find_grade("why", "t", "t", s).manual_score for s in WORDS if s in ROLL
            }

    term.mark, term.scores = mark, scores
    return term


def test_blind_markers_see_no_names_and_their_points_come_back(marking):
    assert marking.run("share", "t", "--markers", "ana,ben", "--blind").status == 0
    folder = marking.root / "marking" / "t"
    pages = [(folder / m / "answers.html").read_text() for m in ("ana", "ben")]
    for page in pages:
        assert "<script>alert" not in page
        assert "<img" not in page
        said = re.sub("answer-[0-9a-f]{8}", "", page)  # drawn in the place of names: may have "ada"
        assert not any(student in said for student in WORDS)
        assert page.count('<section class="answer">') == 2
    assert sum("<strong>bold</strong>" in page for page in pages) == 1
    for marker in ("ana", "ben"):
        path = marking.mark(marker, [("0,5", "=good"), ("1", "")])
        shown = marking.run("share", "t", "--back", path)
        assert "2 answers with the points" in shown.out
        assert "nothing was taken" in shown.out
        assert marking.run("share", "t", "--back", path, "--yes").status == 0
    assert sorted(marking.scores().values()) == [0.5, 0.5, 1.0, 1.0]
    with marking.course.gradebook() as gradebook:
        said = {gradebook.find_comment("why", "t", "t", s).manual_comment for s in WORDS}
        assert not any(gradebook.find_grade("why", "t", "t", s).needs_manual_grade for s in WORDS)
    assert said == {"=good", None}
    again = marking.run("share", "t", "--back", path, "--yes")
    assert (again.status, "0 answers with the points" in again.out) == (0, True)


def test_a_marker_reads_the_question_and_the_expected_answer_and_nothing_untouched(
    tmp_path,
):
    cells = [("", "words", "Why is the *sky* blue?"), *CELLS[:2]]
    course = small_course(tmp_path, [*cells, ("why", "manual", "Blue is **scattered** most.")])
    release(course, course.assignment("t"))
    handed = {"ada": "Light.", "eve": None}  # as it was released
    for student, why in handed.items():
        folder = course.submitted / student / "t"
        folder.mkdir(parents=True)
        tree = json.loads((course.assignments / "t" / "t.ipynb").read_text())
        if why:
            tree["cells"][-1]["source"] = why
        (folder / "t.ipynb").write_text(json.dumps(tree))
    where = ("--course", str(course.root))
    assert cli.main(["grade", "t", "--unconfined", *where]) == 0
    assert cli.main(["share", "t", "--markers", "ana", *where]) == 0
    folder = course.root / "marking" / "t" / "ana"
    text = (folder / "answers.html").read_text()
    assert "Why is the <em>sky</em> blue?" in text
    assert "Blue is <strong>scattered</strong> most." in text.split("<details>")[1]
    assert [row["answer"] for row in tables.read(folder / "marks.csv", COLUMNS)] == ["ada"]
    assert "<h3>eve" not in text


def test_two_who_differ_leave_it_to_a_person(marking):
    marking.run("share", "t", "--markers", "ana,ben", "--twice", "4")
    one = marking.mark("ana", [("0", ""), ("0.5", ""), ("1", ""), ("1", "")])
    other = marking.mark("ben", [("1", ""), ("0.55", ""), ("1", ""), ("1", "")])
    assert marking.run("share", "t", "--back", one, "--yes").status == 0
    assert set(marking.scores().values()) == {None}  # both have to say it
    told = marking.run("share", "t", "--back", one).out
    assert "4 answers marked by two: ben's points are to come" in told
    done = marking.run("share", "t", "--back", other, "--yes")
    assert done.status == 4
    assert "ana 0 and ben 1: decide in the form-grader" in done.out
    values = sorted(str(value) for value in marking.scores().values())
    assert values == ["0.525", "1.0", "1.0", "None"]


def test_what_cannot_be_taken_is_said_and_the_rest_is_taken(marking):
    marking.run("share", "t", "--markers", "ana")
    path = marking.mark("ana", [("2", ""), ("nan", ""), ("", ""), ("1", "")])
    rows = tables.read(path, COLUMNS)
    rows.append({**rows[0], "answer": "mallory", "points": "1"})
    path.write_bytes(tables.written(COLUMNS, rows))
    done = marking.run("share", "t", "--back", path, "--yes")
    assert done.status == 4
    for words in (
        "'2' is not from 0 to 1",
        "'nan' is not",
        "ana was not asked",
        "1 answer of ana's without points yet",
    ):
        assert words in done.out
    assert sorted(map(str, marking.scores().values())) == ["1.0", "None", "None", "None"]


def test_points_that_are_in_the_gradebook_stay(marking):
    marking.run("share", "t", "--markers", "ana")
    with marking.course.gradebook() as gradebook:
        gradebook.find_grade("why", "t", "t", "ada").manual_score = 0.25
        gradebook.db.commit()
    path = marking.mark("ana", [("1", "")] * 4)
    done = marking.run("share", "t", "--back", path, "--yes")
    assert (done.status, "the gradebook has 0.25, not 1" in done.out) == (4, True)
    assert marking.scores()["ada"] == 0.25


def test_sharing_again_would_lose_marks_and_is_refused(marking):
    marking.run("share", "t", "--markers", "ana")
    path = marking.mark("ana", [("1", "")] * 4)
    marking.run("share", "t", "--back", path, "--yes")
    refused = marking.run("share", "t", "--markers", "ana,ben")
    assert (refused.status, "marks have come back" in refused.err) == (2, True)
    assert json.loads((marking.course.reports / "t" / "share.json").read_text())["marks"]


def test_what_markers_have_filled_in_is_not_blanked(marking):
    marking.run("share", "t", "--markers", "ana,ben", "--blind")
    filled = marking.mark("ana", [("", ""), ("1", "")])
    before = filled.read_bytes()
    refused = marking.run("share", "t", "--markers", "ana,ben", "--blind")
    assert (refused.status, f"{filled} is filled in" in refused.err) == (2, True)
    assert filled.read_bytes() == before
    assert marking.run("share", "t", "--back", filled, "--yes").status == 4  # one is open
    assert sorted(map(str, marking.scores().values())) == ["1.0", "None", "None", "None"]


def test_a_blind_code_is_drawn_and_no_later_sharing_has_it(marking):
    """Whoever knows the class and this program cannot compute whose it is."""
    kept = marking.course.reports / "t" / "share.json"
    codes = []
    for markers in ("ana,ben", "ben"):
        assert marking.run("share", "t", "--markers", markers, "--blind").status == 0
        codes += json.loads(kept.read_text())["students"]
    assert len(set(codes)) == 2 * len(WORDS)
    assert not (marking.root / "marking" / "t" / "ana" / "marks.csv").exists()


@pytest.mark.parametrize("markers", ["../../x", "ana,ana", "<b>", ","])
def test_a_marker_is_a_name(marking, markers):
    assert marking.run("share", "t", "--markers", markers).status == 2
    assert not (marking.root / "marking").exists()
