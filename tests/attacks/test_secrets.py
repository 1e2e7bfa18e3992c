"""What a hidden test saw reaches no reader: not by outputs, messages or tracebacks."""

import pytest

CELLS = [
    ("setup", "locked", "import numpy as np"),
    ("mean", "solution", "def mean(x):\n    return float(np.mean(x))"),
    (
        "test",
        "test",
        "def check(got, want):\n    assert got == want, f'got {got}, expected {want}'\n"
        "check(mean(np.array([1.0, 3])), 2)\n"
        "### BEGIN HIDDEN TESTS\ncheck(mean(np.array([4141.0, 4343])), 4242)\n### END HIDDEN TESTS",
    ),
    ("two", "solution", "def two(): return 2"),
    ("test_two", "test", "assert two() == 2"),
]
KEEPS = "S = []\ndef mean(x):\n    S.append(list(map(float, x)))\n    return float(np.mean(x))"
SPIES = {
    "a later cell prints what it kept": {"two": "print('kept', S)\ndef two(): return 2"},
    "a later test's error says it": {"two": "def two(): raise ValueError(str(S))"},
    "a later cell's error says it": {"two": "raise ValueError(str(S))"},
    "a later answer is it": {"two": "def two(): return S"},
    "printed by a cell that takes too much memory": {
        "two": "print('kept', S)\nraise MemoryError\ndef two(): return 2"
    },
    "printed by a cell that takes too long": {"two": "print('kept', S)\nwhile True: pass"},
    "the length of a forged frame": {
        "two": "import os, struct, time\nfor fd in range(3, 64):\n    try:\n"
        "        os.write(fd, struct.pack('<IB', 4_000_000_000 + int(S[-1][0]), 68))\n"
        "    except OSError: pass\ntime.sleep(0.2)\ndef two(): return 2"
    },
}


@pytest.mark.parametrize("name", SPIES)
def test_what_a_hidden_test_gave_is_shown_to_nobody(make_tiny, name):
    result = make_tiny(CELLS).grade({"mean": KEEPS, **SPIES[name]})
    everything = repr(result) + result.notebooks["tiny"].decode()
    assert "4141" not in everything
    assert "4_141" not in everything.replace(",", "_")
    assert result.questions[0].score == 2


def test_a_helper_above_the_hidden_lines_does_not_tell_what_was_expected(make_tiny):
    result = make_tiny(CELLS).grade({"mean": "def mean(x): return 2.0"})
    assert result.questions[0].message == "a hidden test did not pass"
    assert "4242" not in repr(result) + result.notebooks["tiny"].decode()


def test_what_the_students_own_code_prints_is_shown(make_tiny):
    result = make_tiny(CELLS).grade({"two": "print('hello')\ndef two(): return 3"})
    assert "hello" in result.notebooks["tiny"].decode()
    assert "this check did not hold: assert two() == 2" in result.questions[1].message


TELLS = [
    ("setup", "locked", "import numpy as np"),
    ("mean", "solution", "def mean(x):\n    return float(np.mean(x))"),
    (
        "test",
        "test",
        "### BEGIN HIDDEN TESTS\n"
        'assert mean([4141, 4343]) == 4242, "of two"\n'
        'assert mean([4141]) == 4141, f"of {mean([4141])}"\n'
        "np.testing.assert_allclose(mean([4343, 4141, 4242]), 4242, err_msg=str(mean([7])))\n"
        'np.testing.assert_allclose(mean([4343]), mean([4343]) * 1, err_msg="of one")\n'
        "### END HIDDEN TESTS",
    ),
]
WANTS_TO_SAY = "4141 of two\n4242"
FAR = {
    "an error of its own": f"raise ValueError({WANTS_TO_SAY!r})",
    "an assertion of its own": f"assert len(x) == 9, {WANTS_TO_SAY!r}",
    "a class of error with its own name": f"raise type({WANTS_TO_SAY!r}, (ValueError,), {{}})()",
    "an answer that is a text": f"return {WANTS_TO_SAY!r} + str(x)",
    "an object with its own words": "return type('A', (), {'__repr__': lambda self: str(x)})()",
    "a text where the second computes": "return 4242.0 if len(x) == 2 else str(x)",
    "a text in the third": "return sum(x) / len(x) if len(x) < 3 else 4343.0",
    "a traceback with the test's line": (
        "exec(compile('\\n' * 4 + 'raise ValueError(4141)', '<test>', 'exec'))"
    ),
}


