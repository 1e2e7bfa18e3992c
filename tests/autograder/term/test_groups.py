"""One work, several grades."""

import json

import pytest

from tests.autograder.term.conftest import work


@pytest.fixture
def pair(term):
    (term.root / "people.csv").write_text("student,section,group\nada,,one\neve,,one\nnoether,,\n")

    def hand_in(student, why, time=""):
        folder = term.course.submitted / student / "t"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "t.ipynb").write_bytes(work(why=why))
        (folder / "submission_secret.txt").write_text("ab" * 64)
        if time:
            (folder / "timestamp.txt").write_text(time)

    term.hand_in = hand_in
    return term


def test_one_members_work_and_points_by_hand_count_for_all(pair):
    pair.hand_in("ada", "Ours.", "2026-10-16 10:00:00 UTC")
    assert "ada's work counts for eve" in pair.run("groups", "t").out
    assert not (pair.course.submitted / "eve").exists()
    assert pair.run("groups", "t", "--yes").status == 0
    assert pair.submitted("eve")["t.ipynb"] == work(why="Ours.")
    assert "submission_secret.txt" not in pair.submitted("eve")
    assert pair.run("grade", "t", "--unconfined").status == 0
    with pair.course.gradebook() as gradebook:
        grade = gradebook.find_grade("why", "t", "t", "ada")
        grade.manual_score, grade.needs_manual_grade = 0.5, False
        gradebook.find_comment("why", "t", "t", "ada").manual_comment = "Good."
        gradebook.db.commit()
    assert "2 points and comments by hand shared" in pair.run("groups", "t", "--yes").out
    with pair.course.gradebook() as gradebook:
        scores = {s.student.id: s.score for s in gradebook.assignment_submissions("t")}
        said = gradebook.find_comment("why", "t", "t", "eve").manual_comment
    assert (scores["ada"], scores["eve"], said) == (2.5, 2.5, "Good.")


def test_points_of_an_earlier_text_are_nobody_elses(pair):
    kept = pair.course.reports / "t"
    kept.mkdir(parents=True, exist_ok=True)
    for student in ("ada", "eve"):
        pair.hand_in(student, "Ours.")
        (kept / f"{student}.json").write_text(json.dumps({"answers": {"why": "of this text"}}))
    with pair.course.gradebook() as gradebook:
        for student in ("ada", "eve"):
            gradebook.update_or_create_submission("t", student)
        grade = gradebook.find_grade("why", "t", "t", "ada")
        grade.manual_score, grade.needs_manual_grade = 0.5, True  # given for another
        gradebook.find_comment("why", "t", "t", "ada").manual_comment = "Of another."
        gradebook.db.commit()
    assert "shared" not in pair.run("groups", "t", "--yes").out
    with pair.course.gradebook() as gradebook:
        assert gradebook.find_grade("why", "t", "t", "eve").manual_score is None


def test_the_last_of_different_works_counts_and_the_others_are_kept(pair):
    pair.hand_in("ada", "Later.", "2026-10-16 11:00:00 UTC")
    pair.hand_in("eve", "Earlier.", "2026-10-16 10:00:00 UTC")
    assert "the last of several" in pair.run("groups", "t", "--yes").out
    assert pair.submitted("eve")["t.ipynb"] == work(why="Later.")
    assert len(list((pair.root / "received" / "t" / "eve").glob("*.zip"))) == 2


def test_who_leaves_a_group_has_their_own_work_again_and_a_new_group_gets_no_other_groups(pair):
    pair.hand_in("ada", "Later.", "2026-10-16 11:00:00 UTC")
    pair.hand_in("eve", "Earlier.", "2026-10-16 10:00:00 UTC")
    for _ in range(2):  # whoever it is from is said the second time, too
        assert "ada's work counts for eve" in pair.run("groups", "t", "--yes").out
    people = pair.root / "people.csv"
    people.write_text("student,section,group\nada,,one\nobrien,,one\neve,,two\nnoether,,two\n")
    told = pair.run("groups", "t", "--yes").out
    assert "one: ada's work counts for obrien" in told
    assert "two: eve's work counts for noether" in told
    texts = {s: pair.submitted(s)["t.ipynb"] for s in ("ada", "obrien", "eve", "noether")}
    late, early = work(why="Later."), work(why="Earlier.")
    assert texts == {"ada": late, "obrien": late, "eve": early, "noether": early}
    assert pair.submitted("eve")["timestamp.txt"].startswith(b"2026-10-16 10:00:00")
    people.write_text("student,section,group\nada,,one\neve,,one\n")
    pair.run("groups", "t", "--yes")
    assert pair.submitted("eve")["t.ipynb"] == late
    people.write_text("student,section,group\nada,,one\n")
    assert "eve is in no group any more" in pair.run("groups", "t").out
    assert pair.submitted("eve")["t.ipynb"] == late
    done = pair.run("groups", "t", "--yes")
    assert "eve is in no group any more: eve's own work counts" in done.out
    assert "obrien has the work of a group, is in none, and has handed in nothing" in done.out
    assert done.status == 4
    assert pair.submitted("eve")["t.ipynb"] == early
    assert "eve" not in pair.run("groups", "t", "--yes").out


def test_members_with_other_points_for_the_same_text_are_named(pair):
    pair.hand_in("ada", "Ours.", "2026-10-16 10:00:00 UTC")
    pair.run("groups", "t", "--yes")
    assert pair.run("grade", "t", "--unconfined").status == 0
    with pair.course.gradebook() as gradebook:
        for student, points in (("ada", 0.5), ("eve", 1.0)):
            grade = gradebook.find_grade("why", "t", "t", student)
            grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()
    done = pair.run("groups", "t")
    assert "why: ada 0.5 and eve 1 for the same text: decide in the form-grader" in done.out
    assert done.status == 4


@pytest.mark.parametrize(
    ("people", "told"),
    [
        ("ada,,one\neev,,one\n", "one: 'eev' is not on the roll; eve?: correct people.csv"),
        ("ada,,one\neve,,one\neve,,two\n", "people.csv has eve in several lines"),
        ("ada,,one\neve,a,one\neve,b,one\n", "people.csv has eve in several lines"),
    ],
)
def test_a_slip_in_the_table_of_people_is_nobodys_work(pair, people, told):
    (pair.root / "people.csv").write_text(f"student,section,group\n{people}")
    pair.hand_in("ada", "Ours.")
    done = pair.run("groups", "t", "--yes")
    assert told in done.out + done.err
    assert done.status != 0
    assert [path.name for path in pair.course.submitted.iterdir()] == ["ada"]


def test_who_is_alone_in_a_group_is_told_so(pair):
    (pair.root / "people.csv").write_text("student,section,group\nada,,one\nada,,one\n")
    pair.hand_in("ada", "Mine.")
    done = pair.run("groups", "t", "--yes")
    assert (done.status, done.out) == (0, "✓ one: ada is alone in it\n")


def test_who_is_entered_for_having_handed_in_is_named_once(pair):
    pair.hand_in("adda", "A slip in a folder's name.")
    told = "'adda' is not on the roll; ada?: entered, for something is handed in"
    assert told in pair.run("grade", "t", "--unconfined").err
    assert "on the roll" not in pair.run("grade", "t", "--unconfined").err


def test_different_works_without_a_time_are_left_to_a_person(pair):
    pair.hand_in("ada", "This.")
    pair.hand_in("eve", "That.")
    done = pair.run("groups", "t", "--yes")
    assert (done.status, "nobody knows which is last" in done.out) == (4, True)
    assert pair.submitted("eve")["t.ipynb"] == work(why="That.")
