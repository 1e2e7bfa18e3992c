"""What an honest accident did to a notebook is mended, and no text of a student's is lost by it."""

import json

import pytest

from autograder.course.submission import Rebuilt, parse, rebuild
from tests.conftest import Tiny, notebook, png

DOUBLE = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
HALF = DOUBLE.replace("double", "half").replace("2 * x", "x / 2")
CELLS = [
    ("setup", "locked", "import numpy as np"),
    ("q1", "solution", DOUBLE),
    ("q1_test", "test", "assert double(2) == 4"),
    ("q2", "solution", HALF),
    ("q2_test", "test", "assert half(2) == 1"),
    ("why", "manual", "Because."),
]
RIGHT = "def double(x):\n    return 2 * x"
ESSAY = "Ten words of an essay stand here, and no more."


@pytest.fixture(scope="module")
def tiny(make_tiny) -> Tiny:
    return make_tiny(CELLS)


@pytest.fixture(scope="module")
def given(tiny):
    """The cells as they are released, some with another text: (grade id, kind, source)."""
    released = {cell.grade_id: cell.released for cell in tiny.assignment.notebooks[0].cells}

    def cells(**texts: str) -> list[tuple[str, str, str]]:
        return [(name, kind, texts.get(name, released[name])) for name, kind, _ in CELLS]

    return cells


def rebuilt(tiny: Tiny, cells) -> Rebuilt:
    return rebuild(tiny.assignment.notebooks[0], parse(notebook(cells)))


def texts(result: Rebuilt) -> dict[str, str]:
    return {code.cell.grade_id: code.source for code in result.code if code.cell}


def added(result: Rebuilt) -> list[str]:
    return [code.source for code in result.code if not code.cell]


def insert(cells, behind: str, *new):
    at = [name for name, _, _ in cells].index(behind) + 1
    return [*cells[:at], *new, *cells[at:]]


def test_what_is_as_it_was_given_is_neither_mended_nor_doubtful(tiny, given):
    result = rebuilt(tiny, given())
    assert (result.tampered, result.mended, added(result)) == ((), (), [])


@pytest.mark.parametrize(
    ("halves", "joined"),
    [
        (("def a(): return 1", "def double(x): return 2 * x"), None),
        (("def double(x):\n    y = 2 * x", "    return y"), None),
        (("def double(x):\n    return 2 ", "* x"), "def double(x):\n    return 2 * x"),
    ],
    ids=["two functions", "within a function", "within a line"],
)
def test_halves_of_a_split_cell_are_joined_in_their_order(tiny, given, halves, joined):
    first, second = halves
    cells = insert(given(q1=first), "q1", ("q1", "solution", second))
    result = rebuilt(tiny, cells)
    assert texts(result)["q1"] == (joined or f"{first}\n{second}")
    assert result.mended == ("cell q1 stands twice in the notebook, in parts: joined",)
    assert result.tampered == ()


@pytest.mark.parametrize(
    "halves",
    [
        ["def double(x):", "    return 2 * x"],
        ["def double(x):\n    y = 2 * x", "    return y"],
        ["def double(x):\n    return (2", "            * x)"],
        ["def double(x):", "    y = 2", "    return y * x"],
    ],
)
@pytest.mark.parametrize("named", ["first", "last"])
def test_parts_of_a_split_cell_are_joined_where_one_alone_has_kept_its_name(
    tiny, given, halves, named
):
    parts = [("", "", half) for half in halves]
    parts[0 if named == "first" else -1] = ("q1", "solution", halves[0 if named == "first" else -1])
    cells = given()
    result = rebuilt(tiny, [cells[0], *parts, *cells[2:]])
    assert texts(result)["q1"] == "\n".join(halves)
    assert (added(result), result.tampered) == ([], ())
    assert result.mended == ("cell q1 stands in the notebook in parts: joined",)


def test_a_cell_of_its_own_beside_an_answer_stays_one(tiny, given):
    for beside in ("print(double(3))", "this is no Python", "x = double(1)\nx?"):
        result = rebuilt(tiny, insert(given(q1=RIGHT), "q1", ("", "", beside)))
        assert texts(result)["q1"] == RIGHT
        assert added(result) == [beside]


def test_of_two_versions_the_first_counts_and_a_person_sees_both(tiny, given):
    other = "def double(x):\n    return x + x"
    result = rebuilt(tiny, insert(given(q1=RIGHT), "q1", ("q1", "solution", other)))
    assert texts(result)["q1"] == RIGHT
    assert added(result) == [other]
    assert "cell q1 stands twice in the notebook: the first counts" in result.tampered[0]


