"""Attacks on what crosses of pandas': frames that lie, and parts that do not belong together."""

from dataclasses import replace

import pytest

CELLS = [
    ("setup", "locked", "import numpy as np\nimport pandas as pd"),
    ("f", "solution", "def double(df):\n    return df.assign(a=2 * df.a)"),
    ("one", "test", "df = pd.DataFrame({'a': [1, 2, 5], 'b': ['x', 'y', None]})\n"
     "d = double(df)\nassert isinstance(d, pd.DataFrame) and d.shape == (3, 2)\n"
     "assert d.a.sum() == 16 and all(d.a == 2 * df.a) and d.equals(df.assign(a=[2, 4, 10]))\n"
     "for x, y in zip(d.a, df.a): assert x == 2 * y"),
    ("g", "solution", "def g(x):\n    return x + 1"),
    ("two", "test", "assert g(3) == 4"),
]  # fmt: skip
LIAR = (
    "class Liar(pd.DataFrame):\n    shape = (3, 2)\n    def __getattribute__(self, name):\n"
    "        if name == 'a': return np.array([2, 4, 10])\n"
    "        if name == 'equals': return lambda other: True\n"
    "        return super().__getattribute__(name)\n"
)
YES = "class Yes(int):\n    def __eq__(self, o): return True\n    __hash__ = int.__hash__\n"
# In place of what the table makes of a frame, parts of the student's own.
FORGE = (
    "import sys\nframes = sys.modules['autograder.sessions.frames']\n"
    "whole = frames.parts_of\n"
    "def forged(obj):\n    parts = whole(obj)\n"
    "    return PARTS if parts and parts[0] == 'frame' else parts\n"
    "frames.parts_of = forged\ndef double(df):\n    return df\n"
)
HOSTILE = {
    "a frame of a class of its own": f"{LIAR}def double(df): return Liar(df)",
    "a frame that becomes another class": (
        f"{LIAR}def double(df):\n    df.__class__ = Liar\n    return df"
    ),
    "a library that says yes": (
        "pd.DataFrame.equals = lambda s, o: True\npd.Series.__eq__ = lambda s, o: [True] * 3\n"
        "pd.Series.sum = lambda s: 16\ndef double(df): return df"
    ),
    "another library of the same name": (
        "import sys, types\nsys.modules['pandas'] = types.ModuleType('pandas')\n"
        "def double(df): return df"
    ),
    "numbers that equal everything": (
        f"{YES}def double(df): return df.assign(a=pd.Series([Yes(8), Yes(8), Yes(0)], "
        "dtype=object))"
    ),
    "names that equal everything": (
        "class Name(str):\n    def __eq__(self, o): return True\n    __hash__ = str.__hash__\n"
        "def double(df): return df.rename(columns={'a': Name('c')})"
    ),
    "the test's own frame emptied": (
        "def double(df):\n    df.drop(df.index, inplace=True)\n    return df"
    ),
    "the test's own frame changed to fit": (
        "def double(df):\n    r = df.copy()\n    df['a'] = [0, 0, 0]\n    r['a'] = [0, 0, 0]\n"
        "    return r"
    ),
    "the test's own frame made twice as large": (
        "def double(df):\n    df['a'] = df['a'] // 2\n    df['c'] = 1\n    return df"
    ),
    "attributes that it keeps": (
        "def double(df):\n    df.attrs['a'] = [2, 4, 10]\n    object.__setattr__(df, 'a', "
        "[2, 4, 10])\n    return df"
    ),
    "no rows": "def double(df): return df.iloc[:0]",
    "an index without end": (
        "def double(df): return pd.DataFrame(index=pd.RangeIndex(10**12))"
    ),
    "more than may cross": "def double(df): return pd.DataFrame({'a': np.zeros(9_000_000)})",
    "itself within itself": (
        "def double(df):\n    df['a'] = [[], [], []]\n    df['a'][0].append(df['a'][0])\n"
        "    return df"
    ),
    **{
        f"parts that do not belong together: {parts[:40]}": FORGE.replace("PARTS", parts)
        for parts in (
            "['frame', pd.Index(['a', 'b']), pd.RangeIndex(3), [np.array([2, 4, 10])]]",
            "['frame', pd.Index(['a']), pd.RangeIndex(10**7), [np.array([2, 4, 10])]]",
            "['series', [], pd.RangeIndex(3), np.array([2, 4, 10])]",
            "['range', None, 0, 10**15, 1]",
            "['frame', ['a', 'b'], [0, 1, 2], [[2, 4, 10], list('xyz')]]",
            "['builtins.eval', '16']",
            "['numpy', 'O', [3, 2], [print] * 6]",
            "['index', None, np.array([1]), '__import__(\"os\")']",
        )
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def tiny(make_tiny):
    made = make_tiny(CELLS)
    both = ("numpy", "pandas")
    made.assignment = replace(made.assignment, packages=both, grader_packages=both)
    return made


def test_what_is_attacked_is_there(tiny):
    assert tiny.grade().score == 4


@pytest.mark.parametrize("name", HOSTILE)
def test_a_frame_that_lies_earns_nothing_and_costs_its_question_alone(tiny, name):
    one, two = tiny.grade({"f": HOSTILE[name]}).questions
    assert (one.score, two.score) == (0, 2), (one.message, two.message)
    assert one.state in ("failed", "error"), one


def test_where_an_assignment_does_not_list_pandas_no_frame_comes_in(make_tiny):
    cells = [("f", "solution", "def f():\n    return [1]"), ("t", "test", "assert len(f()) == 1")]
    forged = (
        "import sys\nwire = sys.modules['autograder.sessions.wire']\n"
        "wire.frames.parts_of = lambda o: ['range', None, 0, 1, 1] if type(o) is F else None\n"
        "class F: pass\ndef f(): return F()"
    )
    tiny = make_tiny(cells)
    assert tiny.grade().score == 2
    [question] = tiny.grade({"f": forged}).questions
    assert (question.score, question.state) == (0, "error"), question


def test_no_hidden_word_of_a_frame_is_in_what_a_student_reads(make_tiny):
    hidden = (
        "### BEGIN HIDDEN TESTS\ndf = pd.DataFrame({'secret4141': [4141]})\n"
        "assert double(df)['secret4141'][0] == 8282\n### END HIDDEN TESTS\nassert callable(double)"
    )
    cells = [CELLS[0], ("f", "solution", "def double(df): return 2 * df"), ("t", "test", hidden)]
    made = make_tiny(cells)
    both = ("numpy", "pandas")
    made.assignment = replace(made.assignment, packages=both, grader_packages=both)
    assert made.grade().score == 2
    for answer in ("return df", "return df.nothing", "raise ValueError(df)", "print(df)"):
        result = made.grade({"f": f"def double(df): {answer}"})
        assert result.score == 0
        assert "4141" not in result.notebooks["tiny"].decode() + repr(result.questions)
