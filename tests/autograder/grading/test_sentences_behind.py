"""A hidden test in which a statement fails says the sentence of the assertion that it was for.

Each case is a hidden test, and what a student hears whose `f` fails in one of its calls: `f(x)`
raises for an `x` of 0. The tests' own text decides; what is computed is never told.
"""

import pytest

from autograder.authoring.check import check
from autograder.course.cells import Cell
from autograder.grading.sentences import sentence
from tests.conftest import small_course

RAISED = "your code raised ZeroDivisionError in a hidden test"
FAILED = "a hidden test did not pass"
TOLD = "tell_sentences = true"
ANSWER = "def f(x):\n    return 1 / x"
RAISES = {
    "a call, and then its result": ('y = f(0)\nassert y == 1, "of zero"', "of zero"),
    "several results": ('a, b = f(1), f(0)\nassert a == 1\nassert b == 2, "of zero"', "of zero"),
    "the assertion about another result is passed over": (
        'y = f(0)\nz = f(1)\nassert z == 1, "of one"\nassert y == 1, "of zero"',
        "of zero",
    ),
    "what is made of the result": (
        'y = f(0)\ntwice = 2 * y\nassert f(1) == 1, "of one"\nassert twice == 2, "twice"',
        "twice",
    ),
    "a name that means something else by then": (
        'y = f(0)\ny = f(1)\nassert y == 1, "of one"',
        "",
    ),
    "no sentence beside the first": ('y = f(0)\nassert y\nassert y == 1, "of zero"', "of zero"),
    "nothing looks at it": ('f(0)\nassert f(1) == 1, "of one"', ""),
    "what was to be changed": ('x = 0\nf(x)\nassert x == 0, "x stays as it was"', "x stays as"),
    "a loop": ('for x in (1, 0):\n    y = f(x)\n    assert y == 1, "a number"', "a number"),
    "the head of a loop": ('for y in [f(0)]:\n    assert y == 1, "a number"', "a number"),
    "behind a loop": ('ys = []\nfor x in (1, 0):\n    ys.append(f(x))\nassert ys, "all"', "all"),
    "a branch": ('y = f(0)\nif y != 1:\n    raise AssertionError("of zero")', "of zero"),
    "another error than the one expected": (
        'try:\n    f(0)\nexcept ValueError:\n    pass\nelse:\n    raise AssertionError("no zero")',
        "",
    ),
    "another error than the one expected, with what was given": (
        'x = 0\ntry:\n    f(x)\nexcept ValueError:\n    pass\nelse:\n'
        '    raise AssertionError("a zero is a ValueError")',
        "a zero is a ValueError",
    ),
    "another thing that should fail": (
        'y = f(0)\ntry:\n    f("x")\nexcept TypeError:\n    pass\nelse:\n'
        '    raise AssertionError("no texts")\nassert y == 1, "of zero"',
        "of zero",
    ),
    "a helper that is called in an assertion": (
        'def g(x):\n    return f(x) + 1\nassert g(0) == 2, "one more"',
        "one more",
    ),
    "a helper whose result is looked at": (
        'def g(x):\n    return f(x) + 1\ny = g(0)\nassert y == 2, "one more"',
        "one more",
    ),
    "a helper that looks itself": (
        'def g(x):\n    y = f(x)\n    assert y == 1, "a number"\ng(0)\nassert f(1) == 1, "one"',
        "a number",
    ),
    "two statements in one line": ('y = f(0); z = f(1)\nassert y == z, "both"', ""),
    "a sentence that is computed": ('y = f(0)\nassert y == 1, f"{f(1)}"', ""),
    "two sentences in one statement": (
        "import numpy.testing as npt\ny = f(0)\n"
        'npt.assert_equal(y, 1, "a"), npt.assert_equal(y, 2, err_msg="b"), '
        'npt.assert_equal(y, 3, err_msg="c")',
        "",
    ),
}  # fmt: skip


def cells(text):
    return [
        ("f", "solution", "def f(x):\n    return 1"),
        ("t", "test", f"### BEGIN HIDDEN TESTS\n{text}\n### END HIDDEN TESTS"),
    ]


def of_raising(text):
    """The sentence where the first call of `f(0)`, or what leads to it, raises."""
    cell = Cell("t", "test", "code", text)

    def f(x):
        if x == 0 and type(x) is int:
            raise ZeroDivisionError
        return 1

    try:
        exec(compile(text, "<t>", "exec"), {"f": f})
    except ZeroDivisionError as error:
        lines, trace = [], error.__traceback__
        while trace:
            lines += [trace.tb_lineno] * (trace.tb_frame.f_code.co_filename == "<t>")
            trace = trace.tb_next
        return sentence(cell, lines, raised=True)
    raise AssertionError("f(0) is not called")


@pytest.mark.parametrize("name", RAISES)
def test_who_raises_in_a_statement_hears_the_sentence_that_it_was_for(name):
    text, told = RAISES[name]
    heard = of_raising(text)
    assert heard.startswith(told) if told else not heard


def test_it_is_said_in_a_grading_and_check_lists_it(make_tiny, tmp_path):
    text, told = RAISES["a call, and then its result"]
    [question] = make_tiny(cells(text), TOLD).grade({"f": ANSWER}).questions
    assert (question.state, question.message) == ("error", f"{RAISED}: {told}")
    lines = [line for line, _ in check(small_course(tmp_path, cells(text), "t", TOLD + "\n"), "t")]
    assert f"who fails it may be told '{told}'" in lines[0]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("return None", f"{FAILED}: two results"),  # it cannot be unpacked
        ("return 1", f"{FAILED}: two results"),
        ("return x, x", FAILED + ": two results"),  # nothing raised: the assertion itself
        ("return 1 / 0", f"{RAISED}: two results"),
    ],
)
def test_what_cannot_be_used_hears_it_too(make_tiny, answer, message):
    text = 'a, b = f(3)\nassert (a, b) == (1, 2), "two results"'
    tiny = make_tiny([("f", "solution", "def f(x):\n    return 1, 2"), cells(text)[1]], TOLD)
    assert tiny.grade({"f": f"def f(x):\n    {answer}"}).questions[0].message == message


def test_a_helper_of_the_tests_says_what_stands_beside_its_call(make_tiny):
    text = (
        "def assert_like(got, want, name):\n    assert got == want, name + repr(got)\n"
        'assert_like(f(1), 1, name="of one")\nassert_like(f(2), 1, name="of two")'
    )
    tiny = make_tiny(cells(text), TOLD)
    assert tiny.grade({"f": ANSWER}).questions[0].message == f"{FAILED}: of two"
