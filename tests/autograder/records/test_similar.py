"""Planted pairs are found, however they are disguised; a class that worked apart shows none."""

import runpy
from dataclasses import replace

import pytest

from autograder.authoring import crowd as crowds
from autograder.authoring import demo
from autograder.course.course import Course
from autograder.records.result import GradeResult, QuestionResult
from autograder.records.similar import similar
from tests.conftest import ROOT

NAME = "a1-perceptron"


@pytest.fixture(scope="module")
def apart():
    """A class of 60 who worked apart: the assignment, and what each hands in."""
    course = Course(ROOT)
    assignment = course.assignment(NAME)
    perfect = demo.perfect_notebook(course, assignment)
    crowd = replace(crowds_of(course), planted=False)
    people = [*demo.students(course, NAME), *crowd.students()]
    assert len(people) == 60
    there = {person.name: person for person in people if person.file is not None}
    return assignment, {name: demo.notebook_of(one, perfect) for name, one in there.items()}, (
        lambda name, *edits: demo.notebook_of(
            replace(there[name], edits=(*there[name].edits, *edits)), perfect
        )
    )  # fmt: skip


def crowds_of(course):
    return runpy.run_path(str(course.solutions / NAME / demo.STUDENTS))["CROWD"]


def pairs(assignment, handed_in, results=()):
    graded = {name: {NAME: content} for name, content in handed_in.items()}
    return similar(assignment, results, graded).pairs


def test_a_class_of_60_who_worked_apart_shows_none(apart):
    assignment, handed_in, _ = apart
    assert pairs(assignment, handed_in) == ()


@pytest.mark.parametrize("disguise", crowds.DISGUISES, ids=["renamed", "reordered", "merged"])
def test_a_planted_pair_is_found(apart, disguise):
    assignment, handed_in, edited = apart
    planted = edited("kathleen", disguise)
    [pair] = pairs(assignment, {**handed_in, "peter": planted})
    assert pair.students == ("kathleen", "peter")
    assert pair.alike
    for one in pair.alike:
        for part, lines in one.sides:
            assert lines <= set(range(part.text.count("\n") + 1))
            assert lines


def test_the_same_rare_wrong_answer_ranks_before_any_text(apart):
    assignment, handed_in, edited = apart
    handed_in = handed_in | {
        "peter": edited("kathleen", crowds.DISGUISES[0]),
        "marie": edited("ludwig", crowds.DISGUISES[0]),
    }
    first = pairs(assignment, handed_in)[0].students
    other = {("kathleen", "peter"): ("ludwig", "marie")}.get(first, ("kathleen", "peter"))
    wrong = QuestionResult("predict_test", 0, 2, "failed", "expected 0, got 7")
    results = [GradeResult(student, NAME, "graded", 2, (wrong,)) for student in other]
    top = pairs(assignment, handed_in, results)[0]
    assert top.students == other
    assert top.wrong == (("predict_test", "expected 0, got 7", 2),)


def test_what_many_have_and_what_was_released_is_no_evidence(apart):
    assignment, handed_in, _ = apart
    same = {f"s{i}": handed_in["georg"] for i in range(20)}  # as if handed round by the instructor
    assert pairs(assignment, {**handed_in, **same}) == ()
    course = Course(ROOT)
    released = (course.assignments / NAME / f"{NAME}.ipynb").read_bytes()
    assert pairs(assignment, {"ada": released, "carl": released}) == ()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_small_class_is_compared(apart, count):
    assignment, handed_in, _ = apart
    few = dict(list(handed_in.items())[:count])
    assert isinstance(pairs(assignment, few), tuple)
