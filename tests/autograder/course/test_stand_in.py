"""What may stand in for a student's function is read, and never one that answers the same test."""

import pytest

from autograder.course.assignment import read_assignment
from tests.autograder.course.small import SETTINGS, said, write

CELLS = [
    ("size", "solution", "def size(n, k):\n    return n - k\nhalf = lambda n: n // 2\nlimit = 3"),
    ("size_test", "test", "assert size(7, 3) == 4"),
    ("pad", "solution", "def pad(x):\n    return [0, *x, 0]"),
    ("pad_test", "test", "assert pad([1]) == [0, 1, 0] and half(4) == 2 and limit == 3"),
    ("conv", "solution", "def conv(x):\n    return pad(x)[: size(2, 1)]\ndef helper():\n    pass"),
    ("given", "locked", "def check(f, g):\n    assert conv([1]) == [0]"),
    ("conv_test", "test", "check(1, 2)"),
    ("over", "solution", "inner = lambda x: pad(x)\ndef over(x):\n    return inner(x)[1:-1]"),
    ("", "", "def through(x):\n    return over(x)"),
    ("above", "solution", "def above(x):\n    return through(x)"),
    ("over_test", "test", "assert over([1]) == [1]\nassert above([1]) == [1]"),
    ("both", "solution", "def twice(x):\n    return conv(conv(x))"),
    ("both_test", "test", "assert twice([1]) == [0] and pad([]) == [0, 0]"),
]  # fmt: skip
WRONG = {
    'stand_in = ["conv"]': "stand_in is ['conv']: write a table of lists, as in {conv = [\"pad\"]}",
    'stand_in = {conv = "size"}': "stand_in is a table: write a table of lists",
    "stand_in = {conv = [1]}": "stand_in is a table: write a table of lists",
    'stand_in = {cov = ["size"]}': "no solution cell defines cov: do you mean 'conv'?",
    'stand_in = {check = ["size"]}': "no solution cell defines check",
    'stand_in = {helper = ["size"]}': "stand_in, helper: no test asks for helper: correct the na",
    'stand_in = {conv = ["sise"]}': "sise is no function of a solution cell: do you mean 'size'?",
    'stand_in = {conv = ["check"]}': "check is no function of a solution cell",
    'stand_in = {conv = ["limit"]}': "limit is no function of a solution cell",
    'stand_in = {conv = ["conv"]}': "stand_in, conv: nothing stands in for what is asked",
    'stand_in = {conv = ["helper"]}': "no test asks for helper, so none could say that it is wr",
    'stand_in = {twice = ["pad"]}': "stand_in, twice: the test both_test asks for pad, too",
    'stand_in = {size = ["pad"]}': "pad is defined below size_test, where it is to stand in",
    'stand_in = {pad = ["over"]}': "stand_in, pad: over itself uses pad, and would answer for it",
    'stand_in = {pad = ["above"]}': "stand_in, pad: above itself uses pad, and would answer for it",
    'stand_in = {pad = ["half"]}': "the test pad_test asks for half, too",
    'stand_in = {conv = ["size"], size = ["conv"]}': "conv → size → conv is a circle: take one",
    'stand_in = {conv = ["size"], twice = ["conv"], size = ["twice"]}': "is a circle: take one",
    'stand_in = {conv = ["size"]}\nfollow_up = 2': "follow_up is 2: write a share, from 0 to 1",
    'stand_in = {conv = ["size"]}\nfollow_up = true': "follow_up is true: write a share, from 0",
    "follow_up = 0.5": "follow_up gives points by stand_in alone: write that, too",
}


@pytest.mark.parametrize("line", WRONG)
def test_what_may_not_stand_in_is_named_with_what_to_do(tmp_path, line):
    told = said(tmp_path, cells=CELLS, settings=f"{SETTINGS}{line}\n")
    assert "t/assignment.toml" in told
    assert WRONG[line] in told
    assert len(told.splitlines()) == 1 or "circle" in told, told


def test_functions_and_lambdas_may_stand_in_for_what_tests_ask_for(tmp_path):
    line = 'stand_in = {conv = ["size", "pad", "half", "pad"]}\nfollow_up = 0.25\n'
    assignment = read_assignment(write(tmp_path / "t", CELLS, SETTINGS + line))
    assert assignment.stand_in == {"conv": ("size", "pad", "half")}
    assert assignment.follow_up == 0.25


def test_a_name_that_only_a_helper_of_the_tests_asks_for_is_asked_for(tmp_path):
    cells = [*CELLS[:6], ("conv_test", "test", "check(1, 2)\nassert size(3, 1) == 3")]
    told = said(tmp_path, cells=cells, settings=f'{SETTINGS}stand_in = {{conv = ["size"]}}\n')
    assert "the test conv_test asks for size, too" in told
