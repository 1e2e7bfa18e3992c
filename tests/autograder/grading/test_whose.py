"""Whose a name is: tests that use what unmarked cells, imports and locked cells define."""

from dataclasses import replace

import pytest

from autograder.course.assignment import AssignmentError
from autograder.course.rules import Rule
from tests.conftest import notebook

F = ("f", "solution", "def f(x):\n    return 2 * x")
WRONG = "def f(x):\n    return x"

# A few cells with a test of 2 points, right as they stand; and a wrong text for one of them.
KINDS = {
    "an import in an unmarked cell": (
        [("", "", "import numpy as np"), F, ("t", "test", "assert np.sum(f(np.ones(2))) == 4")],
        {"f": WRONG},
    ),
    "an import in an unmarked cell for the answer alone": (
        [
            ("", "", "from collections import Counter"),
            ("f", "solution", "def f(text):\n    return Counter(text)"),
            ("t", "test", "assert f('aab')['a'] == 2"),
        ],
        {"f": "def f(text):\n    return {'a': 1}"},
    ),
    "data and a helper in unmarked cells": (
        [
            ("", "", "data = [1, 2, 3]\nlimit = 1e-9"),
            ("", "", "def close(a, b):\n    return abs(a - b) < limit"),
            F,
            ("t", "test", "assert all(close(f(x), 2 * x) for x in data)"),
        ],
        {"f": WRONG},
    ),
    "an unmarked cell between the answer and its test": (
        [
            F,
            ("", "", "cases = [(1, 2), (2, 4)]"),
            ("t", "test", "for a, b in cases: assert f(a) == b"),
        ],
        {"f": WRONG},
    ),
    "an import in a solution cell": (
        [
            ("f", "solution", "import numpy as np\ndef f(x):\n    return 2 * np.asarray(x)"),
            ("t", "test", "np.testing.assert_array_equal(f([1, 2]), [2, 4])"),
        ],
        {"f": "import numpy as np\ndef f(x):\n    return np.asarray(x)"},
    ),
    "an import that is tried in a solution cell": (
        [
            (
                "f",
                "solution",
                "try:\n    import numpy as np\nexcept ImportError:\n    pass\n" + F[2],
            ),
            ("t", "test", "assert np.allclose(f(2), 4)"),
        ],
        {"f": WRONG},
    ),
    "an answer that is a number": (
        [("f", "solution", "size = 3"), ("t", "test", "assert size == 3")],
        {"f": "size = 4"},
    ),
    "an answer that is a lambda": (
        [("f", "solution", "f = lambda x: 2 * x"), ("t", "test", "assert f(2) == 4")],
        {"f": "f = lambda x: x"},
    ),
    "an answer that is a class": (
        [
            ("f", "solution", "class Layer:\n    def forward(self, x):\n        return 2 * x"),
            ("t", "test", "assert Layer().forward(2) == 4"),
        ],
        {"f": "class Layer:\n    def forward(self, x):\n        return x"},
    ),
    "an answer that changes what was given": (
        [
            ("", "", "import numpy as np\na = np.arange(4)"),
            ("f", "solution", "a[-1] = 20"),
            ("t", "test", "assert a[-1] == 20 and a[0] == 0"),
        ],
        {"f": "a[0] = 20"},
    ),
    "an answer that appends to what was given": (
        [
            ("given", "locked", "values = [1]"),
            ("f", "solution", "values.append(2)"),
            ("t", "test", "assert values == [1, 2]"),
        ],
        {"f": "values.append(3)"},
    ),
    "an answer that takes the place of what was given": (
        [
            ("given", "locked", "x = None"),
            ("f", "solution", "x = 5"),
            ("t", "test", "assert x == 5"),
        ],
        {"f": "x = 6"},
    ),
    "a locked cell that ends in a value": (
        [("table", "locked", "t = [1, 2]\nt"), F, ("t", "test", "assert f(t[1]) == 4")],
        {"f": WRONG},
    ),
    "a locked cell that ends in True": (
        [("table", "locked", "x = 2\nx == 2"), F, ("t", "test", "assert f(x) == 4")],
        {"f": WRONG},
    ),
    "a locked cell that uses the answer": (
        [F, ("show", "locked", "print(f(3))\nf(3)"), ("t", "test", "assert f(2) == 4")],
        {"f": WRONG},
    ),
    "a locked cell that makes what the test compares": (
        [
            F,
            ("show", "locked", "points = [1, 2]\nimages = [f(p) for p in points]"),
            ("t", "test", "assert images == [2 * p for p in points]"),
        ],
        {"f": WRONG},
    ),
    "an unmarked cell that makes what the test compares": (
        [F, ("", "", "image = f(4)\nimage"), ("t", "test", "assert image == 8")],
        {"f": WRONG},
    ),
    "what is made of what was made": (
        [
            F,
            ("one", "locked", "image = f(4)"),
            ("two", "locked", "def half(x):\n    return x / 2\nback = half(image)"),
            ("t", "test", "assert back == 4"),
        ],
        {"f": WRONG},
    ),
    "a locked helper that calls the answer": (
        [
            ("helper", "locked", "def twice(x):\n    return f(f(x))"),
            F,
            ("t", "test", "assert twice(1) == 4"),
        ],
        {"f": WRONG},
    ),
    "a test that ends in a table": (
        [("", "", "import numpy as np"), F, ("t", "test", "assert f(1) == 2\nnp.zeros(3)")],
        {"f": WRONG},
    ),
    "a test that ends in what the answer gives": (
        [F, ("t", "test", "assert f(1) == 2\nstr(f(2))")],
        {"f": WRONG},
    ),
    "a locked cell that fails beside a test that does not need it": (
        [
            ("net", "locked", "import socket\npage = socket.create_connection(('127.0.0.1', 9))"),
            F,
            ("t", "test", "assert f(2) == 4"),
        ],
        {"f": WRONG},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_right_answer_gets_its_points_and_a_wrong_one_none(make_tiny, kind):
    cells, wrong = KINDS[kind]
    tiny = make_tiny(cells)
    right = tiny.grade()
    assert (right.score, right.questions[0].state) == (2, "passed"), right.questions[0].message
    result = tiny.grade(wrong)
    assert (result.score, result.questions[0].state) == (0, "failed"), result.questions[0].message


def test_what_a_student_changes_in_an_unmarked_cell_does_not_reach_the_tests(make_tiny):
    given = "def close(a, b):\n    return abs(a - b) < 1e-9"
    cells = [("", "", given), F, ("t", "test", "assert close(f(2), 4)")]
    tiny = make_tiny(cells)
    forged = [("", "", "def close(a, b):\n    return True"), ("f", "solution", WRONG), cells[2]]
    assert tiny.grade_bytes(notebook(forged)).score == 0
    assert tiny.grade_bytes(notebook([*cells[1:]])).score == 2  # nor what is missing there


def test_a_locked_cell_that_fails_is_a_fault_for_the_tests_that_need_it_alone(make_tiny):
    cells = [
        ("data", "locked", "rows = open('nowhere.csv').read()"),
        ("more", "locked", "first = rows[0]"),
        F,
        ("one", "test", "assert f(1) == 2"),
        ("two", "test", "assert f(first) == 2 * first"),
    ]
    one, two = make_tiny(cells).grade({"f": WRONG}).questions
    assert (one.state, two.state) == ("failed", "fault")


def test_a_locked_cell_that_imports_what_is_not_listed_says_what_to_do(make_tiny):
    cells = [("s", "locked", "import sympy"), F, ("t", "test", "assert f(sympy.Integer(1)) == 2")]
    told = make_tiny(cells).grade().notebooks["tiny"].decode()
    assert "No module named 'sympy': add sympy to `packages` in assignment.toml" in told


def test_a_rule_does_not_read_what_the_instructor_gave(make_tiny):
    cells = [("", "", "total = sum([1, 2])"), F, ("t", "test", "assert f(total) == 6")]
    tiny = make_tiny(cells)
    tiny.assignment = replace(tiny.assignment, rules=(Rule(("sum",), fails=("t",)),))
    assert tiny.grade().score == 2
    assert tiny.grade({"f": "def f(x):\n    return sum([x, x])"}).score == 0


def test_an_answer_that_is_too_large_to_cross_says_so(make_tiny):
    cells = [("f", "solution", "def f(n): return 'x' * n"), ("t", "test", "assert len(f(2)) == 2")]
    tiny = make_tiny(cells)
    assert tiny.grade().score == 2
    large = "import numpy as np\ndef f(n): return np.zeros(9_000_000)"
    [question] = tiny.grade({"f": large}).questions
    assert (question.state, question.score) == ("error", 0)
    assert "the answer is larger than 64 MB" in question.message


def test_a_test_that_the_instructors_version_does_not_pass_fails_nobody(make_tiny):
    cells = [F, ("t", "test", "assert f(2) == 5"), ("u", "test", "assert f(2) == 4")]
    tiny = make_tiny(cells)
    for answer in (F[2], WRONG, "def f(x): return 5"):
        one, two = tiny.grade({"f": answer}).questions
        assert (one.state, one.score) == ("fault", 0)
        assert "it cannot be asked of students" in one.message
        assert two.state == ("passed" if answer == F[2] else "failed")


@pytest.mark.parametrize("end", ["None", "'2'", "[2]", "True", "float('nan')", "f"])
def test_where_points_are_a_number_nothing_else_gives_any(make_tiny, end):
    cells = [("f", "solution", "def f():\n    return 2"), ("t", "test", "f()")]
    tiny = make_tiny(cells)
    assert tiny.grade().score == 2
    assert tiny.grade({"f": f"def f():\n    return {end}"}).score == 0


def test_where_the_instructors_version_gives_no_number_a_number_gives_no_points(make_tiny):
    cells = [("f", "solution", "def f():\n    return [2]"), ("t", "test", "assert f()\nf()")]
    [question] = make_tiny(cells).grade({"f": "def f():\n    return 1"}).questions
    assert (question.state, question.score) == ("passed", 2)  # as the assertion says, and no more


NEW = {
    "a name that is deleted": (
        [
            ("inner", "solution", "def inner(x):\n    return x + 1"),
            ("outer", "solution", "def outer(x):\n    return inner(x) * 2"),
            (
                "t",
                "test",
                "del inner\ntry:\n    outer(1)\n    assert False, 'uses no inner'\n"
                "except NameError:\n    pass",
            ),
            ("u", "test", "assert outer(1) == 4 and inner(1) == 2"),
        ],
        {"outer": "def outer(x):\n    return (x + 1) * 2"},
    ),
    "a function in whose place another stands": (
        [
            ("inner", "solution", "def inner(x):\n    return x + 1"),
            ("outer", "solution", "def outer(x):\n    return inner(x) * 2"),
            ("t", "test", "def inner(x):\n    return 10\nassert outer(1) == 20"),
            ("u", "test", "assert outer(1) == 4 and inner(1) == 2"),
        ],
        {"outer": "def outer(x):\n    return (x + 1) * 2"},
    ),
    "a variable that is bound anew": (
        [
            ("w", "solution", "w = 2"),
            ("step", "solution", "def step(x):\n    return w * x"),
            ("t", "test", "assert w == 2\nw = step(5)\nassert step(1) == 10"),
            ("u", "test", "assert step(1) == 2"),
        ],
        {"step": "def step(x, w=w):\n    return w * x"},
    ),
    "a variable of the test's own that is called as the student's": (
        [
            ("w", "solution", "x = [2]\ntotal = sum(v for v in x)"),
            ("t", "test", "x = 3\nassert total == 2"),
            ("u", "test", "assert x == [2]"),
        ],
        {"w": "x = [2]\ntotal = 3"},
    ),
}


@pytest.mark.parametrize("kind", NEW)
def test_a_test_may_bind_a_students_name_anew_and_the_next_has_it_as_it_was(make_tiny, kind):
    cells, wrong = NEW[kind]
    tiny = make_tiny(cells)
    assert [q.state for q in tiny.grade().questions] == ["passed", "passed"]
    result = tiny.grade(wrong)
    assert [q.state for q in result.questions] == ["failed", "passed"], result.questions


HELPER = (
    "class Point:\n    def __init__(self, x, y):\n        self.x, self.y = x, y\n\n"
    "    def __eq__(self, other):\n        return (self.x, self.y) == (other.x, other.y)\n"
)
OF_MODULE = {
    "an instance that the answer makes": (
        "from helper import Point\ndef f(x):\n    return Point(x, 2 * x)",
        "import helper\nassert f(3) == helper.Point(3, 6) and type(f(3)) is helper.Point",
        "2 *",
    ),
    "an instance that the test sends": (
        "import helper\ndef f(p):\n    return helper.Point(p.y, p.x)",
        "from helper import Point\nassert f(Point(1, 2)) == Point(2, 1)",
        "p.y, p.x",
    ),
    "instances in a list": (
        "import helper\ndef f(n):\n    return [helper.Point(i, i + 1) for i in range(n)]",
        "import helper\nassert f(2) == [helper.Point(0, 1), helper.Point(1, 2)]",
        "i + ",
    ),
}


@pytest.mark.parametrize("kind", OF_MODULE)
def test_instances_of_a_module_beside_the_notebook_are_known_to_tests(make_tiny, kind):
    answer, test, part = OF_MODULE[kind]
    tiny = make_tiny([("f", "solution", answer), ("t", "test", test)])
    tiny.assignment = replace(tiny.assignment, files={"helper.py": HELPER.encode()})
    right = tiny.grade()
    assert right.score == 2, right.questions
    [question] = tiny.grade(
        {"f": answer.replace(part, "p.x, p.y" if "," in part else "")}
    ).questions
    assert (question.score, question.state) == (0, "failed"), question.message
    always = "Point.__eq__ = lambda self, other: True"
    for forged in (
        f"import helper\nhelper.{always}\ndef f(x):\n    return helper.Point(0, 0)",
        "class Point:\n    __eq__ = lambda self, other: True\n"
        "Point.__module__ = 'helper'\ndef f(x):\n    return Point()",
        "import helper\nclass Any(helper.Point):\n    __eq__ = lambda self, other: True\n"
        "def f(x):\n    return Any(0, 0)",
    ):
        assert tiny.grade({"f": forged}).score == 0


@pytest.mark.parametrize("kind", ["", "locked"])
def test_names_of_an_import_of_all_are_asked_for_by_name(make_tiny, kind):
    cells = [("s" * bool(kind), kind, "from math import *"), F]
    with pytest.raises(AssignmentError) as raised:
        make_tiny([*cells, ("t", "test", "assert f(sqrt(4)) == 4 and floor(pi) == 3")])
    told = "write `from math import floor, pi, sqrt` in the place of the `*`"
    assert told in str(raised.value)
    assert make_tiny([*cells, ("t", "test", "assert f(2) == 4")]).grade().score == 2
