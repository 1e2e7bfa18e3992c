"""A gradebook that something else has written is noticed, and put right by the next `grade`."""

from datetime import datetime

import pytest
from nbgrader.api import Comment, Grade, SubmittedAssignment, SubmittedNotebook

from autograder.grading import engine
from tests.autograder.records.conftest import CELLS
from tests.conftest import small_course

TIME = "2026-01-02 03:04:05 UTC"


def rows(gradebook, student):
    """Everything that the gradebook holds of a student, but for what numbers its rows."""
    found = []
    for kind in (SubmittedAssignment, SubmittedNotebook, Grade, Comment):
        columns = [c.name for c in kind.__table__.columns if not c.name.endswith("id")]
        for row in gradebook.db.query(kind):
            if row.student.id == student:
                values = {name: getattr(row, name) for name in columns}
                found.append((kind.__name__, getattr(row, "name", ""), values))
    return sorted(found, key=str)


def change(kind, **values):
    """A disturbance of the student's rows of a kind, of one name where one is given."""
    name = values.pop("name", None)

    def disturb(gradebook, student):
        for row in gradebook.db.query(kind):
            if row.student.id == student and name in (None, row.name):
                for key, value in values.items():
                    setattr(row, key, value)

    return disturb


def remove(kind, name):
    def disturb(gradebook, student):
        for row in gradebook.db.query(kind):
            if row.student.id == student and row.name == name:
                gradebook.db.delete(row)

    return disturb


def remove_notebook(gradebook, student):
    gradebook.remove_submission_notebook("t", "t", student)


def remove_submission(gradebook, student):
    gradebook.remove_submission("t", student)


def remove_student(gradebook, student):
    gradebook.remove_student(student)


CHANGES = {
    "other points": change(Grade, name="q1_test", auto_score=1.5),
    "other answers that wait for a person": change(Grade, needs_manual_grade=False),
    "another time of hand-in": change(SubmittedAssignment, timestamp=datetime(2026, 1, 1)),
    "another late penalty": change(SubmittedNotebook, late_submission_penalty=1.0),
    "other automatic comments": change(Comment, auto_comment="No response."),
}
REMOVALS = {
    "a score": (remove(Grade, "why"), "missing entries"),
    "a comment": (remove(Comment, "q1"), "missing entries"),
    "a notebook": (remove_notebook, "missing entries"),
    "a submission": (remove_submission, "no entry"),
    "a student": (remove_student, "no entry"),
}


def disturb(klass, student, disturbance):
    """The rows before, those after the next `grade`, what it said, and what the one after said."""
    with klass.course.gradebook() as gradebook:
        before = rows(gradebook, student)
        disturbance(gradebook, student)
        gradebook.db.commit()
        assert rows(gradebook, student) != before
    said = [klass.grade()[student].message for _ in range(2)]
    with klass.course.gradebook() as gradebook:
        return before, rows(gradebook, student), *said


@pytest.mark.parametrize("what", CHANGES)
def test_what_was_changed_is_put_right(klass, what):
    klass.hand_in(timestamp=TIME)
    klass.grade()
    before, after, said, then = disturb(klass, "ada", CHANGES[what])
    assert (after, said, then) == (before, f"the gradebook had {what}: put right", "")


@pytest.mark.parametrize("what", REMOVALS)
def test_what_was_removed_is_put_back(klass, what):
    klass.hand_in(timestamp=TIME)
    klass.grade()
    disturbance, told = REMOVALS[what]
    before, after, said, then = disturb(klass, "ada", disturbance)
    assert (after, said, then) == (before, f"the gradebook had {told}: put right", "")


def test_all_at_once_is_said_in_one_sentence(klass):
    klass.hand_in(timestamp=TIME)
    klass.grade()

    def everything(gradebook, student):
        for disturbance in CHANGES.values():
            disturbance(gradebook, student)

    before, after, said, _ = disturb(klass, "ada", everything)
    assert after == before
    assert said == f"the gradebook had {', '.join(CHANGES)}: put right"


def test_a_class_that_is_put_right_in_parts_is_put_right_whole(klass, monkeypatch):
    students = ("ada", "carl", "emmy", "kurt", "lise")
    for student in students:
        klass.hand_in(student, timestamp=TIME)
    klass.grade()
    monkeypatch.setattr(engine, "TOGETHER", 2)
    with klass.course.gradebook() as gradebook:
        before = {student: rows(gradebook, student) for student in students}
        for student in students:
            CHANGES["other points"](gradebook, student)
        gradebook.db.commit()
    said = {result.message for result in klass.grade().values()}
    with klass.course.gradebook() as gradebook:
        assert {student: rows(gradebook, student) for student in students} == before
    assert said == {"the gradebook had other points: put right"}
    assert {result.message for result in klass.grade().values()} == {""}


@pytest.mark.parametrize("what", CHANGES)
def test_what_a_person_gave_is_never_touched(klass, what):
    klass.hand_in(timestamp=TIME)
    klass.grade()
    klass.by_hand(0.8, "Well said.")
    with klass.course.gradebook() as gradebook:
        gradebook.find_grade("q1_test", "t", "t", "ada").extra_credit = 0.5
        gradebook.find_submission_notebook("t", "t", "ada").flagged = True
        gradebook.db.commit()
    with klass.course.gradebook() as gradebook:
        before = rows(gradebook, "ada")
        CHANGES[what](gradebook, "ada")
        gradebook.db.commit()
    klass.grade()
    with klass.course.gradebook() as gradebook:
        assert rows(gradebook, "ada") == before


def test_a_penalty_follows_what_a_person_gave_and_an_extension(klass):
    small_course(klass.course.root, CELLS, settings="duedate = 2026-01-01T03:04:05Z\n")
    klass.hand_in(timestamp=TIME)
    assert klass.grade()["ada"].late_penalty == pytest.approx(0.2)
    klass.by_hand(1.0)
    again = klass.grade()["ada"]
    assert again.late_penalty == pytest.approx(0.3)
    assert again.message == "the gradebook had another late penalty: put right"
    with klass.course.gradebook() as gradebook:
        gradebook.grant_extension("t", "ada", days=2)
    assert klass.grade()["ada"].late_penalty == 0
    assert klass.grade()["ada"].message == ""


def test_more_time_for_a_student_where_nothing_is_due_stops_nobody(klass):
    klass.hand_in(timestamp=TIME)
    klass.grade()
    with klass.course.gradebook() as gradebook:
        gradebook.grant_extension("t", "ada", days=2)
    assert klass.grade(force=True)["ada"].score == 2
    assert klass.shown().score == 2


def test_a_flag_that_a_person_took_away_stays_away(klass):
    klass.hand_in()
    path = klass.course.submitted / "ada" / "t" / "t.ipynb"
    path.rename(path.with_name("other.ipynb"))
    assert klass.grade()["ada"].state == "attention"
    before, after, *_ = disturb(klass, "ada", remove_notebook)
    assert after == before  # with its flag
    with klass.course.gradebook() as gradebook:
        gradebook.find_submission_notebook("t", "t", "ada").flagged = False
        gradebook.find_grade("q1_test", "t", "t", "ada").auto_score = 0
        gradebook.db.commit()
    assert "other points" in klass.grade()["ada"].message
    with klass.course.gradebook() as gradebook:
        assert not gradebook.find_submission_notebook("t", "t", "ada").flagged