def test_a_version_that_cannot_run_does_not_count(tiny, given):
    broken = "def double(x:"
    result = rebuilt(tiny, insert(given(q1=broken), "q1", ("q1", "solution", RIGHT)))
    assert texts(result)["q1"] == RIGHT
    assert added(result) == [broken]


@pytest.mark.parametrize("copy", ["as it was given", "the same again", "empty"])
@pytest.mark.parametrize("first", [True, False])
def test_a_copy_without_a_text_of_its_own_changes_nothing(tiny, given, copy, first):
    stub = dict(zip(("q1", "kind", "source"), given()[1], strict=True))["source"]
    text = {"as it was given": stub, "the same again": RIGHT, "empty": " "}[copy]
    one, other = (text, RIGHT) if first else (RIGHT, text)
    result = rebuilt(tiny, insert(given(q1=one), "q1", ("q1", "solution", other)))
    assert texts(result)["q1"] == RIGHT
    assert (added(result), result.tampered) == ([], ())


def test_an_essay_in_two_cells_is_one_text_with_the_pictures_of_both(tiny, given):
    pasted = "![](attachment:image.png)"
    cells = insert(given(why=f"One {pasted}"), "why", ("why", "manual", f"Two {pasted}"))
    content = json.loads(notebook(cells))
    for shade, cell in enumerate(content["cells"][-2:]):
        cell["attachments"] = {"image.png": {"image/png": png(shade)}}
    result = rebuild(tiny.assignment.notebooks[0], parse(json.dumps(content).encode()))
    essay = result.code[-1]
    assert essay.source == f"One {pasted}\n\nTwo ![](attachment:2-image.png)"
    shown = {name: bundle["image/png"] for name, bundle in essay.attachments.items()}
    assert shown == {"image.png": png(0), "2-image.png": png(1)}


@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_a_cells_type_is_restored_and_its_text_kept(tiny, given, kind):
    content = json.loads(notebook(given(q1=RIGHT)))
    content["cells"][1]["cell_type"] = kind
    result = rebuild(tiny.assignment.notebooks[0], parse(json.dumps(content).encode()))
    assert texts(result)["q1"] == RIGHT
    assert result.mended == (f"cell q1 had become a {kind} cell: made code again",)


def test_fences_around_code_that_had_become_words_are_taken_away(tiny, given):
    for fenced in (f"```python\n{RIGHT}\n```", f"```\n{RIGHT}\n```\n"):
        content = json.loads(notebook(given(q1=fenced)))
        content["cells"][1]["cell_type"] = "markdown"
        result = rebuild(tiny.assignment.notebooks[0], parse(json.dumps(content).encode()))
        assert (texts(result)["q1"], result.tampered) == (RIGHT, ())


def test_words_where_code_is_asked_for_are_looked_at_by_a_person(tiny, given):
    content = json.loads(notebook(given(q1="I would multiply it by two.")))
    content["cells"][1]["cell_type"] = "markdown"
    result = rebuild(tiny.assignment.notebooks[0], parse(json.dumps(content).encode()))
    assert result.tampered == ("what stands in cell q1 is no Python",)
    assert texts(result)["q1"] == "I would multiply it by two."


@pytest.mark.parametrize(
    "left",
    [
        f"raise NotImplementedError()\n{RIGHT}",
        "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()\n    return 2 * x",
        "class A:\n    def f(self):\n        raise NotImplementedError\n        return 1",
    ],
)
def test_an_answer_below_what_it_was_to_replace_is_looked_at_by_a_person(tiny, given, left):
    result = rebuilt(tiny, given(q1=left))
    assert result.tampered == ("cell q1 still raises NotImplementedError above its answer",)
    assert texts(result)["q1"] == left


def test_a_part_that_is_left_undone_is_no_slip(tiny, given):
    undone = f"{RIGHT}\n\ndef more(x):\n    if x:\n        raise NotImplementedError()"
    assert rebuilt(tiny, given(q1=undone)).tampered == ()


def test_cells_that_have_lost_their_names_are_recognised_by_their_text(tiny, given):
    nameless = [(name, "words" if kind == "manual" else "", s) for name, kind, s in given(q1=RIGHT)]
    result = rebuilt(tiny, nameless)
    assert texts(result) == texts(rebuilt(tiny, given(q1=RIGHT)))
    assert (added(result), result.tampered) == ([], ())


