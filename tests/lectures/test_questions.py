"""What a lecture asks is answered: a right answer is accepted, a known mistake gets its own hint,
and nothing of it was typed in or stands there to be read."""

import ast

import nbformat
import pytest

from tests.lectures.notebooks import LECTURES

ASKING = ("number", "shape", "array", "choice", "true_or_false")


def code_cells(path):
    notebook = nbformat.read(path, as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def calls(source):
    """The names of the methods of `lecture` that a cell calls."""
    nodes = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "lecture"
    }


LESSONS = [path for path in LECTURES if any("lesson.begin(" in c.source for c in code_cells(path))]
of_lessons = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


@pytest.mark.slow
@of_lessons
def test_every_question_of_a_lecture_answers_rightly(path, executed):
    proof = executed(path).proof
    assert proof["flaws"] == []
    assert proof["questions"] >= 6
    assert proof["predictions"] >= 2


@of_lessons
def test_a_cell_that_asks_is_folded(path):
    for cell in code_cells(path):
        if calls(cell.source) & {*ASKING, "predict"}:
            assert cell.metadata.get("jupyter", {}).get("source_hidden") is True, cell.id
            assert "question" in cell.metadata.get("tags", []), cell.id


def typed_in(source):
    """The answers and mistakes of a cell whose result stands there instead of being computed."""
    tree = ast.parse(source)
    given = {
        argument.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ASKING
        for argument in _computed(node)
    }
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name in given:
            ends = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
            if any(map(is_literal, ends)):
                yield function.name


def _computed(call):
    """The functions that have to compute: of a choice the answer alone, since a wrong option is
    what somebody believes."""
    functions = [argument for argument in call.args if isinstance(argument, ast.Name)]
    if call.func.attr not in ("choice", "true_or_false"):
        return functions
    options = call.func.attr == "choice" and isinstance(call.args[1], ast.Name)
    return functions[options : options + 1]


def is_literal(node):
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError):
        return False
    return True


@of_lessons
def test_answers_and_known_mistakes_are_computed(path):
    for cell in code_cells(path):
        if calls(cell.source) & set(ASKING):
            assert list(typed_in(cell.source)) == [], cell.id


def test_a_result_that_was_typed_in_is_found():
    source = """
def answer():
    return 784

def mistake():
    return 28 * 28

def pair():
    return (-1, 2.5)

lecture.array("?", answer, mistake, pair)
"""
    assert list(typed_in(source)) == ["answer", "pair"]


@of_lessons
def test_every_prediction_gets_its_outcome(path):
    named = {"predict": set(), "outcome": set()}
    for cell in code_cells(path):
        for node in ast.walk(ast.parse(cell.source)):
            method = getattr(getattr(node, "func", None), "attr", "")
            if method in named and isinstance(node, ast.Call):
                named[method].add(node.args[0].value)
    assert named["predict"] == named["outcome"]
    assert any("lecture.card()" in cell.source for cell in code_cells(path)[-2:])
