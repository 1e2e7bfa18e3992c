"""What a test may ask of what an answer has drawn: each kind with a right and a wrong drawing."""

from dataclasses import replace

import pytest

from tests.conftest import notebook

SETUP = ("setup", "locked", "import numpy as np\nimport matplotlib.pyplot as plt")
AX = (
    "def draw():\n    fig, ax = plt.subplots()\n    ax.plot([0, 1, 2], [1, 10, 100], 'r--', "
    "label='loss')\n    ax.set(title='Training', xlabel='epoch', yscale='log', xlim=(0, 2))\n"
    "    ax.legend()\n    return ax"
)
FIG = (
    "def draw():\n    fig, (left, right) = plt.subplots(1, 2, figsize=(6, 3))\n"
    "    left.bar(['a', 'b'], [1, 2])\n    right.imshow(np.eye(2), cmap='gray')\n"
    "    left.scatter([1, 2], [3, 4])\n    return fig"
)
OPEN = "def draw():\n    plt.plot([1, 2])\n    plt.title('Open')"
SHOWN = "plt.plot([1, 2])\nplt.title('Shown')\nplt.show()"
# The answer, the test, and what is put in the place of what to have a wrong answer.
KINDS = {
    "whether there are lines, and no bars": (
        AX, "assert draw().lines and not draw().patches", ("ax.legend()", "ax.bar([1], [2])")
    ),
    "whether a figure is there": (SHOWN, "assert plt.get_fignums()", (SHOWN, "pass")),
    "limits and ticks, asked of pyplot": (
        f"{OPEN}\n    plt.axis((0, 5, 1, 9))\n    plt.xticks([0, 5])",
        "draw()\nassert (plt.xlim(), plt.ylim()) == ((0, 5), (1, 9))\n"
        "assert list(plt.xticks()[0]) == [0, 5] and plt.axis() == (0, 5, 1, 9)\n"
        "assert plt.gca().get_xlim() == (0, 5)",
        ("(0, 5, 1, 9)", "(0, 5, 1, 8)"),
    ),
    "title and label": (
        AX,
        "ax = draw()\nassert (ax.get_title(), ax.get_xlabel()) == ('Training', 'epoch')",
        ("'epoch'", "'x'"),
    ),
    "the data of a line": (
        AX,
        "x, y = draw().lines[0].get_data()\nassert list(x) == [0, 1, 2]\n"
        "np.testing.assert_allclose(y, [1, 10, 100])",
        ("[1, 10, 100]", "[100, 10, 1]"),
    ),
    "how many lines": (AX, "assert len(draw().get_lines()) == 1", ("ax.legend", "ax.plot([3])")),
    "each line's look": (
        AX,
        "for line in draw().lines:\n    assert line.get_color() == 'r'\n"
        "    assert line.get_linestyle() == '--'",
        ("'r--'", "'r-'"),
    ),
    "the legend": (
        AX,
        "ax = draw()\n_, labels = ax.get_legend_handles_labels()\nassert labels == ['loss']\n"
        "assert [t.get_text() for t in ax.get_legend().get_texts()] == ['loss']",
        ("ax.legend()", "pass"),
    ),
    "limits and scale": (
        AX,
        "ax = draw()\nassert ax.get_xlim() == (0, 2) and ax.get_yscale() == 'log'",
        ("'log'", "'linear'"),
    ),
    "whether they are axes": (
        AX, "assert isinstance(draw(), plt.Axes)", ("return ax", "return fig")
    ),
    "the figure of axes": (
        AX, "assert draw().figure.axes[0].get_title() == 'Training'", ("title=", "ylabel=")
    ),
    "the heights of bars": (
        FIG,
        "ax = draw().axes[0]\nassert [bar.get_height() for bar in ax.patches] == [1, 2]\n"
        "assert [t.get_text() for t in ax.get_xticklabels()] == ['a', 'b']",
        ("[1, 2])\n    right", "[2, 1])\n    right"),
    ),
    "the numbers of an image": (
        FIG,
        "[image] = draw().axes[1].images\nassert (image.get_array() == np.eye(2)).all()\n"
        "assert image.get_cmap().name == 'gray'",
        ("np.eye(2)", "1 - np.eye(2)"),
    ),
    "the points of a cloud": (
        FIG,
        "offsets = draw().axes[0].collections[0].get_offsets()\n"
        "np.testing.assert_array_equal(offsets, [[1, 3], [2, 4]])",
        ("[3, 4]", "[4, 3]"),
    ),
    "a figure's size and axes": (
        FIG,
        "fig = draw()\nassert isinstance(fig, plt.Figure) and len(fig.axes) == 2\n"
        "assert tuple(fig.get_size_inches()) == (6, 3)",
        ("figsize=(6, 3)", "figsize=(3, 6)"),
    ),
    "a variable that is axes": (
        "fig, ax = plt.subplots()\nax.plot([1, 4])",
        "assert ax.lines[0].get_ydata()[-1] == 4",
        ("4", "5"),
    ),
    "the current axes of a function": (
        OPEN, "draw()\nassert plt.gca().get_title() == 'Open'", ("'Open'", "''")
    ),
    "the current figure of a function": (
        OPEN, "assert draw() is None and len(plt.gcf().axes[0].lines) == 1", ("plot", "scatter")
    ),
    "the figure that a cell has shown": (
        SHOWN, "assert plt.gca().get_title() == 'Shown'", ("'Shown'", "'Hidden'")
    ),
    "the figure that a cell has left": (
        SHOWN.replace("\nplt.show()", ""),
        "assert plt.gcf().axes[0].get_title() == 'Shown'",
        ("'Shown'", "'Hidden'"),
    ),
    "the student's figure beside the test's": (
        SHOWN,
        "theirs = plt.gca()\nfig, own = plt.subplots()\nown.plot([1, 2])\n"
        "assert plt.gca() is own and plt.gcf() is fig\n"
        "assert list(theirs.lines[0].get_ydata()) == list(own.lines[0].get_ydata())",
        ("[1, 2]", "[1, 3]"),
    ),
    "what nothing has been drawn into": (
        "x = 1", "assert x == 1 and not plt.gca().has_data()", ("x = 1", "x = 1\nplt.plot(x)")
    ),
    "a helper of the instructor's": (
        OPEN, "draw()\nassert title() == 'Open'", ("'Open'", "'Shut'")
    ),
}  # fmt: skip
HELPER = ("helper", "locked", "plt.plot([7])\nown = plt.gca()\ndef title():\n"
          "    return plt.gca().get_title()")  # fmt: skip


