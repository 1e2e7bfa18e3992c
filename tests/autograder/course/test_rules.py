"""Static rules: what is found, what is not, and what it costs."""

import pytest

from autograder.course.assignment import AssignmentError, read_assignment
from autograder.course.rules import Rule, findings
from tests.conftest import Tiny, notebook

NO_CONVOLVE = Rule(("numpy.convolve", "scipy"), "write the sum yourself")
USES = [
    "import numpy as np\nnp.convolve(x, k)",
    "import numpy\ny = numpy.convolve",
    "from numpy import convolve as c\nc(x, k)",
    "from scipy import signal",
    "import scipy.signal as s",
    "def f(x):\n    import numpy as n\n    return n.convolve(x, x)",
    "%matplotlib inline\nimport numpy as np\nnp.convolve(x, k)",
]
HARMLESS = [
    "def convolve(x, k):\n    return x",
    "import numpy as np\nnp.convolved = 1\nnp.sum(x)",
    "# np.convolve would do",
    "s = 'scipy.signal'",
    "scipyish = 1",
    "def broken(:",
]


@pytest.mark.parametrize("source", USES)
def test_what_is_written_plainly_is_found(source):
    [finding] = findings((NO_CONVOLVE,), [("answer", source)])
    assert str(finding).startswith(f"answer, line {finding.line}, uses ")
    assert str(finding).endswith(": write the sum yourself")


@pytest.mark.parametrize("source", HARMLESS)
def test_what_only_looks_like_it_is_not(source):
    assert not findings((NO_CONVOLVE,), [("answer", source)])


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("x = 1\nfor i in y:\n    pass", 2),
        ("x = [i for i in y]", 1),
        ("while True:\n    break", 1),
        ("def f():\n    return sum(i for i in range(3))", 2),
    ],
)
def test_loops_can_be_forbidden(source, line):
    [finding] = findings((Rule(("for", "while")),), [("answer", source)])
    assert finding.line == line


def test_an_import_of_the_instructors_gives_the_name_and_breaks_no_rule():
    cells = [("", "import numpy as np\nnp.convolve([1], [1])"), ("answer", "np.convolve(x, k)")]
    assert [finding.cell for finding in findings((NO_CONVOLVE,), cells)] == ["answer"]


def test_cells_with_magics_are_read_as_far_as_anybody_writes_them():
    loop = "for i in x:\n    pass\n"
    written = "%matplotlib inline\nn = !ls\nmax?\n" + "print('%d %%' % 3)\n" * 200 + loop
    endless = [*("!a\n" * 499, "x = %pwd\n" * 300 + loop), *["!a\n" * 100 + loop] * 8]
    rule = Rule(("for",))
    read = findings((rule,), [("answer", written)] * 5)
    assert {(finding.name, finding.line) for finding in read} == {("for", 204)}
    disguised = ["!a\r" * 499, "x?\r\n" * 499, "\x0c!a\n" * 499, "x =\x0c!a\n" * 499]
    for cell in (*endless[:2], *disguised):
        [finding] = findings((rule,), [("answer", cell)])
        assert "more magics than can be looked through" in str(finding)
    several = findings((rule,), [(f"cell {n}", cell) for n, cell in enumerate(endless[2:])])
    assert [finding.name for finding in several][::7] == [
        "for",
        "more magics than can be looked through",
    ]
    plain = "x = 'what?'\n" * 20_000 + loop  # no magic, whatever it looks like
    assert [finding.name for finding in findings((rule,), [("answer", plain)])] == ["for"]


def test_a_rule_can_be_for_some_cells():
    rule = Rule(("for",), cells=("one",))
    cells = [("one", "for i in x: pass"), ("other", "for i in x: pass")]
    assert [finding.cell for finding in findings((rule,), cells)] == ["one"]


@pytest.mark.parametrize(
    "source",
    [
        "%%time\nfor i in x: pass",
        "%%capture out\nfor i in x: pass",
        "%time y = [i for i in x]",
        "%timeit -n 3 [i for i in x]",
    ],
)
def test_a_cell_that_is_timed_or_captured_is_read(source):
    assert findings((Rule(("for",)),), [("answer", source)])


CELLS = [
    ("f", "solution", "def f(x):\n    return x + x"),
    ("f_test", "test", "assert f(2) == 4"),
    ("g", "solution", "def g(x):\n    return [i for i in x]"),
    ("g_test", "test", "assert g([1]) == [1]"),
]
SETTINGS = """
[[rules]]
forbid = ["for"]
cells = ["f", "g"]
fails = ["g_test"]
message = "without a loop"
"""


def tiny(tmp_path, settings):
    # Tables of tables stand behind the plain settings that Tiny writes.
    made = Tiny(tmp_path / "t", CELLS)
    path = tmp_path / "t" / "assignment.toml"
    path.write_text(path.read_text() + settings)
    return made, tmp_path / "t"


def test_a_broken_rule_is_said_and_fails_the_questions_that_it_names(tmp_path):
    made, folder = tiny(tmp_path, SETTINGS)
    made.assignment = read_assignment(folder)
    result = made.grade()
    assert [(q.state, q.score) for q in result.questions] == [("passed", 2), ("failed", 0)]
    assert "g, line 2, uses for: without a loop" in result.message
    assert "without a loop" in result.questions[1].message
    assert result.state == "graded"
    good = made.grade({"g": "def g(x):\n    return list(x)"})
    assert good.score == 4
    assert good.message == ""


@pytest.mark.parametrize(
    "source",
    [
        "y = [g(x) for x in ([1], [2])]",
        "def show(g):\n    for i in g: print(i)",
        "for x in []: pass",
    ],
)
def test_what_defines_something_else_is_free_of_the_rule(tmp_path, source):
    made, folder = tiny(tmp_path, SETTINGS.replace('"f", "g"', '"g"'))
    made.assignment = read_assignment(folder)
    cells = [*CELLS[:2], ("g", "solution", "def g(x):\n    return list(x)"), ("", "", source)]
    result = made.grade_bytes(notebook([*cells, CELLS[3]]))
    assert (result.score, result.message) == (4, "")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ('[[rules]]\nforbid = ["for"]\nfails = ["h"]', "there is no cell h"),
        ("[[rules]]\nmessage = 'x'", "rule 1 forbids nothing"),
        ('[[rules]]\nforbid = ["for"]\nwhen = 1', "when is not a setting"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(tmp_path, settings, message):
    _, folder = tiny(tmp_path, settings)
    with pytest.raises(AssignmentError, match=message):
        read_assignment(folder)
