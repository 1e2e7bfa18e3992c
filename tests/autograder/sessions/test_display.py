"""Cells that IPython would leave as they are do not go through its transformers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from autograder.sessions.syntax import as_it_is
from tests.conftest import ROOT

# Statements, and what may stand in a text of several lines or behind a comment's sign.
BLOCKS = [
    "x = 1",
    "def f(a):\n    return a",
    "if x:\n    pass\n\n    y = 2",
    "@f\nclass A:\n    n: int = 3 % 2",
    "z = (1\n  % 2\n  / 3)",
    "x = 1 \\\n  % 2",
    "async def g():\n    await f()",
    "await f()",
    "s = 'what?'",
    "x: int",
    "print(x)  # !",
    "λ = 1; b = x != 2",
    "# x?",
    "return",
]
INSIDE = [
    *[
        "",
        "a",
        "what?",
        "%time f()",
        "!ls",
        "x = !ls",
        "?x",
        "/f 1",
        "In[1]: int",
        "a\tb",
        "#",
        "\\n",
    ],
    *["   ", "\t", "\u00a0", ">>> x", "  >>> x", "\u00a0>>> x", "\u3000...: y", "...", "   ...: z"],
    *["In [1]: int", "[ins] In [2]: int", "a\r", "a\x0c", "a\u2028b", "a\x85b", "\\", "  \\"],
]
TEXTS = st.lists(st.sampled_from(INSIDE), max_size=3).map("\n".join)
CELLS = st.one_of(
    st.sampled_from(BLOCKS),
    TEXTS.map(lambda text: f's = """{text}\n"""'),
    st.sampled_from(INSIDE).map(lambda text: f"# {text}"),
)
LEFT = ["", "x = 1", "\n\n".join(BLOCKS), 's = """what?\n%time\n!ls\nx = !ls"""\ny = 2\n']
CHANGED = [
    'x = """\n>>> y\n"""',
    'x = """\n\u00a0>>> y\n"""',
    'x = """\n\u3000...: y\n"""',
    's = """\n   \n"""',
    "    # indented\n    # too",
    "\nx = 1",
    "x = %pwd\ny = 1",
    "f?\ny = 1",
    "In [1]: x = 1\n   ...: y = 2",
    "if a:\n    if b:\n        x\n\\\n        y\n        z\n    w\n",  # which IPython cannot read
]
MADE = sorted(ROOT.glob("lectures/*.ipynb")) + sorted(ROOT.glob("solutions/*/*.ipynb"))


def as_ipython(cell: str) -> str:
    return TransformerManager().transform_cell(cell)


@given(st.lists(CELLS, min_size=1, max_size=5).map("\n".join), st.sampled_from(["", "\n"]))
def test_what_is_plain_ipython_leaves_as_it_is(cell, end):
    if plain := as_it_is(cell + end):
        assert as_ipython(cell + end) == plain


@pytest.mark.parametrize("cell", LEFT)
def test_python_is_plain(cell):
    assert as_it_is(cell) == as_ipython(cell) == cell.removesuffix("\n") + "\n"


@pytest.mark.parametrize("cell", CHANGED)
def test_what_ipython_changes_is_not_plain(cell):
    assert as_it_is(cell) == ""
    try:
        assert as_ipython(cell) != cell + "\n"
    except IndentationError:
        assert cell == CHANGED[-1]


@pytest.mark.parametrize("path", MADE, ids=lambda path: path.stem)
def test_the_cells_of_the_course_are_plain(path):
    cells = [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]
    sources = ["".join(cell["source"]) for cell in cells]
    plain = [source for source in sources if as_it_is(source)]
    assert len(plain) > 0.9 * len(sources)
    assert all(as_ipython(source) == as_it_is(source) for source in plain)


SPELT = "def spelt(lines):\n    return [line.replace('three', '3') for line in lines]\n"
MANAGER = "manager = get_ipython().input_transformer_manager\n"
CHANGES = {
    "added": SPELT + "get_ipython().input_transformers_post.append(spelt)",
    "added before": SPELT + MANAGER + "manager.line_transforms.append(spelt)",
    "in a list of its own": SPELT + MANAGER + "manager.cleanup_transforms = [spelt]",
    "the manager's own": SPELT + MANAGER + "whole = manager.transform_cell\n"
    "manager.transform_cell = lambda cell: whole(cell.replace('three', '3'))",
    "another manager": "from IPython.core.inputtransformer2 import TransformerManager\n"
    "class Spelt(TransformerManager):\n    def transform_cell(self, cell):\n"
    "        return super().transform_cell(cell.replace('three', '3'))\n"
    "get_ipython().input_transformer_manager = Spelt()",
}


@pytest.mark.parametrize("how", [*CHANGES, ""])
def test_a_transformer_that_a_cell_has_put_there_is_heard(make_tiny, how):
    cells = [("q", "solution", "def f():\n    return 3"), ("t", "test", "assert f() == 3")]
    answer = {"q": "def f():\n    return three"}
    [question] = make_tiny(cells).grade(answer, extra=CHANGES.get(how, "")).questions
    assert question.state == ("passed" if how else "error")


def test_a_cell_of_several_lines_may_await(make_tiny):
    cells = [("q", "solution", "x = 3"), ("t", "test", "assert x == 3")]
    answer = "import asyncio\n\nasync def three():\n    return 3\n\nx = await three()"
    [question] = make_tiny(cells).grade({"q": answer}).questions
    assert question.state == "passed"
