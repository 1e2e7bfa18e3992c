"""What a class's points say of the questions: the figures, and what stands where there are none."""

import math
import re

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from autograder.records.report import render_report
from autograder.records.result import GradeResult, QuestionResult
from autograder.records.statistics import alpha, correlation, interval, statistics

CELLS = [
    ("q1", "solution", "def double(x):\n    return 2 * x"),
    ("q1_test", "test", "assert double(2) == 4"),
    ("q2_test", "test", "assert double(3) == 6"),
    ("q3_test", "test", "assert double(4) == 8"),
]
IDS = ("q1_test", "q2_test", "q3_test")


def klass(rows, state="graded"):
    """Results of students with so many points in each question."""
    results = []
    for number, row in enumerate(rows):
        questions = tuple(
            QuestionResult(name, score, 2, "passed" if score == 2 else "failed")
            for name, score in zip(IDS, row, strict=True)
        )
        results.append(GradeResult(f"s{number}", "t", state, 6, questions, seconds=0.5))
    return results


def page_of(make_tiny, tmp_path, results):
    return render_report(make_tiny(CELLS).assignment, results, tmp_path, tmp_path / "report.html")


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10)), min_size=4, max_size=60))
def test_correlation_and_interval_are_scipys(pairs):
    a, b = np.array(pairs).T
    r = correlation(a, b)
    if min(a.var(), b.var()) < 1e-6:
        return
    expected = scipy.stats.pearsonr(a, b)
    assert r == pytest.approx(expected.statistic, abs=1e-6)
    if abs(r) < 0.999:
        limits = expected.confidence_interval(0.95)
        assert interval(r, len(a)) == pytest.approx((limits.low, limits.high), abs=1e-5)


def test_alpha_is_that_of_a_worked_example():
    # Two questions that always agree are one asked twice; independent ones measure nothing.
    assert alpha(np.array([[0.0, 0], [1, 1], [2, 2]])) == pytest.approx(1)
    assert alpha(np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])) == pytest.approx(0)


@given(st.lists(st.tuples(*[st.sampled_from([0.0, 0.5, 1.0, 2.0])] * 3), max_size=40))
def test_every_figure_is_a_number_or_said_to_be_none(rows):
    found = statistics(klass(rows))
    figures = [found.alpha, *(i.share for i in found.items)]
    figures += [x for i in found.items for x in (i.correlation, i.low, i.high)]
    assert all(x is None or math.isfinite(x) for x in figures)
    assert all(i.low <= i.correlation <= i.high for i in found.items if i.correlation is not None)


def test_a_question_that_the_better_students_miss_is_named():
    good, poor = [2.0, 2.0, 0.0], [0.0, 0.0, 2.0]
    middle = [[2.0, 0.0, 2.0], [0.0, 2.0, 0.0]]
    items = {i.id: i for i in statistics(klass([good, poor] * 15 + middle * 3)).items}
    assert items["q3_test"].remarks == ["the better students miss it: look at the test"]
    assert items["q1_test"].remarks == []
    marked = statistics(klass([good, poor] * 15 + middle * 3), {"q3_test"}).items
    [by_hand] = [item for item in marked if item.id == "q3_test"]
    assert by_hand.remarks == ["the better students miss it: look at how it was marked"]


def test_below_thirty_students_nothing_is_said_of_a_question(make_tiny, tmp_path):
    rows = [[2.0, 2.0, 0.0], [0.0, 0.0, 2.0]]
    assert not any(i.remarks for i in statistics(klass(rows * 14)).items)
    page = page_of(make_tiny, tmp_path, klass(rows * 14))
    assert "too few to say" in page
    assert "look at the test" not in page
    assert "the better students miss it: look at the test" in page_of(
        make_tiny, tmp_path, klass(rows * 16)
    )


@pytest.mark.parametrize(
    "rows",
    [[], [[2.0, 0.0, 1.0]], [[2.0, 2.0, 2.0]] * 40, [[0.0, 0.0, 0.0]] * 40, [[2.0, 0.0, 1.0]] * 40],
    ids=["nobody", "one", "all right", "all wrong", "all the same"],
)
def test_a_class_without_variation_gets_a_page_without_a_nan(make_tiny, tmp_path, rows):
    page = page_of(make_tiny, tmp_path, klass(rows))
    text = re.sub(r"<style.*?</style>|<[^>]*>", " ", page.partition("<body>")[2], flags=re.S)
    assert not re.search(r"\b(nan|inf|none)\b(?! was made)(?!\.)", text, re.I)
    assert ("<svg" in page) == bool(rows)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_score_that_is_no_number_waits_for_a_person(make_tiny, tmp_path, number):
    results = klass([[2.0, number, 0.0], [2.0, 2.0, 0.0]])
    page = page_of(make_tiny, tmp_path, results)
    assert not re.search(r"\b(nan|inf)\b", page)
    assert "a score is no number: give it again in the form-grader" in page


def test_who_did_not_hand_in_and_what_a_person_has_yet_to_grade_does_not_count():
    absent = klass([[0.0, 0.0, 0.0]], "absent")
    there = klass([[2.0, 0.0, 1.0], [0.0, 2.0, 1.0]])
    waiting = [
        GradeResult(r.student, "t", r.state, 6, (*r.questions, QuestionResult("w", 0, 2, "manual")))
        for r in there
    ]
    found = statistics([*absent, *waiting])
    assert found.students == 2
    assert [item.id for item in found.items] == list(IDS)
    assert found.waiting == ("w",)


def test_pictures_say_in_words_what_they_show(make_tiny, tmp_path):
    page = page_of(make_tiny, tmp_path, klass([[2.0, 2.0, 0.0], [0.0, 0.0, 2.0], [2.0, 0.0, 2.0]]))
    labels = re.findall(r'<svg role="img" aria-label="([^"]*)"', page)
    assert len(labels) == page.count("<svg") == 4
    assert "Passed: q1_test 2 of 3, q2_test 1 of 3, q3_test 2 of 3" in " ".join(labels)
    assert "#1b1f24" not in page.partition("<body>")[2]  # ink is the page's, in light and in dark
