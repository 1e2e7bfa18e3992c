"""Every question of every lecture answers rightly, and none gives its answer away."""

import ast

import nbformat
import pytest

from tests.lectures.conftest import asks
from tests.lectures.test_lectures import LECTURES

ASKING = [path for path in LECTURES if asks(nbformat.read(path, as_version=4))]
ASK = {"number", "shape", "array", "choice", "true_or_false"}


@pytest.fixture(params=ASKING, ids=lambda path: path.stem)
def path(request):
    return request.param


def asking(path):
    """The cells that ask a question, with what Python reads in them."""
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        tree = ast.parse(cell.source)
        called = [n.func.attr for n in ast.walk(tree) if _of_the_lecture(n)]
        if ASK & set(called):
            yield cell, tree


def _of_the_lecture(node):
    """`lecture.number(…)` and its like."""
    function = getattr(node, "func", None)
    return (
        isinstance(node, ast.Call)
        and isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "lecture"
    )


@pytest.mark.slow
def test_every_question_accepts_its_answer_and_knows_its_mistakes(path, execute):
    assert execute(path).proof["flaws"] == []


@pytest.mark.slow
def test_a_lecture_asks_enough(path, execute):
    assert execute(path).proof["questions"] >= 6
    assert execute(path).proof["predictions"] >= 2


def test_the_source_of_a_question_is_folded(path):
    for cell, _ in asking(path):
        assert cell.metadata.get("jupyter", {}).get("source_hidden"), cell.id
        assert "question" in cell.metadata.get("tags", []), cell.id


def test_every_answer_and_every_mistake_is_computed(path):
    for cell, tree in asking(path):
        choosing = "choice(" in cell.source or "true_or_false(" in cell.source
        for function in [node for node in tree.body if isinstance(node, ast.FunctionDef)]:
            given = [n.value for n in ast.walk(function) if isinstance(n, ast.Return)]
            typed_in = [value for value in given if isinstance(value, ast.Constant | ast.Tuple)]
            typed_in = [v for v in typed_in if not any(_computes(n) for n in ast.walk(v))]
            # A wrong option is what somebody believes; the right one is found out.
            if not (choosing and function.name != "answer"):
                assert not typed_in, f"{cell.id}: {function.name} returns what was typed in"


def _computes(node):
    return isinstance(node, ast.Call | ast.BinOp | ast.Compare | ast.Subscript | ast.Name)
