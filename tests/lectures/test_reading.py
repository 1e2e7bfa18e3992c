"""A lecture is for reading: what only proves is folded, the code is narrow, and it says how long it
takes and where to go on."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from cnnkit.mathml import mathml
from tests.lectures.notebooks import LECTURES, formulas, text_cells

READ = [path for path in LECTURES if path.name[:2] != "00"]
COLUMNS = 72
SAID = re.compile(r'print\(\s*f?"checked: ')
LINES = 25  # of code that a reader has before him at once


@pytest.fixture(params=READ, ids=lambda path: path.stem)
def path(request) -> Path:
    return request.param


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def is_folded(cell: nbformat.NotebookNode) -> bool:
    return cell.metadata.get("jupyter", {}).get("source_hidden", False)


def asserts(cell: nbformat.NotebookNode) -> bool:
    return any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(cell.source)))


def test_what_only_proves_is_folded_away_and_says_in_a_line_what_was_checked(path):
    cells = code_cells(path)
    assert sum(map(asserts, cells)) > 5
    for cell in cells:
        tags = cell.metadata.get("tags", [])
        proves, asks = asserts(cell), "question" in tags
        assert proves == ("checks" in tags), cell.id
        assert is_folded(cell) == (proves or asks), cell.id
        assert proves == bool(SAID.search(cell.source)), cell.id
        # JupyterLab shows the first line of what is folded.
        assert proves == cell.source.startswith("# Proof (click to read it)\n"), cell.id
        assert asks == cell.source.startswith("# Question ("), cell.id


def test_code_fits_a_narrow_window_and_a_glance(path):
    for cell in code_cells(path):
        lines = cell.source.splitlines()
        assert max(map(len, lines)) <= COLUMNS, cell.id
        assert is_folded(cell) or len(lines) <= LINES, cell.id


def test_it_begins_with_the_time_it_takes_and_ends_with_links(path):
    texts = text_cells(path)
    framed = any("lesson.begin(" in cell.source for cell in code_cells(path))
    # The frame says how long, and the card leads to the sources.
    assert framed or re.match(r"# \d+ · .*\n\n\*About .*(hour|minutes).*\*", texts[0])
    assert "(00-start.ipynb)" in texts[0]
    for target in ("(00-start.ipynb)", *(() if framed else ("(https://arxiv.org/abs/",))):
        assert target in texts[-1]


def repeated(one: Path, other: Path) -> list[str]:
    """What stands word for word in both: pieces of text and of code that are longer than a line."""
    pieces = [
        {
            piece
            for cell in nbformat.read(path, as_version=4).cells
            for piece in re.split(r"\n\s*\n", cell.source)
            if len(piece) > 120
        }
        for path in (one, other)
    ]
    return sorted(pieces[0] & pieces[1])


@pytest.mark.parametrize("path", READ[1:], ids=lambda path: path.stem)
def test_a_lecture_does_not_repeat_the_one_before_it(path):
    assert repeated(READ[READ.index(path) - 1], path) == []


def test_what_is_repeated_is_found():
    assert len(repeated(READ[0], READ[0])) > 20


def test_it_has_an_explorer(path):
    assert any("explorers." in cell.source for cell in code_cells(path))


def test_the_explorer_of_lecture_6_comes_right_after_the_first_section():
    [path] = [path for path in READ if path.name.startswith("06-")]
    cells = nbformat.read(path, as_version=4).cells
    [second] = [i for i, cell in enumerate(cells) if cell.source.startswith("## 2. ")]
    assert cells[second + 1].source.startswith("explorers.")


def test_every_formula_becomes_mathml(path):
    for tex in formulas(path):
        assert mathml(tex).startswith("<math")


def test_no_answer_stands_open_beside_its_question(path):
    for text in text_cells(path):
        opened, closed = text.count("<details>"), text.count("</details>")
        assert opened == closed
        for question in re.finditer(r"\*\*Question|<b>Question", text):
            before = text[: question.start()]
            assert before.count("<details>") > before.count("</details>")