def test_a_cell_that_has_lost_its_name_is_recognised_by_the_notebooks_own_id(tiny, given):
    content = json.loads(notebook(given(why=ESSAY)))
    content["cells"][-1]["metadata"] = {}
    content["cells"][-1]["id"] = tiny.assignment.notebooks[0].cells[-1].cell_id
    result = rebuild(tiny.assignment.notebooks[0], parse(json.dumps(content).encode()))
    assert texts(result)["why"] == ESSAY
    assert result.tampered == ()


@pytest.mark.parametrize("behind", ["setup", "q1", "q1_test", "why"])
def test_an_answer_beside_its_untouched_cell_is_put_into_it(tiny, given, behind):
    result = rebuilt(tiny, insert(given(), behind, ("", "", RIGHT)))
    assert texts(result)["q1"] == RIGHT
    assert added(result) == []
    assert result.mended == ("the answer of q1 stood beside its cell: put into it",)


def test_an_answer_in_the_cell_of_another_is_not_undone_by_its_own_untouched_cell(tiny, given):
    both = f"{RIGHT}\n\ndef half(x): return x / 2"
    result = rebuilt(tiny, given(q1=both))
    assert (texts(result)["q1"], texts(result)["q2"]) == (both, "")
    assert result.mended == ("the answer of q2 stands in q1",)


def test_an_answer_that_was_given_stands_whatever_is_written_beside_it(tiny, given):
    scratch = "def double(x): return 0"
    result = rebuilt(tiny, insert(given(q1=RIGHT), "why", ("", "", scratch)))
    assert (texts(result)["q1"], added(result)) == (RIGHT, [scratch])


def test_what_was_written_into_a_test_is_kept_below_it_and_read_as_the_answer(tiny, given):
    result = rebuilt(tiny, given(q1_test=RIGHT, setup=f"# {ESSAY}"))
    assert texts(result)["q1"] == RIGHT
    assert texts(result)["q1_test"] == "assert double(2) == 4"
    assert added(result) == [f"# {ESSAY}"]
    assert {"test cell q1_test was changed: restored"} < set(result.tampered)


def test_a_cell_that_is_gone_is_named(tiny, given):
    result = rebuilt(tiny, [cell for cell in given() if cell[0] not in ("q1", "why")])
    assert set(result.tampered) == {
        "cell q1 is not in the notebook",
        "cell why is not in the notebook",
    }


@pytest.mark.parametrize(
    ("cells", "place"),
    [
        (lambda given: [*given(), ("", "words", ESSAY)], "cell 7 (below why)"),
        (lambda given: [("", "words", ESSAY), *given()], "cell 1 (at the top)"),
        (lambda given: insert(given(), "q1", ("", "", f"# {ESSAY}")), "cell 3 (below q1)"),
        (lambda given: [*given()[:-1], ("", "words", ESSAY)], "cell 6 (below q2_test)"),
        (lambda given: given(q2_test=ESSAY), "cell 6 (below q2_test)"),
        (lambda given: [*given(why=""), ("other", "manual", ESSAY)], "cell 7 (below why)"),
    ],
    ids=["below", "at the top", "in code", "nameless", "in a test", "its own cell emptied"],
)
def test_an_essay_beside_its_cell_is_looked_for_where_the_student_wrote(tiny, given, cells, place):
    result = rebuilt(tiny, cells(given))
    [essay] = [code for code in result.code if code.cell and code.cell.grade_id == "why"]
    assert essay.elsewhere == place
    assert f"why holds no answer, which may stand elsewhere: {place}" in result.tampered
    assert ESSAY in " ".join(added(result))


def test_the_instructors_plain_cells_are_nobodys_essay(make_tiny):
    cells = [*CELLS, ("", "words", "# The end"), ("", "", "limit = 3")]
    tiny = make_tiny(cells)
    result = rebuilt(tiny, [*cells[:-3], ("why", "manual", "YOUR ANSWER HERE"), *cells[-2:]])
    assert result.tampered == ()


@pytest.mark.parametrize(
    "hostile",
    ["(" * 100_000, "!x\n" * 30_000, "x = " + "-" * 90_000 + "1", "\0", "a = 1\n" * 10**6],
    ids=["nested", "shell lines", "signs", "null", "long"],
)
def test_a_hostile_text_beside_an_untouched_cell_is_only_kept(tiny, given, hostile):
    result = rebuilt(tiny, [*given(), ("", "", hostile)])
    assert added(result) == [hostile]
