"""Attacks on what a test may ask of the student's objects since it asked the same of the
instructor's: to be compared, entered, advanced, printed, taken for a number."""

import pytest

LIAR = """class Liar:
    def __init__(self, *args): pass
    def __getattr__(self, name): return self
    def __call__(self, *args): return self
    def __eq__(self, other): return True
    __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__
    def __bool__(self): return True
    def __add__(self, other): return self
    __radd__ = __sub__ = __rsub__ = __abs__ = __add__
    def __hash__(self): return 1
    def __float__(self): return 6.0
    def __repr__(self): return "6"
    __str__ = __repr__
    def __enter__(self): return self
    def __exit__(self, *raised): return True
    def __iter__(self): return iter([6])
    def __next__(self): return 6
"""
# What the test asks of Point is asked of the student's Points, too, and of nothing else's lies.
POINT = """class Point:
    def __init__(self, x): self.x = x
    def __eq__(self, other): return self.x == other.x
    def __lt__(self, other): return self.x < other.x
    def __bool__(self): return True
    def __add__(self, other): return Point(self.x + other.x)
    def __repr__(self): return f"Point({self.x})"
    def __float__(self): return float(self.x)
def double(x):
    return 2 * x
"""
ASKED = """a, b = Point(1), Point(2)
assert a + b == Point(3) and a < b and a and float(b) == 2 and repr(b) == "Point(2)"
"""
AS_VALUES = {
    "compared with": "assert double(3) == 6",
    "compared from the left": "assert 6 == double(3)",
    "subtracted": "assert abs(double(3) - 6) < 1e-9",
    "among values": "assert double(3) in (6, 7)",
    "a key": "assert {6: 'six'}[double(3)] == 'six'",
    "an array": "import numpy as np\nnp.testing.assert_allclose(double(np.ones(2)), [2, 2])",
}


@pytest.mark.parametrize("how", AS_VALUES)
def test_where_a_test_asks_objects_an_object_in_a_values_place_earns_nothing(make_tiny, how):
    tiny = make_tiny([("f", "solution", POINT), ("t", "test", ASKED + AS_VALUES[how])])
    assert tiny.grade().score == 2
    honest = POINT.replace("return 2 * x", "return Liar()")
    own = "class Six(int):\n    def __eq__(self, other): return True\n    __hash__ = None\n"
    for lie in (
        LIAR + honest,
        own + honest.replace("Liar()", "Six(1)"),
        honest.replace("return Liar()", "return Point(6)"),
    ):
        assert tiny.grade({"f": lie}).score == 0, lie


MODE = """class Mode:
    def __enter__(self): return self
    def __exit__(self, kind, error, traceback): return kind is ZeroDivisionError
    def six(self): return 6
"""
MODE_TEST = """with Mode() as mode:
    1 / 0
with Mode() as mode:
    assert mode.six() == 6
    assert len(str(mode.six())) + mode.six() == 7
"""


@pytest.mark.parametrize(
    "six", ["return 7", "raise ValueError", "raise ZeroDivisionError", "return None", "return self"]
)
def test_what_leaves_a_with_swallows_no_more_than_the_instructors_did(make_tiny, six):
    tiny = make_tiny([("f", "solution", MODE), ("t", "test", MODE_TEST)])
    assert tiny.grade().score == 2
    hostile = MODE.replace("return kind is ZeroDivisionError", "return True")
    assert tiny.grade({"f": hostile.replace("return 6", six)}).score == 0


def test_an_iterator_that_ends_early_ends_no_test(make_tiny):
    test = "it = squares(9)\nseen = [*map(lambda want: check(next(it), want), [0, 1, 4])]"
    check = "def check(got, want):\n    assert got == want"
    squares = "def squares(n):\n    for i in range(n):\n        yield i * i"
    tiny = make_tiny([("s", "locked", check), ("f", "solution", squares), ("t", "test", test)])
    assert tiny.grade().score == 2
    assert tiny.grade({"f": squares.replace("range(n)", "range(0)")}).score == 0
    assert tiny.grade({"f": LIAR + "def squares(n):\n    return Liar()"}).score == 0


@pytest.mark.parametrize(
    "text",
    [
        "return type('S', (str,), {'__eq__': lambda s, o: True})('x')",
        "return 'x' * 100_000_000",
        "raise SystemExit",
        "import os; os._exit(0)",
        "return self.__dict__.setdefault('x', repr(self))",
    ],
)
def test_a_text_that_lies_or_never_ends_earns_nothing_and_stops_nobody(make_tiny, text):
    other = "def other():\n    return 1"
    cells = [
        ("g", "solution", other),
        ("u", "test", "assert other() == 1"),
        ("f", "solution", POINT),
        ("t", "test", ASKED),
    ]
    tiny = make_tiny(cells)
    hostile = POINT.replace('return f"Point({self.x})"', text)
    result = tiny.grade({"f": hostile})
    assert [q.score for q in result.questions] == [2, 0], result.questions


def test_the_texts_of_a_test_are_told_to_no_object(make_tiny):
    test = "### BEGIN HIDDEN TESTS\nsecret = 'S3CRET'\np = Point(1)\n"
    test += "assert p == Point(1), f'{secret} {p}'\nassert p < Point(2), secret\n"
    tiny = make_tiny([("f", "solution", POINT), ("t", "test", test + "### END HIDDEN TESTS")])
    spy = """import sys
    def __eq__(self, other):
        frame, seen = sys._getframe(), []
        while frame:
            seen.append(str(frame.f_locals))
            frame = frame.f_back
        print(seen)
        raise ValueError(seen, vars(other))"""
    hostile = POINT.replace("def __eq__(self, other): return self.x == other.x", spy)
    result = tiny.grade({"f": hostile})
    assert result.score == 0
    assert "S3CRET" not in repr(result.questions)
