"""A class that was graded, and an assignment that changes: shown first, then recorded as shown."""

import json
import re

import pytest

from autograder.course.course import Course
from autograder.grading.engine import kept_results
from tests.autograder.records.regrading import (
    ANSWERS,
    book,
    build,
    cancel,
    edit,
    hand_in,
    run,
    settings,
    text,
)

HANDED = {"ada": {"why": 0.75}, "bob": {"q2_test": 0.5}, "eve": {}}
BEFORE = {"ada": 4.75, "bob": 2.5, "eve": 4}


def test_the_class_is_as_the_tests_below_take_it_to_be(root):
    now = book(root)
    assert {student: row["points"] for student, row in now.items()} == {
        "ada": {"q1_test": 2, "q2_test": 2, "why": 0.75},
        "bob": {"q1_test": 2, "q2_test": 0.5, "why": 0},
        "eve": {"q1_test": 2, "q2_test": 2, "why": 0},
    }
    assert {student: row["score"] for student, row in now.items()} == BEFORE
    assert now["eve"]["late"] == pytest.approx(0.4)
    assert {student: row["by hand"] for student, row in now.items()} == HANDED


def mended(cells):
    text(cells["q1_test"], "2 * factor", "2 * factor and double(3) == 6")
    return cells.values()


def stricter(cells):
    text(cells["q2_test"], "half(3) > 1", "half(3) == 1.5")
    return cells.values()


def added(cells):
    more = json.loads(json.dumps(cells["q2_test"]))
    more["id"] = "added"
    settings(more).update(grade_id="q3_test", points=4)
    more["source"] = "assert half(8) == 4 and double(8) == 16"
    names = list(cells)
    cells["q3_test"] = more
    return [cells[n] for n in [*names[:5], "q3_test", *names[5:]]]


def renamed(cells):
    settings(cells["q2_test"])["grade_id"] = "q2_hidden"
    settings(cells["why"])["grade_id"] = "reason"
    settings(cells["q1"])["grade_id"] = "q1_double"
    text(cells["q2_test"], "half(3) > 1", "half(3) > 1.2")  # and mended, at once
    return cells.values()


def removed(cells):
    return [cell for name, cell in cells.items() if name != "q1_test"]


def worth_more(cells):
    settings(cells["q1_test"])["points"] = 5
    return cells.values()


def typo(cells):
    text(cells["setup"], "Numbres", "Numbers")
    return cells.values()


# By change: scores afterwards, the sum that can be reached, what is said of it.
CHANGES = {
    "a test is mended": (mended, {"ada": 4.75, "bob": 2.5, "eve": 2}, 5, ["q1_test: another text"]),
    "a test is stricter, and a person has given points": (
        stricter,
        BEFORE,
        5,
        ["-assert half(3) > 1", "+assert half(3) == 1.5"],
    ),
    "a test is added": (
        added,
        {"ada": 8.75, "bob": 6.5, "eve": 4},
        9,
        ["q3_test: new, 4 points", "q3_test new (4 of 4)"],
    ),
    "cells are renamed": (
        renamed,
        BEFORE,
        5,
        ["q2_hidden: called q2_test before", "reason: called why before"],
    ),
    "a test is removed": (
        removed,
        {"ada": 2.75, "bob": 0.5, "eve": 2},
        3,
        ["q1_test: gone, 2 points", "q1_test gone (2 of 2)"],
    ),
    "points change": (
        worth_more,
        {"ada": 7.75, "bob": 5.5, "eve": 7},
        8,
        ["q1_test: 2 → 5 points", "q1_test 2 → 5 of 5"],
    ),
    "a typo in a locked cell": (typo, BEFORE, 5, ["-# Numbres", "+# Numbers"]),
}
NEW_NAMES = {"q2_test": "q2_hidden", "why": "reason"}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_shown_before_it_is_recorded_and_then_recorded_as_shown(root, name, capsys):
    change, scores, most, told = CHANGES[name]
    before = book(root)
    results = kept_results(Course(root), "t")
    edit(root, change)
    capsys.readouterr()
    differs = scores != BEFORE or most != 5
    assert run(root, "regrade", "--diff") == (1 if differs else 0)
    shown = capsys.readouterr().out
    assert all(line in shown for line in told), shown
    late = {"eve": 0.1 * (scores["eve"])}
    was = {"eve": 0.1 * BEFORE["eve"]}
    for student in BEFORE:
        now, then = (b[student] - c.get(student, 0) for b, c in ((BEFORE, was), (scores, late)))
        row = f"{now:g} / 5 → {then:g} / {most:g}"
        assert (row in shown) == (now != then or most != 5), shown
    assert book(root) == before  # nothing is recorded
    assert kept_results(Course(root), "t") == results
    build(root, proved=change is renamed)
    assert run(root, "regrade", "--apply") == 0, capsys.readouterr()
    after = book(root)
    assert {student: row["score"] for student, row in after.items()} == scores
    assert {student: row["of"] for student, row in after.items()} == dict.fromkeys(scores, most)
    assert after["eve"]["late"] == pytest.approx(0.1 * scores["eve"])
    names = NEW_NAMES if change is renamed else {}
    for student, given in HANDED.items():  # a person's points and words stay with their question
        assert after[student]["by hand"] == {names.get(q, q): p for q, p in given.items()}
        waits = [] if student == "ada" else [names.get("why", "why")]
        assert after[student]["waits"] == waits
    assert after["ada"]["words"] == {names.get("why", "why"): "Well said."}
    capsys.readouterr()
    assert run(root, "grade") == 0  # there is nothing left to do
    assert "taken from an earlier run" not in capsys.readouterr().out
    assert book(root) == after
    earlier = [result.is_earlier for result in kept_results(Course(root), "t")]
    assert earlier == [change in (mended, added, removed, typo)] * 3


