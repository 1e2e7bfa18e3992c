"""For a failed visible test there is what was expected, and what was got; for a hidden one, not."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from autograder.course.pictures import kind_of
from autograder.records.result import GradeResult

SETUP = ("setup", "locked", "import numpy as np")
ANSWER = ("f", "solution", "def f(x):\n    return x")
OWN = "def assert_near(got, expected):\n    assert np.allclose(got, expected)\n"
TESTS = {
    "a plain ==": "assert f(3) == 3",
    "the other way round": "assert 3 == f(3)",
    "a name that says it": "expected = 3\nassert expected == f(3)",
    "NumPy's assertion": "np.testing.assert_allclose(f(3), 3)",
    "NumPy's, by name": "np.testing.assert_equal(actual=f(3), desired=3)",
    "allclose": "assert np.allclose(f(3), 3), 'near'",
    "all": "assert (np.asarray(f(3)) == 3).all()",
    "a difference": "assert abs(f(3) - 3) < 1e-6",
    "a function of the instructor's": f"{OWN}assert_near(f(3), 3)",
    "in a loop, the last": "for x in (0, 3):\n    assert f(x) == x",
    "over several lines": "assert (\n    f(3)\n    ==\n    3\n)",
    "unittest's": "import unittest\nunittest.TestCase().assertEqual(f(3), 3)",
}


def test_an_assertion_says_what_it_compared(make_tiny):
    cells = [(f"test{i}", "test", text) for i, text in enumerate(TESTS.values())]
    tiny = make_tiny([SETUP, ANSWER, *cells])
    assert {q.state for q in tiny.grade().questions} == {"passed"}
    result = tiny.grade({"f": "def f(x):\n    return 4 if x else 0"})
    for name, question in zip(TESTS, result.questions, strict=True):
        seen = {side: question.compared[side]["text"] for side in ("expected", "got")}
        assert seen == {"expected": "3", "got": "4"}, name
    again = GradeResult.from_json(json.loads(json.dumps(result.as_json())))
    assert again.questions == result.questions
    assert again.questions[0].compared == result.questions[0].compared


@pytest.fixture(scope="module")
def tiny(make_tiny):
    return make_tiny(
        [
            SETUP,
            ANSWER,
            ("test", "test", "np.testing.assert_allclose(f(np.eye(6)), np.eye(6), atol=1e-3)"),
            (
                "hidden",
                "test",
                "### BEGIN HIDDEN TESTS\nassert f(41).tolist() == [41]\n### END HIDDEN TESTS",
            ),
            ("truth", "test", "assert f(True)\nassert f(2) == 2"),
        ]
    )


def compared(tiny, body):
    return {q.id: q.compared for q in tiny.grade({"f": f"def f(x):\n    {body}"}).questions}


@pytest.mark.parametrize(
    ("body", "differs"),
    [
        ("return None", "type"),
        ("return np.eye(5)", "shape"),
        ("return x * 1.01", "values"),
        ("return [[0.0] * 6] * 6", "values"),
    ],
)
def test_type_comes_before_shape_and_shape_before_values(tiny, body, differs):
    assert compared(tiny, body)["test"]["differs"] == differs


def test_where_they_differ_most_is_shown_with_the_values_around_it(tiny):
    told = compared(tiny, "x = x.copy(); x[0, 0] += 1e-4; x[5, 1] = 9; return x")["test"]
    assert (told["most"], told["count"], told["size"]) == ([5, 1], 1, 36)
    off = [cell for row in told["values"] for cell in row if cell[2]]
    assert off == [["0", "9", True]]


def test_of_a_hidden_test_and_of_one_that_passed_there_is_nothing(tiny):
    told = compared(tiny, "return np.asarray(x) * 2")
    assert told["test"] is not None
    assert told["hidden"] is None
    assert compared(tiny, "return x")["test"] is None


def test_an_assertion_that_compares_nothing_has_not_what_another_did(tiny):
    told = compared(tiny, "return 0 if x is True else x")
    assert told["truth"] is None


def test_pictures_are_drawn_beside_each_other(tiny):
    result = tiny.grade({"f": "def f(x):\n    return 1 - x"})
    cells = json.loads(result.notebooks["tiny"])["cells"]
    [cell] = [c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") == "test"]
    drawn = [o["data"] for o in cell["outputs"] if o["output_type"] == "display_data"]
    assert [data["text/plain"] for data in drawn] == ["expected", "got", "difference"]
    pixels = [_pixels(data["image/png"]) for data in drawn]
    eye = np.eye(6) * 255
    for seen, meant in zip(pixels, (eye, 255 - eye, 255 + 0 * eye), strict=True):
        assert np.array_equal(seen[..., 0], meant)


def _pixels(data):
    content = base64.b64decode(data)
    assert kind_of(content) == "image/png"
    return np.asarray(Image.open(io.BytesIO(content)))
