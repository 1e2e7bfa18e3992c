"""A tuple of the student's own class is what it holds, or an object: never what its class says."""

import pytest

CELLS = [
    ("setup", "locked", "import numpy as np"),
    ("halves", "solution", "def halves(x):\n    return x // 2, x - x // 2"),
    ("equal", "test", "assert halves(7) == (3, 4)"),
    ("unpacked", "test", "a, b = halves(7)\nassert a == 3\nassert b == 4"),
    ("indexed", "test", "assert len(halves(7)) == 2 and halves(7)[1] == 4"),
    ("array", "test", "np.testing.assert_array_equal(halves(7), [3, 4], strict=False)"),
]
NAMED = """
import collections
class Pair(collections.namedtuple("Pair", ["a", "b"])):
{lie}
def halves(x):
    return Pair({content})
"""
LIES = {
    "is equal to all": "    __eq__ = lambda a, b: True\n    __ne__ = lambda a, b: False",
    "iterates over something else": "    __iter__ = lambda self: iter([3, 4])",
    "has another length": "    __len__ = lambda self: 2\n    __iter__ = lambda self: iter([3, 4])",
    "has other items": "    __getitem__ = lambda self, i: [3, 4][i]",
    "has other fields": "    a = property(lambda self: 3)\n    b = property(lambda self: 4)",
    "is an array": "    __array__ = lambda self, *a, **k: np.array([3, 4])\n    shape = (2,)",
    "is another class": "    __class__ = property(lambda self: tuple)",
    "has its own list of names": "    __dir__ = lambda self: 1 / 0\n    _fields = ('a', 'b', 'c')",
}
PLAIN_SUBCLASS = """
class Pair(tuple):
    _fields = ()
    __eq__ = lambda a, b: True
    __ne__ = lambda a, b: False
    __iter__ = lambda self: iter([3, 4])
    __getitem__ = lambda self, i: [3, 4][i]
    __len__ = lambda self: 2
def halves(x):
    return Pair([0, 0, 0])
"""


@pytest.fixture(scope="module")
def tiny(make_tiny):
    return make_tiny(CELLS)


@pytest.mark.parametrize("lie", LIES)
def test_a_named_tuple_is_compared_by_what_it_holds(tiny, lie):
    wrong = tiny.grade({"halves": NAMED.format(lie=LIES[lie], content="0, 4")})
    right = {question.id for question in wrong.questions if question.score}
    assert right <= {"indexed"}  # it holds the 4 that this test looks at
    honest = tiny.grade({"halves": NAMED.format(lie=LIES[lie], content="x // 2, x - x // 2")})
    assert honest.score == 8, [question.message for question in honest.questions]


def test_a_tuple_that_says_it_holds_something_else_earns_nothing(tiny):
    assert tiny.grade({"halves": PLAIN_SUBCLASS}).score == 0


def test_the_names_of_a_tuple_are_no_array(make_tiny):
    tiny = make_tiny(
        [
            ("setup", "locked", "import numpy as np"),
            ("ones", "solution", "def ones(n):\n    return np.ones((n, n))"),
            ("shape", "test", "assert ones(2).shape == (2, 2)"),
            ("sum", "test", "assert ones(3).sum() == 9"),
        ]
    )
    assert tiny.grade().score == 4
    claim = "from collections import namedtuple\n"
    claim += "Claim = namedtuple('Claim', ['shape', 'sum'])\n"
    claim += "def ones(n):\n    return Claim((n, n), lambda: n * n)"
    claimed = tiny.grade({"ones": claim})
    assert claimed.score == 0
    assert "an object of the student's own" in claimed.questions[0].message
