"""Pictures in an essay are shown if they are pictures; of anything else the name is left."""

import base64
import json

import nbformat
import pytest
from nbconvert import HTMLExporter

from autograder.course.assignment import read_assignment
from autograder.course.pictures import picture
from autograder.course.submission import Submission
from autograder.grading.grading import grade_submission
from autograder.records.feedback import render_feedback
from tests.conftest import notebook, png

CELLS = [
    ("q", "solution", "q = 1"),
    ("q_test", "test", "assert q == 1"),
    ("why", "manual", "Because."),
]
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0 a JPEG is known by its ends \xff\xd9").decode()
NO_PICTURES = {
    "an SVG": base64.b64encode(b"<svg onload='document.title = 1'/>").decode(),
    "HTML that begins as a PNG": base64.b64encode(b"\x89PNG\r\n\x1a\n<script>1</script>").decode(),
    "half of a PNG": png()[:60],
    "no base64": "\u00e9 <script>",
    "markup": '"><script>document.title = 1</script>',
    "a number": 7,
    "nothing": None,
    "a list of numbers": [1, 2],
}


@pytest.fixture(scope="module")
def tiny(make_tiny):
    return make_tiny(CELLS)


def essay(tiny, text, attachments):
    """The graded cell of an essay with attachments, our page, and nbconvert's."""
    content = json.loads(notebook([*CELLS[:2], ("why", "manual", text)]))
    content["cells"][-1]["attachments"] = attachments
    result = tiny.grade_bytes(json.dumps(content).encode())
    graded = result.notebooks["tiny"]
    ours = render_feedback(tiny.assignment, result, graded)
    theirs, _ = HTMLExporter().from_notebook_node(nbformat.reads(graded.decode(), as_version=4))
    return json.loads(graded)["cells"][-1], ours, theirs, result.message


@pytest.mark.parametrize(
    ("data", "kind"), [(png(), "image/png"), (JPEG, "image/jpeg")], ids=["PNG", "JPEG"]
)
@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("p.png", "p.png"),
        ("my picture.png", "my%20picture.png"),
        ("Gr\u00f6\u00dfe.png", "Gr\u00f6\u00dfe.png"),
        ("p(1).png", "p(1).png"),
    ],
)
def test_a_picture_stays_and_is_shown(tiny, data, kind, name, called):
    # What the notebook says of its kind is not believed.
    text, attachments = f"See ![a bird](attachment:{called}).", {name: {"image/gif": data}}
    cell, ours, theirs, message = essay(tiny, text, attachments)
    assert list(cell["attachments"].values()) == [{kind: data}]
    source = f'src="data:{kind};base64,{data}"'
    assert f'alt="a bird" {source}' in ours
    assert source in theirs
    assert message == ""


@pytest.mark.parametrize("name", NO_PICTURES)
def test_what_is_no_picture_leaves_its_name(tiny, name):
    assert picture(NO_PICTURES[name]) == {}
    attachments = {"drawing.svg": {"image/png": NO_PICTURES[name]}}
    cell, ours, theirs, message = essay(tiny, "See ![it](attachment:drawing.svg).", attachments)
    assert "attachments" not in cell
    assert "drawing.svg, attached to why, is no PNG or JPEG: left out" in message
    for page in (ours.partition("<h1>")[2], theirs.partition('id="notebook-container"')[2]):
        assert "<script>document" not in page
    assert "drawing.svg" in ours
    assert "drawing.svg" in theirs


@pytest.mark.parametrize(
    "text",
    [
        "![gone](attachment:gone.png)",
        "![gone][1]\n\n[1]: attachment:gone.png",
        '![gone](<attachment:a "name".png>)',
        "![](attachment:)",
        "![gone](&#97;ttachment:gone.png)",
        "![gone](attachment&colon;gone.png)",
        "![gone](attachment\\:gone.png)",
    ],
)
def test_a_picture_that_is_not_there_breaks_no_page(tiny, text):
    _, ours, theirs, _ = essay(tiny, text, {})
    assert "ttachment" in ours
    assert "ttachment" in theirs


@pytest.mark.parametrize("name", ["p.png", "my picture.png", "p(1).png", 'a"b<i>].png'])
@pytest.mark.parametrize("text", ["YOUR ANSWER HERE", "Look: <img src='attachment:{}' width=50>"])
def test_a_picture_that_the_text_does_not_show_stands_below_it(tiny, text, name):
    text = text.format(name)
    _, ours, theirs, _ = essay(tiny, text, {name: {"image/png": png()}})
    for page in (ours, theirs):
        assert f'src="data:image/png;base64,{png()}"' in page
        assert "<i>" not in page.partition("<body")[2]


def test_an_essay_of_one_picture_is_an_answer(tiny):
    content = json.loads(notebook([*CELLS[:2], ("why", "manual", "YOUR ANSWER HERE")]))
    content["cells"][-1]["attachments"] = {"p.png": {"image/png": png()}}
    result = tiny.grade_bytes(json.dumps(content).encode())
    assert (result.state, result.questions[1].state) == ("needs_manual", "manual")


def test_the_instructors_pictures_stay_in_the_graded_notebook(tmp_path):
    content = json.loads(notebook([("look", "words", "![it](attachment:p.png)"), *CELLS]))
    look = content["cells"][0]
    locked = {"grade": False, "solution": False, "locked": True, "schema_version": 3}
    look["metadata"] = {"nbgrader": {"grade_id": "look", **locked}}
    look["attachments"] = {"p.png": {"image/png": png()}}
    (tmp_path / "tiny.ipynb").write_text(json.dumps(content))
    (tmp_path / "assignment.toml").write_text('packages = ["numpy"]\n')
    look["attachments"] = {}
    submission = Submission("someone", {"tiny.ipynb": json.dumps(content).encode()})
    result = grade_submission(read_assignment(tmp_path), submission)
    graded = json.loads(result.notebooks["tiny"])["cells"][0]
    assert graded["attachments"] == {"p.png": {"image/png": png()}}


def test_links_and_addresses_are_words(tiny):
    text = "[click](/formgrader?path=submitted) ![x](/formgrader?path=x) <https://example.org>"
    _, ours, _, _ = essay(tiny, text, {})
    body = ours.partition("<body>")[2]
    assert 'href="/' not in body
    assert 'href="http' not in body
    assert "<img" not in body
    assert "click (/formgrader?path=submitted)" in body
