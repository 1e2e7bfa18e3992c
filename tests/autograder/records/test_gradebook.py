"""What is recorded, given back, and put right: grades by hand, comments, attempts, ids."""

import json
import shutil

import pytest

from autograder import cli
from autograder.course.ids import is_plain
from autograder.grading.shown import write_feedback, write_report
from tests.conftest import png


@pytest.mark.parametrize("again", ["the same run", "by force", "the same text handed in later"])
def test_a_score_by_hand_stays_with_the_text_that_it_was_given_for(klass, again):
    klass.hand_in()
    klass.grade()
    assert klass.waits()
    klass.by_hand(0.8)
    if again == "the same text handed in later":
        klass.hand_in(timestamp="2026-01-02 03:04:05 UTC")
    klass.grade(force=again == "by force")
    assert not klass.waits()
    shown = klass.shown()
    assert (shown.state, shown.score, shown.questions[1].message) == (
        "graded",
        pytest.approx(2.8),
        "graded by a person",
    )


@pytest.mark.parametrize("text", ["Something else.", "", "Why?"])
def test_a_score_by_hand_of_another_text_waits_for_a_person(klass, text):
    klass.hand_in()
    klass.grade()
    klass.by_hand(0.8)
    klass.hand_in(why=text)
    klass.grade()
    assert klass.waits()
    question = klass.shown().questions[1]
    assert klass.shown().state == "needs_manual"
    assert (question.state, question.message.startswith("score of an earlier text")) == (
        "manual",
        True,
    )
    klass.grade(force=True)  # and goes on waiting, however often it is graded
    assert klass.waits()
    klass.by_hand(0.4)
    klass.grade(force=True)
    assert klass.shown().score == pytest.approx(2.4)
    assert not klass.waits()


def test_another_answer_to_another_question_leaves_the_score_alone(klass):
    klass.hand_in()
    klass.grade()
    klass.by_hand(0.8)
    klass.hand_in(code="def double(x):\n    return x + x")
    klass.grade()
    assert not klass.waits()


def test_a_graders_comment_stands_in_the_page_as_cleaned_markdown(klass):
    klass.hand_in()
    klass.grade()
    klass.by_hand(0.8, "a *b* <i>c</i> [d](javascript:1)")
    [page] = write_feedback(klass.course, "t")
    text = page.read_text()
    assert "<em>b</em>" in text
    assert "&lt;i&gt;c&lt;/i&gt;" in text
    assert '<a href="javascript' not in text
    assert klass.shown().as_json()["comments"] == {"why": "a *b* <i>c</i> [d](javascript:1)"}


def test_feedback_goes_back_to_the_attempt_that_was_graded(klass):
    first = {"timestamp": "2026-01-02 03:04:05.678901 UTC", "submission_secret": "ab" * 64}
    klass.hand_in(**first)
    klass.grade()
    second = {"timestamp": "2026-01-03 03:04:05.678901 UTC", "submission_secret": "cd" * 64}
    klass.hand_in(**second)  # collected, not graded yet
    for attempt, graded in ((first, False), (second, True)):
        if graded:
            klass.grade()
        [page] = write_feedback(klass.course, "t")
        for name, text in attempt.items():
            assert (page.parent / f"{name}.txt").read_text() == text
    (klass.course.submitted / "ada" / "t" / "submission_secret.txt").unlink()
    klass.hand_in(why="By hand, without the exchange.")
    klass.grade()
    [page] = write_feedback(klass.course, "t")
    assert (page.parent / "submission_secret.txt").read_text() not in ("", "ab" * 64, "cd" * 64)


@pytest.mark.parametrize("given", [None, b"", b"\xff\xfe"])
def test_what_came_without_a_secret_gets_one_that_nobody_knows(klass, given):
    """nbgrader's release stops at a page without one, and everybody behind it gets nothing."""
    klass.hand_in()
    if given is not None:
        (klass.course.submitted / "ada" / "t" / "submission_secret.txt").write_bytes(given)
    with klass.course.gradebook() as gradebook:
        gradebook.update_or_create_student("zoe")  # hands nothing in
    klass.grade()
    secrets = []
    for page in write_feedback(klass.course, "t"):
        assert (page.parent / "timestamp.txt").read_text() == ""
        secrets.append((page.parent / "submission_secret.txt").read_text())
        assert len(secrets[-1]) == 128
    assert len({*secrets}) == 2


def test_a_gradebook_that_differs_is_put_right_but_for_what_a_person_gave(klass):
    klass.hand_in()
    klass.hand_in("eve", code="def double(x):\n    return 0")
    klass.grade()
    klass.by_hand(0.8)
    with klass.course.gradebook() as gradebook:
        for student in ("ada", "eve"):
            gradebook.find_grade("q1_test", "t", "t", student).auto_score = 1.5
        gradebook.db.commit()
    results = klass.grade()
    assert all("gradebook had other points" in result.message for result in results.values())
    with klass.course.gradebook() as gradebook:
        scores = {s.student.id: s.score for s in gradebook.assignment_submissions("t")}
    assert scores == {"ada": pytest.approx(2.8), "eve": 0}
    assert not klass.waits()
    assert klass.grade()["eve"].message == ""


