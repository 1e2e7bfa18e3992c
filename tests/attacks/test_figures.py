"""Attacks on what a test asks of the current figure."""

from dataclasses import replace

import pytest

CELLS = [
    ("setup", "locked", "import matplotlib.pyplot as plt"),
    ("f", "solution", "plt.plot([1, 2, 4])\nplt.xlabel('epoch')"),
    ("one", "test", "ax = plt.gca()\nassert list(ax.lines[0].get_ydata()) == [1, 2, 4]\n"
     "assert ax.get_xlabel() == 'epoch' and isinstance(ax, plt.Axes)"),
    ("g", "solution", "def g(x):\n    return x + 1"),
    ("two", "test", "assert g(3) == 4 and plt.gcf() is not None"),
]  # fmt: skip
KEPT = (
    "import gc, sys\nkind = sys.modules['autograder.sessions.figures'].Kept\n"
    "[kept] = [o for o in gc.get_objects() if type(o) is kind]\n"
)
YES = (
    "class Yes:\n    def __getattr__(self, name): return self\n"
    "    def __call__(self, *a): return self\n    def __eq__(self, o): return True\n"
    "    def __getitem__(self, i): return self\n    def __iter__(self): return iter([1, 2, 4])\n"
)
HOSTILE = {
    "a figure that is everything": f"{YES}{KEPT}kind.current = lambda s, n: Yes()",
    "axes that are a plain value": f"{KEPT}kind.current = lambda s, n: 'epoch'",
    "no figure": f"{KEPT}kind.current = lambda s, n: None",
    "a figure that ends the process": (f"{KEPT}import os\nkind.current = lambda s, n: os._exit(0)"),
    "a figure that never comes": f"{KEPT}kind.current = lambda s, n: [0 for _ in iter(int, 1)]",
    "a library that cannot draw": "plt.gcf = plt.gca = None\nplt.get_fignums = lambda: [1]",
    "a figure closed by its own": "plt.plot([1, 2, 4])\nplt.close()",
    "a figure of another kind": "plt.figure().text(0, 0, 'epoch')",
}


@pytest.fixture(scope="module")
def tiny(make_tiny):
    made = make_tiny(CELLS)
    both = ("numpy", "matplotlib")
    made.assignment = replace(made.assignment, packages=both, grader_packages=both)
    return made


def test_what_is_attacked_is_there(tiny):
    assert tiny.grade().score == 4


@pytest.mark.parametrize("name", HOSTILE)
def test_a_figure_that_was_not_drawn_earns_nothing(tiny, name):
    one = tiny.grade({"f": HOSTILE[name]}).questions[0]
    assert one.score == 0
    assert one.state in ("failed", "error", "crashed", "timeout"), one


def test_what_is_drawn_for_a_hidden_test_is_shown_in_no_later_cell(make_tiny):
    cells = [
        CELLS[0],
        ("f", "solution", "def draw(x):\n    plt.plot(x)"),
        ("t", "test", "### BEGIN HIDDEN TESTS\ndraw([4, 1, 4, 1])\n### END HIDDEN TESTS\n"
         "draw([1])\nassert plt.gca().has_data()"),
        ("g", "solution", "plt.plot([1])"),
        ("u", "test", "assert len(plt.gca().lines) == 1"),
    ]  # fmt: skip
    made = make_tiny(cells)
    both = ("numpy", "matplotlib")
    made.assignment = replace(made.assignment, packages=both, grader_packages=both)
    assert made.grade().score == 4


def test_a_test_that_does_not_ask_for_a_figure_is_given_none(make_tiny):
    cells = [
        CELLS[0],
        ("f", "solution", "def f(): return 3"),
        ("t", "test", "x = f()\nassert x == 3 or plt.gca().get_xlabel()"),
    ]
    made = make_tiny(cells)
    both = ("numpy", "matplotlib")
    made.assignment = replace(made.assignment, packages=both, grader_packages=both)
    assert made.grade().score == 2
    [question] = made.grade({"f": "plt.xlabel('x')\ndef f(): return 4"}).questions
    assert (question.score, question.state) == (0, "error")