def test_the_report_says_who_worked_from_an_earlier_release(root):
    edit(root, typo)
    build(root)
    hand_in(root, "bob", ANSWERS["bob"])
    assert run(root, "grade") == 0
    assert run(root, "report") == 0
    page = (root / "reports" / "t.html").read_text()
    [told] = re.findall("Made from an earlier release(.*)</p>", page)
    assert ("ada" in told, "bob" in told, "eve" in told) == (True, False, True)


def test_what_is_cancelled_gives_full_marks_to_all_and_takes_nothing_of_a_persons(root, capsys):
    before = book(root)
    cancel(root, "q2_test", "why")
    assert run(root, "regrade", "--diff") == 1
    shown = capsys.readouterr().out
    assert "bob" in shown
    assert "settings: cancelled" in shown
    assert "cancelled, full marks to all: q2_test, why" in shown
    assert run(root, "regrade", "--apply") == 0  # nothing of it has to be built
    after = book(root)
    assert {student: row["score"] for student, row in after.items()} == dict.fromkeys(BEFORE, 5)
    assert {student: row["by hand"] for student, row in after.items()} == HANDED
    assert all(row["waits"] == [] for row in after.values())
    assert run(root, "grade") == 0
    assert book(root) == after
    assert run(root, "feedback") == 0
    assert run(root, "export") == 0
    assert {result.score for result in kept_results(Course(root), "t")} == {5, 4.5}
    cancel(root)
    capsys.readouterr()
    assert run(root, "regrade", "--diff") == 1
    assert "counts again: q2_test, why" in capsys.readouterr().out
    assert run(root, "grade") == 0
    again = book(root)
    for row in (*again.values(), *before.values()):
        row["late"] = round(row["late"], 6)
    assert again == before


def test_a_cancelled_question_that_is_mistyped_is_found(root, capsys):
    cancel(root, "q2_tset")
    assert run(root, "grade") == 2
    assert "cancelled names 'q2_tset', which is no question; do you mean 'q2_test'?" in (
        capsys.readouterr().err
    )
    path = root / "solutions" / "t" / "assignment.toml"
    path.write_text(path.read_text().replace("cancelled", "canceled"))
    assert run(root, "build") == 2
    assert "canceled is not a setting; do you mean 'cancelled'?" in capsys.readouterr().err


def test_a_cancelled_test_that_is_wrong_is_built_and_costs_nobody(root, capsys):
    def wrong(cells):
        text(cells["q1_test"], "2 * factor", "5")
        return cells.values()

    edit(root, wrong)
    assert run(root, "build") == 3
    cancel(root, "q1_test")
    assert run(root, "build") == 0, capsys.readouterr().err
    assert run(root, "grade") == 0
    assert {student: row["points"]["q1_test"] for student, row in book(root).items()} == (
        dict.fromkeys(BEFORE, 2)
    )


def test_nothing_that_was_not_shown_is_recorded(root, capsys):
    assert run(root, "regrade", "--apply") == 2
    assert "run `autograder regrade t --diff` first" in capsys.readouterr().err
    edit(root, mended)
    assert run(root, "regrade", "--diff") == 1
    build(root)
    hand_in(root, "ada", ANSWERS["eve"])  # another submission
    with Course(root).gradebook() as gradebook:  # other points of a person's
        gradebook.find_grade("q1_test", "t", "t", "bob").manual_score = 1.5
        gradebook.db.commit()
    before = book(root)
    capsys.readouterr()
    assert run(root, "regrade", "--apply") == 4
    said = capsys.readouterr().out
    assert "recorded as shown: 1" in said
    assert "something is not as it was shown: ada, bob" in said
    after = book(root)
    assert (after["ada"], after["bob"]) == (before["ada"], before["bob"])
    assert after["eve"]["score"] == 2
    edit(root, stricter)
    build(root)
    assert run(root, "regrade", "--apply") == 2
    assert "has changed since that was shown" in capsys.readouterr().err


def test_who_has_handed_in_again_is_named_and_graded_by_grade(root, capsys):
    hand_in(root, "ada", ANSWERS["ada"] | {"why": "Better."})
    assert run(root, "regrade", "--diff") == 0
    shown = capsys.readouterr().out
    assert "or were never graded: ada (`autograder grade t` grades them)" in shown
    assert "t: 2 compared, 0 would gain, 0 would lose, 2 as before" in shown


def test_what_is_damaged_is_not_recorded(root, capsys):
    edit(root, mended)
    assert run(root, "regrade", "--diff") == 1
    build(root)
    before = book(root)
    shown = root / "reports" / "t" / ".regrade"
    data = json.loads((shown / "eve.json").read_text())
    data["result"]["questions"][0]["score"] = "2"
    (shown / "eve.json").write_text(json.dumps(data))
    (shown / "bob.json").write_bytes(b"\x80\x04N.")
    assert run(root, "regrade", "--apply") == 4
    assert "not as it was shown: bob, eve" in capsys.readouterr().out
    assert {name: book(root)[name] for name in ("bob", "eve")} == {
        n: before[n] for n in ("bob", "eve")
    }


def test_neither_or_both_ways_is_wrong_use(root):
    for options in ([], ["--diff", "--apply"]):
        with pytest.raises(SystemExit) as stopped:
            run(root, "regrade", *options)
        assert stopped.value.code == 2