@pytest.mark.parametrize("name", FAR)
def test_an_answer_chooses_no_more_of_a_sentence_than_which_assertion_fails(make_tiny, name):
    tiny = make_tiny(TELLS, "tell_sentences = true")
    result = tiny.grade({"mean": f"def mean(x):\n    {FAR[name]}"})
    beside = ("", ": of two", ": of one")
    raised = ("ValueError", "AssertionError", "TypeError")
    fixed = (
        "a hidden test did not pass",
        *(f"your code raised {e} in a hidden test" for e in raised),
    )
    assert result.questions[0].message in {told + text for told in fixed for text in beside}
    assert result.score == 0
    assert not any(secret in repr(result) for secret in ("4141", "4242", "4343"))


APART = [
    *TELLS[:2],
    (
        "test",
        "test",
        "### BEGIN HIDDEN TESTS\n"
        "secret = 4141\n"
        "got = mean([secret, 4343])\n"
        'assert got == 4242, "of two"\n'
        "twice = mean([secret]) * 2\n"
        'assert twice == 8282, f"of {secret}: {twice}"\n'
        "def check(got, want, name):\n"
        "    assert got == want, f'{name}: {got} is not {want}'\n"
        'check(mean([4343]), 4343, "of one")\n'
        "listed = [4343, secret]\n"
        "mean(listed)\n"
        "assert listed == [4343, 4141], str(listed)\n"
        "### END HIDDEN TESTS",
    ),
]
RAISING = [name for name, text in FAR.items() if not text.startswith("return")]


@pytest.fixture(scope="module")
def apart(make_tiny):
    return make_tiny(APART, "tell_sentences = true")


@pytest.mark.parametrize("call", [1, 2, 3, 4])
@pytest.mark.parametrize("name", RAISING)
def test_an_answer_that_raises_in_a_call_of_its_choice_hears_the_instructors_text_alone(
    apart, call, name
):
    result = apart.grade({
        "mean": f"n = 0\ndef mean(x):\n    global n\n    n += 1\n    if n == {call}:\n"
        f"        {FAR[name]}\n    return sum(x) / len(x)"
    })  # fmt: skip
    raised, _, beside = result.questions[0].message.partition(" in a hidden test")
    assert raised in ("your code raised ValueError", "your code raised AssertionError")
    assert beside == (": of two" if call == 1 else "")
    assert result.score == 0
    assert not any(secret in repr(result) for secret in ("4141", "4242", "4343", "8282"))


def test_who_ends_otherwise_when_it_is_run_once_more_is_graded_all_the_same(make_tiny):
    cells = [
        ("f", "solution", "def f(x):\n    return x"),
        ("t", "test", "assert f(1) == 1\n### BEGIN HIDDEN TESTS\nassert f(2) == 2\n"
         "### END HIDDEN TESTS"),
        ("g", "solution", "def g(x):\n    return x"),
        ("u", "test", "assert g(1) == 1"),
    ]  # fmt: skip
    tiny = make_tiny(cells)
    for ends, state in (("os._exit(1)", "crashed"), ("bytearray(10**10)", "memory")):
        result = tiny.grade({
            "f": "seen = []\ndef f(x):\n    seen.append(x)\n    return x",
            "g": f"import os\ndef g(x):\n    if seen[1:]: raise ValueError(seen)\n    {ends}",
        })  # fmt: skip
        assert [q.state for q in result.questions] == ["passed", state]


def test_a_class_that_cannot_be_hashed_costs_nothing(make_tiny):
    cells = [
        ("f", "solution", "def f(x):\n    return x"),
        ("t", "test", "assert f(1) == 1"),
        ("setup", "locked", "class Box:\n    pass"),
        ("g", "solution", "def g(x):\n    return x"),
        ("u", "test", "assert g(1) == 1"),
    ]
    answer = (
        "class M(type):\n    def __eq__(c, o): return c is o\nclass F(metaclass=M): pass\n"
        "def f(x): return x"
    )
    assert make_tiny(cells).grade({"f": answer}).score == 4