def test_a_graded_notebook_that_nbgrader_wrote_is_graded_again(klass):
    klass.hand_in(code="def double(x):\n    return 0")
    klass.grade()
    path = klass.course.autograded / "ada" / "t" / "t.ipynb"
    forged = json.loads(path.read_text())
    forged["cells"][1]["outputs"] = []
    path.write_text(json.dumps(forged))
    klass.grade()
    assert json.loads(path.read_text())["cells"][1]["outputs"]


STRANGE = ["<b>x", "a&b", 'a"b', "a'b", "a`b", "a\x1b[31mb", "a\nb", ".x", " x", "a "]
STRANGE += ["*", "[a]", "-rf", "release#", "unrelease?x", "collect"]


@pytest.mark.parametrize("name", STRANGE)
@pytest.mark.sample(4)
def test_a_folder_that_is_no_students_is_named_and_not_graded(klass, name, capsys):
    klass.hand_in()
    klass.hand_in(name)
    assert cli.main(["grade", "t", "--course", str(klass.course.root)]) == 4
    said = capsys.readouterr().out
    assert "is no student's id" in said
    assert "\x1b" not in said
    with klass.course.gradebook() as gradebook:
        assert {student.id for student in gradebook.students} == {"ada"}
    assert write_feedback(klass.course, "t")
    assert "is no student" not in write_report(klass.course, "t")[0].read_text()


@pytest.mark.parametrize(
    "name", ["ada", "a.b", "c_1@x.y", "é", "O-Brien", "1234", "名", "a b", "x+y", "a,b"]
)
def test_ids_as_platforms_have_them_are_plain(name):
    assert is_plain(name)


@pytest.mark.parametrize("text", ["See ![it](attachment:p.png).", "See."])
def test_a_score_by_hand_belongs_to_the_pictures_of_an_answer(klass, text):
    def hand_in(shade):
        klass.hand_in(why=text)
        path = klass.course.submitted / "ada" / "t" / "t.ipynb"
        content = json.loads(path.read_text())
        content["cells"][-1]["attachments"] = {"p.png": {"image/png": png(shade)}}
        path.write_text(json.dumps(content))
        klass.grade()

    hand_in(0)
    klass.by_hand(0.8)
    hand_in(0)
    assert not klass.waits()
    hand_in(1)
    assert klass.waits()


def test_extra_credit_counts_once_and_belongs_to_a_text(klass):
    klass.hand_in()
    klass.grade()
    with klass.course.gradebook() as gradebook:
        for name, given in (("q1_test", 3.0), ("why", 0.5)):
            grade = gradebook.find_grade(name, "t", "t", "ada")
            grade.extra_credit, grade.needs_manual_grade = given, False
            grade.manual_score = 0.75 if name == "why" else None
        gradebook.db.commit()
        assert klass.shown().score == gradebook.find_submission("t", "ada").score == 6.25
    klass.hand_in(why="Another text.")
    klass.grade()
    assert klass.waits()
    assert klass.shown().state == "needs_manual"


def test_a_hand_in_that_is_withdrawn_keeps_no_points(klass):
    klass.hand_in()
    klass.hand_in("eve")
    klass.grade()
    shutil.rmtree(klass.course.submitted / "ada")
    assert klass.grade()["ada"].state == "absent"
    with klass.course.gradebook() as gradebook:
        scores = {s.student.id: s.score for s in gradebook.assignment_submissions("t")}
    assert scores == {"ada": 0, "eve": 2}
    assert klass.grade()["ada"].message == "nothing was submitted"


def test_a_score_by_hand_outlives_a_hand_in_that_was_away_for_a_while(klass):
    klass.hand_in()
    klass.grade()
    klass.by_hand(0.8)
    shutil.rmtree(klass.course.submitted / "ada")
    klass.grade()
    klass.hand_in()
    klass.grade()
    assert not klass.waits()
    assert klass.shown().score == pytest.approx(2.8)


@pytest.mark.parametrize("damage", ["", "{", "[1]", "\0"])
def test_a_kept_result_that_is_damaged_is_graded_again(klass, damage):
    klass.hand_in()
    klass.grade()
    (klass.course.reports / "t" / "ada.json").write_text(damage)
    assert klass.grade()["ada"].score == 2
    assert klass.shown().score == 2


def test_a_gradebook_that_is_none_is_a_fault_said_in_a_sentence(klass, capsys):
    klass.hand_in()
    (klass.course.root / "gradebook.db").write_text("junk")
    assert cli.main(["grade", "t", "--course", str(klass.course.root)]) == 3
    assert "gradebook cannot be read" in capsys.readouterr().err


def test_a_folder_that_is_a_link_to_anothers_is_nobodys_work(klass):
    klass.hand_in()
    (klass.course.submitted / "eve").symlink_to(klass.course.submitted / "ada")
    assert klass.grade()["eve"].state == "absent"
