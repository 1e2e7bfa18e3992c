"""Cells that IPython would leave as they are do not go through its transformers."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from autograder.sessions.syntax import as_it_is
from tests.conftest import ROOT

LINES = [
    *("x = 1", "def f(a):", "    return a", "if x:", "    pass", "", "   ", "\t", "    y = 2"),
    *(">>> x", "...", "... y", "   ...: z", "In [1]: int", "[ins] In [2]: int", "In[1]: int"),
    *(
        "%time f(1)",
        "%%time",
        "!ls",
        "x = !ls",
        "x = %pwd",
        "x?",
        "?x",
        "f??",
        "/f 1",
        ",f a",
        "ls",
    ),
    *(
        '"""',
        "'''",
        "# what?",
        "# %",
        "s = '?'",
        "(1",
        "  % 2)",
        "x = 1 \\",
        "  % 2",
        "; x",
        "a; b",
    ),
    *(
        "await f()",
        "async def g():",
        "    await f()",
        "x = 3 % 2",
        "x: int",
        "return",
        "@f",
        "λ = 1",
    ),
    *("x = 1\r", "x = 1\x0c", "\x0c", "s = '\u2028'", "s = '\x85'", "raise", "print(x)  # !"),
]
MADE = sorted(ROOT.glob("lectures/*.ipynb")) + sorted(ROOT.glob("solutions/*/*.ipynb"))


def as_ipython(cell: str) -> str:
    return TransformerManager().transform_cell(cell)


@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=7), st.sampled_from(["", "\n"]))
@example(['"""', ">>> x", '"""'], "")
@example(["x = 1", "..."], "")
@example(['s = """', "   ", '"""'], "")
@example(["    # indented", "x = 1"], "")
@example(["", "x = 1"], "")
def test_what_is_plain_ipython_leaves_as_it_is(lines, end):
    cell = "\n".join(lines) + end
    if plain := as_it_is(cell):
        assert as_ipython(cell) == plain


@pytest.mark.parametrize("path", MADE, ids=lambda path: path.stem)
def test_the_cells_of_the_course_are_plain(path):
    cells = [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]
    sources = ["".join(cell["source"]) for cell in cells]
    plain = [source for source in sources if as_it_is(source)]
    assert len(plain) > 0.9 * len(sources)
    assert all(as_ipython(source) == as_it_is(source) for source in plain)


def test_a_transformer_that_a_cell_has_added_is_heard(make_tiny):
    add = "def spelt(lines):\n    return [line.replace('three', '3') for line in lines]\n"
    add += "get_ipython().input_transformers_post.append(spelt)"
    cells = [("q", "solution", "def f():\n    return 3"), ("t", "test", "assert f() == 3")]
    tiny, answer = make_tiny(cells), {"q": "def f():\n    return three"}
    assert tiny.grade(answer, extra=add).questions[0].state == "passed"
    assert tiny.grade(answer).questions[0].state == "error"


def test_a_cell_of_several_lines_may_await(make_tiny):
    cells = [("q", "solution", "x = 3"), ("t", "test", "assert x == 3")]
    answer = "import asyncio\n\nasync def three():\n    return 3\n\nx = await three()"
    [question] = make_tiny(cells).grade({"q": answer}).questions
    assert question.state == "passed"