@pytest.fixture(scope="module")
def make_tiny_plot(make_tiny):
    """Assignments that may draw."""

    def make(cells):
        tiny = make_tiny([SETUP, HELPER, *cells])
        both = ("numpy", "matplotlib")
        tiny.assignment = replace(tiny.assignment, packages=both, grader_packages=both)
        return tiny

    return make


@pytest.fixture(scope="module")
def tiny(make_tiny_plot):
    """One assignment with a question for each kind."""
    cells = []
    for n, (answer, test, _) in enumerate(KINDS.values()):
        cells += [(f"f{n}", "solution", answer), (f"t{n}", "test", test)]
    return make_tiny_plot(cells)


@pytest.fixture(scope="module")
def right(tiny):
    return tiny.grade(extra="note = 'drawn by hand'")


@pytest.fixture(scope="module")
def wrong(tiny):
    """Every drawing wrong."""
    changed = [(answer, *change) for answer, _, change in KINDS.values()]
    assert all(old in answer for answer, old, _ in changed)
    return tiny.grade({f"f{n}": a.replace(old, new, 1) for n, (a, old, new) in enumerate(changed)})


@pytest.mark.parametrize("kind", KINDS)
def test_a_right_drawing_gets_its_points_and_a_wrong_one_none(right, wrong, kind):
    n = list(KINDS).index(kind)
    assert right.questions[n].state == "passed", right.questions[n].message
    assert wrong.questions[n].score == 0
    assert wrong.questions[n].state in ("failed", "error"), wrong.questions[n].message


def test_a_figure_of_one_question_is_none_of_the_next(make_tiny_plot):
    cells = [
        ("one", "solution", SHOWN),
        ("t1", "test", "assert plt.gca().get_title()"),
        ("t2", "test", "assert plt.gca().has_data()"),
        ("two", "solution", SHOWN),
        ("t3", "test", "assert plt.gca().get_title()"),
    ]
    tiny = make_tiny_plot(cells)
    assert tiny.grade().score == 6
    states = [q.state for q in tiny.grade({"two": "pass"}).questions]
    assert states == ["passed", "passed", "failed"]


def test_a_cell_of_the_students_own_takes_no_figure_away(make_tiny_plot):
    cells = [("f", "solution", SHOWN), ("t", "test", "assert plt.gca().get_title() == 'Shown'")]
    tiny = make_tiny_plot(cells)
    own = [SETUP, HELPER, cells[0], ("", "", "n = 1"), cells[1]]
    assert tiny.grade_bytes(notebook(own)).score == 2


def test_what_the_instructor_draws_stays_where_it_is_drawn(make_tiny_plot):
    cells = [("f", "solution", OPEN), ("t", "test", "assert list(own.lines[0].get_ydata()) == [7]\n"
             "draw()\nassert plt.gca().get_title() == 'Open'")]  # fmt: skip
    assert make_tiny_plot(cells).grade().score == 2
